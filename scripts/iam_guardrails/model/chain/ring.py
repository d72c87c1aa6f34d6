"""Would one event make an alarm ring, and would the alarm come back so that the next one rings again?

An alarm tells somebody only when its state changes to ALARM. So the question is what one event, alone in its period,
does to the statistic, and what the alarm says when nothing happens.

Sources: Amazon CloudWatch User Guide, AlarmThatSendsEmail (actions on state changes), alarm-evaluation (M out of N) and
alarms-and-missing-data; CloudWatch Logs User Guide, FilterAndPatternSyntaxForMetricFilters (the default value is
emitted for log events that do not match, and nothing while no log event arrives).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from iam_guardrails.model.account import Alarm, MetricFilter
from iam_guardrails.model.expression import Expression
from iam_guardrails.model.unknown import Unknown

SUM = 'Set statistic = "Sum".'
ONE = 'Set threshold = 1 and comparison_operator = "GreaterThanOrEqualToThreshold".'
Answer = tuple[bool | None, str, str]  # holds, why, remedy
_OF_ONE = ("Average", "Minimum", "IQM")  # of a single value they are that value
_RANKED = Expression(r"(p|tm|wm)\d+(\.\d+)?")  # percentiles, trimmed and winsorized means: the same
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge, "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt, "LessThanOrEqualToThreshold": operator.le,
}  # fmt: skip


def rings(alarm: Alarm, item: MetricFilter) -> Answer:
    """Whether one match of the filter turns the alarm on: (holds, why not or why unknown, what to do)."""
    unknown = _first_unknown(alarm, item)
    if unknown:
        return None, unknown, ""
    if alarm.unit is not None and alarm.unit != item.unit:
        why = f"it looks for data in the unit {alarm.unit}, and the filter emits it in the unit {item.unit}"
        return False, why, "Leave the alarm's unit out."
    value = _number(item.value)
    if value is None:
        return None, f'one event adds "{item.value}" to the metric, which only the event tells', ""
    seen, why = _statistic(alarm, item, value)
    if seen is None:
        return (None, why, "") if _untold(alarm, item) else (False, why, SUM)
    return _compared(alarm, item, seen, value)


def recovers(alarm: Alarm, item: MetricFilter) -> str:
    """Why the alarm does not come back to OK by itself; "" where it does or that cannot be said."""
    limit, compare = alarm.threshold, _COMPARE.get(str(alarm.comparison))
    if _first_unknown(alarm, item) or limit is None or isinstance(limit, Unknown):
        return ""
    if compare and item.default_value is not None and compare(_number(item.default_value) or 0.0, limit):
        return "it is in ALARM whenever other events arrive"
    if alarm.treat_missing_data == "ignore" and item.default_value is None:
        return "it stays in ALARM after the first event, because missing data leaves it as it is"
    if alarm.treat_missing_data == "breaching" and item.default_value is None:
        return "it is in ALARM whenever nothing happens"
    return ""


def _first_unknown(alarm: Alarm, item: MetricFilter) -> str:
    named = {
        "the statistic": alarm.statistic, "the threshold": alarm.threshold, "the comparison": alarm.comparison,
        "the period": alarm.period_seconds, "the number of periods": alarm.evaluation_periods,
        "the number of datapoints": alarm.datapoints_to_alarm, "treat_missing_data": alarm.treat_missing_data,
        "the unit": alarm.unit, "the filter's unit": item.unit, "the filter's value": item.value,
        "the filter's default value": item.default_value,
    }  # fmt: skip
    for what, value in named.items():
        if isinstance(value, Unknown):
            return f"{what}: {value.reason}"
    return ""


def _number(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None


def _statistic(alarm: Alarm, item: MetricFilter, value: float) -> tuple[float | None, str]:
    """What the alarm sees in a period with one match among other events, and why it may see nothing of it."""
    beside = item.default_value is not None  # other events of the period add the default value
    statistic = str(alarm.statistic)
    if statistic in ("Sum", "Maximum", "p100") or (
        not beside and (statistic in _OF_ONE or _RANKED.fullmatch(statistic))
    ):
        return value, ""
    if alarm.statistic == "SampleCount" and not beside:
        return 1.0, ""
    default = _number(item.default_value)
    if alarm.statistic == "Average" and alarm.comparison == "GreaterThanThreshold" and alarm.threshold == default:
        return value, ""  # however many others there are, the average is above what they add
    if _untold(alarm, item):
        return None, f"what one event does to its statistic {alarm.statistic} is not evaluated here"
    return None, f"its statistic is {alarm.statistic or 'not set'}, in which one event among others is lost"


def _untold(alarm: Alarm, item: MetricFilter) -> bool:
    """Whether it is a trimmed count or sum, a percentile rank or the like, over the event alone."""
    return item.default_value is None and str(alarm.statistic)[:2].upper() in ("TC", "TS", "PR", "WM", "TM", "IQ")


def _compared(alarm: Alarm, item: MetricFilter, seen: float, value: float) -> Answer:
    limit, compare = alarm.threshold, _COMPARE.get(str(alarm.comparison))
    if limit is None or isinstance(limit, Unknown) or compare is None:
        return False, "it compares with a band of what is usual, and one event may be usual", ONE
    if not compare(seen, limit):
        sign = {"GreaterThanOrEqualToThreshold": ">=", "GreaterThanThreshold": ">"}.get(str(alarm.comparison))
        if sign is None:
            return False, f"it compares with {alarm.comparison}, so an event ends the alarm instead of starting it", ONE
        return False, f"it rings at {sign} {limit:g} and one event counts {value:g}", ONE
    return _quiet(alarm, item, compare, limit)


def _quiet(alarm: Alarm, item: MetricFilter, compare: Callable[[float, float], bool], limit: float) -> Answer:
    """The alarm must be off when nothing happens, or an event changes nothing."""
    default = item.default_value
    if default is not None and compare(_number(default) or 0.0, limit):
        return False, "it is in ALARM whenever other events arrive, so this one changes nothing", ONE
    if default is None and alarm.treat_missing_data == "breaching":
        remedy = 'Set treat_missing_data = "notBreaching".'
        return False, "it is in ALARM whenever nothing happens, so an event changes nothing", remedy
    needed = alarm.datapoints_to_alarm or alarm.evaluation_periods
    if isinstance(needed, int) and needed > 1:
        if default is None and alarm.treat_missing_data == "missing":
            return None, f"it takes {needed} periods to ring, and whether missing ones count then is AWS's to say", ""
        remedy = "Set evaluation_periods = 1 and datapoints_to_alarm = 1."
        return False, f"it takes {needed} periods with an event to ring, and a single use is one", remedy
    return True, "", ""
