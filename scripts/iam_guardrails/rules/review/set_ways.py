"""Whether a permission set lets its people take the role of an administrator: by assuming it, or by passing it.

That the role is there, what it may do, and who gets into it is read off the account, and whether the set's policies
name it off their resources. Sources: AWS IAM User Guide, id_roles_use_passrole and id_roles_use_switch-role-api.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence, Set

from iam_guardrails.model.iam.coverage import covered
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.escalation.methods import Method, published
from iam_guardrails.model.iam.grants import on_everything
from iam_guardrails.model.iam.match import any_match
from iam_guardrails.model.iam.operators import narrows
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.trust import ACCOUNT, SERVICE, Door, doors, opens
from iam_guardrails.model.iam.width import ALL_BUT, EVERYTHING, PASS_ROLE, RAISES, wide
from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.unknown import Unknown

MAKE_ADMINISTRATOR = frozenset({EVERYTHING, ALL_BUT, PASS_ROLE, RAISES})
"""What of a policy makes an administrator, or lets its holder make itself one."""
BY_NAME = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
"""AWS's own policies that make one, where a capture holds their names only."""
_ASSUME, _PASS, _SERVICE = "sts:AssumeRole", "iam:PassRole", "iam:passedtoservice"


def makes_administrator(document: PolicyDocument) -> bool:
    """Whether a policy by itself makes its holder an administrator, or lets it make itself one."""
    return any(kind in MAKE_ADMINISTRATOR for item in document.statements for kind, _ in wide(item, document))


def by_name(arn: str) -> bool:
    """Whether a policy that was not read is one of AWS's that makes an administrator."""
    return arn.split(":")[4:5] == ["aws"] and arn.rpartition("/")[2] in BY_NAME


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
    if not opens(item, _ASSUME) or item.conditions:
        return False
    return _takes(item, _ASSUME, documents, estate,
                  lambda door: door.kind == ACCOUNT and door.account_id == estate.account_id)  # fmt: skip


def _passes(item: Statement, documents: Collection[PolicyDocument], estate: Estate) -> bool:
    """Whether it passes an administrator's role to a service that the set may let run with it."""
    if not opens(item, _PASS):
        return False
    if any(one.key.lower() != _SERVICE or not narrows(one) for one in item.conditions):
        return False  # under other conditions, it depends
    usable = _usable(item, documents)
    return bool(usable) and _takes(item, _PASS, documents, estate,
                                   lambda door: door.kind == SERVICE and door.value in usable)  # fmt: skip


def _usable(item: Statement, documents: Collection[PolicyDocument]) -> Set[str]:
    """The services that the statement passes roles to, and that the set may let run with one."""
    told = [one.values for one in item.conditions]
    return {
        one.trusted for one in published()
        if one.passes_to is not None and all(any_match(values, one.passes_to or one.trusted) for values in told)
        and _runs(one, documents)
    }  # fmt: skip


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


def _denied(action: str, documents: Collection[PolicyDocument], arn: str = "") -> bool:
    """Whether a Deny without a condition takes an action away: on everything, or on one resource."""
    return any(item.effect == "Deny" and not item.conditions and opens(item, action)
               and (on_everything(item) or (arn and _names(item, arn)))
               for one in documents for item in one.statements)  # fmt: skip


def _names(item: Statement, arn: str) -> bool:
    return not any_match(item.not_resources, arn) if item.not_resources else any_match(item.resources, arn)


def _takes(
    item: Statement, action: str, documents: Collection[PolicyDocument], estate: Estate, enters: Callable[[Door], bool]
) -> bool:  # fmt: skip
    """Whether it names an administrator's role without a boundary that lets in somebody without a condition."""
    return any(
        _names(item, role.arn) and not _denied(action, documents, role.arn)
        and _lets_in(estate, role, enters) and _is_administrator(estate, role)
        for role in estate.roles
        if not role.boundary_arn and not role.path.startswith("/aws-service-role/")
    )  # fmt: skip


def _lets_in(estate: Estate, role: Principal, enters: Callable[[Door], bool]) -> bool:
    trust = estate.trust_document(role)
    return (isinstance(trust, PolicyDocument) and not any(item.effect == "Deny" for item in trust.statements)
            and any(enters(door) and not door.statement.conditions for door in doors(trust)))  # fmt: skip


def _is_administrator(estate: Estate, role: Principal) -> bool:
    return any(by_name(name) if isinstance(document, Unknown) else makes_administrator(document)
               for name, document in _policies(estate, role))  # fmt: skip


def _policies(estate: Estate, role: Principal) -> Iterator[tuple[str, PolicyDocument | Unknown]]:
    yield from ((arn, estate.parsed(estate.managed(arn))) for arn in role.attached)
    yield from (("", estate.parsed(document)) for _, document in role.inline)
