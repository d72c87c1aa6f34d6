"""CloudTrail trails and the log groups and metric filters behind them.

Sources: CloudTrail API Reference, DescribeTrails (a multi-Region trail shows in every Region as a shadow) and
GetEventSelectors; CloudWatch Logs API Reference, DescribeMetricFilters and DescribeLogGroups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, of
from iam_guardrails.model.account import EventSelector, LogGroup, MetricFilter, Trail
from iam_guardrails.model.further import further_of
from iam_guardrails.model.unknown import Unknown

_OPERATORS = {
    "Equals": "equals",
    "NotEquals": "not_equals",
    "StartsWith": "starts_with",
    "NotStartsWith": "not_starts_with",
    "EndsWith": "ends_with",
    "NotEndsWith": "not_ends_with",
}
"""Operators of advanced selectors as AWS writes them, and as Terraform and the model do."""


def trails(reading: Reading, region: str, seen: Iterable[str]) -> list[Trail]:
    """Trails visible in a Region whose ARN is not in `seen`; each is asked for in its own home Region."""
    listed = reading.ask("cloudtrail", region, "DescribeTrails", includeShadowTrails=True)["trailList"]
    known = set(seen)
    return [_trail(reading, region, item) for item in listed if item["TrailARN"] not in known]


def _trail(reading: Reading, region: str, item: Mapping[str, Any]) -> Trail:
    home, arn = item.get("HomeRegion") or region, str(item["TrailARN"])
    status = reading.detail("cloudtrail", home, "GetTrailStatus", Name=arn)
    selectors = reading.detail("cloudtrail", home, "GetEventSelectors", TrailName=arn)
    told = {} if status is None or isinstance(status, Unknown) else status
    group = item.get("CloudWatchLogsLogGroupArn")
    errors = (told.get("LatestDeliveryError"), told.get("LatestCloudWatchLogsDeliveryError"))
    return Trail(
        address=arn,
        name=item["Name"],
        arn=arn,
        region=home,
        multi_region=item.get("IsMultiRegionTrail", False),
        global_service_events=item.get("IncludeGlobalServiceEvents", False),
        logging=of(status, "IsLogging", False),
        log_group_arn=group.removesuffix(":*") if group else None,
        delivery_role_arn=item.get("CloudWatchLogsRoleArn") or None,
        key_arn=item.get("KmsKeyId") or None,
        bucket_name=item.get("S3BucketName") or None,
        log_file_validation=item.get("LogFileValidationEnabled", False),
        organization=item.get("IsOrganizationTrail", False),
        selectors=selectors if isinstance(selectors, Unknown) else event_selectors(selectors or {}),
        last_delivered_at=told.get("LatestDeliveryTime"),
        last_logs_delivered_at=told.get("LatestCloudWatchLogsDeliveryTime"),
        delivery_error="; ".join(str(error) for error in errors if error),
        logging_since=told.get("StartLoggingTime"),
        further=None if isinstance(selectors, Unknown) else further_of("trails", {**item, **(selectors or {})}),
    )


def event_selectors(answer: Mapping[str, Any]) -> tuple[EventSelector, ...]:
    """The selectors of a GetEventSelectors answer, basic or advanced."""
    if answer.get("AdvancedEventSelectors"):
        return tuple(_advanced(item.get("FieldSelectors", ())) for item in answer["AdvancedEventSelectors"])
    return tuple(
        EventSelector(
            read_write=item.get("ReadWriteType", "All"),
            management_events=item.get("IncludeManagementEvents", True),
            excluded_sources=tuple(sorted(item.get("ExcludeManagementEventSources", ()))),
        )
        for item in answer.get("EventSelectors", ())
    )


def _advanced(selectors: Iterable[Mapping[str, Any]]) -> EventSelector:
    fields = tuple(
        (str(item["Field"]), _OPERATORS[operator], tuple(values))
        for item in selectors
        for operator, values in item.items()
        if operator in _OPERATORS and values
    )
    found = {(name, operator): values for name, operator, values in fields}
    read_only = found.get(("readOnly", "equals"))
    return EventSelector(
        read_write="All" if read_only is None else "ReadOnly" if read_only == ("true",) else "WriteOnly",
        management_events="Management" in found.get(("eventCategory", "equals"), ()),
        advanced=True,
        fields=fields,
        excluded_sources=found.get(("eventSource", "not_equals"), ()),
    )


def metric_filters(reading: Reading, region: str) -> list[MetricFilter]:
    """Every metric filter of a Region, one value per transformation."""
    listed = reading.pages("logs", region, "DescribeMetricFilters", "metricFilters")
    return [
        MetricFilter(
            address=f"{region}/{item['filterName']}",
            name=item["filterName"],
            region=region,
            log_group_name=item["logGroupName"],
            pattern=item.get("filterPattern", ""),
            metric_name=change["metricName"],
            namespace=change["metricNamespace"],
            value=change["metricValue"],
            default_value=_number(change.get("defaultValue")),
            dimensions=tuple(sorted(change.get("dimensions", {}).items())),
            unit=change.get("unit") or "None",
            further=further_of("metric_filters", item),
        )
        for item in listed
        for change in item.get("metricTransformations", ())
    ]


def _number(value: float | None) -> str | None:
    """0.0 as Terraform writes it: "0"."""
    return None if value is None else f"{value:g}"


def log_groups(reading: Reading, region: str, names: Iterable[str]) -> list[LogGroup]:
    """The named log groups of a Region (those that exist), one call each: an account may hold thousands."""
    found = []
    for name in sorted(set(names)):
        listed = reading.pages("logs", region, "DescribeLogGroups", "logGroups", logGroupNamePrefix=name)
        found += [_group(region, item) for item in listed if item["logGroupName"] == name]
    return found


def _group(region: str, item: Mapping[str, Any]) -> LogGroup:
    arn = str(item.get("logGroupArn") or item["arn"]).removesuffix(":*")
    return LogGroup(
        address=arn,
        name=item["logGroupName"],
        arn=arn,
        region=region,
        log_class=item.get("logGroupClass", "STANDARD"),
        retention_days=item.get("retentionInDays"),
        key_arn=item.get("kmsKeyId") or None,
    )
