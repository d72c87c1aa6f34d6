"""CloudWatch alarms, what mutes them, and the EventBridge rules of the default bus beside them.

Sources: CloudWatch API Reference, DescribeAlarms, ListAlarmMuteRules and GetAlarmMuteRule; EventBridge API
Reference, ListRules and ListTargetsByRule (CloudTrail speaks to the default bus only).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.model.account import Alarm, EventRule, EventTarget, MuteRule


def alarms(reading: Reading, region: str) -> list[Alarm]:
    """Every metric and composite alarm of a Region."""
    pages = reading.all_pages("cloudwatch", region, "DescribeAlarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return [
        _alarm(region, item)
        for page in pages
        for item in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ()))
    ]


def _alarm(region: str, item: Mapping[str, Any]) -> Alarm:
    return Alarm(
        address=item["AlarmArn"],
        name=item["AlarmName"],
        arn=item["AlarmArn"],
        region=region,
        namespace=item.get("Namespace"),
        metric_name=item.get("MetricName"),
        statistic=item.get("Statistic") or item.get("ExtendedStatistic"),
        period_seconds=item.get("Period"),
        evaluation_periods=item.get("EvaluationPeriods", 1),
        datapoints_to_alarm=item.get("DatapointsToAlarm"),
        threshold=item.get("Threshold"),
        comparison=item.get("ComparisonOperator", "GreaterThanOrEqualToThreshold"),
        treat_missing_data=item.get("TreatMissingData") or "missing",
        actions_enabled=item.get("ActionsEnabled", True),
        actions=tuple(sorted(item.get("AlarmActions", ()))),
        dimensions=tuple(sorted((pair["Name"], pair["Value"]) for pair in item.get("Dimensions", ()))),
        rule=item.get("AlarmRule"),
        state=item.get("StateValue", ""),
    )


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
    return MuteRule(arn, rule.get("Name") or name, region, names, rule.get("Status") or item.get("Status", ""))


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
            found.append(EventTarget(address, rule.name, region, item["Arn"], item.get("RoleArn"), rule.bus))
    return found
