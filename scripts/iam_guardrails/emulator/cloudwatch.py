"""CloudWatch: composite alarms, alarm history, states that are evaluated or set by hand, alarm mute rules."""

from __future__ import annotations

import json
from functools import partial
from itertools import pairwise
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from iam_guardrails.emulator import alarm_actions, alarms, composite, mute
from iam_guardrails.emulator.graft import Action, add_action, wrap_action
from iam_guardrails.emulator.state import memory

_KEPT = ("history", "state_value", "state_reason", "state_reason_data", "state_updated_timestamp")


def put_composite_alarm(self: Any) -> EmptyResult:
    """CloudWatch API Reference: API_PutCompositeAlarm; a rule that cannot be read is refused."""
    get = self._get_param
    try:
        composite.parse(get("AlarmRule"))
    except composite.RuleError as error:
        raise ValidationError(f"AlarmRule is not valid: {error}.") from error
    self.cloudwatch_backend.put_metric_alarm(
        name=get("AlarmName"),
        namespace=None,
        metric_name=None,
        comparison_operator=None,
        evaluation_periods=None,
        period=None,
        threshold=None,
        statistic=None,
        description=get("AlarmDescription"),
        dimensions=[],
        alarm_actions=get("AlarmActions") or [],
        ok_actions=get("OKActions") or [],
        insufficient_data_actions=get("InsufficientDataActions") or [],
        actions_enabled=get("ActionsEnabled") is not False,
        rule=get("AlarmRule"),
        tags=get("Tags") or [],
    )
    return EmptyResult()


def describe_alarms(self: Any, original: Action) -> Any:
    """CloudWatch API Reference: API_DescribeAlarms; without AlarmTypes only metric alarms."""
    answer = original()
    kinds = self._get_param("AlarmTypes") or ["MetricAlarm"]
    for kind, key in (("MetricAlarm", "MetricAlarms"), ("CompositeAlarm", "CompositeAlarms")):
        if kind not in kinds:
            answer.result[key] = []
    return answer


def describe_alarm_history(self: Any) -> ActionResult:
    """CloudWatch API Reference: API_DescribeAlarmHistory; state changes and actions, newest first."""
    wanted = self._get_param("AlarmName")
    kind = self._get_param("HistoryItemType")
    start, end = self._get_param("StartDate"), self._get_param("EndDate")
    items = [
        item
        for alarm in list(self.cloudwatch_backend.alarms.values())
        if wanted in (None, alarm.name)
        for item in (*_history(alarm), *getattr(alarm, "guardrails_actions", ()))
        if kind in (None, item["HistoryItemType"])
        if (start is None or item["Timestamp"] >= start) and (end is None or item["Timestamp"] <= end)
    ]
    newest_first = self._get_param("ScanBy") != "TimestampAscending"
    items.sort(key=lambda item: item["Timestamp"], reverse=newest_first)
    limit = self._get_param("MaxRecords") or 100
    return ActionResult({"AlarmHistoryItems": items[: int(limit)]})


def _history(alarm: Any) -> list[dict[str, Any]]:
    """moto keeps (type, reason, data, state, since) of past states; the next one's `since` is the change."""
    now = (None, alarm.state_reason, None, alarm.state_value, alarm.state_updated_timestamp)
    states = [*list(alarm.history), now]
    items = []
    for (_, old_reason, _, old, _), (_, new_reason, _, new, at) in pairwise(states):
        data = {
            "version": "1.0",
            "oldState": {"stateValue": old, "stateReason": old_reason},
            "newState": {"stateValue": new, "stateReason": new_reason},
        }
        items.append(
            {
                "AlarmName": alarm.name,
                "AlarmType": "MetricAlarm" if alarm.rule is None else "CompositeAlarm",
                "Timestamp": at,
                "HistoryItemType": "StateUpdate",
                "HistorySummary": f"Alarm updated from {old} to {new}",
                "HistoryData": json.dumps(data),
            }
        )
    return items


def put_metric_alarm(self: Any, original: Action, name: str, **settings: Any) -> Any:
    """CloudWatch API Reference: API_PutMetricAlarm; a new alarm has no data, a changed one keeps state."""
    before = self.alarms.get(name)
    alarm = original(name=name, **settings)
    if before is None:
        alarm.state_value = "INSUFFICIENT_DATA"
        if alarm.rule is None:
            alarms.hold(alarm)
        return alarm
    for kept in (*_KEPT, "guardrails_actions", "guardrails_due"):
        if kept in vars(before):
            setattr(alarm, kept, getattr(before, kept))
    return alarm


def set_alarm_state(self: Any, original: Action, alarm_name: str, *state: Any) -> None:
    """CloudWatch API Reference: API_SetAlarmState; the actions run, the next evaluation may undo it."""
    before = self.alarms[alarm_name].state_value if alarm_name in self.alarms else ""
    original(alarm_name, *state)
    alarm = self.alarms[alarm_name]
    alarms.hold(alarm)
    change = alarm_actions.Change.of(alarm, before)
    memory(self.account_id).later(partial(alarm_actions.run, self, alarm, change))


def _alarm_rule(alarm: Any) -> str | None:
    rule: str | None = alarm.rule
    return rule


def graft() -> None:
    """Install."""
    add_action(CloudWatchResponse, put_composite_alarm, describe_alarm_history, *mute.ACTIONS)
    wrap_action(CloudWatchResponse, describe_alarms)
    wrap_action(CloudWatchBackend, put_metric_alarm, set_alarm_state)
    name = "alarm_rule"
    setattr(Alarm, name, property(_alarm_rule))
