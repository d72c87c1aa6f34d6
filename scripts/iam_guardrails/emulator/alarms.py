"""Alarms that are evaluated: metric alarms on their data points, composite alarms on the states of others.

SOURCE: CloudWatch User Guide, "Using Amazon CloudWatch alarms" and "Configuring how CloudWatch alarms treat
missing data". Otherwise than AWS, which looks once a minute at whole periods, an alarm here is looked at as
soon as a data point comes, over the time up to now.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_guardrails.emulator import alarm_actions, composite
from iam_guardrails.emulator.metrics import Series, series

_OPERATORS = {
    "GreaterThanOrEqualToThreshold": (float.__ge__, "greater than or equal to"),
    "GreaterThanThreshold": (float.__gt__, "greater than"),
    "LessThanThreshold": (float.__lt__, "less than"),
    "LessThanOrEqualToThreshold": (float.__le__, "less than or equal to"),
}
_CALM_SECONDS = 10.0  # how often an alarm is looked at when nothing came and it is not in ALARM
_HELD_SECONDS = 60.0  # AWS looks once a minute, so for that long a new or hand-set state stays
_MOST_HISTORY = 500
_MOST_ROUNDS = 10  # composite alarms on composite alarms


def hold(alarm: Any) -> None:
    """Leave the state of a new or hand-set alarm alone for a period, at most a minute, unless data comes."""
    alarm.guardrails_due = time.monotonic() + min(float(alarm.period or _HELD_SECONDS), _HELD_SECONDS)


def evaluate(backend: Any) -> None:
    """Evaluate the alarms of one account and Region; those that change state run their actions."""
    alarms = list(backend.alarms.values())
    place, now = (backend.account_id, backend.region_name), datetime.now(UTC)
    lines = [(alarm, _series(place, alarm)) for alarm in alarms if _understood(alarm)]
    fresh = {id(line) for _, line in lines if line.fresh}
    for _, line in lines:
        line.fresh = False  # before the look at it: what comes meanwhile is looked at in the next round
    for alarm, line in lines:
        if id(line) in fresh or time.monotonic() >= getattr(alarm, "guardrails_due", 0.0):
            _evaluate(backend, alarm, line, now)
    _composites(backend, [alarm for alarm in alarms if alarm.rule is not None])


def _understood(alarm: Any) -> bool:
    """A metric alarm on one metric with a plain statistic."""
    return (
        bool(alarm.rule is None and alarm.metric_name and alarm.statistic) and alarm.comparison_operator in _OPERATORS
    )


def _series(place: tuple[str, str], alarm: Any) -> Series:
    pairs = [(each.name, each.value) for each in alarm.dimensions]
    return series(place, alarm.namespace, alarm.metric_name, pairs)


def _evaluate(backend: Any, alarm: Any, line: Series, now: datetime) -> None:
    values = _values(alarm, line, now)
    state, reason = decide(alarm, values)
    calm = 0.0 if (state or alarm.state_value) == "ALARM" else _CALM_SECONDS
    alarm.guardrails_due = time.monotonic() + calm  # before the change: from then on it may be set by hand
    if state not in (None, alarm.state_value):
        known = [value for value in values if value is not None]
        data = {
            "version": "1.0", "queryDate": alarm_actions.timestamp(now), "statistic": alarm.statistic,
            "period": alarm.period, "recentDatapoints": known, "threshold": alarm.threshold,
        }  # fmt: skip
        change(backend, alarm, str(state), reason, data)


def change(backend: Any, alarm: Any, state: str, reason: str, data: dict[str, Any]) -> None:
    """Set the state and run what is to run on that change."""
    before = alarm.state_value
    alarm.update_state(reason, json.dumps(data), state)
    del alarm.history[:-_MOST_HISTORY]
    alarm_actions.run(backend, alarm, alarm_actions.Change.of(alarm, before))


def _values(alarm: Any, line: Series, now: datetime) -> list[float | None]:
    """One value per period, the newest first; None where nothing was reported."""
    count, period = int(alarm.evaluation_periods or 1), timedelta(seconds=int(alarm.period))
    points: list[list[Any]] = [[] for _ in range(count)]
    for point in list(line.points):
        age = now - _aware(point.timestamp)
        place = int(age / period) if age >= timedelta(0) else 0
        if place < count and alarm.unit in (None, point.unit):
            points[place].append(point)
    return [_statistic(alarm.statistic, each) if each else None for each in points]


def _statistic(kind: str, points: list[Any]) -> float | None:
    figures = [
        (each.sum, each.sample_count, each.min, each.max)
        if hasattr(each, "sum")
        else (each.value, 1.0, each.value, each.value)
        for each in points
    ]
    total, samples = sum(each[0] for each in figures), sum(each[1] for each in figures)
    found = {
        "Sum": total, "SampleCount": samples, "Average": total / samples if samples else None,
        "Minimum": min(each[2] for each in figures), "Maximum": max(each[3] for each in figures),
    }  # fmt: skip
    value = found.get(kind)
    return None if value is None else float(value)


def decide(alarm: Any, values: list[float | None]) -> tuple[str | None, str]:
    """The state that the values of the evaluation periods give, None for "as it is", and AWS's sentence."""
    breaches, _ = _OPERATORS[alarm.comparison_operator]
    known = [value for value in values if value is not None]
    hits = [value for value in known if breaches(value, float(alarm.threshold))]
    missing, wanted = len(values) - len(known), int(alarm.datapoints_to_alarm or alarm.evaluation_periods or 1)
    treat = alarm.treat_missing_data or "missing"
    unknown = f"Insufficient Data: {missing} datapoint{'s were' if missing > 1 else ' was'} unknown."
    crossed = _sentence(alarm, known, hits, len(values), missing)
    if len(hits) >= wanted or (treat == "breaching" and len(hits) + missing >= wanted):
        return "ALARM", crossed
    if not known and treat == "missing":
        return "INSUFFICIENT_DATA", unknown
    if missing and treat == "ignore":
        return (None if len(hits) + missing >= wanted else "OK"), crossed
    if missing and treat == "missing" and len(hits) == len(known):
        return "ALARM", crossed
    return "OK", crossed


def _sentence(alarm: Any, known: list[float], hits: list[float], count: int, missing: int) -> str:
    words = _OPERATORS[alarm.comparison_operator][1]
    if not known:
        treated = "Breaching" if alarm.treat_missing_data == "breaching" else "NonBreaching"
        many = "s" if missing > 1 else ""
        return (
            f"Threshold Crossed: no datapoints were received for {missing} period{many} and {missing} missing "
            f"datapoint{many} {'were' if many else 'was'} treated as [{treated}]."
        )
    shown, verb = hits or known, "was" if hits else "was not"
    listed = ", ".join(str(value) for value in shown)
    many = "s" if count > 1 else ""
    return (
        f"Threshold Crossed: {len(shown)} out of the last {count} datapoint{many} [{listed}] {verb} {words} the "
        f"threshold ({float(alarm.threshold)})."
    )


def _composites(backend: Any, alarms: list[Any]) -> None:
    for _ in range(_MOST_ROUNDS):
        if not [alarm for alarm in alarms if _composite(backend, alarm)]:
            return


def _composite(backend: Any, alarm: Any) -> bool:
    """Evaluate when the state of another alarm is another one; a hand-set state stays for a while else."""
    states = {name: each.state_value for name, each in list(backend.alarms.items()) if each is not alarm}
    same = states == getattr(alarm, "guardrails_seen", None)
    if same and time.monotonic() < getattr(alarm, "guardrails_due", 0.0):
        return False
    alarm.guardrails_seen = states
    state = "ALARM" if composite.holds(alarm.rule, states) else "OK"
    if state == alarm.state_value:
        return False
    change(backend, alarm, state, composite.reason(alarm, state), {})
    return True


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)
