"""Where the trail's record is kept: its bucket and its log group."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Bucket, LogGroup, PublicAccessBlock, Text, Trail
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.rules.engine import Absence, rule
from iam_guardrails.rules.recording_trail import evidence_trails

_NO_TRAIL = Absence("there is no trail to look at", ("trail-exists",))
_NO_LOG_GROUP = Absence("there is no log group of a trail to look at", ("trail-exists", "trail-log-group-exists"))
_MINIMUM_DAYS = 365
_SETTINGS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_OURS = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})


def trail_buckets(account: Account, expected: Expected) -> tuple[Bucket | Trail, ...]:
    """The bucket of each trail, or the trail itself where its bucket is not among those read."""
    found: dict[str, Bucket | Trail] = {}
    for trail in evidence_trails(account, expected):
        subject = next((item for item in account.buckets if same(item.name, trail.bucket_name)), trail)
        found.setdefault(subject.address, subject)
    return tuple(found.values())


def same(one: Text | None, other: Text | None) -> bool:
    """Whether two names are one: equal text, or unknown in the same way by the same references."""
    return one == other and one is not None and not (isinstance(one, Unknown) and not one.references)


def bucket_of(subject: Bucket | Trail, account: Account) -> Bucket | None:
    """The bucket to judge, None when a live account has none by that name; NotKnown when a plan lacks it."""
    if isinstance(subject, Bucket):
        return subject
    name = known(subject.bucket_name, "the trail's bucket")
    if account.origin == "plan":
        raise NotKnown(f"the plan does not hold the bucket {name}")
    return None


@rule(
    id="trail-bucket-protected",
    title="The trail's bucket is closed to the public and keeps versions",
    severity="high",
    seed="3 Alerting",
    remedy="Give the bucket an aws_s3_bucket_public_access_block with all four settings, and versioning.",
    reference="AWS CloudTrail User Guide: best-practices-security",
    select=trail_buckets,
    needs=("trails", "buckets", "public_access_blocks"),
    nothing=_NO_TRAIL,
)
def trail_bucket_protected(subject: Bucket | Trail, account: Account, _: Expected) -> Iterator[str]:
    """An audit record that anyone may read or that may be overwritten is no record."""
    bucket = bucket_of(subject, account)
    if bucket is None:
        yield "the bucket the trail delivers to does not exist"
        return
    if bucket.versioned is False:
        yield "the bucket keeps no versions: a log file that is overwritten or deleted is gone"
    yield from _open(bucket, account)
    known(bucket.versioned, "whether the bucket keeps versions")


def _open(bucket: Bucket, account: Account) -> Iterator[str]:
    every = account.public_access_blocks
    blocks = [item for item in every if item.bucket_name is None or same(item.bucket_name, bucket.name)]
    if not any(item.bucket_name for item in blocks) and not any(_whole(item) for item in blocks):
        for item in every:
            known(item.bucket_name, f"which bucket {item.address} protects")
        yield "the bucket has no public access block of its own, and the account's does not cover it"
        return
    doubt = ""
    for setting in _SETTINGS:
        values = [getattr(item, setting) for item in blocks]
        if True in values:
            continue
        unsure = next((value for value in values if isinstance(value, Unknown)), None)
        if unsure is None:
            yield f"the bucket's public access block leaves {setting} off"
        else:
            doubt = doubt or f"{setting}: {unsure.reason}"
    if doubt:
        raise NotKnown(doubt)


def _whole(block: PublicAccessBlock) -> bool:
    return all(getattr(block, setting) is True for setting in _SETTINGS)


@rule(
    id="trail-bucket-policy",
    title="The bucket's policy refuses plain HTTP and lets CloudTrail write for this account's trail only",
    severity="medium",
    seed="3 Alerting",
    remedy="Deny s3:* where aws:SecureTransport is false; put aws:SourceArn on CloudTrail's Allow.",
    reference="AWS CloudTrail User Guide: create-s3-bucket-policy-for-cloudtrail",
    select=trail_buckets,
    needs=("trails", "buckets"),
    nothing=_NO_TRAIL,
)
def trail_bucket_policy(subject: Bucket | Trail, account: Account, _: Expected) -> Iterator[str]:
    """Without aws:SourceArn any AWS account may have CloudTrail write here."""
    bucket = bucket_of(subject, account)
    if bucket is None:
        raise NotKnown("the bucket the trail delivers to does not exist")
    policy = known(bucket.policy, "the bucket's policy")
    if policy is None:
        yield "the bucket has no policy, so CloudTrail may not even write to it"
        return
    if not any(_refuses_http(item) for item in policy.statements):
        yield "no statement of the bucket's policy refuses requests without TLS"
    yield from _anyones_trail(policy)


def _refuses_http(statement: Statement) -> bool:
    return statement.effect == "Deny" and any(
        item.key.lower() == "aws:securetransport" and item.operator.lower().startswith("bool")
        and item.values == ("false",)
        for item in statement.conditions
    )  # fmt: skip


def _anyones_trail(policy: PolicyDocument) -> Iterator[str]:
    for item in policy.statements:
        writes = any(action.lower() in ("s3:putobject", "s3:put*", "s3:*", "*") for action in item.actions)
        cloudtrail = any(who.value == "cloudtrail.amazonaws.com" for who in item.principals)
        if item.effect == "Allow" and writes and cloudtrail:
            keys = {condition.key.lower() for condition in item.conditions}
            if not keys & _OURS:
                yield f"{item.label} lets CloudTrail write for the trail of any account (no aws:SourceArn)"


@rule(
    id="trail-log-group-exists",
    title="The log group the trail delivers to exists",
    severity="critical",
    seed="3 Alerting",
    remedy="Declare the aws_cloudwatch_log_group and point cloud_watch_logs_group_arn at it.",
    reference="AWS CloudTrail User Guide: send-cloudtrail-events-to-cloudwatch-logs",
    select=evidence_trails,
    needs=("trails", "log_groups"),
    nothing=_NO_TRAIL,
)
def trail_log_group_exists(trail: Trail, account: Account, expected: Expected) -> Iterator[str]:
    """A trail that points at a log group that is gone reaches no filter."""
    arn = known(trail.log_group_arn, "the trail's log group")
    if arn is None or any(item.arn == arn for item in account.log_groups):
        return
    if account.origin == "plan" and "log_groups" not in expected.required_kinds:
        raise NotKnown(f"the plan does not hold the log group {arn}")
    yield f"the trail delivers to {arn}, and there is no such log group"


def trail_log_groups(account: Account, expected: Expected) -> tuple[LogGroup, ...]:
    """The log groups that trails deliver to."""
    arns = {item.log_group_arn for item in evidence_trails(account, expected)}
    return tuple(item for item in account.log_groups if item.arn in arns)


@rule(
    id="log-group-retention",
    title="The trail's log group keeps events for a year or more",
    severity="medium",
    seed="1 Review",
    remedy="Set retention_in_days to 365 or more (or 0, which keeps for ever).",
    reference="Amazon CloudWatch Logs User Guide: Working-with-log-groups-and-streams",
    select=trail_log_groups,
    needs=("trails", "log_groups"),
    nothing=_NO_LOG_GROUP,
)
def log_group_retention(group: LogGroup, _: Account, __: Expected) -> Iterator[str]:
    """A quarterly review and a late investigation need the events to be there still."""
    days = known(group.retention_days, "retention_in_days")
    if days and days < _MINIMUM_DAYS:
        yield f"events are deleted after {days} days; a year is the least an investigation needs"


@rule(
    id="log-group-encrypted",
    title="The trail's log group is encrypted with a KMS key",
    severity="low",
    seed="3 Alerting",
    remedy="Set kms_key_id to a key whose policy admits logs.<region>.amazonaws.com.",
    reference="Amazon CloudWatch Logs User Guide: encrypt-log-data-kms",
    select=trail_log_groups,
    needs=("trails", "log_groups"),
    nothing=_NO_LOG_GROUP,
)
def log_group_encrypted(group: LogGroup, _: Account, __: Expected) -> Iterator[str]:
    """The log group holds the same record as the bucket."""
    if group.key_arn is None:
        yield "the log group has no KMS key of its own"


RULES = (
    trail_bucket_protected,
    trail_bucket_policy,
    trail_log_group_exists,
    log_group_retention,
    log_group_encrypted,
)
