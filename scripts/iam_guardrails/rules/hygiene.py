"""The account around the break-glass role: passwords, keys, root, public access, CI trust."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from iam_guardrails.model.account import (
    AccessKey,
    Account,
    Key,
    PasswordPolicy,
    PublicAccessBlock,
    RootUser,
    User,
)
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.rules import hygiene_policies
from iam_guardrails.rules.engine import Select, rule
from iam_guardrails.rules.presence import Place, absent, account_place

T = TypeVar("T")
SEED = "5 Hygiene"
KEY_DAYS = 90
DELETION_DAYS = 14
_CIS = "CIS AWS Foundations Benchmark"


def _or_place(listed: Callable[[Account], Iterable[T]]) -> Select[T | Place]:
    """Select what `listed` finds, or the account itself where there is none: the absence is judged."""

    def select(account: Account, expected: Expected) -> Iterator[T | Place]:
        found = list(listed(account))
        yield from found or account_place(account, expected)

    return select


@rule(
    id="password-policy-strong", severity="medium", seed=SEED, needs=("password_policies",),
    title="The IAM password policy asks for 14 characters, 24 remembered passwords and a change within "
    "90 days",
    remedy="Set minimum_password_length >= 14, password_reuse_prevention = 24 and max_password_age <= 90 in "
    "aws_iam_account_password_policy.",
    reference=f"{_CIS}: IAM password policy (length, reuse); AWS Config: iam-password-policy (age)",
    select=_or_place(lambda account: account.password_policies),
)  # fmt: skip
def password_policy_strong(policy: PasswordPolicy | Place, account: Account, expected: Expected) -> Iterator[str]:
    """CIS asks for length and reuse and no longer for character classes; the age is AWS Config's default."""
    if isinstance(policy, Place):
        yield from absent(account, expected, "password_policies", "IAM password policy")
        return
    if not isinstance(policy.minimum_length, Unknown) and policy.minimum_length < 14:
        yield f"passwords may have {policy.minimum_length} characters; at least 14 are asked for"
    if not isinstance(policy.reuse_prevention, Unknown) and (policy.reuse_prevention or 0) < 24:
        yield f"{policy.reuse_prevention or 0} earlier passwords are remembered; 24 are asked for"
    if not isinstance(policy.max_age_days, Unknown) and not 1 <= (policy.max_age_days or 0) <= 90:
        age = f"expire after {policy.max_age_days} days" if policy.max_age_days else "never expire"
        yield f"passwords {age}; at most 90 days are asked for"
    for value in (policy.minimum_length, policy.reuse_prevention, policy.max_age_days):
        known(value, "a setting of the password policy")


@rule(
    id="user-no-access-keys", severity="high", seed="3 Session controls", empty="clean",
    title="No IAM user has a long-lived access key",
    remedy="Remove the key; give people roles and workloads an instance, task or OIDC role.",
    reference="AWS IAM User Guide: best-practices (require workloads to use temporary credentials)",
    select=lambda account, _expected: account.access_keys, needs=("access_keys",),
)  # fmt: skip
def user_no_access_keys(key: AccessKey, account: Account, _expected: Expected) -> Iterator[str]:
    """In a plan any key is one too many (its secret would lie in the state); live, an active one."""
    if account.origin == "plan":
        yield f"the plan gives {key.user_name} a long-lived access key, whose secret is kept in the state"
    elif known(key.active, "whether the key is active"):
        yield f"{key.user_name} has an active long-lived access key{_which(key)}"


def _which(key: AccessKey) -> str:
    """The end of its id, where that is known: a credential report tells no ids."""
    return f" (…{key.key_suffix})" if key.key_suffix else ""


@rule(
    id="access-key-rotated", severity="medium", seed=SEED, empty="clean", live_only=True,
    title=f"No active access key is older than {KEY_DAYS} days",
    remedy="Rotate the key, or better, remove it.",
    reference=f"{_CIS}: access keys are rotated every 90 days",
    select=lambda account, _expected: account.access_keys, needs=("access_keys",),
)  # fmt: skip
def access_key_rotated(key: AccessKey, account: Account, _expected: Expected) -> Iterator[str]:
    """Counts from the key's creation to the moment the account was read."""
    if not known(key.active, "whether the key is active"):
        return
    if key.created_at is None or account.seen_at is None:
        raise NotKnown("when the key was created was not read")
    age = account.seen_at - key.created_at
    if age.total_seconds() > KEY_DAYS * 86_400:
        yield f"the access key of {key.user_name}{_which(key)} is {age.days} days old"


@rule(
    id="user-console-mfa", severity="high", seed=SEED, empty="clean", live_only=True,
    title="Every user with a console password has an MFA device",
    remedy="Let the user register an MFA device, or remove the password.",
    reference=f"{_CIS}: MFA is enabled for all IAM users that have a console password",
    select=lambda account, _expected: account.users, needs=("users",),
)  # fmt: skip
def user_console_mfa(user: User, _account: Account, _expected: Expected) -> Iterator[str]:
    """A password without a second factor opens the console."""
    if user.mfa_kinds:
        return
    if not known(user.has_console_password, "whether the user has a console password"):
        return
    if user.mfa_kinds is None:
        raise NotKnown("the user's MFA devices were not read")
    yield f"the user {user.name} has a console password and no MFA device"


def _account_blocks(account: Account) -> list[PublicAccessBlock]:
    return [block for block in account.public_access_blocks if block.bucket_name is None]


@rule(
    id="account-public-access-blocked", severity="medium", seed=SEED, needs=("public_access_blocks",),
    title="S3 public access is blocked for the whole account",
    remedy="Set all four arguments of aws_s3_account_public_access_block to true.",
    reference="Amazon S3 User Guide: access-control-block-public-access",
    select=_or_place(_account_blocks),
)  # fmt: skip
def account_public_access_blocked(
    block: PublicAccessBlock | Place, account: Account, expected: Expected
) -> Iterator[str]:
    """All four switches are on."""
    if isinstance(block, Place):
        yield from absent(account, expected, "public_access_blocks", "S3 public access block of the account")
        return
    switches = {
        "block_public_acls": block.block_public_acls,
        "block_public_policy": block.block_public_policy,
        "ignore_public_acls": block.ignore_public_acls,
        "restrict_public_buckets": block.restrict_public_buckets,
    }
    off = [name for name, value in switches.items() if value is False]
    if off:
        yield f"the account's S3 public access block leaves off {', '.join(off)}"
    for name, value in switches.items():
        known(value, name)


@rule(
    id="root-mfa-enabled", severity="critical", seed=SEED, live_only=True, needs=("root_users",),
    title="The root user has MFA", remedy="Register an MFA device for the root user and lock it away.",
    reference="AWS IAM User Guide: root-user-best-practices",
    select=lambda account, _expected: account.root_users,
)  # fmt: skip
def root_mfa_enabled(root: RootUser, _account: Account, _expected: Expected) -> Iterator[str]:
    """Root is the break-glass of last resort."""
    if not known(root.mfa_active, "whether root has MFA"):
        yield "the root user has no MFA device"


@rule(
    id="root-no-access-keys", severity="critical", seed=SEED, live_only=True, needs=("root_users",),
    title="The root user has no access key", remedy="Delete the root user's access keys.",
    reference="AWS IAM User Guide: root-user-best-practices",
    select=lambda account, _expected: account.root_users,
)  # fmt: skip
def root_no_access_keys(root: RootUser, _account: Account, _expected: Expected) -> Iterator[str]:
    """No policy of the account limits a root key."""
    if known(root.has_access_key, "whether root has an access key"):
        yield "the root user has an active access key"


def evidence_keys(account: Account, _expected: Expected) -> list[Key]:
    """The customer's keys that protect trails, their log groups and buckets, and topics."""
    used: set[object] = {trail.key_arn for trail in account.trails} | {topic.key_id for topic in account.topics}
    groups = {trail.log_group_arn for trail in account.trails}
    buckets = {trail.bucket_name for trail in account.trails}
    used |= {group.key_arn for group in account.log_groups if group.arn in groups}
    used |= {bucket.key_arn for bucket in account.buckets if bucket.name in buckets}
    texts = {text.rpartition(":")[2] if ":alias/" in text else text for text in used if isinstance(text, str)}
    return [key for key in account.keys if not key.aws_managed and texts & {key.arn, key.key_id, *key.aliases}]


@rule(
    id="key-rotation", severity="low", seed=SEED, empty="clean", needs=("keys",),
    title="The keys of the trail and the topic rotate",
    remedy="Set enable_key_rotation = true on the aws_kms_key.",
    reference="AWS KMS Developer Guide: rotate-keys", select=evidence_keys,
)  # fmt: skip
def key_rotation(key: Key, _account: Account, _expected: Expected) -> Iterator[str]:
    """Automatic rotation is on."""
    if not known(key.rotation, "whether the key rotates"):
        yield "the key protects the audit trail or the alerts and does not rotate"


@rule(
    id="key-deletion-window", severity="low", seed=SEED, empty="clean", needs=("keys",),
    title=f"The keys of the trail and the topic wait at least {DELETION_DAYS} days before they are deleted",
    remedy="Set deletion_window_in_days to 30 (the default), at least 14: somebody must have time to notice.",
    reference="AWS KMS Developer Guide: deleting-keys", select=evidence_keys,
)  # fmt: skip
def key_deletion_window(key: Key, _account: Account, _expected: Expected) -> Iterator[str]:
    """A deleted key takes the recorded evidence with it; no number means AWS's 30 days."""
    days = known(key.deletion_window_days, "the deletion window")
    if days is not None and days < DELETION_DAYS:
        yield f"the key can be gone {days} days after somebody schedules its deletion"


RULES = (
    password_policy_strong, user_no_access_keys, access_key_rotated, user_console_mfa,
    *hygiene_policies.RULES, account_public_access_blocked, root_mfa_enabled, root_no_access_keys,
    key_rotation, key_deletion_window,
)  # fmt: skip
