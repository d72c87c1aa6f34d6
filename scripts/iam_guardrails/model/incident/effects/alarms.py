"""CloudWatch alarms, what mutes them, metric filters, log groups, EventBridge rules: what tells of a use of the role.

Sources: CloudWatch, CloudWatch Logs and EventBridge API References (the calls named here). A state that somebody set
by hand lasts until the alarm is next evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Answer, Call, Kind, Names, State
from iam_guardrails.model.incident.effects.reading import (
    always,
    exists,
    member,
    of,
    settings,
    written_settings,
    written_value,
)
from iam_guardrails.model.incident.effects.state import THERE, decoded, only
from iam_guardrails.model.incident.effects.write import Write, listed
from iam_guardrails.model.unknown import Unknown

_LOOK = ("cloudwatch", "DescribeAlarms",
         {"AlarmNames": ["{AlarmName}"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]})  # fmt: skip
_ALARM, _ALARMS = {"AlarmName": "alarmName"}, {"AlarmName": "alarmNames[]"}
_SETTINGS = ("Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold",
             "ComparisonOperator", "TreatMissingData", "ActionsEnabled", "AlarmActions", "AlarmRule",
             "Dimensions", "Unit", "ExtendedStatistic", "OKActions", "InsufficientDataActions", "Metrics",
             "ActionsSuppressor")  # fmt: skip
_TERRAFORM = (("aws_cloudwatch_metric_alarm", {"alarm_name": "AlarmName"}),
              ("aws_cloudwatch_composite_alarm", {"alarm_name": "AlarmName"}))  # fmt: skip


def _alarm(read: Any) -> Any:
    def read_one(names: Names, answers: Sequence[Answer]) -> State:
        found = answers[-1]
        if found is None or isinstance(found, Unknown):
            return found
        both = [*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())]
        return next((read(item) for item in both if item.get("AlarmName") == names["AlarmName"]), None)

    return read_one


def _settings_before(thing: Any, names: Names) -> State:
    if thing.rule is not None:
        return {"AlarmRule": thing.rule, "ActionsEnabled": thing.actions_enabled, "AlarmActions": list(thing.actions)}
    return {
        "Namespace": thing.namespace, "MetricName": thing.metric_name, "Statistic": thing.statistic,
        "Period": thing.period_seconds, "EvaluationPeriods": thing.evaluation_periods,
        "DatapointsToAlarm": thing.datapoints_to_alarm, "Threshold": thing.threshold,
        "ComparisonOperator": thing.comparison, "TreatMissingData": thing.treat_missing_data,
        "ActionsEnabled": thing.actions_enabled, "AlarmActions": thing.actions
        if isinstance(thing.actions, Unknown) else list(thing.actions),
        "Dimensions": [{"Name": name, "Value": value} for name, value in thing.dimensions], "Unit": thing.unit,
    }  # fmt: skip


ALARM = Kind(
    "alarm", "the alarm {AlarmName} is set up as it is now", _LOOK,
    _alarm(lambda item: only({"TreatMissingData": "missing"} | item, _SETTINGS)),
    before=of("alarms", "name", "AlarmName", _settings_before, regional=True),
    away="aws cloudwatch delete-alarms --alarm-names {AlarmName}", terraform=_TERRAFORM,
    part=("alarms", "AlarmName", ""),
)  # fmt: skip
ACTIONS = Kind(
    "alarm-actions", "the alarm {AlarmName} tells somebody, or not, as it does now", _LOOK,
    _alarm(lambda item: item.get("ActionsEnabled")), opposite={True: False, False: True},
    before=of("alarms", "name", "AlarmName", lambda thing, names: thing.actions_enabled, regional=True),
    back={"True": "aws cloudwatch enable-alarm-actions --alarm-names {AlarmName}",
          "False": "aws cloudwatch disable-alarm-actions --alarm-names {AlarmName}"},
    terraform=_TERRAFORM, part=("alarms", "AlarmName", "actions_enabled"),
)  # fmt: skip
STATE = Kind(
    "alarm-state", "the alarm {AlarmName} is in a state that was set by hand", _LOOK,
    _alarm(lambda item: {"StateValue": item.get("StateValue"), "StateReason": item.get("StateReason")}), passing=True,
)  # fmt: skip
_NOT_FOUND = ("ResourceNotFoundException", "ResourceNotFound")
MUTE = Kind(
    "alarm-mute-rule", "the mute rule {Name} keeps alarms from telling anybody",
    ("cloudwatch", "GetAlarmMuteRule", {"AlarmMuteRuleName": "{Name}"}), exists(), _NOT_FOUND,
    before=of("mute_rules", "name", "Name", lambda thing, names: THERE, regional=True),
    away="aws cloudwatch delete-alarm-mute-rule --alarm-mute-rule-name {Name}", part=("mute_rules", "Name", ""),
)  # fmt: skip


def _filter(item: Mapping[str, Any]) -> State:
    first = (item.get("metricTransformations") or [{}])[0]
    return {"filterPattern": item.get("filterPattern", "")} | {
        key: first.get(key) for key in ("metricName", "metricNamespace", "metricValue")
    }


def _filter_written(write: Write, names: Names) -> State:
    made = {
        "filterPattern": write.value("filterPattern"),
        "metricTransformations": listed(write.value("metricTransformations")),
    }
    return _filter(made) if made["filterPattern"] is not None else Unknown("CloudTrail does not record the filter")


FILTER = Kind(
    "metric-filter", "the log group {logGroupName} has the metric filter {filterName}",
    ("logs", "DescribeMetricFilters", {"logGroupName": "{logGroupName}", "filterNamePrefix": "{filterName}"}),
    member("metricFilters", "filterName", "filterName", _filter), _NOT_FOUND,
    before=of("metric_filters", "name", "filterName", lambda thing, names: {
        "filterPattern": thing.pattern, "metricName": thing.metric_name, "metricNamespace": thing.namespace,
        "metricValue": thing.value}, regional=True),
    away="aws logs delete-metric-filter --log-group-name {logGroupName} --filter-name {filterName}",
    back="aws logs put-metric-filter --log-group-name {logGroupName} --filter-name {filterName} --filter-pattern"
    " {value_filterPattern} --metric-transformations metricName={value_metricName},"
    "metricNamespace={value_metricNamespace},metricValue={value_metricValue}",
    terraform=(("aws_cloudwatch_log_metric_filter", {"log_group_name": "logGroupName", "name": "filterName"}),),
    part=("metric_filters", "filterName", ""),
)  # fmt: skip
_FILTER = {"logGroupName": "logGroupName", "filterName": "filterName"}
_GROUPS = ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "{logGroupName}"})
GROUP = Kind(
    "log-group", "the log group {logGroupName} exists", _GROUPS, member("logGroups", "logGroupName", "logGroupName"),
    away="aws logs delete-log-group --log-group-name {logGroupName}",
    terraform=(("aws_cloudwatch_log_group", {"name": "logGroupName"}),), part=("log_groups", "logGroupName", ""),
)  # fmt: skip
RETENTION = Kind(
    "log-retention", "the log group {logGroupName} keeps its events as long as it does now", _GROUPS,
    member("logGroups", "logGroupName", "logGroupName", lambda item: item.get("retentionInDays", "for ever")),
    before=of("log_groups", "name", "logGroupName", lambda thing, names: thing.retention_days or "for ever",
              regional=True, whole=False),
    back="aws logs put-retention-policy --log-group-name {logGroupName} --retention-in-days {value}",
    terraform=(("aws_cloudwatch_log_group", {"name": "logGroupName"}),),
    part=("log_groups", "logGroupName", "retention_days"),
)  # fmt: skip
_GROUP = {"logGroupName": "logGroupName"}
_RULE = {"Name": "name", "EventBusName": "eventBusName|=default"}
_RULE_LOOK = ("events", "DescribeRule", {"Name": "{Name}", "EventBusName": "{EventBusName}"})
_RULE_TERRAFORM = (("aws_cloudwatch_event_rule", {"name": "Name"}),)
_RULE_SETTINGS = ("EventPattern", "ScheduleExpression")


def _rule_before(thing: Any, names: Names) -> State:
    """Only the pattern: captures lack schedules."""
    return {"EventPattern": thing.pattern if isinstance(thing.pattern, Unknown) else decoded(thing.pattern)}


EVENT_RULE = Kind(
    "event-rule", "the event rule {Name} of the bus {EventBusName} says what it says now", _RULE_LOOK,
    settings("", _RULE_SETTINGS, json_of=("EventPattern",)), _NOT_FOUND,
    before=of("event_rules", "name", "Name", _rule_before, regional=True),
    away="aws events delete-rule --name {Name} --event-bus-name {EventBusName}",
    back="aws events put-rule --name {Name} --event-bus-name {EventBusName} --event-pattern {value_EventPattern}",
    terraform=_RULE_TERRAFORM, part=("event_rules", "Name", "pattern"),
)  # fmt: skip
RULE_STATE = Kind(
    "event-rule-state", "the event rule {Name} of the bus {EventBusName} is on, or off, as it is now", _RULE_LOOK,
    lambda names, answers: answers[-1] if not isinstance(answers[-1], Mapping)
    else "DISABLED" if answers[-1].get("State") == "DISABLED" else "ENABLED", _NOT_FOUND,
    before=of("event_rules", "name", "Name", lambda thing, names: thing.state if isinstance(thing.state, Unknown)
              else "DISABLED" if thing.state == "DISABLED" else "ENABLED", regional=True),
    opposite={"DISABLED": "ENABLED", "ENABLED": "DISABLED"},
    back={"ENABLED": "aws events enable-rule --name {Name} --event-bus-name {EventBusName}",
          "DISABLED": "aws events disable-rule --name {Name} --event-bus-name {EventBusName}"},
    terraform=_RULE_TERRAFORM, part=("event_rules", "Name", "state"),
)  # fmt: skip
TARGET = Kind(
    "event-target", "the event rule {Rule} sends its events to the target {Id}",
    ("events", "ListTargetsByRule", {"Rule": "{Rule}", "EventBusName": "{EventBusName}"}),
    member("Targets", "Id", "Id", lambda item: item.get("Arn")), _NOT_FOUND,
    away="aws events remove-targets --rule {Rule} --event-bus-name {EventBusName} --ids {Id}",
    terraform=(("aws_cloudwatch_event_target", {"rule": "Rule", "target_id": "Id"}),),
    part=("event_targets", "Rule", ""),
)  # fmt: skip


def _targets(write: Write) -> Sequence[Names] | Unknown:
    rule = {"Rule": write.text("rule"), "EventBusName": write.text("eventBusName|=default")}
    made = [{**rule, "Id": str(item.get("id", ""))} for item in listed(write.value("targets"))]
    return made if made and all(one["Id"] and one["Rule"] for one in made) else Unknown("the record names no target")


def _target_arn(write: Write, names: Names) -> State:
    return next((item.get("arn") for item in listed(write.value("targets")) if item.get("id") == names["Id"]), None)


_RULE_WRITTEN = written_settings(_RULE_SETTINGS, json_of=("EventPattern",))

CALLS: tuple[Call, ...] = (
    Call("cloudwatch:PutMetricAlarm", ALARM, ADDS, _ALARM, written_settings(_SETTINGS)),
    Call("cloudwatch:PutCompositeAlarm", ALARM, ADDS, _ALARM, written_settings(_SETTINGS)),
    Call("cloudwatch:DeleteAlarms", ALARM, REMOVES, _ALARMS),
    Call("cloudwatch:DisableAlarmActions", ACTIONS, SETS, _ALARMS, always(False)),
    Call("cloudwatch:EnableAlarmActions", ACTIONS, SETS, _ALARMS, always(True)),
    Call("cloudwatch:SetAlarmState", STATE, SETS, _ALARM, written_settings(("StateValue", "StateReason"))),
    Call("cloudwatch:PutAlarmMuteRule", MUTE, ADDS, {"Name": "name"}),
    Call("cloudwatch:DeleteAlarmMuteRule", MUTE, REMOVES, {"Name": "alarmMuteRuleName"}),
    Call("logs:PutMetricFilter", FILTER, ADDS, _FILTER, _filter_written),
    Call("logs:DeleteMetricFilter", FILTER, REMOVES, _FILTER),
    Call("logs:CreateLogGroup", GROUP, ADDS, _GROUP, fresh=True),
    Call("logs:DeleteLogGroup", GROUP, REMOVES, _GROUP),
    Call("logs:PutRetentionPolicy", RETENTION, SETS, _GROUP, written_value("retentionInDays")),
    Call("logs:DeleteRetentionPolicy", RETENTION, SETS, _GROUP, always("for ever")),
    Call("events:PutRule", EVENT_RULE, ADDS, _RULE, _RULE_WRITTEN),
    Call("events:PutRule", RULE_STATE, SETS, _RULE, written_value("state"), when="state"),
    Call("events:DeleteRule", EVENT_RULE, REMOVES, _RULE),
    Call("events:DisableRule", RULE_STATE, SETS, _RULE, always("DISABLED")),
    Call("events:EnableRule", RULE_STATE, SETS, _RULE, always("ENABLED")),
    Call("events:PutTargets", TARGET, ADDS, each=_targets, written=_target_arn),
    Call("events:RemoveTargets", TARGET, REMOVES,
         {"Rule": "rule", "EventBusName": "eventBusName|=default", "Id": "ids[]"}),
)  # fmt: skip
