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
from iam_guardrails.model.iam.prove.fields import Literal, TextField
from iam_guardrails.model.iam.prove.patterns import ANYTHING, Pattern, Token, build

ANYBODY = "*"
MARKS = 5  # the colons up to the end of the account
AWS = Pattern("arn:", ANYTHING.tokens)
SERVICES = Pattern("service ", ANYTHING.tokens)
PROVIDERS = Pattern("provider ", ANYTHING.tokens)
NOBODY = Pattern(ANYBODY)
_DIGITS: list[Token] = [("c", "0123456789")] * 12
_PATHED: list[Token] = [("*", " :"), ("?", " :/")]
_NAME: list[Token] = [("?", " :/"), ("*", " :/")]
_FAMILIES = (("user/", ""), ("role/", " x"), ("federated-user/", ""))  # how a caller of an account begins and ends
_PARTITION = re.compile(r"\barn:(aws[a-z-]*):")
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_WHOLE_ACCOUNT = re.compile(r"arn:(?:[a-z-]+|\*):(?:iam|sts|\*)::(?:\d{12}|\*):[^:]*")
_SESSION = re.compile(r"arn:([^:]+):sts::(\d{12}):assumed-role/([^/]+)/([^/]+)")
_ID = re.compile(r"(AIDA|AROA)[A-Z0-9]+")


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


def account_shapes(where: Sequence[str], owned: Sequence[str]) -> list[Pattern]:
    """The callers that belong to an account, one of `owned` (any where there are none)."""
    made = []
    for partition, account in product(where, [_text(one) for one in owned] or [_DIGITS]):
        iam, sts = _text(f"arn:{partition}:iam::") + account, _text(f"arn:{partition}:sts::") + account
        made += [
            iam + _text(":user/") + _PATHED,
            iam + _text(":role/") + _PATHED + _text(" ") + _NAME,
            iam + _text(":root"),
            sts + _text(":federated-user/") + _NAME,
        ]
    return [build(tokens) for tokens in made]


def domain(where: Sequence[str], owned: Sequence[str], named: Iterable[Principal], *, everybody: bool) -> Domain:
    """All callers; without `everybody` those that belong to an account. named: the principals of the policies."""
    shapes = account_shapes(where, owned)
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


def require_principals(field: TextField, bit: int, statement: Statement, where: Sequence[str]) -> None:
    """What Principal or NotPrincipal asks of the caller.

    NotPrincipal spares an AWS principal for certain only where its account (and role) is listed too; otherwise both is
    possible.
    """
    named = statement.not_principals or statement.principals
    patterns = [pattern for item in named for pattern in _named(item, where)]
    free = [_maybe(field, item) for item in named if item.kind == "CanonicalUser" or _ID.match(item.value)]
    if statement.not_principals:
        hit = field.union(patterns)
        doubtful = tuple(pattern for pattern in patterns if pattern.head.startswith("arn:"))
        clause: list[Literal] = [(hit, False)]
        for pattern in doubtful:
            clause.append((field.variable(f"NotPrincipal {pattern.head}", pattern), True))
        field.require(bit, clause)
        for number in free:
            field.require(bit, [(number, False)])
    else:
        field.require(bit, [(field.union(patterns), True), *((number, True) for number in free)])


def _maybe(field: TextField, item: Principal) -> int:
    found = _ID.match(item.value)
    kind = {"AIDA": ":user/", "AROA": ":role/"}[found.group(1)] if found else ":"
    tokens = [*_text("arn:"), ("*", ":"), *_text(":iam::"), ("*", ":"), *_text(kind), ("*", "")]
    return field.variable(f"id {item.value}", build(tokens))


def _named(item: Principal, where: Sequence[str]) -> list[Pattern]:
    value = item.value
    if item.kind == "*" or (item.kind == "AWS" and value == "*"):
        return [ANYTHING]
    if item.kind in ("Service", "Federated"):
        word = "service" if item.kind == "Service" else "provider"
        return [Pattern(f"{word} ", ANYTHING.tokens) if value == "*" else Pattern(f"{word} {value}")]
    if item.kind == "CanonicalUser" or _ID.match(value):
        return []
    account = re.fullmatch(r"(?:arn:[^:]*:iam::)?(\d{12})(?::root)?", value)
    if account:
        return [Pattern(f"arn:{one}:{service}::{account.group(1)}:", ANYTHING.tokens)
                for one in where for service in ("iam", "sts")]  # fmt: skip
    session = _SESSION.fullmatch(value)
    if session:
        partition, number, role, name = session.groups()
        start = f"arn:{partition}:iam::{number}:role/"
        inside = [*_text(start), ("*", " :"), *_text(f"/{role} {name}")]
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
