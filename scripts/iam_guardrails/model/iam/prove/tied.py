"""Conditions on keys that follow from the caller (aws:PrincipalArn, …), as demands on the caller's text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iam_guardrails.model.iam.prove.behind import named_alike
from iam_guardrails.model.iam.prove.callers import AWS, NOBODY, PROVIDERS, SERVICES
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
    run,
)
from iam_guardrails.model.iam.prove.scales import account_ids
from iam_guardrails.model.iam.prove.tests import Test, Unreadable

ARN, ACCOUNT, NAME, TYPE, SERVICE = (
    "aws:principalarn", "aws:principalaccount", "aws:username", "aws:principaltype", "aws:principalisawsservice",
)  # fmt: skip
KMS_CALLER = "kms:calleraccount"  # in requests to KMS only
KEYS = frozenset((ARN, ACCOUNT, NAME, TYPE, SERVICE, KMS_CALLER))
# what a key is never read as, or, of accounts, what is weighed; a user may be called 2026 or 192.0.2.1
_FAMILIES = dict.fromkeys(KEYS - {NAME}, ("number", "date", "address"))
_ANY_PART: list[Token] = [("*", ": ")]
_PATH: list[Token] = [("?", " :"), ("*", " :"), ("c", "/")]  # of a user; there is none of two slashes alone
_TYPES = {"User": "iam::*:user/", "AssumedRole": "iam::*:role/", "Account": "iam::*:root",
          "FederatedUser": "sts::*:federated-user/"}  # fmt: skip


def require_test(field: TextField, bit: int, key: str, test: Test, where: Sequence[str]) -> None:
    """What one test of a tied key asks of the caller. Raises Unreadable for the few that are not weighed."""
    there = field.union(_present(key))
    if test.base == "Null":
        wanted = {text.lower() for text in test.wanted}
        if not {"true", "false"} <= wanted:
            field.require(bit, [(there, "false" in wanted)] if wanted & {"true", "false"} else [])
        return
    if (test.base == "BinaryEquals" and key != ARN) or test.family not in ("text", *_FAMILIES.get(key, ())):
        raise Unreadable(f"{test.base} on {key} is not weighed here")
    matching = _matching(field, key, test, where)
    if test.negated:
        for number in matching:
            field.require(bit, [(number, False)])
    clause: list[Literal] = [] if test.negated else [(number, True) for number in matching]
    if test.quantifier == "ForAnyValue" and test.if_exists:  # AWS leaves open what that comes to without the key
        absent = field.variable(f"{key} absent: {test}", AWS, SERVICES, PROVIDERS, NOBODY)
        field.require(bit, [*clause, (there, True), (absent, True)])
        if clause:
            field.require(bit, [*clause, (there, False)])
    elif not test.negated:
        if test.if_exists or test.quantifier == "ForAllValues":
            clause.append((there, False))
        field.require(bit, clause)
    elif test.quantifier == "ForAnyValue":
        field.require(bit, [(there, True)])


def by_scale(tests: Mapping[str, Sequence[tuple[int, Test]]]) -> bool:
    """Whether a test compares account ids as numbers or dates, so that all those that nobody names are not alike."""
    listed = (test for key in (ACCOUNT, KMS_CALLER) for _, test in tests.get(key, ()))
    return any(test.family in ("number", "date") for test in listed)


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
            numbers.append(field.variable(f"{key} {test.base} {named_alike(text)}", *_present(key)))
        else:
            fixed += _callers(key, test, text, where)
    return [field.union(fixed), *numbers]


def _callers(key: str, test: Test, text: str, where: Sequence[str]) -> list[Pattern]:
    if key == ARN:
        return _by_arn(test, text)
    if key in (TYPE, SERVICE):
        found = _value(test, text)
        return [] if found is None else _by_word(key, found)
    if test.family in ("number", "date"):
        return [_of_account(ids, one, service)
                for ids in account_ids(test, text) for one in where for service in ("iam", "sts")]  # fmt: skip
    part = _part(test, text, "/: " if key == NAME else ": ")
    if part is None:
        return []
    if key == NAME:
        start: list[Token] = [*glob_tokens("arn:"), *_ANY_PART, *glob_tokens(":iam::"), *_ANY_PART]
        return [build([*start, *glob_tokens(":user/"), *part]),
                build([*start, *glob_tokens(":user/"), *_PATH, *part])]  # fmt: skip
    made = [_of_account(part, one, service) for one in where for service in ("iam", "sts")]
    anonymous = _value(test, text) if key == ACCOUNT else None
    return [*made, NOBODY] if anonymous is not None and fits(anonymous, "anonymous") else made


def _of_account(part: Sequence[Token], partition: str, service: str) -> Pattern:
    return build([*glob_tokens(f"arn:{partition}:{service}::"), *part, *glob_tokens(":"), ("*", "")])


def _by_arn(test: Test, text: str) -> list[Pattern]:
    if test.base.startswith("Arn"):
        found = arn(text, test.version, " ")
        tokens = [] if found is None else list(found.all_tokens())
    else:
        tokens = _part(test, text, " ") or []
    if not tokens or any(value == " " for kind, value in tokens if kind == "c"):
        return []
    start = glob_tokens("arn:")  # a wildcard in front stands for no service and no provider: they have no ARN
    return [build([*start, *tokens[place:], *session]) for place in sorted(run(tuple(tokens), "arn:"))
            for session in ((), (("c", " "), ("*", "")))]  # fmt: skip


def _part(test: Test, text: str, barred: str) -> list[Token] | None:
    """The value's tokens as a part of the caller; None where it holds a character that never stands there."""
    if test.family != "text" or test.base == "BinaryEquals" or test.base.startswith("Arn"):
        return None
    if test.base == "Bool" and text.lower() not in ("true", "false"):
        return None
    if test.base in ("Bool", "StringEqualsIgnoreCase"):
        tokens = list(any_case(text, test.version).all_tokens())
    else:
        tokens = glob_tokens(text, barred, wild=test.base == "StringLike", escapes=test.version == NEWER)
    literals = (value for kind, value in tokens if kind == "c" and len(value) == 1)
    return None if any(sign in barred for sign in literals) else tokens


def _value(test: Test, text: str) -> Pattern | None:
    if test.base == "Bool":
        return any_case(text, test.version) if text.lower() in ("true", "false") else None
    if test.base == "StringEqualsIgnoreCase":
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
