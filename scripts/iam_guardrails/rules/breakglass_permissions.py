"""What the break-glass role may do inside, and what it must never do: silence its own detection."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Document, NamedPolicy, Role
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.grants import allows, grants_all_but, grants_everything, not_denied
from iam_guardrails.model.iam.revocation import REVOCATION_NAME, revoked_before
from iam_guardrails.model.silencers import CUTTING, SILENCERS, Silencer
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.model.value import frozen
from iam_guardrails.rules.breakglass_proofs import open_calls, phrase
from iam_guardrails.rules.breakglass_subjects import (
    NOTHING,
    breakglass_roles,
    owners,
    policies_of,
    trust_rule,
)
from iam_guardrails.rules.engine import Absence, rule

SEED = "3 Permissions policy"
WIDE_AWS_POLICIES = ("AdministratorAccess", "PowerUserAccess")
_BOUNDARY_PAGE = "AWS IAM User Guide: access_policies_boundaries"
_SIGNIN = (
    Silencer("signin", "AuthorizeOAuth2Access", "the one-hour session", scoped=False),
    Silencer("signin", "CreateOAuth2Token", "the one-hour session", scoped=False),
)


@frozen
class Boundary:
    """A break-glass role's boundary; `address` is the policy's where it is at hand, else the role's."""

    address: str
    role: Role
    document: Document


def _boundary_of(role: Role, account: Account) -> Boundary | None:
    if role.boundary_arn is None:
        return None
    found = next((item for item in account.managed_policies if item.arn == role.boundary_arn), None)
    if found is not None:
        return Boundary(found.address, role, found.document)
    if isinstance(role.boundary_arn, Unknown):
        return Boundary(role.address, role, role.boundary_arn)
    why = f"{role.boundary_arn}: the {account.origin} does not hold its document"
    return Boundary(role.address, role, Unknown(why))


def _boundaries(account: Account, expected: Expected) -> list[Boundary]:
    found = (_boundary_of(role, account) for role in breakglass_roles(account, expected))
    return [item for item in found if item is not None]


@trust_rule(
    id="breakglass-boundary-present", severity="high", seed=SEED, reference=_BOUNDARY_PAGE,
    title="The break-glass role has a permissions boundary",
    remedy="Set permissions_boundary to a policy that denies the calls which silence the guardrails.",
)  # fmt: skip
def boundary_present(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """Without a boundary the role can undo any Deny in its own policies."""
    if role.boundary_arn is None:
        yield "the role has no permissions boundary, so it can silence its own detection"


@rule(
    id="breakglass-boundary-denies-silencers", severity="high", seed=SEED, reference=_BOUNDARY_PAGE,
    title="The boundary denies every call that silences the guardrails",
    remedy="Deny the named calls in the boundary, on the guardrails' resources or on *.",
    select=_boundaries, needs=("roles", "managed_policies"),
    nothing=Absence("no break-glass role with a permissions boundary was found", ("breakglass-boundary-present",)),
)  # fmt: skip
def boundary_denies_silencers(item: Boundary, account: Account, expected: Expected) -> Iterator[str]:
    """Names each call that the boundary leaves open, with what it silences."""
    document = known(item.document, "the boundary's document")
    missing: dict[str, list[str]] = {}
    shut: dict[tuple[str, ...], list[Silencer]] = {}
    for call in SILENCERS:
        targets = (*targets_of(call, item.role, account, expected), *_delivery_roles(call, account))
        why = _left_open(document, call, item.role, account, expected)
        if why:
            missing.setdefault(f"{call.silences} ({why})", []).append(call.name)
        elif not call.scoped:
            shut.setdefault(("*",), []).append(call)
        else:  # what is not the guardrails' own need not be denied
            aimed = tuple(target for target in targets if not _open(document, call, item.role, (target,)))
            shut.setdefault(aimed, []).append(call)
    for what, names in _not_proven(document, shut, item.role):
        missing.setdefault(what, []).extend(names)
    for what, names in missing.items():
        yield f"the boundary of {item.role.name} lets it silence {what}: {', '.join(names)}"


def _not_proven(
    document: PolicyDocument, shut: dict[tuple[str, ...], list[Silencer]], role: Role
) -> Iterator[tuple[str, list[str]]]:
    """Of the calls that a Deny seems to stop: those that some request gets through, each with why."""
    for targets, calls in shut.items():
        if not targets:
            continue  # none is known, so a Deny on the service's resources has to do
        left = {call.name: call for call in calls}
        while left:
            proof = open_calls(document, tuple(left), targets, role.arn)
            if proof.request is None:
                if proof.verdict == "undetermined":
                    raise NotKnown(f"whether the boundary denies {', '.join(left)} is undetermined: {proof.reason}")
                break
            call = left.pop(proof.request.action)
            yield f"{call.silences} (not denied where {phrase(proof.request)} on {proof.request.resource})", [call.name]


def open_silencers(account: Account, expected: Expected) -> frozenset[str] | None:
    """The silencing calls that the boundary of some break-glass role leaves open, by name; all of them where a role
    has none; None where there is no role or a boundary is not known."""
    found: set[str] = set()
    roles = breakglass_roles(account, expected)
    for role in roles:
        boundary = _boundary_of(role, account)
        if boundary is None:
            return frozenset(call.name for call in SILENCERS)
        if isinstance(boundary.document, Unknown):
            return None
        found |= {call.name for call in SILENCERS if _left_open(boundary.document, call, role, account, expected)}
    return frozenset(found) if roles else None


def _left_open(document: PolicyDocument, call: Silencer, role: Role, account: Account, expected: Expected) -> str:
    why = _open(document, call, role, targets_of(call, role, account, expected))
    for arn in _delivery_roles(call, account):
        why = why or _open(document, call, role, (arn,))
    return why


def _delivery_roles(call: Silencer, account: Account) -> tuple[str, ...]:
    """The roles by which trails deliver, where the call cuts a trail off."""
    arns = (trail.delivery_role_arn for trail in account.trails if call.name in CUTTING)
    return tuple(arn for arn in arns if isinstance(arn, str) and arn.startswith("arn:"))


def _open(document: PolicyDocument, call: Silencer, role: Role, targets: tuple[str, ...]) -> str:
    if not allows(document, call.name):
        return ""
    return not_denied(document, call.name, scoped=call.scoped, targets=targets, caller_arn=role.arn)


def targets_of(call: Silencer, role: Role, account: Account, expected: Expected) -> tuple[str, ...]:
    """ARNs of what `call` would silence, as far as the account shows them; () where it shows none."""
    groups = {trail.log_group_arn for trail in account.trails}
    logs = [group.arn for group in account.log_groups if group.arn in groups]
    found: dict[str, list[str]] = {
        "cloudtrail": [trail.arn for trail in account.trails],
        "logs": logs or [group.arn for group in account.log_groups],
        "cloudwatch": [] if call.action == "PutAlarmMuteRule" else [alarm.arn for alarm in account.alarms],
        "sns": [topic.arn for topic in account.topics],
        "events": [event_rule.arn for event_rule in account.event_rules],
        "iam": [role.arn],
    }
    if call.action in ("CreatePolicyVersion", "SetDefaultPolicyVersion"):
        found["iam"] = [role.boundary_arn] if isinstance(role.boundary_arn, str) else []
    if call.action == "DeactivateMFADevice":
        found["iam"] = [owner.arn for owner in owners(account, expected) if f"::{account.account_id}:" in owner.arn]
    return tuple(arn for arn in found.get(call.service, ()) if arn.startswith("arn:"))


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
def signin_oauth_denied(role: Role, account: Account, _expected: Expected) -> Iterator[str]:
    """A console session of the role must not become command-line credentials that are refreshed for hours."""
    boundary = _boundary_of(role, account)
    limits = [] if boundary is None else [boundary.document]
    policies = list(policies_of(role, account))
    own = [policy.document for policy in policies if ":aws:policy/" not in policy.arn]
    left = [call for call in _SIGNIN if not _stopped(call, role, limits, own)]
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


def _stopped(call: Silencer, role: Role, limits: list[Document], policies: list[Document]) -> bool:
    for document in limits:
        if isinstance(document, PolicyDocument) and not _open(document, call, role, ()):
            return True
    return any(
        isinstance(document, PolicyDocument)
        and not not_denied(document, call.name, scoped=call.scoped, targets=(), caller_arn=role.arn)
        for document in policies
    )


RULES = (
    boundary_present, boundary_denies_silencers, permissions_reduced, revocation_genuine, signin_oauth_denied,
)  # fmt: skip
