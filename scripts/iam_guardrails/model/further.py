"""Settings that no field of model.account holds, so that what was written over can be compared as a whole.

Taken is whatever AWS answers beside what names the thing, what changes by itself, and what has a field: a setting that
AWS adds is compared too. Texts that may hold something secret are kept as their hash.
Sources: CloudWatch API Reference, MetricAlarm, CompositeAlarm and GetAlarmMuteRule; CloudTrail API Reference, Trail;
CloudWatch Logs API Reference, MetricFilter; SNS API Reference, GetTopicAttributes; EventBridge API Reference,
DescribeRule and Target.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_NAMED: Mapping[str, frozenset[str]] = {
    "alarms": frozenset({
        "AlarmName", "AlarmArn", "StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp",
        "StateTransitionedTimestamp", "EvaluationState", "AlarmConfigurationUpdatedTimestamp", "ActionsSuppressedBy",
        "ActionsSuppressedReason",
    }),
    "trails": frozenset({"Name", "TrailARN", "HomeRegion", "HasCustomEventSelectors", "HasInsightSelectors"}),
    "metric_filters": frozenset({"filterName", "creationTime", "logGroupName"}),
    "mute_rules": frozenset({"Name", "AlarmMuteRuleArn", "Status", "LastUpdatedTimestamp", "MuteType"}),
    "topics": frozenset({"TopicArn", "Owner", "SubscriptionsConfirmed", "SubscriptionsPending", "SubscriptionsDeleted",
                         "EffectiveDeliveryPolicy"}),
    "event_rules": frozenset({"Name", "Arn", "EventBusName", "CreatedBy", "ManagedBy"}),
    "event_targets": frozenset({"Id"}),
}  # fmt: skip
"""What names a thing, or changes by itself."""
_FIELDS: Mapping[str, frozenset[str]] = {
    "alarms": frozenset({
        "Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold",
        "ComparisonOperator", "TreatMissingData", "ActionsEnabled", "AlarmActions", "Dimensions", "AlarmRule", "Unit",
    }),
    "trails": frozenset({
        "S3BucketName", "IsMultiRegionTrail", "IncludeGlobalServiceEvents", "LogFileValidationEnabled",
        "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId", "IsOrganizationTrail",
    }),
    "metric_filters": frozenset({"filterPattern", "metricTransformations"}),
    "mute_rules": frozenset({"MuteTargets"}),
    "topics": frozenset({"Policy", "KmsMasterKeyId"}),
    "event_rules": frozenset({"EventPattern", "State"}),
    "event_targets": frozenset({"Arn", "RoleArn"}),
}  # fmt: skip
"""What a field of the model tells."""
_HASHED: Mapping[str, frozenset[str]] = {
    "event_targets": frozenset({"Input", "InputTransformer", "HttpParameters"}),
}
_SAID_ABOUT_THE_CALL = frozenset({"ResponseMetadata"})


def settings_of(kind: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """Every setting of a thing that is set. kind: of model.account.  item: as AWS describes it."""
    left_out, hashed = _NAMED[kind] | _SAID_ABOUT_THE_CALL, _HASHED.get(kind, frozenset())
    return {name: _digest(value) if name in hashed else _told(value) for name, value in item.items()
            if name not in left_out and value not in (None, "", [], {})}  # fmt: skip


def further_of(kind: str, item: Mapping[str, Any]) -> str:
    """Those that no field of the model tells, as JSON."""
    found = {name: value for name, value in settings_of(kind, item).items() if name not in _FIELDS[kind]}
    return json.dumps(found, sort_keys=True, ensure_ascii=False)


def read_further(text: str) -> dict[str, Any]:
    """The settings of such a text."""
    found: dict[str, Any] = json.loads(text)
    return found


def _told(value: Any) -> Any:
    """A value as JSON has it; times in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(name): _told(item) for name, item in value.items()}
    return [_told(item) for item in value] if isinstance(value, (list, tuple)) else value


def _digest(value: Any) -> str:
    """Names with a small first letter, since records write them so."""
    text = value if isinstance(value, str) else json.dumps(_small(_told(value)), sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _small(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name[:1].lower() + name[1:]: _small(item) for name, item in value.items()}
    return [_small(item) for item in value] if isinstance(value, list) else value
