"""CloudWatch alarms, what mutes them, metric filters, log groups: what tells of a use of the role.

Sources: CloudWatch and CloudWatch Logs API References (the calls named here). A state that somebody set
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
    written_settings,
    written_value,
)
from iam_guardrails.model.incident.effects.state import THERE, only
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
    _alarm(lambda item: item.get("ActionsEnabled")), opposite={False: True},
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
    before=of("mute_rules", "name", "Name", lambda thing, names: THERE, regional=True, whole=False),
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
        "metricValue": thing.value}, regional=True, also={"log_group_name": "logGroupName"}),
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
)  # fmt: skip
