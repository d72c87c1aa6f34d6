"""Alarms on CloudTrail metrics: would one event really make them ring, at once, and tell somebody?"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Alarm
from iam_guardrails.model.chain.watch import (
    feeds,
    shown,
    tree,
    watch,
)
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.trail.pattern import leaves
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.rules.engine import Absence, Rule, rule

SEED = "3 Alerting"
NEEDS = ("alarms", "metric_filters", "trails")
NOTHING = Absence(
    "there is no alarm on a metric of CloudTrail's records", ("filter-pattern-valid", "alarm-metric-exists")
)
ALARMS = "Amazon CloudWatch User Guide: AlarmThatSendsEmail"
MISSING = "Amazon CloudWatch User Guide: alarms-and-missing-data"


def ours(account: Account, expected: Expected) -> tuple[Alarm, ...]:
    """The alarms that are about CloudTrail."""
    return watch(account, expected).alarms


@rule(
    id="alarm-metric-exists", title="Every alarm on CloudTrail watches a metric that a filter emits",
    severity="critical", seed=SEED, reference=ALARMS, select=ours, needs=NEEDS, nothing=NOTHING,
    remedy="Take namespace and metric name from the filter's metric_transformation, and its dimensions "
           "(usually none).",
)  # fmt: skip
def _metric_exists(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    answers = [feeds(item, alarm) for item in account.metric_filters]
    if True in answers:
        return
    if None in answers or isinstance(alarm.metric_name, Unknown) or isinstance(alarm.namespace, Unknown):
        raise NotKnown("the metric's name is known only after apply")
    emitted = {f"{shown(item.namespace)} / {shown(item.metric_name)}" for item in watch(account, expected).filters}
    text = f"{alarm.namespace} / {alarm.metric_name}"
    why = "with these dimensions or in this Region" if text in emitted else f"(they emit {', '.join(sorted(emitted))})"
    yield f"no metric filter emits {text} {why}: the alarm can never ring"


@rule(
    id="alarm-statistic-sum", title="Every alarm on CloudTrail adds its events up", severity="high",
    seed=SEED, reference=ALARMS, select=ours, needs=NEEDS, nothing=NOTHING,
    remedy='Set `statistic = "Sum"`.',
)  # fmt: skip
def _statistic_sum(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    if (statistic := known(alarm.statistic, "the statistic")) != "Sum":
        yield (
            f"the statistic is {statistic or 'not set'}: only Sum reaches the threshold with one event, "
            "whatever else happens"
        )


@rule(
    id="alarm-threshold-one", title="One event is enough for every alarm on CloudTrail", severity="high",
    seed=SEED, reference=ALARMS, select=ours, needs=NEEDS, nothing=NOTHING,
    remedy='Set `threshold = 1` and `comparison_operator = "GreaterThanOrEqualToThreshold"`.',
)  # fmt: skip
def _threshold_one(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    if _counts_failures(alarm, account, expected):
        return
    threshold = known(alarm.threshold, "the threshold")
    comparison = known(alarm.comparison, "the comparison")
    if threshold is None:
        yield "it has no threshold (an anomaly band does not notice a single event)"
    elif not comparison.startswith("GreaterThan"):
        yield f"the comparison is {comparison}: an event would end the alarm instead of starting it"
    elif threshold > 1 or (threshold == 1 and comparison == "GreaterThanThreshold"):
        sign = ">=" if comparison == "GreaterThanOrEqualToThreshold" else ">"
        yield f"it rings at {sign} {threshold:g}, so a single event raises no alarm"
    elif threshold < 0 or (threshold == 0 and comparison != "GreaterThanThreshold"):
        yield f"it rings at {threshold:g} events, which is always: nobody can tell when something happens"


def _counts_failures(alarm: Alarm, account: Account, expected: Expected) -> bool:
    """Whether the alarm counts failed calls that do not name a break-glass role; a limit above one is usual
    there.
    """
    feeding = [item for item in account.metric_filters if feeds(item, alarm)]
    for item in feeding:
        node = tree(item)
        fields = {leaf.selector.steps[0] for leaf in leaves(node)} if node else set()
        if not fields & {"errorCode", "errorMessage"} or any(name in str(item.pattern) for name in expected.role_names):
            return False
    return bool(feeding)


@rule(
    id="alarm-period-short", title="Every alarm on CloudTrail looks at least every five minutes",
    severity="high", seed=SEED, reference=ALARMS, select=ours, needs=NEEDS, nothing=NOTHING,
    remedy="Set `period = 60`: the alarm is back in OK a minute later, and a second use is a second "
           "notification.",
)  # fmt: skip
def _period_short(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    period = known(alarm.period_seconds, "the period")
    if period is not None and period > 300:
        yield (
            f"the period is {_duration(period)}: a second use within it changes no state, so nobody is "
            "told; 60 seconds are expected"
        )


def _duration(seconds: int) -> str:
    hours, minutes = seconds / 3600, seconds / 60
    return f"{hours:g} hour{'s' if hours != 1 else ''}" if seconds >= 3600 else f"{minutes:g} minutes"


@rule(
    id="alarm-one-datapoint", title="One period with an event is enough for every alarm on CloudTrail",
    severity="high", seed=SEED, reference="Amazon CloudWatch User Guide: alarm-evaluation", select=ours,
    needs=NEEDS, nothing=NOTHING, remedy="Set `evaluation_periods = 1` and `datapoints_to_alarm = 1`.",
)  # fmt: skip
def _one_datapoint(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    periods = known(alarm.evaluation_periods, "the number of periods")
    datapoints = known(alarm.datapoints_to_alarm, "the number of datapoints") or periods
    if datapoints > 1:
        yield f"it takes {datapoints} periods with an event out of {periods} to ring; a single use is one"


@rule(
    id="alarm-missing-data", title="No traffic means no alarm, and not an undecided or stuck one",
    severity="medium", seed=SEED, reference=MISSING, select=ours, needs=NEEDS, nothing=NOTHING,
    remedy='Set `treat_missing_data = "notBreaching"`.',
)  # fmt: skip
def _missing_data(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    effects = {
        "missing": "falls to INSUFFICIENT_DATA between events",
        "breaching": "rings whenever nothing happens",
        "ignore": "stays in ALARM after the first event, so a second one tells nobody",
    }
    if (treat := known(alarm.treat_missing_data, "treat_missing_data")) in effects:
        yield f'treat_missing_data is "{treat}": the alarm {effects[treat]}'


RULES: tuple[Rule, ...] = (
    _metric_exists, _statistic_sum, _threshold_one, _period_short, _one_datapoint, _missing_data,
    )  # fmt: skip
