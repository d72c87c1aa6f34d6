"""Whether a permission set lets its people take the role of an administrator: by assuming it, or by passing it.

What the set's policies say is read as the box of wildcards reads it; that the role is there, and who gets into it, is
read off the account. Sources: AWS IAM User Guide, id_roles_use_passrole and id_roles_use_switch-role-api.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from iam_guardrails.model.iam.coverage import covered, passes_every_role
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.escalation.methods import Method, published
from iam_guardrails.model.iam.grants import on_everything
from iam_guardrails.model.iam.match import has_wildcard
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.trust import ACCOUNT, SERVICE, Door, doors, opens
from iam_guardrails.model.iam.width import ALL_BUT, EVERYTHING, PASS_ROLE, RAISES, wide
from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.unknown import Unknown

MAKE_ADMINISTRATOR = frozenset({EVERYTHING, ALL_BUT, PASS_ROLE, RAISES})
"""What of a policy makes an administrator, or lets its holder make itself one."""
_ASSUME, _PASS, _SERVICE = "sts:AssumeRole", "iam:PassRole", "iam:passedtoservice"


def makes_administrator(document: PolicyDocument) -> bool:
    """Whether a policy by itself makes its holder an administrator, or lets it make itself one."""
    return any(kind in MAKE_ADMINISTRATOR for item in document.statements for kind, _ in wide(item, document))


def by_roles(basis: Basis, policies: Sequence[tuple[str, PolicyDocument]]) -> Iterator[str]:
    """The names of those policies of a set by which its people become an administrator by way of a role that is one."""
    estate = basis.estate
    if isinstance(estate, Unknown):
        return
    documents = [document for _, document in policies]
    for name, document in policies:
        for item in document.statements:
            if item.effect == "Allow" and (_assumes(item, documents, estate) or _passes(item, documents, estate)):
                yield name


def _assumes(item: Statement, documents: Collection[PolicyDocument], estate: Estate) -> bool:
    every = item.not_resources or covered(item, _ASSUME, ("role",))
    if not (opens(item, _ASSUME) and every and not item.conditions) or _denied(_ASSUME, documents):
        return False
    return _administrator(estate, lambda door: door.kind == ACCOUNT and door.account_id == estate.account_id)


def _passes(item: Statement, documents: Collection[PolicyDocument], estate: Estate) -> bool:
    """Whether it passes every role to a service that the set may let run with one."""
    if not opens(item, _PASS) or not (item.not_resources or passes_every_role(item)) or _denied(_PASS, documents):
        return False
    services = {text for one in item.conditions if one.key.lower() == _SERVICE for text in one.values}
    if {one.key.lower() for one in item.conditions} != {_SERVICE} or any(map(has_wildcard, services)):
        return False  # every service: the box of wildcards says so; under other conditions, it depends
    usable = {one.trusted for one in published() if one.passes_to in services and _runs(one, documents)}
    return _administrator(estate, lambda door: door.kind == SERVICE and door.value in usable)


def _runs(method: Method, documents: Collection[PolicyDocument]) -> bool:
    """Whether the set allows all that a method needs beside the passing, everywhere and without a condition."""
    needed = {need.action for need in method.needs} - {_PASS}
    return method.gain == "act" and not method.facts and all(
        not _denied(action, documents) and any(_allows(item, action) for one in documents for item in one.statements)
        for action in needed
    )  # fmt: skip


def _allows(item: Statement, action: str) -> bool:
    every = item.not_resources or covered(item, action)
    return item.effect == "Allow" and not item.conditions and bool(every) and opens(item, action)


def _denied(action: str, documents: Collection[PolicyDocument]) -> bool:
    return any(item.effect == "Deny" and not item.conditions and on_everything(item) and opens(item, action)
               for one in documents for item in one.statements)  # fmt: skip


def _administrator(estate: Estate, enters: Callable[[Door], bool]) -> bool:
    """Whether there is an administrator's role without a boundary that lets in somebody without a condition."""
    return any(
        _lets_in(estate, role, enters) and _is_administrator(estate, role)
        for role in estate.roles
        if not role.boundary_arn and not role.path.startswith("/aws-service-role/")
    )


def _lets_in(estate: Estate, role: Principal, enters: Callable[[Door], bool]) -> bool:
    trust = estate.trust_document(role)
    return (isinstance(trust, PolicyDocument) and not any(item.effect == "Deny" for item in trust.statements)
            and any(enters(door) and not door.statement.conditions for door in doors(trust)))  # fmt: skip


def _is_administrator(estate: Estate, role: Principal) -> bool:
    return any(isinstance(document, PolicyDocument) and makes_administrator(document)
               for _, document in estate.identity_documents(role))  # fmt: skip
