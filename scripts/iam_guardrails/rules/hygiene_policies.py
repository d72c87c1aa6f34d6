"""Policies and trusts of the other principals: no administrators by accident, no wide PassRole, no open CI
trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iam_guardrails.model.account import Absent, Account, Group, NamedPolicy, Role, User
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.coverage import passes_every_role
from iam_guardrails.model.iam.document import Condition, PolicyDocument, Statement
from iam_guardrails.model.iam.grants import grants_all_but, grants_everything, on_everything
from iam_guardrails.model.iam.match import has_wildcard, names_action
from iam_guardrails.model.iam.operators import narrows
from iam_guardrails.model.iam.trust import opens
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.rules.engine import rule

SEED = "5 Hygiene"
_LEAST = "AWS IAM User Guide: best-practices (grant least privilege)"
_ADMIN = ":aws:policy/AdministratorAccess"
_PASS_ROLE = "iam:PassRole"


@rule(
    id="user-no-direct-admin", severity="high", seed=SEED, empty="clean", needs=("users", "managed_policies"),
    title="No IAM user is an administrator by itself", reference=_LEAST,
    remedy="Detach the policy and let the user assume a role instead.",
    select=lambda account, _expected: account.users,
)  # fmt: skip
def user_no_direct_admin(user: User, account: Account, _expected: Expected) -> Iterator[str]:
    """AdministratorAccess or `*` on `*`, inline or attached, makes every key and password of the user a
    master key.
    """
    by_arn = {policy.arn: policy for policy in account.managed_policies}
    unread: list[Unknown] = [arn for arn in user.attached_policy_arns if isinstance(arn, Unknown)]
    attached = [arn for arn in user.attached_policy_arns if isinstance(arn, str)]
    for arn in attached:
        if arn.endswith(_ADMIN):
            yield f"AdministratorAccess is attached to the user {user.name}"
    policies = [NamedPolicy(by_arn[arn].name, by_arn[arn].document) for arn in attached
                if arn in by_arn and not arn.endswith(_ADMIN)]  # fmt: skip
    for policy in (*user.inline_policies, *policies):
        if isinstance(policy.document, Unknown):
            unread.append(policy.document)
        elif any(map(_admin, policy.document.statements)):
            yield f"the policy {policy.name} makes the user {user.name} an administrator"
    for missing in unread:
        known(missing, "one of the user's policies")


def _admin(statement: Statement) -> bool:
    return grants_everything(statement) or grants_all_but(statement)


def _holders(account: Account, but: tuple[str, ...] = ()) -> list[Role | User | Group | Absent]:
    """Who holds policies. but: names of roles to leave out."""
    return [*(role for role in account.roles if role.name not in but), *account.users, *account.groups,
            *(one for one in account.absent if one.kind != "role" or one.name not in but)]  # fmt: skip


def _attached(account: Account, but: tuple[str, ...] = ()) -> set[object]:
    return {arn for holder in _holders(account, but) for arn in holder.attached_policy_arns}


def customer_policies(account: Account, _expected: Expected) -> Iterator[NamedPolicy]:
    """Inline and customer-managed policies that grant something; a mere boundary grants nothing."""
    boundaries = [*(role.boundary_arn for role in account.roles), *(user.boundary_arn for user in account.users)]
    limits = {*boundaries} - _attached(account)
    for policy in account.managed_policies:
        if not policy.aws_managed and policy.arn not in limits:
            yield NamedPolicy(policy.name, policy.document, policy.address, policy.arn)
    for holder in _holders(account):
        for inline in holder.inline_policies:
            yield NamedPolicy(inline.name, inline.document, inline.address or _address(holder))


def _address(holder: Role | User | Group | Absent) -> str:
    return holder.name if isinstance(holder, Absent) else holder.address


def _others_policies(account: Account, expected: Expected) -> Iterator[NamedPolicy]:
    """The customer policies that a break-glass role is not alone in carrying (it has rules of its own)."""
    own_roles: list[Role | Absent] = [role for role in account.roles if role.name in expected.role_names]
    own_roles += [one for one in account.absent if one.kind == "role" and one.name in expected.role_names]
    inline = [policy for role in own_roles for policy in role.inline_policies]
    kept = {arn for role in own_roles for arn in role.attached_policy_arns} - _attached(account, expected.role_names)
    for policy in customer_policies(account, expected):
        mine = any(policy.name == one.name and policy.document == one.document for one in inline)
        if policy.arn not in kept and not mine:
            yield policy


@rule(
    id="policy-no-star-star", severity="high", seed="1 Review", empty="clean", reference=_LEAST,
    title="No customer policy allows everything on everything",
    remedy="Name the actions and resources that are needed, or attach a policy that says what it is.",
    select=_others_policies, needs=("roles", "users", "groups", "managed_policies"),
)  # fmt: skip
def policy_no_star_star(policy: NamedPolicy, account: Account, _expected: Expected) -> Iterator[str]:
    """`*` on `*`, and NotAction with Allow on `*`, which reaches every action AWS adds later."""
    document = known(policy.document, f"the policy {policy.name.removeprefix('address:')}")
    wide = [statement for statement in document.statements if _admin(statement)]
    if wide and "boundary" in policy.name.lower() and policy.arn and policy.arn not in _attached(account):
        raise NotKnown(f"{policy.name} looks like a permissions boundary for principals that were not read")
    for statement in wide:
        but = f" but {', '.join(statement.not_actions[:3])}" if statement.not_actions else ""
        yield f"{statement.label} of {policy.name} allows every action{but} on every resource"


@rule(
    id="policy-no-wide-pass-role", severity="high", seed="1 Review", empty="clean",
    title="No customer policy may pass any role to any service",
    remedy="Name the roles that may be passed in Resource, and the service in iam:PassedToService.",
    reference="AWS IAM User Guide: id_roles_use_passrole",
    select=customer_policies, needs=("roles", "users", "groups", "managed_policies"),
)  # fmt: skip
def policy_no_wide_pass_role(policy: NamedPolicy, _account: Account, _expected: Expected) -> Iterator[str]:
    """Whoever may pass every role to a service can run code as the most powerful of them."""
    document = known(policy.document, f"the policy {policy.name.removeprefix('address:')}")
    for statement in document.statements:
        if _passes_any_role(statement) and not _denied(document):
            yield f"{statement.label} of {policy.name} allows {_PASS_ROLE} on every role"


def _passes_any_role(statement: Statement) -> bool:
    if statement.effect != "Allow" or not names_action(statement.actions, _PASS_ROLE) or grants_everything(statement):
        return False
    to_one_service = any(
        item.key.lower() == "iam:passedtoservice" and narrows(item) and "*" not in item.values
        for item in statement.conditions
    )
    return (on_everything(statement) or passes_every_role(statement)) and not to_one_service


def _denied(document: PolicyDocument) -> bool:
    return any(
        item.effect == "Deny" and opens(item, _PASS_ROLE) and on_everything(item) and not item.conditions
        and not item.not_resources
        for item in document.statements
    )  # fmt: skip


def _oidc_roles(account: Account, expected: Expected) -> Iterator[Role]:
    """The break-glass roles have rules of their own about whom they trust."""
    for role in account.roles:
        if role.name in expected.role_names:
            continue
        if isinstance(role.trust, Unknown) or any(_providers(item) for item in role.trust.statements):
            yield role


def _providers(statement: Statement) -> list[str]:
    """Host and path of the OIDC providers the statement trusts."""
    return [
        principal.value.partition(":oidc-provider/")[2]
        for principal in statement.principals
        if statement.effect == "Allow" and ":oidc-provider/" in principal.value
    ]


@rule(
    id="ci-oidc-trust-narrow", severity="high", seed=SEED, empty="clean",
    title="A role trusted through OIDC says for which audience and which subject",
    remedy="Add StringEquals on <provider>:aud and on <provider>:sub with the one repository, branch "
    "or environment.",
    reference="AWS IAM User Guide: id_roles_create_for-idp_oidc", select=_oidc_roles, needs=("roles",),
)  # fmt: skip
def ci_oidc_trust_narrow(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """Without a subject every user of a public provider, e.g. every repository, gets in."""
    document = known(role.trust, "the trust policy")
    for statement in document.statements:
        for provider in _providers(statement):
            for problem in _oidc_problems(statement, provider):
                yield f"{statement.label} of the trust policy {problem}"


def _oidc_problems(statement: Statement, provider: str) -> Iterator[str]:
    subjects = _claim(statement, f"{provider}:sub")
    if not _claim(statement, f"{provider}:aud") and not provider.startswith("oidc.eks."):
        yield f"trusts {provider} for any audience ({provider}:aud is not compared)"
    if not subjects:
        yield f"trusts every subject of {provider} ({provider}:sub is not compared)"
    for condition in subjects:
        for value in condition.values:
            if "Like" in condition.operator and _open_subject(value):
                yield f"trusts the subject {value} of {provider}, which others can have too"


def _claim(statement: Statement, key: str) -> list[Condition]:
    return [item for item in statement.conditions if item.key.lower() == key.lower() and narrows(item)]


def _open_subject(value: str) -> bool:
    """Whether a wildcard stands in the part that names an owner or before it, e.g. `*`, `repo:*`,
    `repo:acme*`.
    """
    return any(map(has_wildcard, re.split("[:/]", value)[:2]))


RULES = (
    user_no_direct_admin, policy_no_star_star, policy_no_wide_pass_role, ci_oidc_trust_narrow,
)  # fmt: skip
