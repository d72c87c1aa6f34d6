"""Who may ask: every form of caller as one text, and the condition keys that follow from it as patterns of that text.

A caller is written `arn:…` (user, root, federated user; a role's session is the role's ARN, a blank and the session's
name), `service …`, `provider …` or `*` for nobody that AWS knows. aws:PrincipalArn and the like are then no keys of
their own: what a condition says of them is a pattern of the caller, so that the two can never contradict each other.
Sources: AWS IAM User Guide, reference_policies_elements_principal, reference_identifiers and
reference_policies_condition-keys (aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:username).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from iam_guardrails.model.iam.document import Principal, Statement
from iam_guardrails.model.iam.prove.classes import Domain
from iam_guardrails.model.iam.prove.fields import Literal, TextField
from iam_guardrails.model.iam.prove.patterns import ANYTHING, Pattern, Token, build

ANYBODY = "*"
AWS = Pattern("arn:", ANYTHING.tokens)
SERVICES = Pattern("service ", ANYTHING.tokens)
PROVIDERS = Pattern("provider ", ANYTHING.tokens)
NOBODY = Pattern(ANYBODY)
_DIGITS: list[Token] = [("c", "0123456789")] * 12
_PATHED: list[Token] = [("*", " :"), ("?", " :/")]
_NAME: list[Token] = [("?", " :/"), ("*", " :/")]
_WEB = ("accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com")
_ENDS = (".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal", ".api.aws")
_PARTITION = re.compile(r"\barn:(aws[a-z-]*):")
_SESSION = re.compile(r"arn:([^:]+):sts::(\d{12}):assumed-role/([^/]+)/([^/]+)")
_ID = re.compile(r"(AIDA|AROA)[A-Z0-9]+")


def partitions(texts: Iterable[str]) -> tuple[str, ...]:
    """The partitions that ARNs among `texts` name; `aws` where they name none."""
    return tuple(sorted({found for text in texts for found in _PARTITION.findall(text)})) or ("aws",)


def _text(text: str) -> list[Token]:
    return [("c", sign) for sign in text]


def account_shapes(where: Sequence[str]) -> list[Pattern]:
    """The callers that belong to an account."""
    made = []
    for partition in where:
        iam, sts = _text(f"arn:{partition}:iam::") + _DIGITS, _text(f"arn:{partition}:sts::") + _DIGITS
        made += [
            iam + _text(":user/") + _PATHED,
            iam + _text(":role/") + _PATHED + _text(" ") + _NAME,
            iam + _text(":root"),
            sts + _text(":federated-user/") + _NAME,
        ]
    return [build(tokens) for tokens in made]


def domain(where: Sequence[str], services: Iterable[str], *, everybody: bool) -> Domain:
    """All callers; without `everybody` those that belong to an account. services: those the policies name."""
    shapes = account_shapes(where)
    if everybody:
        ends = {end for text in services for end in _ENDS if text.endswith(end)} | {_ENDS[0]}
        shapes += [build(_text("service ") + _NAME + _text(end)) for end in sorted(ends)]
        for partition in where:
            for kind in ("saml", "oidc"):
                start = _text(f"provider arn:{partition}:iam::") + _DIGITS
                shapes.append(build([*start, *_text(f":{kind}-provider/"), ("?", " :"), ("*", " :")]))
        shapes += [Pattern(f"provider {name}") for name in _WEB]
        shapes.append(NOBODY)
    return Domain(tuple(shapes))


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
