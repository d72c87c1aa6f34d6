"""Alarms on CloudTrail metrics: would one event really make them ring, at once, and tell somebody?"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Alarm, Trail
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.trail.pattern import leaves
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.rules.engine import Rule, rule
from iam_guardrails.rules.once import once
from iam_guardrails.rules.watch import (
    actions_of,
    composites_over,
    feeds,
    log_group_of,
    shown,
    topics_by_arn,
    tree,
    watch,
)

SEED = "3 Alerting"
NEEDS = ("alarms", "metric_filters", "trails")
NOTHING = "there is no alarm on a metric of CloudTrail's records"
ALARMS = "Amazon CloudWatch User Guide: AlarmThatSendsEmail"
DELIVERY_RULE = "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED"
MISSING = "Amazon CloudWatch User Guide: alarms-and-missing-data"


def ours(account: Account, expected: Expected) -> tuple[Alarm, ...]:
    """The alarms that are about CloudTrail."""
    return watch(account, expected).alarms


@once
def ours_and_pipelines(account: Account, expected: Expected) -> tuple[Alarm, ...]:
    """The alarms about CloudTrail, and those that watch whether its records still arrive."""
    view = watch(account, expected)
    names = {name for _, name in view.groups} | {item.log_group_name for item in view.filters}
    pipelines = [alarm for alarm in view.pipelines if any(value in names for _, value in alarm.dimensions)]
    return (*view.alarms, *pipelines)


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
    emitted = {
        f"{shown(item.namespace)} / {shown(item.metric_name)}" for item in watch(account, expected).filters
    }
    text = f"{alarm.namespace} / {alarm.metric_name}"
    why = (
        "with these dimensions or in this Region"
        if text in emitted
        else f"(they emit {', '.join(sorted(emitted))})"
    )
    yield f"no metric filter emits {text} {why}: the alarm can never ring"


@rule(
    id="alarm-statistic-sum", title="Every alarm on CloudTrail adds its events up", severity="high",
    seed=SEED, reference=ALARMS, select=ours, needs=NEEDS, nothing=NOTHING,
    remedy='Set `statistic = "Sum"`.',
)  # fmt: skip
def _statistic_sum(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    if (statistic := known(alarm.statistic, "the statistic")) != "Sum":
        yield f"the statistic is {statistic or 'not set'}: only Sum reaches the threshold with one event, whatever else happens"


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
        if not fields & {"errorCode", "errorMessage"} or any(
            name in str(item.pattern) for name in expected.role_names
        ):
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
        yield (f"the period is {_duration(period)}: a second use within it changes no state, so nobody is told; "
               "60 seconds are expected")  # fmt: skip


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


@rule(
    id="alarm-actions-present", title="Every alarm on CloudTrail tells somebody", severity="critical",
    seed=SEED, reference=ALARMS, select=ours_and_pipelines, needs=NEEDS, nothing=NOTHING,
    remedy="Put the ARN of the alert topic into `alarm_actions`.",
)  # fmt: skip
def _actions_present(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    if not list(actions_of(alarm, account)):
        yield "it has no alarm action: it changes colour in the console and tells nobody"


@rule(
    id="alarm-actions-enabled", title="The actions of every alarm on CloudTrail are switched on",
    severity="critical", seed=SEED, reference=ALARMS, select=ours_and_pipelines, needs=NEEDS,
    nothing=NOTHING,
    remedy="Set `actions_enabled = true`; when live, `aws cloudwatch enable-alarm-actions`.",
)  # fmt: skip
def _actions_enabled(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    speakers = [item for item in (alarm, *composites_over(alarm, account)) if item.actions != ()]
    states = [item.actions_enabled for item in speakers or (alarm,)]
    if True in states:
        return
    if any(known(state, "actions_enabled") is False for state in states):
        yield "its actions are switched off: it rings and tells nobody"


@rule(
    id="alarm-action-topic",
    title="Every alarm on CloudTrail speaks to a topic that exists, in its own Region", severity="critical",
    seed=SEED, reference=ALARMS, select=ours_and_pipelines, needs=("topics", *NEEDS), nothing=NOTHING,
    remedy="Use the ARN of a standard SNS topic of the alarm's own Region and account.",
)  # fmt: skip
def _action_topic(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    doubts = []
    topics = topics_by_arn(account)
    for action in actions_of(alarm, account):
        if isinstance(action, Unknown):
            doubts.append(f"an alarm action: {action.reason}")
            continue
        problem, doubt = _topic_problem(
            action, alarm.region, topics[action].region if action in topics else None, account
        )
        if problem:
            yield problem
        doubts += [doubt] if doubt else []
    if doubts:
        raise NotKnown(doubts[0])


def _topic_problem(arn: str, region: str, found_in: str | None, account: Account) -> tuple[str, str]:
    """(problem, doubt) of one action; both empty when it is fine or is no topic at all."""
    parts = arn.split(":")
    is_topic = len(parts) == 6 and parts[2] == "sns"
    if arn.endswith(".fifo"):
        return f"{arn} is a FIFO topic, which CloudWatch alarms cannot publish to", ""
    where = found_in or (parts[3] if is_topic else region)
    if where != region:
        return f"{arn} is in {where}, but an alarm acts only in its own Region ({region})", ""
    if found_in or not is_topic:
        return ("", "") if found_in or arn.startswith("arn:") else (f"{arn!r} is not an ARN", "")
    if parts[4] == account.account_id and account.origin != "plan":
        return f"the topic {arn} does not exist", ""
    return "", f"the topic {arn} is not part of what was read"


def _delivering(account: Account, expected: Expected) -> Iterator[Trail]:
    view = watch(account, expected)
    if account.origin != "plan" or view.filters or view.pipelines:
        yield from view.trails


@rule(
    id="dead-pipeline-alarmed", title="Somebody is told when CloudTrail's records stop arriving",
    severity="high", seed=SEED, reference=MISSING, select=_delivering,
    needs=("config_rules", "log_groups", *NEEDS),
    nothing="there is no trail with a log group beside the filters",
    remedy="Alarm on AWS/Logs IncomingLogEvents of the log group: Sum, LessThanThreshold 1, "
           'treat_missing_data = "breaching".',
)  # fmt: skip
def _dead_pipeline(trail: Trail, account: Account, expected: Expected) -> Iterator[str]:
    view = watch(account, expected)
    _, name = log_group_of(str(trail.log_group_arn), account)
    watching = [alarm for alarm in view.pipelines if ("LogGroupName", name) in alarm.dimensions]
    if not watching and not any(item.identifier == DELIVERY_RULE for item in account.config_rules):
        if account.origin == "plan" and not view.pipelines and "alarms" not in expected.required_kinds:
            raise NotKnown("the plan holds no alarm on arriving log events; another stack may")
        yield f"when {name} receives nothing any more, every other alarm stays quiet and nobody is told"
    for alarm in watching:
        comparison = known(alarm.comparison, f"{alarm.address}: the comparison")
        if known(alarm.treat_missing_data, f"{alarm.address}: treat_missing_data") != "breaching":
            yield (f"{alarm.address} treats missing data as {alarm.treat_missing_data}: a silent log group has no data "
                   "points, so it never rings")  # fmt: skip
        elif not comparison.startswith("LessThan"):
            yield f"{alarm.address} compares with {comparison}: it rings on traffic, not on silence"


@rule(
    id="alarm-not-muted", title="No mute rule silences an alarm on CloudTrail", severity="high", seed=SEED,
    reference="Amazon CloudWatch User Guide: alarm-mute-rules", select=ours_and_pipelines,
    needs=("mute_rules", *NEEDS), nothing=NOTHING, live_only=True,
    remedy="Delete the mute rule, or take the alarm out of it.",
)  # fmt: skip
def _not_muted(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    for mute in account.mute_rules:
        if (
            mute.region == alarm.region
            and alarm.name in mute.alarm_names
            and mute.status.upper() != "EXPIRED"
        ):
            yield f"the mute rule {mute.name} ({mute.status.lower() or 'status not known'}) keeps it from telling anybody"


RULES: tuple[Rule, ...] = (
    _metric_exists, _statistic_sum, _threshold_one, _period_short, _one_datapoint, _missing_data,
    _actions_present,
    _actions_enabled, _action_topic, _dead_pipeline, _not_muted,
)  # fmt: skip
