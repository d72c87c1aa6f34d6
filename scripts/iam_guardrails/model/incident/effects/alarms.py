"""CloudWatch alarms, what mutes them, metric filters, log groups: what tells of a use of the role.

Sources: CloudWatch and CloudWatch Logs API References (the calls named here). A state that somebody set
by hand lasts until the alarm is next evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.further import read_further, settings_of
from iam_guardrails.model.incident.effects.harm import SILENCES, Harm, switched_on, taking_away, works_again
from iam_guardrails.model.incident.effects.kind import (
    ADDS,
    REMOVES,
    SETS,
    Answer,
    Call,
    Kind,
    Names,
    State,
)
from iam_guardrails.model.incident.effects.reading import (
    always,
    of,
    written_settings,
)
from iam_guardrails.model.incident.effects.state import Whole, agree, plain, upper
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.unknown import Unknown

_LOOK = ("cloudwatch", "DescribeAlarms",
         {"AlarmNames": ["{AlarmName}"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]})  # fmt: skip
_ALARM, _ALARMS = {"AlarmName": "alarmName"}, {"AlarmName": "alarmNames[]"}
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


_OF_THE_METRIC = ("Namespace", "MetricName", "Statistic", "Period", "Dimensions", "Unit")


def _settings_before(thing: Any, names: Names) -> State:
    """Every setting, where the capture holds all of them. An alarm of several metrics has none of the one metric's."""
    further = read_further(thing.further or "{}")
    found = {"ActionsEnabled": thing.actions_enabled, "AlarmActions": thing.actions
             if isinstance(thing.actions, Unknown) else list(thing.actions)}  # fmt: skip
    if thing.rule is not None:
        found["AlarmRule"] = thing.rule
    else:
        found |= {
            "Namespace": thing.namespace, "MetricName": thing.metric_name, "Statistic": thing.statistic,
            "Period": thing.period_seconds, "EvaluationPeriods": thing.evaluation_periods,
            "DatapointsToAlarm": thing.datapoints_to_alarm, "Threshold": thing.threshold,
            "ComparisonOperator": thing.comparison, "TreatMissingData": thing.treat_missing_data,
            "Dimensions": [{"Name": name, "Value": value} for name, value in thing.dimensions], "Unit": thing.unit,
        }  # fmt: skip
        told_otherwise = [name for one, names_ in (("Metrics", _OF_THE_METRIC), ("ExtendedStatistic", ("Statistic",)),
                                                   ("ThresholdMetricId", ("Threshold",))) if one in further
                          for name in names_]  # fmt: skip
        found = {name: value for name, value in found.items() if name not in told_otherwise}
    return Whole({**found, **further}) if thing.further is not None else found


def _alarm_settings(item: Mapping[str, Any]) -> State:
    usual = {"TreatMissingData": "missing"} if not item.get("AlarmRule") else {}
    return usual | plain(settings_of("alarms", item))


def _alarm_written(write: Write, names: Names) -> State:
    """Every setting that a request names, under the name that the API gives it; tags are none."""
    told = {name[:1].upper() + name[1:]: value for name, value in write.request.items() if value is not None}
    return {name: plain(upper(value)) for name, value in told.items() if name not in ("AlarmName", "Tags")}


def _alarm_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    """Where it tells somebody, and did not before."""
    if not isinstance(now, Mapping) or not isinstance(target, Mapping):
        return None
    if now.get("ActionsEnabled") is not True or target.get("ActionsEnabled") is not False:
        return None
    other = not isinstance(target, Whole) or agree({**now, "ActionsEnabled": False}, target) is not True
    return Harm(SILENCES, mixed=True) if other else works_again("the alarm tells somebody again")


ALARM = Kind(
    "alarm", "the alarm {AlarmName} is set up as it is now", _LOOK,
    _alarm(_alarm_settings), whole=True,
    before=of("alarms", "name", "AlarmName", _settings_before, regional=True),
    away="aws cloudwatch delete-alarms --alarm-names {AlarmName}", terraform=_TERRAFORM,
    back={"AlarmRule*": "aws cloudwatch put-composite-alarm --alarm-name {AlarmName} --cli-input-json {value}",
          "*": "aws cloudwatch put-metric-alarm --alarm-name {AlarmName} --cli-input-json {value}"},
    part=("alarms", "AlarmName", ""), harm=taking_away(_alarm_harm), silent="it may have told nobody",
)  # fmt: skip
ACTIONS = Kind(
    "alarm-actions", "the alarm {AlarmName} tells somebody, or not, as it does now", _LOOK,
    _alarm(lambda item: item.get("ActionsEnabled")), opposite={False: True},
    before=of("alarms", "name", "AlarmName", lambda thing, names: thing.actions_enabled, regional=True),
    back={"True": "aws cloudwatch enable-alarm-actions --alarm-names {AlarmName}",
          "False": "aws cloudwatch disable-alarm-actions --alarm-names {AlarmName}"},
    terraform=_TERRAFORM, part=("alarms", "AlarmName", "actions_enabled"), silent="it may have told nobody",
    harm=switched_on(True, "the alarm tells somebody again"),
)  # fmt: skip
STATE = Kind(
    "alarm-state", "the alarm {AlarmName} is in a state that was set by hand", _LOOK,
    _alarm(lambda item: {"StateValue": item.get("StateValue"), "StateReason": item.get("StateReason")}), passing=True,
)  # fmt: skip
_NOT_FOUND = ("ResourceNotFoundException", "ResourceNotFound")


def _mute_now(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    return plain(settings_of("mute_rules", found)) if isinstance(found, Mapping) else found


def _mute_before(thing: Any, names: Names) -> State:
    if thing.further is None:
        return {"MuteTargets": {"AlarmNames": list(thing.alarm_names)}}
    return Whole({"MuteTargets": {"AlarmNames": list(thing.alarm_names)}, **read_further(thing.further)})


def _mute_written(write: Write, names: Names) -> State:
    told = upper(write.request)
    return {name: plain(value) for name, value in told.items() if name not in ("Name", "Tags") and value is not None}


def _mute_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    if target is None:
        return None
    return works_again("alarms are muted by it no more") if now is None else Harm(SILENCES, mixed=True)


MUTE = Kind(
    "alarm-mute-rule", "the mute rule {Name} keeps alarms from telling anybody",
    ("cloudwatch", "GetAlarmMuteRule", {"AlarmMuteRuleName": "{Name}"}), _mute_now, _NOT_FOUND, whole=True,
    before=of("mute_rules", "name", "Name", _mute_before, regional=True, whole=False),
    away="aws cloudwatch delete-alarm-mute-rule --alarm-mute-rule-name {Name}",
    back={"MuteTargets,Rule": "aws cloudwatch put-alarm-mute-rule --name {Name} --rule {value_Rule} --mute-targets"
                              " {value_MuteTargets}"},
    part=("mute_rules", "Name", ""), harm=_mute_harm, silent="alarms may have told nobody",
)  # fmt: skip


CALLS: tuple[Call, ...] = (
    Call("cloudwatch:PutMetricAlarm", ALARM, ADDS, _ALARM, _alarm_written),
    Call("cloudwatch:PutCompositeAlarm", ALARM, ADDS, _ALARM, _alarm_written),
    Call("cloudwatch:DeleteAlarms", ALARM, REMOVES, _ALARMS),
    Call("cloudwatch:DisableAlarmActions", ACTIONS, SETS, _ALARMS, always(False)),
    Call("cloudwatch:EnableAlarmActions", ACTIONS, SETS, _ALARMS, always(True)),
    Call("cloudwatch:SetAlarmState", STATE, SETS, _ALARM, written_settings(("StateValue", "StateReason"))),
    Call("cloudwatch:PutAlarmMuteRule", MUTE, ADDS, {"Name": "name"}, _mute_written),
    Call("cloudwatch:DeleteAlarmMuteRule", MUTE, REMOVES, {"Name": "alarmMuteRuleName"}),
)  # fmt: skip
