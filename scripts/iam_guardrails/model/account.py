"""One account as the rules see it, whichever reader looked: the plan, the live account or a saved capture.

Conventions
- `address` is how a report names the thing: the Terraform address in a plan, the ARN (or a name) when live.
- A link to another thing is that thing's ARN as text. Readers resolve links; where AWS has not issued the ARN
  yet, the reader uses one stable stand-in for the target on both ends, so a rule only ever compares text.
- `T | Unknown` is a value that may not be readable yet (model/unknown.py).
- Durations are whole seconds, days say so in their name, times are aware UTC datetimes.
- `further`: settings beside the other fields that no rule asks about, as AWS's answer names them, so that a comparison
  misses nothing; only what is set, as JSON. None where nobody looked (a plan, a capture of an earlier version).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import field, frozen

if TYPE_CHECKING:
    from datetime import datetime

Text = str | Unknown
Document = PolicyDocument | Unknown


@frozen
class NamedPolicy:
    """A policy with the name it goes by: inline in a principal, or attached to one."""

    name: str
    document: Document
    address: str = ""
    arn: str = ""


@frozen
class Role:
    """An IAM role. `attached_policy_arns` holds ARNs (or Unknown elements); `unique_id` is the AROA… id, live only.

    `name_prefix`: what the name will begin with ("" for anything) where it is decided at apply; else None.
    """

    address: str
    name: str
    arn: str
    trust: Document
    path: str = "/"
    max_session_seconds: int | Unknown = 3600
    boundary_arn: Text | None = None
    inline_policies: tuple[NamedPolicy, ...] = ()
    attached_policy_arns: tuple[Text, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    unique_id: str = ""
    last_used_at: datetime | None = None
    name_prefix: str | None = None


@frozen
class AccessKey:
    """A long-lived key of a user; the id is never more than its last four characters."""

    address: str
    user_name: str
    key_suffix: str = ""
    active: bool | Unknown = True
    created_at: datetime | None = None
    last_used_at: datetime | None = None


@frozen
class User:
    """An IAM user. `mfa_kinds` holds "virtual", "hardware" or "u2f" per device and is None where nobody looked;
    `unique_id` is the AIDA… id, `tags` are None in a plan: both live only."""

    address: str
    name: str
    arn: str
    path: str = "/"
    boundary_arn: Text | None = None
    inline_policies: tuple[NamedPolicy, ...] = ()
    attached_policy_arns: tuple[Text, ...] = ()
    group_names: tuple[str, ...] = ()
    has_console_password: bool | Unknown = False
    mfa_kinds: tuple[str, ...] | None = None
    tags: tuple[tuple[str, str], ...] | None = None
    unique_id: str = ""


@frozen
class Group:
    """An IAM group. Who is in it stands with the users."""

    address: str
    name: str
    arn: str
    inline_policies: tuple[NamedPolicy, ...] = ()
    attached_policy_arns: tuple[Text, ...] = ()


@frozen
class Absent:
    """A role, user or group that a plan puts policies on and does not hold itself (plan only). kind: which of them."""

    kind: str
    name: str
    inline_policies: tuple[NamedPolicy, ...] = ()
    attached_policy_arns: tuple[Text, ...] = ()


@frozen
class ManagedPolicy:
    """A managed policy with its default version's document (customer-managed, or AWS's when attached)."""

    address: str
    name: str
    arn: str
    document: Document
    aws_managed: bool = False


@frozen
class EventSelector:
    """What a trail records. `read_write` is "All", "ReadOnly" or "WriteOnly"; advanced selectors are reduced to
    the same two facts, with `fields` keeping the field selectors as (field, operator, values), the operator as
    Terraform writes it ("equals", "not_starts_with")."""

    read_write: Text = "All"
    management_events: bool | Unknown = True
    advanced: bool = False
    fields: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    excluded_sources: tuple[str, ...] = ()


@frozen
class Trail:
    """A CloudTrail trail. `log_group_arn` is without the trailing ":*"; the `last_…` times are live only."""

    address: str
    name: str
    arn: str
    region: str
    multi_region: bool | Unknown = False
    global_service_events: bool | Unknown = True
    logging: bool | Unknown = True
    log_group_arn: Text | None = None
    delivery_role_arn: Text | None = None
    key_arn: Text | None = None
    bucket_name: Text | None = None
    log_file_validation: bool | Unknown = False
    organization: bool = False
    selectors: tuple[EventSelector, ...] | Unknown = ()
    last_delivered_at: datetime | None = None
    last_logs_delivered_at: datetime | None = None
    delivery_error: str = ""
    logging_since: datetime | None = None
    further: str | None = None


@frozen
class LogGroup:
    """A CloudWatch Logs group. `log_class` is "STANDARD" or "INFREQUENT_ACCESS"; retention None keeps for ever."""

    address: str
    name: str
    arn: str
    region: str
    log_class: Text = "STANDARD"
    retention_days: int | Unknown | None = None
    key_arn: Text | None = None


@frozen
class MetricFilter:
    """A metric filter with its one transformation. `dimensions` are (name, selector) pairs. `unit` is "None" when it
    emits plain numbers."""

    address: str
    name: str
    region: str
    log_group_name: Text
    pattern: Text
    metric_name: Text
    namespace: Text
    value: Text = "1"
    default_value: Text | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    unit: Text = "None"
    further: str | None = None


@frozen
class Alarm:
    """A metric alarm (or a composite one: `rule` set, metric fields None). `state` is live only."""

    address: str
    name: str
    arn: str
    region: str
    namespace: Text | None = None
    metric_name: Text | None = None
    statistic: Text | None = None
    period_seconds: int | Unknown | None = None
    evaluation_periods: int | Unknown = 1
    datapoints_to_alarm: int | Unknown | None = None
    threshold: float | Unknown | None = None
    comparison: Text = "GreaterThanOrEqualToThreshold"
    treat_missing_data: Text = "missing"
    actions_enabled: bool | Unknown = True
    actions: tuple[Text, ...] | Unknown = ()
    dimensions: tuple[tuple[str, str], ...] = ()
    rule: Text | None = None
    state: str = ""
    unit: Text | None = None
    further: str | None = None


@frozen
class MuteRule:
    """An alarm mute rule (live only): while it is active, the named alarms change state but tell nobody."""

    address: str
    name: str
    region: str
    alarm_names: tuple[str, ...] = ()
    status: str = ""
    further: str | None = None


@frozen
class Topic:
    """An SNS topic. `key_id` is what KmsMasterKeyId says: an ARN, an id, an alias, or None when not encrypted."""

    address: str
    name: str
    arn: str
    region: str
    key_id: Text | None = None
    policy: Document | None = None
    further: str | None = None


@frozen
class Subscription:
    """A subscription. `confirmed` is None where it cannot be known (a plan). `filter_policy_scope` is
    "MessageAttributes" or "MessageBody".
    """

    address: str
    topic_arn: Text
    protocol: Text
    endpoint: Text
    confirmed: bool | None = None
    filter_policy: Text | None = None
    filter_policy_scope: Text = "MessageAttributes"


@frozen
class Key:
    """A KMS key. `aliases` hold "alias/…" names. `state` is "Enabled", "Disabled", "PendingDeletion", … when live."""

    address: str
    arn: str
    region: str
    key_id: str = ""
    policy: Document | None = None
    aliases: tuple[str, ...] = ()
    enabled: bool | Unknown = True
    rotation: bool | Unknown = False
    deletion_window_days: int | Unknown | None = None
    aws_managed: bool = False
    state: str = ""


@frozen
class EventRule:
    """An EventBridge rule. `state` is ENABLED, DISABLED or ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS."""

    address: str
    name: str
    arn: str
    region: str
    pattern: Text | None = None
    state: Text = "ENABLED"
    bus: Text = "default"
    further: str | None = None


@frozen
class EventTarget:
    """Where a rule sends its events."""

    address: str
    rule_name: Text
    region: str
    arn: Text
    role_arn: Text | None = None
    bus: Text = "default"
    further: str | None = None


@frozen
class ConfigRecorder:
    """An AWS Config recorder. `recording` is whether it was started; the last status is live only.

    `by_exclusion`: every type but `excluded_types` is recorded (strategy EXCLUSION_BY_RESOURCE_TYPES).
    """

    address: str
    name: str
    region: str
    recording: bool | Unknown = False
    all_supported: bool | Unknown = False
    include_global_types: bool | Unknown = False
    resource_types: tuple[str, ...] = ()
    role_arn: Text | None = None
    last_status: str = ""
    by_exclusion: bool = False
    excluded_types: tuple[str, ...] = ()


@frozen
class DeliveryChannel:
    """Where a Config recorder delivers."""

    address: str
    name: str
    region: str
    bucket_name: Text | None = None


@frozen
class ConfigRule:
    """An AWS Config rule. `parameters` is the decoded InputParameters; `owner` AWS, CUSTOM_LAMBDA or CUSTOM_POLICY."""

    address: str
    name: str
    region: str
    owner: Text = "AWS"
    identifier: Text = ""
    parameters: Mapping[str, Any] | Unknown = field(default_factory=dict)


@frozen
class Analyzer:
    """An Access Analyzer analyzer. `kind` is ACCOUNT, ORGANIZATION, ACCOUNT_UNUSED_ACCESS, …"""

    address: str
    name: str
    region: str
    kind: Text
    status: str = ""
    unused_access_days: int | Unknown | None = None


@frozen
class PasswordPolicy:
    """The account's IAM password policy."""

    address: str
    minimum_length: int | Unknown = 6
    reuse_prevention: int | Unknown | None = None
    max_age_days: int | Unknown | None = None
    requires_symbols: bool | Unknown = False
    requires_numbers: bool | Unknown = False
    requires_upper: bool | Unknown = False
    requires_lower: bool | Unknown = False


@frozen
class PublicAccessBlock:
    """An S3 public access block: of the account (`bucket_name` None) or of one bucket."""

    address: str
    bucket_name: Text | None
    block_public_acls: bool | Unknown = False
    block_public_policy: bool | Unknown = False
    ignore_public_acls: bool | Unknown = False
    restrict_public_buckets: bool | Unknown = False


@frozen
class Bucket:
    """An S3 bucket that holds evidence (trail, Config, state)."""

    address: str
    name: Text
    arn: str = ""
    policy: Document | None = None
    versioned: bool | Unknown = False
    encryption: Text | None = None
    key_arn: Text | None = None


@frozen
class OidcProvider:
    """An IAM OIDC provider (CI signs in through it). `thumbprints`: live only, None elsewhere."""

    address: str
    arn: str
    url: Text
    audiences: tuple[str, ...] | Unknown = ()
    thumbprints: tuple[str, ...] | None = None


@frozen
class RootUser:
    """What the credential report and account summary say of the root user (live only)."""

    address: str
    mfa_active: bool | Unknown
    has_access_key: bool | Unknown
    last_used_at: datetime | None = None


@frozen
class ResourcePolicy:
    """The policy of a secret or a bucket, as `breakglass open` keeps it: what puts it back, whoever changes it then.

    kind: SECRET or BUCKET.  region: of a secret.  policy: None where there is none.
    """

    kind: str
    arn: str
    name: str
    region: str = ""
    policy: Document | None = None


SECRET, BUCKET = "secret", "bucket"
KINDS = (
    "roles", "users", "access_keys", "managed_policies", "trails", "log_groups", "metric_filters", "alarms",
    "mute_rules", "topics", "subscriptions", "keys", "event_rules", "event_targets", "config_recorders",
    "delivery_channels", "config_rules", "analyzers", "password_policies", "public_access_blocks", "buckets",
    "oidc_providers", "root_users", "groups",
)  # fmt: skip
PLAN_BLIND = frozenset({"mute_rules", "root_users"})


@frozen
class Account:
    """Everything one reader saw.

    origin: "plan", "live" or "capture".   account_id: twelve digits.   home_region: e.g. "us-east-2".
    seen_at: when a live reader looked (None for a plan).
    refused: kind of thing (a name of KINDS, optionally "kind@region") -> why it could not be read.
    absent: who gets policies from a plan that does not hold them.
    resource_policies: only where they were asked for, as they were before a use of the break-glass role.
    regions: those in which a live reader asked, the home Region first; none for a plan, and in files of older versions.
    """

    origin: str
    account_id: str
    home_region: str
    seen_at: datetime | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[Role, ...] = ()
    users: tuple[User, ...] = ()
    access_keys: tuple[AccessKey, ...] = ()
    managed_policies: tuple[ManagedPolicy, ...] = ()
    trails: tuple[Trail, ...] = ()
    log_groups: tuple[LogGroup, ...] = ()
    metric_filters: tuple[MetricFilter, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    mute_rules: tuple[MuteRule, ...] = ()
    topics: tuple[Topic, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    keys: tuple[Key, ...] = ()
    event_rules: tuple[EventRule, ...] = ()
    event_targets: tuple[EventTarget, ...] = ()
    config_recorders: tuple[ConfigRecorder, ...] = ()
    delivery_channels: tuple[DeliveryChannel, ...] = ()
    config_rules: tuple[ConfigRule, ...] = ()
    analyzers: tuple[Analyzer, ...] = ()
    password_policies: tuple[PasswordPolicy, ...] = ()
    public_access_blocks: tuple[PublicAccessBlock, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    oidc_providers: tuple[OidcProvider, ...] = ()
    root_users: tuple[RootUser, ...] = ()
    groups: tuple[Group, ...] = ()
    absent: tuple[Absent, ...] = ()
    resource_policies: tuple[ResourcePolicy, ...] = ()
    regions: tuple[str, ...] = ()
