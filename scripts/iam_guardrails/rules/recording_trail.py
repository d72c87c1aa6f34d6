"""The trail that detection rests on: what it records, where it delivers, and whether it still does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from iam_guardrails.model.account import Account, EventSelector, Trail
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.trail.regions import global_region, has_global_sts
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.rules.engine import Absence, Judge, Rule, rule
from iam_guardrails.rules.presence import Place, absent, account_place

_NO_TRAIL = Absence("there is no trail to look at", ("trail-exists",))
_SILENT_AFTER = 24 * 3600
_FIRST_DELIVERY = 3600
HARMLESS_EXCLUSIONS = frozenset({"rdsdata.amazonaws.com"})
"""Data API calls of RDS: high in volume, and no part of any detection here."""


def own_trails(account: Account) -> tuple[Trail, ...]:
    """The account's own trails: an organization's trail delivers to a log group of another account."""
    return tuple(item for item in account.trails if _owner(item.arn) in ("", account.account_id))


def _owner(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else ""


def evidence_trails(account: Account, expected: Expected) -> tuple[Trail, ...]:
    """The trails detection rests on.

    Those that deliver to CloudWatch Logs if there are any, leaving aside trails for data events only.
    """
    trails = own_trails(account)
    recorded = tuple(item for item in trails if not _data_only(item)) or trails
    return tuple(item for item in recorded if item.log_group_arn is not None) or recorded


def _data_only(trail: Trail) -> bool:
    if isinstance(trail.selectors, Unknown) or not trail.selectors:
        return False
    return all(item.management_events is False for item in trail.selectors)


def trail_rule(
    *,
    id: str,
    title: str,
    severity: str,
    remedy: str,
    reference: str,
    live_only: bool = False,
) -> Callable[[Judge[Trail]], Rule]:
    """`rule` for a judgement of each trail that detection rests on."""
    return rule(
        id=id, title=title, severity=severity, seed="3 Alerting", remedy=remedy, reference=reference,
        select=evidence_trails, needs=("trails",), live_only=live_only, nothing=_NO_TRAIL,
    )  # fmt: skip


@rule(
    id="trail-exists",
    title="A CloudTrail trail of the account exists",
    severity="critical",
    seed="3 Alerting",
    remedy="Declare an aws_cloudtrail (module audit-trail), or name the existing one to the module.",
    reference="AWS CloudTrail User Guide: cloudtrail-create-and-update-a-trail",
    select=account_place,
    needs=("trails",),
)
def trail_exists(_: Place, account: Account, expected: Expected) -> Iterator[str]:
    """Without a trail nothing is recorded, and every alarm on it is silent."""
    if own_trails(account):
        return
    if account.trails:
        yield "the only trail belongs to the organization: filters of this account never see its events"
        return
    yield from absent(account, expected, "trails", "CloudTrail trail")


@trail_rule(
    id="trail-multi-region",
    title="The trail records every Region",
    severity="high",
    remedy="Set is_multi_region_trail = true.",
    reference="IAM User Guide: id_credentials_temp_region-endpoints",
)
def trail_multi_region(trail: Trail, _: Account, expected: Expected) -> Iterator[str]:
    """STS records an AssumeRole in the Region of the endpoint the caller chose."""
    if not known(trail.multi_region, "is_multi_region_trail"):
        home = global_region(expected.partition)
        other = f", or the global one ({home})," if has_global_sts(expected.partition) else ""
        yield (
            f"the trail records {trail.region} only; an AssumeRole through the STS endpoint of another"
            f" Region{other} is never seen"
        )


@trail_rule(
    id="trail-global-events",
    title="The trail records global services (IAM, STS, sign-in)",
    severity="high",
    remedy="Set include_global_service_events = true.",
    reference="AWS CloudTrail User Guide: cloudtrail-concepts (global service events)",
)
def trail_global_events(trail: Trail, _: Account, __: Expected) -> Iterator[str]:
    """IAM changes are global service events."""
    if not known(trail.global_service_events, "include_global_service_events"):
        yield "the trail leaves out global service events: IAM changes and global STS calls are never seen"


@trail_rule(
    id="trail-management-events",
    title="The trail records all management events, read-only ones too",
    severity="critical",
    remedy='Select management events with read_write_type = "All" and exclude no event source.',
    reference="IAM User Guide: cloudtrail-integration (AssumeRole is a read-only event)",
)
def trail_management_events(trail: Trail, _: Account, __: Expected) -> Iterator[str]:
    """AssumeRole is read-only, so a trail of write events never sees the break-glass role used."""
    selectors = known(trail.selectors, "the event selectors")
    if not selectors:  # CloudTrail's default: all management events
        return
    chosen = [item for item in selectors if known(item.management_events, "include_management_events")]
    if not chosen:
        yield "the trail selects no management events, so it never sees AssumeRole"
        return
    whole = [item for item in chosen if not narrowing(item)]
    kinds = {known(item.read_write, "read_write_type") for item in whole}
    if "All" in kinds or {"ReadOnly", "WriteOnly"} <= kinds:
        return
    if "WriteOnly" in kinds:
        yield "the trail records write events only, and AssumeRole is a read-only event: it is never seen"
    elif "ReadOnly" in kinds:
        yield "the trail records read-only events only; every change (of IAM, trail, alarms) is missed"
    yield from dict.fromkeys(narrowing(item) for item in chosen if narrowing(item))


def narrowing(selector: EventSelector) -> str:
    """What a selector of management events leaves out beyond reading or writing: a sentence, or nothing."""
    excluded = [source for source in selector.excluded_sources if source not in HARMLESS_EXCLUSIONS]
    if excluded:
        return f"the trail excludes events of {', '.join(excluded)}, so what happens there is never seen"
    for name, operator, values in selector.fields:
        if name in ("eventCategory", "readOnly") or (name, operator) == ("eventSource", "not_equals"):
            continue
        how = operator.replace("_", " ")
        return f"the trail keeps only management events whose {name} {how} {', '.join(values)}"
    return ""


@trail_rule(
    id="trail-delivers-to-logs",
    title="The trail delivers to a CloudWatch Logs group",
    severity="critical",
    remedy="Set cloud_watch_logs_group_arn (with the suffix :*) and cloud_watch_logs_role_arn.",
    reference="AWS CloudTrail User Guide: send-cloudtrail-events-to-cloudwatch-logs",
)
def trail_delivers_to_logs(trail: Trail, _: Account, __: Expected) -> Iterator[str]:
    """Metric filters read log groups, not buckets."""
    if trail.log_group_arn is None:
        yield "the trail delivers to no log group, so no metric filter can ever see its events"
    elif trail.delivery_role_arn is None:
        yield "the trail names a log group but no role to write to it, so nothing arrives there"


@trail_rule(
    id="trail-log-file-validation",
    title="The trail's files carry digests",
    severity="medium",
    remedy="Set enable_log_file_validation = true.",
    reference="AWS CloudTrail User Guide: cloudtrail-log-file-validation-intro",
)
def trail_log_file_validation(trail: Trail, _: Account, __: Expected) -> Iterator[str]:
    """Without digests a changed or deleted file leaves no trace."""
    if not known(trail.log_file_validation, "enable_log_file_validation"):
        yield "log file validation is off: a changed or deleted log file cannot be told from a genuine one"


@trail_rule(
    id="trail-encrypted",
    title="The trail's files are encrypted with a KMS key",
    severity="medium",
    remedy="Set kms_key_id to the ARN of a customer-managed key that CloudTrail may use.",
    reference="AWS CloudTrail User Guide: encrypting-cloudtrail-log-files-with-aws-kms",
)
def trail_encrypted(trail: Trail, _: Account, __: Expected) -> Iterator[str]:
    """Whoever may read the bucket may read the trail otherwise."""
    if trail.key_arn is None:
        yield "the trail has no KMS key: everyone who may read the bucket may read the whole audit record"


@trail_rule(
    id="trail-key-enabled",
    title="The keys of the trail and of its log group are enabled",
    severity="critical",
    remedy="Enable the key, or cancel its deletion: until then nothing is recorded, and what was cannot be read.",
    reference="AWS KMS Developer Guide: enabling-keys",
)
def trail_key_enabled(trail: Trail, account: Account, __: Expected) -> Iterator[str]:
    """A key that is disabled takes the whole record with it."""
    arns = {trail.key_arn, *(group.key_arn for group in account.log_groups if group.arn == _group_arn(trail))}
    for key in account.keys:
        if key.arn in arns and known(key.enabled, f"whether the key {key.address} is enabled") is False:
            yield f"the key {key.address} is {key.state or 'disabled'}: the trail or its log group cannot use it"


def _group_arn(trail: Trail) -> str | None:
    return trail.log_group_arn.removesuffix(":*") if isinstance(trail.log_group_arn, str) else None


@trail_rule(
    id="trail-logging",
    title="The trail is switched on",
    severity="critical",
    remedy="Set enable_logging = true and apply; live, call StartLogging and find out who stopped it.",
    reference="AWS CloudTrail User Guide: cloudtrail-turning-off-logging",
)
def trail_logging(trail: Trail, _: Account, __: Expected) -> Iterator[str]:
    """A trail that is off is a trail that is not there."""
    if not known(trail.logging, "whether the trail is logging"):
        yield "the trail is switched off: nothing is recorded, and no alarm can fire"


@trail_rule(
    id="trail-delivering",
    title="The trail has delivered to its log group within a day, without error",
    severity="critical",
    remedy="Read the error in the trail's status; mend the delivery role, key policy or bucket policy.",
    reference="AWS CloudTrail API Reference: GetTrailStatus",
    live_only=True,
)
def trail_delivering(trail: Trail, account: Account, _: Expected) -> Iterator[str]:
    """A trail may be on and still deliver nothing."""
    if not known(trail.logging, "whether the trail is delivering"):
        yield "the trail is switched off, so it delivers nothing"
        return
    if trail.delivery_error:
        yield f"the last delivery failed: {trail.delivery_error}"
    if account.seen_at is None:
        raise NotKnown("when the account was looked at is not recorded")
    last = trail.last_logs_delivered_at if trail.log_group_arn else trail.last_delivered_at
    where = "its log group" if trail.log_group_arn else "its bucket"
    if last is None:
        if trail.logging_since and (account.seen_at - trail.logging_since).total_seconds() < _FIRST_DELIVERY:
            raise NotKnown(f"logging began less than an hour ago and {where} has not been reached yet")
        yield f"the trail has never delivered to {where}"
    elif (account.seen_at - last).total_seconds() > _SILENT_AFTER:
        yield f"the trail delivered to {where} last at {last:%Y-%m-%d %H:%M} UTC, more than 24 hours ago"


RULES = (
    trail_exists,
    trail_multi_region,
    trail_global_events,
    trail_management_events,
    trail_delivers_to_logs,
    trail_log_file_validation,
    trail_encrypted,
    trail_key_enabled,
    trail_logging,
    trail_delivering,
)
