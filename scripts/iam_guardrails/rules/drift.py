"""drift: what is live against what is declared. Three kinds: changed, missing, unmanaged; and pending, which is
configuration that was never applied. The revocation policy of a closed emergency is recognised for what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from iam_guardrails.model.account import Account, Role, User
from iam_guardrails.model.change import Change
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Clean, Finding, NotJudged, Verdict
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.revocation import REVOCATION_NAME, revoked_before
from iam_guardrails.model.unknown import Unknown

AWS_OWNED_PATHS = ("/aws-service-role/", "/aws-reserved/")
CRITICAL_TYPES = ("aws_iam_role", "aws_iam_policy", "aws_cloudtrail", "aws_cloudwatch_metric_alarm")
EXCLUSIVE = ("aws_iam_role_policies_exclusive", "aws_iam_role_policy_attachments_exclusive")
NEEDS = ("roles", "users", "access_keys", "subscriptions", "mute_rules")


def judge_drift(changes: Iterable[Change], declared: Account, live: Account, expected: Expected) -> Verdict:
    """Compare. `changes` come from a plan with refresh, `declared` from the same plan, `live` from the account."""
    findings = [finding for change in changes for finding in _changed(change)]
    findings += _unmanaged(declared, live, expected)
    unsure = [
        NotJudged("drift-unmanaged", f"account {live.account_id}", f"{kind} could not be read: {why}")
        for kind, why in live.refused.items()
        if kind.partition("@")[0] in NEEDS
    ]
    watched = len(declared.roles) + len(live.roles) + len(live.users)
    clean = () if findings or unsure else (Clean("drift", watched),)
    return Verdict(tuple(findings), tuple(unsure), (), clean, (), tuple(_notes(declared, live)))


def _changed(change: Change) -> Iterator[Finding]:
    severity = "high" if change.type in CRITICAL_TYPES else "medium"
    if change.kind == "missing" and change.outside:
        yield Finding("drift-missing", severity, change.address, "it is declared, but gone from the account",
                      "apply puts it back; find out who removed it")  # fmt: skip
        return
    if change.type in EXCLUSIVE:
        return  # the live reader names the policy itself, below
    if change.outside and change.kind == "changed":
        for item in change.differences:
            yield Finding("drift-changed", severity, change.address,
                          f"{item.path}: live is {item.live}, declared is {item.declared}",
                          "apply puts the declared value back; if the change was right, declare it")  # fmt: skip
        return
    verb = {"missing": "create", "extra": "destroy"}.get(change.kind, "change")
    paths = ", ".join(item.path for item in change.differences[:3])
    yield Finding("drift-pending", "low", change.address,
                  f"the configuration was never applied: it would {verb} this{f' ({paths})' if paths else ''}",
                  "validate and apply")  # fmt: skip


def _unmanaged(declared: Account, live: Account, expected: Expected) -> Iterator[Finding]:
    by_name = {role.name: role for role in live.roles}
    for role in declared.roles:
        if role.name in by_name:
            yield from _extra_policies(role, by_name[role.name])
    yield from _extra_principals(declared, live, expected)
    topics = {topic.arn for topic in declared.topics}
    wanted = {(item.topic_arn, item.protocol, item.endpoint) for item in declared.subscriptions}
    for item in live.subscriptions:
        if item.topic_arn in topics and (item.topic_arn, item.protocol, item.endpoint) not in wanted:
            yield _hand(item.address, f"a {item.protocol} subscription to the alert topic is declared nowhere",
                        "declare it or unsubscribe it; it reads every alert")  # fmt: skip
    for mute in live.mute_rules:
        yield _hand(mute.address, f"the mute rule {mute.name} silences {', '.join(mute.alarm_names) or 'alarms'}",
                    "delete the mute rule, or say in guardrails.toml ([[known_noise]]) why it stays")  # fmt: skip


def _extra_policies(role: Role, found: Role) -> Iterator[Finding]:
    own = {policy.name for policy in role.inline_policies}
    for policy in found.inline_policies:
        if policy.name not in own and not _genuine_revocation(policy.name, policy.document):
            yield _hand(role.address, f"the inline policy {policy.name} was added to the role {role.name} by hand",
                        f"apply removes it where the role is exclusive; otherwise: aws iam delete-role-policy"
                        f" --role-name {role.name} --policy-name {policy.name}")  # fmt: skip
    attached = set(role.attached_policy_arns)
    if any(isinstance(arn, Unknown) for arn in attached):
        return
    for arn in found.attached_policy_arns:
        if arn not in attached:
            yield _hand(role.address, f"the policy {arn} was attached to the role {role.name} by hand",
                        f"apply detaches it where the role is exclusive; otherwise: aws iam detach-role-policy"
                        f" --role-name {role.name} --policy-arn {arn}")  # fmt: skip


def _extra_principals(declared: Account, live: Account, expected: Expected) -> Iterator[Finding]:
    users = {user.name: user for user in declared.users}
    for user in live.users:
        own = users.get(user.name)
        for group in _extra_groups(own, user) if own else ():
            address = own.address if own else user.address
            yield _hand(address, f"the user {user.name} was put into the group {group} by hand",
                        f"aws iam remove-user-from-group --user-name {user.name} --group-name {group}")  # fmt: skip
        if own is None and not _named(user.name, expected.declared_users):
            yield _hand(user.address, f"the IAM user {user.name} is declared nowhere",
                        "remove it, or declare it in Terraform or under [declared] users")  # fmt: skip
    keys = {key.user_name for key in declared.access_keys}
    for key in live.access_keys:
        if key.user_name not in keys and not _named(key.user_name, expected.declared_key_users):
            yield _hand(key.address, f"the user {key.user_name} has an access key (…{key.key_suffix}) nobody declared",
                        "delete the key, or declare its user under [declared] access_keys")  # fmt: skip
    roles = {role.name for role in declared.roles}
    for role in live.roles:
        owned = role.path.startswith(AWS_OWNED_PATHS)
        if role.name not in roles and not owned and not _named(role.name, expected.declared_roles):
            yield _hand(role.address, f"the role {role.name} is declared nowhere",
                        "remove it, or declare it in Terraform or under [declared] roles")  # fmt: skip


def _extra_groups(declared: User, found: User) -> list[str]:
    """Groups somebody put a declared user into; none where a declared group has no name before apply."""
    if any(name.startswith("address:") for name in declared.group_names):
        return []
    return sorted(set(found.group_names) - set(declared.group_names))


def _notes(declared: Account, live: Account) -> Iterator[str]:
    names = {role.name for role in declared.roles}
    for role in live.roles:
        for policy in role.inline_policies:
            if role.name in names and policy.name == REVOCATION_NAME and isinstance(policy.document, PolicyDocument):
                until = revoked_before(policy.document)
                if until and not until.startswith("1970-"):
                    yield f"the sessions of {role.name} issued before {until} are revoked ({REVOCATION_NAME}): no drift"


def _genuine_revocation(name: str, document: PolicyDocument | Unknown) -> bool:
    return name == REVOCATION_NAME and isinstance(document, PolicyDocument) and revoked_before(document) is not None


def _hand(address: str, message: str, remedy: str) -> Finding:
    return Finding("drift-unmanaged", "high", address, message, remedy)


def _named(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
