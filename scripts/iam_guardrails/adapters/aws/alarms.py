"""CloudWatch alarms, what mutes them, and the EventBridge rules of the default bus beside them.

Sources: CloudWatch API Reference, DescribeAlarms, ListAlarmMuteRules and GetAlarmMuteRule; EventBridge API
Reference, ListRules and ListTargetsByRule (CloudTrail speaks to the default bus only).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.model.account import Alarm, EventRule, EventTarget, MuteRule
from iam_guardrails.model.further import further_of
from iam_guardrails.model.unknown import Unknown


def alarms(reading: Reading, region: str) -> list[Alarm]:
    """Every metric and composite alarm of a Region."""
    pages = reading.all_pages("cloudwatch", region, "DescribeAlarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return [
        read_alarm(region, item)
        for page in pages
        for item in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ()))
    ]


EXPRESSION = Unknown("the alarm judges a metric expression, not one metric")
BAND = Unknown("the alarm compares with an anomaly band, not a number")


def read_alarm(region: str, item: Mapping[str, Any]) -> Alarm:
    """One alarm of DescribeAlarms."""
    metric = _metric(item)
    return Alarm(
        address=item["AlarmArn"],
        name=item["AlarmName"],
        arn=item["AlarmArn"],
        region=region,
        namespace=metric["namespace"],
        metric_name=metric["metric_name"],
        statistic=metric["statistic"],
        period_seconds=metric["period"],
        evaluation_periods=item.get("EvaluationPeriods", 1),
        datapoints_to_alarm=item.get("DatapointsToAlarm"),
        threshold=metric["threshold"],
        comparison=metric["comparison"],
        treat_missing_data=item.get("TreatMissingData") or "missing",
        actions_enabled=item.get("ActionsEnabled", True),
        actions=tuple(sorted(item.get("AlarmActions", ()))),
        dimensions=metric["dimensions"],
        rule=item.get("AlarmRule"),
        state=item.get("StateValue", ""),
        unit=metric["unit"],
        further=further_of("alarms", item),
    )


def _metric(item: Mapping[str, Any]) -> dict[str, Any]:
    """What an alarm watches: its own metric, or the only one of its queries (DescribeAlarms, Metrics)."""
    threshold = BAND if item.get("ThresholdMetricId") else item.get("Threshold")
    comparison = item.get("ComparisonOperator", "GreaterThanOrEqualToThreshold")
    found = {"threshold": threshold, "comparison": comparison}
    queries = item.get("Metrics", ())
    if not queries:
        return found | _one_metric(item, item.get("Statistic") or item.get("ExtendedStatistic"), item)
    stats = [query["MetricStat"] for query in queries if query.get("MetricStat")]
    if len(stats) != 1:
        names = ("namespace", "metric_name", "statistic", "period", "threshold", "comparison")
        blind = dict.fromkeys(names, EXPRESSION)
        return {**blind, "dimensions": (), "unit": None}
    only = _one_metric(stats[0].get("Metric", {}), stats[0].get("Stat"), stats[0])
    if len(queries) == 1:
        return found | only
    return found | only | dict.fromkeys(("statistic", "threshold", "comparison"), EXPRESSION)


def _one_metric(metric: Mapping[str, Any], statistic: str | None, around: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "namespace": metric.get("Namespace"), "metric_name": metric.get("MetricName"), "statistic": statistic,
        "period": around.get("Period"), "unit": around.get("Unit"),
        "dimensions": tuple(sorted((pair["Name"], pair["Value"]) for pair in metric.get("Dimensions", ()))),
    }  # fmt: skip


def mute_rules(reading: Reading, region: str) -> list[MuteRule]:
    """Alarm mute rules that are active or still to come. Raises Refused when this boto3 has no such call."""
    if not reading.offers("cloudwatch", region, "ListAlarmMuteRules"):
        reason = "the installed boto3 has no cloudwatch:ListAlarmMuteRules; boto3 1.44 or later has it"
        raise Refused(reason, "NotOffered")
    listed = reading.pages(
        "cloudwatch", region, "ListAlarmMuteRules", "AlarmMuteRuleSummaries", Statuses=["ACTIVE", "SCHEDULED"]
    )
    return [_mute_rule(reading, region, item) for item in listed]


def _mute_rule(reading: Reading, region: str, item: Mapping[str, Any]) -> MuteRule:
    arn = str(item["AlarmMuteRuleArn"])
    name = arn.rpartition(":alarm-mute-rule:")[2] or arn
    rule = reading.ask("cloudwatch", region, "GetAlarmMuteRule", AlarmMuteRuleName=name)
    names = tuple(rule.get("MuteTargets", {}).get("AlarmNames", ()))
    status = rule.get("Status") or item.get("Status", "")
    return MuteRule(arn, rule.get("Name") or name, region, names, status, further_of("mute_rules", rule))


def event_rules(reading: Reading, region: str) -> list[EventRule]:
    """Every rule of the default bus of a Region."""
    return [
        EventRule(
            address=item["Arn"],
            name=item["Name"],
            arn=item["Arn"],
            region=region,
            pattern=item.get("EventPattern") or None,
            state=item.get("State", "ENABLED"),
            bus=item.get("EventBusName", "default"),
            further=further_of("event_rules", item),
        )
        for item in reading.pages("events", region, "ListRules", "Rules")
    ]


def event_targets(reading: Reading, region: str, rules: Iterable[EventRule]) -> list[EventTarget]:
    """Targets of the rules that match events (a schedule sends nothing that CloudTrail said)."""
    found = []
    for rule in rules:
        if rule.region != region or rule.pattern is None:
            continue
        for item in reading.pages("events", region, "ListTargetsByRule", "Targets", Rule=rule.name):
            address = f"{rule.arn}/{item['Id']}"
            further = further_of("event_targets", item)
            found.append(EventTarget(address, rule.name, region, item["Arn"], item.get("RoleArn"), rule.bus, further))
    return found
