"""CloudWatch alarm mute rules: while one is active, its alarms change state and tell nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import ResourceNotFoundException, ValidationError
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from iam_guardrails.emulator.schedule import Schedule, ScheduleError
from iam_guardrails.emulator.state import memory

_PAGE = 100


def put_alarm_mute_rule(self: Any) -> EmptyResult:
    """CloudWatch API Reference: API_PutAlarmMuteRule; the schedule as in API_Schedule."""
    name = self._get_param("Name")
    schedule = {key: self._get_param(f"Rule.Schedule.{key}") for key in ("Expression", "Duration", "Timezone")}
    try:
        Schedule.parse(schedule["Expression"], schedule["Duration"], schedule["Timezone"] or "UTC")
    except ScheduleError as error:
        raise ValidationError(str(error)) from error
    _rules(self)[name] = {
        "Name": name,
        "AlarmMuteRuleArn": f"arn:{self.partition}:cloudwatch:{self.region}:{self.current_account}"
        f":alarm-mute-rule:{name}",
        "Description": self._get_param("Description"),
        "Rule": {"Schedule": {key: value for key, value in schedule.items() if value}},
        "MuteTargets": {"AlarmNames": list(self._get_param("MuteTargets.AlarmNames") or [])},
        "StartDate": self._get_param("StartDate"),
        "ExpireDate": self._get_param("ExpireDate"),
        "LastUpdatedTimestamp": utcnow(),
        "MuteType": "RECURRING" if schedule["Expression"].startswith("cron") else "ONE_TIME",
    }
    return EmptyResult()


def get_alarm_mute_rule(self: Any) -> ActionResult:
    """CloudWatch API Reference: API_GetAlarmMuteRule."""
    name = self._get_param("AlarmMuteRuleName")
    rule = _rules(self).get(name)
    if rule is None:
        raise ResourceNotFoundException(f"Alarm mute rule {name} does not exist")
    return ActionResult(_present(rule) | {"Status": status(rule, datetime.now(UTC))})


def list_alarm_mute_rules(self: Any) -> ActionResult:
    """CloudWatch API Reference: API_ListAlarmMuteRules."""
    alarm, statuses = self._get_param("AlarmName"), self._get_param("Statuses")
    start, size = int(self._get_param("NextToken") or 0), int(self._get_param("MaxRecords") or _PAGE)
    now = datetime.now(UTC)
    summaries = [
        {
            key: value
            for key, value in (_present(rule) | {"Status": status(rule, now)}).items()
            if key in ("AlarmMuteRuleArn", "ExpireDate", "Status", "MuteType", "LastUpdatedTimestamp")
        }
        for _, rule in sorted(_rules(self).items())
        if alarm in (None, *rule["MuteTargets"]["AlarmNames"])
        if not statuses or status(rule, now) in statuses
    ]
    result: dict[str, Any] = {"AlarmMuteRuleSummaries": summaries[start : start + size]}
    if start + size < len(summaries):
        result["NextToken"] = str(start + size)
    return ActionResult(result)


def delete_alarm_mute_rule(self: Any) -> EmptyResult:
    """CloudWatch API Reference: API_DeleteAlarmMuteRule; deleting what is not there succeeds."""
    _rules(self).pop(self._get_param("AlarmMuteRuleName"), None)
    return EmptyResult()


def status(rule: dict[str, Any], now: datetime) -> str:
    """SCHEDULED, ACTIVE or EXPIRED at the moment `now`."""
    schedule = Schedule.parse(
        rule["Rule"]["Schedule"]["Expression"],
        rule["Rule"]["Schedule"]["Duration"],
        rule["Rule"]["Schedule"].get("Timezone", "UTC"),
    )
    starts, expires = rule["StartDate"], rule["ExpireDate"]
    if expires is not None and now >= _aware(expires):
        return "EXPIRED"
    if starts is not None and now < _aware(starts):
        return "SCHEDULED"
    if schedule.active(now):
        return "ACTIVE"
    return "EXPIRED" if schedule.over(now) else "SCHEDULED"


def silences(account_id: str, region: str, alarm_name: str, now: datetime) -> bool:
    """Whether an active mute rule of the Region names the alarm: then its actions do not run."""
    rules = list(memory(account_id).kind("cloudwatch", region, "mute-rules").values())
    return any(alarm_name in rule["MuteTargets"]["AlarmNames"] and status(rule, now) == "ACTIVE" for rule in rules)


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _rules(response: Any) -> dict[str, dict[str, Any]]:
    return memory(response.current_account).kind("cloudwatch", response.region, "mute-rules")


def _present(rule: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if value is not None}


ACTIONS = (put_alarm_mute_rule, get_alarm_mute_rule, list_alarm_mute_rules, delete_alarm_mute_rule)
