"""The break-glass role: it exists, lasts an hour, and everything else that its family of rules asks for."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Role
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.unknown import NotKnown, known
from iam_guardrails.model.value import frozen
from iam_guardrails.rules import (
    breakglass_identity_center,
    breakglass_incident,
    breakglass_mfa,
    breakglass_owners,
    breakglass_permissions,
    breakglass_trust,
)
from iam_guardrails.rules.breakglass_subjects import trust_rule
from iam_guardrails.rules.engine import rule

SESSION_SECONDS = 3600
NAME_AND_PATH = 64


@frozen
class DeclaredRole:
    """A role that guardrails.toml names; `address` is the found role's, else the name itself.

    maybe: the address of a role of the plan whose name is decided at apply and may become this one.
    """

    address: str
    name: str
    found: bool
    maybe: str = ""


def _declared_roles(account: Account, expected: Expected) -> Iterator[DeclaredRole]:
    for name in expected.role_names:
        role = next((item for item in account.roles if item.name == name), None)
        maybe = next((item.address for item in account.roles if _may_become(item, name)), "")
        yield DeclaredRole(role.address if role else f"role/{name}", name, role is not None, maybe)


def _may_become(role: Role, name: str) -> bool:
    """Whether a role without a name yet can get this one: Terraform's name_prefix adds digits to a prefix."""
    return role.name_prefix is not None and name.startswith(role.name_prefix)


@rule(
    id="breakglass-role-exists", severity="critical", seed="3 Role name", select=_declared_roles,
    needs=("roles",),
    title="Every break-glass role that guardrails.toml names exists",
    remedy="Create the role (module breakglass-role), or correct breakglass.role_names in guardrails.toml.",
    reference="AWS Well-Architected Security Pillar: SEC03-BP03 Establish emergency access process",
    nothing="guardrails.toml names no break-glass role (breakglass.role_names)",
)  # fmt: skip
def role_exists(declared: DeclaredRole, account: Account, _expected: Expected) -> Iterator[str]:
    """A declared role that nobody finds is no emergency access."""
    if not declared.found and declared.maybe:
        raise NotKnown(f"the name of {declared.maybe} is decided at apply; give it the name of guardrails.toml")
    if not declared.found:
        yield f"the {account.origin} holds no role named {declared.name}"


@trust_rule(
    id="breakglass-session-one-hour", severity="high", seed="3 Session controls",
    title="A break-glass session lasts one hour at most",
    remedy="Set max_session_duration = 3600, the least IAM accepts.",
    reference="AWS IAM User Guide: id_roles_update-role-settings (maximum session duration)",
)  # fmt: skip
def session_one_hour(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """3600 seconds are both the default and the least IAM accepts."""
    seconds = known(role.max_session_seconds, "the maximum session duration")
    if seconds != SESSION_SECONDS:
        yield f"sessions may last {seconds / 3600:g} hours ({seconds} seconds) instead of one"


@trust_rule(
    id="breakglass-name-length", severity="medium", seed="3 Role name",
    title="Path and name of the break-glass role fit the console's role switch",
    remedy="Shorten the path or the name: together they may have 64 characters.",
    reference="AWS IAM User Guide: reference_iam-quotas",
)  # fmt: skip
def name_length(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """The console cannot switch to a role whose path and name have more than 64 characters together."""
    length = len(role.path.strip("/")) + len(role.name) + (2 if role.path.strip("/") else 0)
    if length > NAME_AND_PATH:
        yield f"path and name have {length} characters together; the console switches to roles of at most 64"


RULES = (
    role_exists,
    *breakglass_mfa.RULES,
    session_one_hour,
    *breakglass_trust.RULES,
    *breakglass_identity_center.RULES,
    *breakglass_incident.RULES,
    *breakglass_permissions.RULES,
    name_length,
    *breakglass_owners.RULES,
)
