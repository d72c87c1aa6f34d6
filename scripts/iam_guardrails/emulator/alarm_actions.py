"""What an alarm does when its state changes: messages to topics, told in its history.

SOURCE: CloudWatch User Guide, "Using Amazon CloudWatch alarms": actions run on a change of state only, when
they are enabled and no mute rule is active; SNS topics must be in the alarm's Region. The message has the
fields that CloudWatch sends.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from moto.core.utils import utcnow
from moto.sns.models import sns_backends

from iam_guardrails.emulator import mute

_MOST = 500
_ACTIONS = {"ALARM": "alarm_actions", "OK": "ok_actions", "INSUFFICIENT_DATA": "insufficient_data_actions"}
log = logging.getLogger("iam_guardrails.emulator")


@dataclass(frozen=True)
class Change:
    """One change of state."""

    old: str
    new: str
    reason: str
    at: datetime

    @classmethod
    def of(cls, alarm: Any, old: str) -> Change:
        """The change that `alarm` has just gone through."""
        return cls(old, alarm.state_value, alarm.state_reason, alarm.state_updated_timestamp)


def run(backend: Any, alarm: Any, change: Change) -> None:
    """Run the actions of the state that `alarm` changed into."""
    if change.old == change.new or not alarm.actions_enabled:
        return
    if mute.silences(backend.account_id, backend.region_name, alarm.name, datetime.now(UTC)):
        return
    for arn in dict.fromkeys(getattr(alarm, _ACTIONS[change.new]) or ()):
        message = json.dumps(_message(backend, alarm, change))
        error = _publish(backend, alarm, change, arn, message)
        _note(alarm, change, arn, message, error)


def _publish(backend: Any, alarm: Any, change: Change, arn: str, message: str) -> str:
    """The reason why it did not work, or nothing."""
    _, _, service, region, account_id, *_ = f"{arn}:::::".split(":")
    if service != "sns":
        return f"The embedded AWS runs no actions of {service or arn}"
    if region != backend.region_name:
        return f"Resource: {arn} is not in the Region of the alarm"
    topics = sns_backends[account_id][region]
    if arn not in topics.topics:
        return f"Resource: {arn} does not exist"
    subject = f'{change.new}: "{alarm.name}" in {region_title(region)}'
    try:
        topics.publish(message, arn=arn, subject=subject[:100])
    except Exception as error:  # whatever moto raises is told in the history, as AWS tells it
        return str(error)
    return ""


def _note(alarm: Any, change: Change, arn: str, message: str, error: str) -> None:
    items: list[dict[str, Any]] = vars(alarm).setdefault("guardrails_actions", [])
    data: dict[str, Any] = {
        "actionState": "Failed" if error else "Succeeded",
        "stateUpdateTimestamp": int(_aware(change.at).timestamp() * 1000),
        "notificationResource": arn,
    }
    data |= {"error": error} if error else {"publishedMessage": message}
    summary = f"Successfully executed action {arn}"
    if error:
        summary = f'Failed to execute action {arn}. Received error: "{error}"'
        log.warning("alarm %s: %s", alarm.name, summary)
    items.append(
        {
            "AlarmName": alarm.name,
            "AlarmType": "MetricAlarm" if alarm.rule is None else "CompositeAlarm",
            "Timestamp": utcnow(),
            "HistoryItemType": "Action",
            "HistorySummary": summary,
            "HistoryData": json.dumps(data),
        }
    )
    del items[:-_MOST]


def _message(backend: Any, alarm: Any, change: Change) -> dict[str, Any]:
    told = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": backend.account_id,
        "AlarmConfigurationUpdatedTimestamp": timestamp(alarm.configuration_updated_timestamp),
        "NewStateValue": change.new,
        "NewStateReason": change.reason,
        "StateChangeTime": timestamp(change.at),
        "Region": region_title(backend.region_name),
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": change.old,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
    }
    return told | ({"AlarmRule": alarm.rule} if alarm.rule is not None else {"Trigger": _trigger(alarm)})


def _trigger(alarm: Any) -> dict[str, Any]:
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "StatisticType": "Statistic",
        "Statistic": str(alarm.statistic).upper(),
        "Unit": alarm.unit,
        "Dimensions": [{"value": each.value, "name": each.name} for each in alarm.dimensions],
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }


def timestamp(at: datetime) -> str:
    """A moment as CloudWatch writes it: 2026-01-15T09:30:00.123+0000."""
    return _aware(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


@cache
def region_title(region: str) -> str:
    """The Region's name for people, for example "US East (Ohio)"; the id when there is none."""
    import botocore.session  # here, because only a message needs it

    for partition in botocore.session.get_session().get_data("partitions")["partitions"]:
        if title := partition["regions"].get(region, {}).get("description"):
            return str(title)
    return region


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)
