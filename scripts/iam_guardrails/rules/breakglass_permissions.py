"""What the break-glass role may do inside, and what it must never do: silence its own detection."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Document, NamedPolicy, Role
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.denials import Denials
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.grants import allows, grants_all_but, grants_everything
from iam_guardrails.model.iam.revocation import REVOCATION_NAME, revoked_before
from iam_guardrails.model.silencers import Silencer
from iam_guardrails.model.unknown import Unknown, known
from iam_guardrails.rules import breakglass_boundary
from iam_guardrails.rules.breakglass_boundary import boundary_of
from iam_guardrails.rules.breakglass_subjects import (
    NOTHING,
    arn_of,
    breakglass_roles,
    policies_of,
    trust_rule,
)
from iam_guardrails.rules.engine import rule

SEED = "3 Permissions policy"
WIDE_AWS_POLICIES = ("AdministratorAccess", "PowerUserAccess")
_SIGNIN = (
    Silencer("signin", "AuthorizeOAuth2Access", "the one-hour session", scoped=False),
    Silencer("signin", "CreateOAuth2Token", "the one-hour session", scoped=False),
)


@trust_rule(
    id="breakglass-permissions-reduced", severity="high", seed=SEED,
    reference="AWS IAM User Guide: best-practices (grant least privilege)",
    title="The break-glass role is no administrator unless guardrails.toml says why",
    remedy="Attach a small emergency-operator policy, or give administrator_reason in guardrails.toml.",
)  # fmt: skip
def permissions_reduced(role: Role, account: Account, expected: Expected) -> Iterator[str]:
    """AdministratorAccess, `*` on `*` and everything-but grants need a written reason."""
    if expected.administrator_reason:
        return
    unread: list[Unknown] = []
    for policy in policies_of(role, account):
        if policy.arn.endswith(tuple(f":aws:policy/{name}" for name in WIDE_AWS_POLICIES)):
            yield (f"the AWS policy {policy.name} is attached, and guardrails.toml gives no administrator_reason")
        elif isinstance(policy.document, Unknown):
            unread += [] if ":aws:policy/" in policy.arn else [policy.document]
        else:
            for statement in policy.document.statements:
                yield from _too_wide(policy, statement)
    for missing in unread:
        known(missing, "the document of an attached policy")


def _too_wide(policy: NamedPolicy, statement: Statement) -> Iterator[str]:
    if grants_everything(statement):
        yield f"{statement.label} of the policy {policy.name} allows every action on every resource"
    elif grants_all_but(statement):
        but = ", ".join(statement.not_actions[:3])
        yield f"{statement.label} of the policy {policy.name} allows every action but {but} on every resource"


def _revocations(account: Account, _expected: Expected) -> list[NamedPolicy]:
    return [
        NamedPolicy(f"{policy.name} of {role.name}", policy.document, policy.address or role.address)
        for role in account.roles for policy in role.inline_policies if policy.name == REVOCATION_NAME
    ]  # fmt: skip


@rule(
    id="breakglass-revocation-genuine", severity="high", seed="4 Exit and revoke", empty="clean",
    title="An inline policy with the name of a session revocation is one and nothing else",
    remedy="Remove the policy, or restore it: Deny * on * with DateLessThan aws:TokenIssueTime.",
    reference="AWS IAM User Guide: id_roles_use_revoke-sessions", select=_revocations, needs=("roles",),
)  # fmt: skip
def revocation_genuine(policy: NamedPolicy, _account: Account, _expected: Expected) -> Iterator[str]:
    """Drift takes AWSRevokeOlderSessions for granted, so nothing else may hide under that name."""
    document = known(policy.document, f"the policy {policy.name}")
    if revoked_before(document) is None:
        yield f"the inline policy {policy.name} is not a session revocation, whatever its name says"


@rule(
    id="breakglass-signin-oauth-denied", severity="medium", seed="3 Session controls", nothing=NOTHING,
    title="The role cannot stretch its hour with `aws login`",
    remedy="Deny signin:AuthorizeOAuth2Access and signin:CreateOAuth2Token on * in the boundary.",
    reference="AWS CLI User Guide: cli-configure-sign-in", select=breakglass_roles,
    needs=("roles", "managed_policies"),
)  # fmt: skip
def signin_oauth_denied(role: Role, account: Account, expected: Expected) -> Iterator[str]:
    """A console session of the role must not become command-line credentials that are refreshed for hours."""
    boundary = boundary_of(role, account)
    limits = [] if boundary is None else [boundary.document]
    policies = list(policies_of(role, account))
    own = [policy.document for policy in policies if ":aws:policy/" not in policy.arn]
    arn = arn_of(role, account, expected)
    left = [call for call in _SIGNIN if not _stopped(call, arn, limits, own)]
    if not left:
        return
    for document in (*limits, *own):
        known(document, "one of the role's policies")
    granting = [policy.name for policy in policies if _grants(policy, left)]
    if granting:
        yield f"{granting[0]} allows {' and '.join(call.name for call in left)}, and nothing denies it"


def _grants(policy: NamedPolicy, calls: list[Silencer]) -> bool:
    if isinstance(policy.document, PolicyDocument):
        return any(allows(policy.document, call.name) for call in calls)
    return policy.name in (*WIDE_AWS_POLICIES, "SignInLocalDevelopmentAccess")


def _stopped(call: Silencer, arn: str, limits: list[Document], policies: list[Document]) -> bool:
    for document in limits:
        if isinstance(document, PolicyDocument) and not allows(document, call.name):
            return True
    return any(isinstance(document, PolicyDocument) and _denies(document, call, arn)
               for document in (*limits, *policies))  # fmt: skip


def _denies(document: PolicyDocument, call: Silencer, arn: str) -> bool:
    from iam_guardrails.rules.breakglass_targets import ANYTHING

    denials = Denials(document, arn)
    return denials.left(denials.of(call.name), ANYTHING) is None


RULES = (
    *breakglass_boundary.RULES, permissions_reduced, revocation_genuine, signin_oauth_denied,
)  # fmt: skip
