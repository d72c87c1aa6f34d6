"""Conditions on keys that follow from the caller (aws:PrincipalArn, …), as demands on the caller's text."""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.iam.prove.behind import named_alike
from iam_guardrails.model.iam.prove.callers import AWS, NOBODY, SERVICES
from iam_guardrails.model.iam.prove.fields import Literal, TextField
from iam_guardrails.model.iam.prove.patterns import (
    NEWER,
    Pattern,
    Token,
    any_case,
    arn,
    build,
    fits,
    glob,
    glob_tokens,
    has_variable,
    literal,
)
from iam_guardrails.model.iam.prove.tests import Test, Unreadable

ARN, ACCOUNT, NAME, TYPE, SERVICE = (
    "aws:principalarn", "aws:principalaccount", "aws:username", "aws:principaltype", "aws:principalisawsservice",
)  # fmt: skip
KMS_CALLER = "kms:calleraccount"  # in requests to KMS only
KEYS = frozenset((ARN, ACCOUNT, NAME, TYPE, SERVICE, KMS_CALLER))
_ANY_PART: list[Token] = [("*", ": ")]
_PATH: list[Token] = [("?", " :"), ("*", " :"), ("c", "/")]  # of a user; there is none of two slashes alone
_TYPES = {"User": "iam::*:user/", "AssumedRole": "iam::*:role/", "Account": "iam::*:root",
          "FederatedUser": "sts::*:federated-user/"}  # fmt: skip


def require_test(field: TextField, bit: int, key: str, test: Test, where: Sequence[str]) -> None:
    """What one test of a tied key asks of the caller. Raises Unreadable for operators that are not about text."""
    there = field.union(_present(key))
    if test.base == "Null":
        wanted = {text.lower() for text in test.wanted}
        if not {"true", "false"} <= wanted:
            field.require(bit, [(there, "false" in wanted)] if wanted & {"true", "false"} else [])
        return
    if test.family != "text" or (test.quantifier == "ForAnyValue" and test.if_exists):
        raise Unreadable(f"{test.quantifier}{test.base} on {key} is not weighed here")
    matching = _matching(field, key, test, where)
    if test.negated:
        for number in matching:
            field.require(bit, [(number, False)])
        if test.quantifier == "ForAnyValue":
            field.require(bit, [(there, True)])
        return
    clause: list[Literal] = [(number, True) for number in matching]
    if test.if_exists or test.quantifier == "ForAllValues":
        clause.append((there, False))
    field.require(bit, clause)


def _present(key: str) -> list[Pattern]:
    """The callers whose requests have the key."""
    if key == NAME:
        return [_shape("iam::*:user/")]
    return {ARN: [AWS], KMS_CALLER: [AWS], SERVICE: [AWS, SERVICES]}.get(key, [AWS, NOBODY])


def _shape(text: str) -> Pattern:
    start: list[Token] = [*glob_tokens("arn:"), *_ANY_PART, *glob_tokens(":")]
    inside = glob_tokens(text, ": ")
    return build([*start, *inside, ("*", "")])


def _matching(field: TextField, key: str, test: Test, where: Sequence[str]) -> list[int]:
    """Numbers of the sets of callers whose key matches one of the values: the fixed ones, and one per variable."""
    fixed: list[Pattern] = []
    numbers = []
    for text in test.wanted:
        if has_variable(text, test.version) and test.base.startswith(("String", "Arn")):
            numbers += [field.variable(f"{key} {test.base} {named_alike(text)}", pattern) for pattern in _present(key)]
        else:
            fixed += _callers(key, test, text, where)
    return [field.union(fixed), *numbers]


def _callers(key: str, test: Test, text: str, where: Sequence[str]) -> list[Pattern]:
    if key == ARN:
        return _by_arn(test, text)
    if key in (TYPE, SERVICE):
        found = _value(test, text) if test.base != "Bool" or key == SERVICE else None
        return [] if found is None else _by_word(key, found)
    part = _part(test, text, "/: " if key == NAME else ": ")
    if part is None:
        return []
    if key == NAME:
        start: list[Token] = [*glob_tokens("arn:"), *_ANY_PART, *glob_tokens(":iam::"), *_ANY_PART]
        return [build([*start, *glob_tokens(":user/"), *part]),
                build([*start, *glob_tokens(":user/"), *_PATH, *part])]  # fmt: skip
    made = [build([*glob_tokens(f"arn:{one}:{service}::"), *part, *glob_tokens(":"), ("*", "")])
            for one in where for service in ("iam", "sts")]  # fmt: skip
    anonymous = _value(test, text) if test.base != "Bool" and key == ACCOUNT else None
    return [*made, NOBODY] if anonymous is not None and fits(anonymous, "anonymous") else made


def _by_arn(test: Test, text: str) -> list[Pattern]:
    if test.base.startswith("Arn"):
        found = arn(text, test.version, " ")
        tokens = [] if found is None else list(found.all_tokens())
    else:
        tokens = _part(test, text, " ") or []
    if not tokens or any(value == " " for kind, value in tokens if kind == "c"):
        return []
    return [build(tokens), build([*tokens, ("c", " "), ("*", "")])]


def _part(test: Test, text: str, barred: str) -> list[Token] | None:
    """The value's tokens as a part of the caller; None where it holds a character that never stands there."""
    if test.base in ("Bool", "BinaryEquals") or test.base.startswith("Arn"):
        return None
    if test.base == "StringEqualsIgnoreCase":
        tokens = list(any_case(text, test.version).all_tokens())
    else:
        tokens = glob_tokens(text, barred, wild=test.base == "StringLike", escapes=test.version == NEWER)
    literals = (value for kind, value in tokens if kind == "c" and len(value) == 1)
    return None if any(sign in barred for sign in literals) else tokens


def _value(test: Test, text: str) -> Pattern | None:
    if test.base == "Bool" or test.base == "StringEqualsIgnoreCase":
        return any_case(text, test.version)
    if test.base == "StringLike":
        return glob(text, test.version)
    return literal(text, test.version) if test.base == "StringEquals" else None


def _by_word(key: str, value: Pattern) -> list[Pattern]:
    if key == TYPE:
        made = [_shape(shape) for name, shape in _TYPES.items() if fits(value, name)]
        return [*made, NOBODY] if fits(value, "Anonymous") else made
    made = [SERVICES] if fits(value, "true") else []
    return [*made, AWS] if fits(value, "false") else made
