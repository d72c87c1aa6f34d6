"""Who may ask: every form of caller as one text, and the condition keys that follow from it as patterns of that text.

A caller is written `arn:…` (user, root, federated user; a role's session is the role's ARN, a blank and the session's
name), `service …`, `provider …` or `*` for nobody that AWS knows. aws:PrincipalArn and the like are then no keys of
their own: what a condition says of them is a pattern of the caller, so that the two can never contradict each other.
Sources: AWS IAM User Guide, reference_policies_elements_principal, reference_identifiers and
reference_policies_condition-keys (aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:username).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from iam_guardrails.model.iam.document import Principal, Statement
from iam_guardrails.model.iam.prove.classes import Domain
from iam_guardrails.model.iam.prove.fields import TextField
from iam_guardrails.model.iam.prove.patterns import ANYTHING, Pattern, Token, build

ANYBODY = "*"
MARKS = 5  # the colons up to the end of the account
AWS = Pattern("arn:", ANYTHING.tokens)
SERVICES = Pattern("service ", ANYTHING.tokens)
PROVIDERS = Pattern("provider ", ANYTHING.tokens)
NOBODY = Pattern(ANYBODY)
_DIGITS: list[Token] = [("c", "0123456789")] * 12
_NAME: list[Token] = [("?", " :/"), ("*", " :/")]
_PATH: list[Token] = [("?", " :"), ("*", " :"), ("c", "/")]  # there is no path of two slashes alone
_FAMILIES = (("user/", ""), ("role/", " x"), ("federated-user/", ""))  # how a caller of an account begins and ends
_PARTITION = re.compile(r"\barn:(aws[a-z-]*):")
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_WHOLE_ACCOUNT = re.compile(r"arn:(?:[a-z-]+|\*):(?:iam|sts|\*)::(?:\d{12}|\*):[^:]*")
_SESSION = re.compile(r"arn:([^:]+):sts::(\d{12}):assumed-role/([^/]+)/([^/]+)")
_ROOT = re.compile(r"(?:arn:[^:]*:iam::)?(\d{12})(?::root)?")
_ID = re.compile(r"(AIDA|AROA)[A-Za-z0-9]+")


def partitions(texts: Iterable[str]) -> tuple[str, ...]:
    """The partitions that ARNs among `texts` name; `aws` where they name none."""
    return tuple(sorted({found for text in texts for found in _PARTITION.findall(text)})) or ("aws",)


def accounts(texts: Iterable[str]) -> tuple[str, ...]:
    """The accounts that `texts` name and one more; () where a wildcard among digits makes every account count."""
    found: dict[str, None] = {}
    for text in texts:
        if ("*" in text or "?" in text) and not _WHOLE_ACCOUNT.fullmatch(text) and any(map(str.isdecimal, text)):
            return ()
        found |= dict.fromkeys(_ACCOUNT.findall(text))
    return (*found, next(other for digit in "0123456789" if (other := digit * 12) not in found))


def _text(text: str) -> list[Token]:
    return [("c", sign) for sign in text]


def account_shapes(where: Sequence[str], owned: Sequence[str], *, roots: bool = True) -> list[Pattern]:
    """The callers that belong to an account, one of `owned` (any where there are none). roots: root users as well."""
    made = []
    for partition, account in product(where, [_text(one) for one in owned] or [_DIGITS]):
        iam, sts = _text(f"arn:{partition}:iam::") + account, _text(f"arn:{partition}:sts::") + account
        made += [
            iam + _text(":user/") + _NAME,
            iam + _text(":user/") + _PATH + _NAME,
            iam + _text(":role/") + _NAME + _text(" ") + _NAME,
            iam + _text(":role/") + _PATH + _NAME + _text(" ") + _NAME,
            iam + _text(":root" if roots else ":user/x"),  # of the texts that stand alone, the first is an example
            sts + _text(":federated-user/") + _NAME,
        ]
    return [build(tokens) for tokens in made]


def domain(
    where: Sequence[str], owned: Sequence[str], named: Iterable[Principal], *, everybody: bool, roots: bool = True
) -> Domain:  # fmt: skip
    """All callers; without `everybody` those that belong to an account. named: the principals of the policies.

    roots: whether a root user may ask. None assumes a role (AWS STS API Reference, AssumeRole).
    """
    shapes = account_shapes(where, owned, roots=roots)
    if everybody:
        shapes += [Pattern(text) for text in _others(where, named)]
    return Domain(tuple(shapes), MARKS if owned else 0, ends=_FAMILIES)


def _others(where: Sequence[str], named: Iterable[Principal]) -> Iterator[str]:
    """Services, providers and nobody: those that are named, and one of each that is not, for all others are alike."""
    known: dict[str, dict[str, None]] = {"Service": {}, "Federated": {}}
    for item in named:
        known.get(item.kind, {})[item.value] = None
    saml = f"arn:{where[0]}:iam::000000000000:saml-provider/"
    for kind, start, end in (("Service", "", ".amazonaws.com"), ("Federated", saml, "")):
        fresh = (start + "x" * size + end for size in range(1, len(known[kind]) + 2))
        known[kind][next(text for text in fresh if text not in known[kind])] = None
    for kind, word in (("Service", "service"), ("Federated", "provider")):
        yield from (f"{word} {value}" for value in known[kind] if value != "*")
    yield ANYBODY


def two_ways(statements: Iterable[Statement]) -> bool:
    """Whether Allow statements admit callers with their whole account as well as by their own names.

    In the account of the resource who is named needs no policy of its own, who comes with the account does (AWS IAM
    User Guide, reference_policies_evaluation-logic_policy-eval-basics-single-account).
    """
    allowing = [item for item in statements if item.effect == "Allow"]
    named = [one for item in allowing for one in item.principals if one.kind in ("AWS", "*")]
    whole = [bool(_ROOT.fullmatch(one.value)) for one in named]
    return any(whole) and (not all(whole) or any(item.not_principals for item in allowing))


def require_principals(field: TextField, bit: int, statement: Statement, where: Sequence[str]) -> None:
    """What Principal or NotPrincipal asks of the caller.

    NotPrincipal spares a caller for certain only where everything that stands for it is listed; where some of it is,
    both is possible, and the same for each statement that lists the same.
    """
    listed = statement.not_principals
    if listed:
        hit = [pattern for item in listed for pattern in _named(item, where)]
        maybe = [pattern for item in listed for pattern in _perhaps(item)]
        field.require(bit, [(field.union(_spared(listed, where)), False)])
        names = " ".join(sorted(f"{item.kind} {item.value}" for item in listed))
        doubtful = field.variable(f"NotPrincipal {names}", *hit, *maybe)
        field.require(bit, [(field.union(hit), False), (doubtful, True)])
        for item in listed:
            if _perhaps(item):
                field.require(bit, [(_free(field, item), False), (doubtful, True)])
        return
    patterns = [pattern for item in statement.principals for pattern in _named(item, where)]
    free = [_free(field, item) for item in statement.principals if _perhaps(item)]
    field.require(bit, [(field.union(patterns), True), *((number, True) for number in free)])


def _free(field: TextField, item: Principal) -> int:
    """The number of the set of callers that the principal may stand for, as far as their text tells."""
    word = "federated" if item.kind == "Federated" else "id"
    return field.variable(f"{word} {item.value}", *_perhaps(item))


def _perhaps(item: Principal) -> list[Pattern]:
    """The callers that the principal may stand for: of its id, or a session of a role that its provider signed in."""
    found = _ID.match(item.value) if item.kind == "AWS" else None
    if item.kind not in ("CanonicalUser", "Federated") and not found:
        return []
    kind = {"AIDA": ":user/", "AROA": ":role/"}[found.group(1)] if found else ":"
    start = [*_text("arn:"), ("*", ":"), *_text(":iam::"), ("*", ":")]
    if item.kind == "Federated":
        return [build([*start, *_text(":role/"), ("*", "")])]
    session = item.value.partition(":")[2]
    return [build([*start, *_text(kind), ("*", " "), *_text(f" {session}")] if session else
                  [*start, *_text(kind), ("*", "")])]  # fmt: skip


def _spared(listed: Sequence[Principal], where: Sequence[str]) -> list[Pattern]:
    """The callers that NotPrincipal leaves out for certain.

    Everybody by `*`, a service and a provider by its name; a user with its account; a session with its role and its
    account (AWS IAM User Guide, reference_policies_elements_notprincipal).
    """
    made = [pattern for item in listed if item.kind in ("*", "Service", "Federated") or item.value == "*"
            for pattern in _named(item, where)]  # fmt: skip
    arns = [item.value for item in listed if item.kind == "AWS"]
    owned = {found.group(1) for text in arns if (found := _ROOT.fullmatch(text))}
    roles = [text for text in arns if ":role/" in text]
    made += [Pattern(f"arn:{one}:iam::{account}:root") for one in where for account in owned]
    for text in arns:
        account, session = text.split(":")[4] if text.count(":") >= 5 else "", _SESSION.fullmatch(text)
        if account not in owned or _ROOT.fullmatch(text):
            continue
        if session:
            partition, _, name, word = session.groups()
            start = f"arn:{partition}:iam::{account}:role/"
            made += [Pattern(f"{role} {word}") for role in roles
                     if role.startswith(start) and role.rpartition("/")[2] == name]  # fmt: skip
        elif ":role/" not in text:
            made.append(Pattern(text))
    return made


def _named(item: Principal, where: Sequence[str]) -> list[Pattern]:
    value = item.value
    if item.kind == "*" or (item.kind == "AWS" and value == "*"):
        return [ANYTHING]
    if item.kind in ("Service", "Federated"):
        word = "service" if item.kind == "Service" else "provider"
        return [Pattern(f"{word} ", ANYTHING.tokens) if value == "*" else Pattern(f"{word} {value}")]
    if item.kind == "CanonicalUser" or _ID.match(value):
        return []
    account = _ROOT.fullmatch(value)
    if account:
        return [Pattern(f"arn:{one}:{service}::{account.group(1)}:", ANYTHING.tokens)
                for one in where for service in ("iam", "sts")]  # fmt: skip
    session = _SESSION.fullmatch(value)
    if session:
        partition, number, role, name = session.groups()
        start = f"arn:{partition}:iam::{number}:role/"
        inside = [*_text(start), *_PATH, *_text(f"{role} {name}")]
        return [Pattern(f"{start}{role} {name}"), build(inside)]
    if ":role/" in value:
        return [Pattern(f"{value} ", ANYTHING.tokens)]
    return [Pattern(value)]


def spoken(text: str) -> tuple[str, dict[str, tuple[str, ...]]]:
    """A caller as a request writes it, and the condition keys that go with it."""
    for word in ("service ", "provider "):
        if text.startswith(word):
            return text.removeprefix(word), {}
    arn, blank, session = text.partition(" ")
    if not blank:
        return arn, {}
    parts = arn.split(":", 5)
    name = parts[5].rpartition("/")[2]
    return f"arn:{parts[1]}:sts::{parts[4]}:assumed-role/{name}/{session}", {"aws:PrincipalArn": (arn,)}
