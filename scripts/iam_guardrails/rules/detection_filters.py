"""Metric filters on CloudTrail: are they valid, on the right log group, and do they ask for what exists?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from iam_guardrails.model.account import Account, LogGroup, MetricFilter
from iam_guardrails.model.chain.sight import home
from iam_guardrails.model.chain.watch import alarmed, shown, tree, watch, watched_groups
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.trail import everyday, names
from iam_guardrails.model.trail.matching import matcher
from iam_guardrails.model.trail.pattern import Compare, PatternError, is_json_pattern, leaves, parse
from iam_guardrails.model.unknown import NotKnown, known
from iam_guardrails.rules.engine import Absence, Rule, rule

SYNTAX = "Amazon CloudWatch Logs User Guide: FilterAndPatternSyntax"
METRICS = "Amazon CloudWatch Logs User Guide: MonitoringLogData"
SEED = "3 Alerting"
_NAMED = r'\$\.eventName\s*=\s*"?([\w.:*]+)'
NOTHING = Absence("there is no metric filter on CloudTrail's records", ("filter-pattern-valid",))


def ours(account: Account, expected: Expected) -> tuple[MetricFilter, ...]:
    """The metric filters that are about CloudTrail."""
    return watch(account, expected).filters


def _on_groups_in_sight(account: Account, expected: Expected) -> Iterable[MetricFilter]:
    view = watch(account, expected)
    if not account.trails:
        return ()
    if view.unclear:
        raise NotKnown(f"{view.unclear[0].address}: which log group it delivers to is not known yet")
    return view.filters


@rule(
    id="filter-pattern-valid", title="CloudWatch Logs accepts the pattern of every filter on CloudTrail",
    severity="critical", seed=SEED, reference=SYNTAX, select=ours, needs=("metric_filters", "trails"),
    nothing=NOTHING,
    remedy="Correct `pattern`; Terraform passes any text on, so only AWS would refuse it, at apply.",
)  # fmt: skip
def _pattern_valid(item: MetricFilter, account: Account, expected: Expected) -> Iterator[str]:
    pattern = known(item.pattern, "the pattern")
    if not is_json_pattern(pattern):
        raise NotKnown("the pattern matches words or columns of a line; only JSON patterns are evaluated here")
    try:
        parse(pattern)
    except PatternError as error:
        yield f"CloudWatch Logs refuses the pattern {error}"


@rule(
    id="filter-on-trail-log-group",
    title="Every filter on CloudTrail stands on a log group that a trail delivers to", severity="critical",
    seed=SEED, select=_on_groups_in_sight, needs=("metric_filters", "trails"),
    reference="AWS CloudTrail User Guide: monitor-cloudtrail-log-files-with-cloudwatch-logs",
    nothing=Absence("there is no trail to compare the filters' log groups with",
                    ("trail-exists", "filter-pattern-valid")),
    remedy="Set `log_group_name` to the log group in the trail's cloud_watch_logs_group_arn.",
)  # fmt: skip
def _on_trail_log_group(item: MetricFilter, account: Account, expected: Expected) -> Iterator[str]:
    name = known(item.log_group_name, "the log group")
    groups = watch(account, expected).groups
    if (item.region, name) not in groups:
        where = " and ".join(sorted(f"{group} ({region})" for region, group in groups)) or "no log group at all"
        yield (
            f"it is about CloudTrail records, but it stands on {name} ({item.region}) and the "
            f"account's trails deliver to {where}: it never sees one"
        )


@rule(
    id="filter-event-name-known", title="Every event name a filter asks for is one that CloudTrail writes",
    severity="critical", seed=SEED, select=ours, needs=("metric_filters", "trails"), nothing=NOTHING,
    reference="AWS CloudTrail User Guide: cloudtrail-event-reference-record-contents (eventName)",
    remedy="Correct the event name in `pattern`; names are case-sensitive.",
)  # fmt: skip
def _event_name_known(item: MetricFilter, account: Account, expected: Expected) -> Iterator[str]:
    doubts = []
    for name in _event_names(item):
        known_name = names.any_matches(name) if "*" in name else names.is_known(name)
        if known_name:
            continue
        if near := names.did_you_mean(name.rpartition(":")[2].rstrip("*")):
            yield f'CloudTrail writes no event "{name}"; did you mean "{near}"?'
        else:
            doubts.append(name)
    if doubts:
        raise NotKnown(f"the event name {doubts[0]} is in none of AWS's published service models")


def _event_names(item: MetricFilter) -> Iterator[str]:
    pattern = known(item.pattern, "the pattern")
    if (node := tree(item)) is None:  # broken, which has a rule of its own: read what can be read
        yield from re.findall(_NAMED, pattern)
        return
    for leaf in leaves(node):
        if isinstance(leaf, Compare) and leaf.selector.steps == ("eventName",) and leaf.value.kind == "text":
            yield leaf.value.text


@rule(
    id="filter-not-everyday", title="No alarmed filter matches everyday traffic", severity="medium",
    seed=SEED, reference=SYNTAX, select=ours, needs=("metric_filters", "alarms", "trails"), nothing=NOTHING,
    remedy="Join the `!=` comparisons with && (with || nearly every event satisfies one of them), in "
           "parentheses.",
)  # fmt: skip
def _not_everyday(item: MetricFilter, account: Account, expected: Expected) -> Iterator[str]:
    pattern = known(item.pattern, "the pattern")
    if tree(item) is None or alarmed(item, watch(account, expected)) is False:
        return
    matches = matcher(pattern, expected.filter_answers)
    traffic = everyday.ordinary(home(account, expected))
    if all(matches(event.record) for event in traffic):
        yield (f"the pattern matches {traffic[0].what}, {traffic[1].what} and every other call: its alarm says nothing")


@rule(
    id="filter-metric-alarmed", title="Every filter on CloudTrail feeds an alarm", severity="high",
    seed=SEED, select=ours, needs=("metric_filters", "alarms", "trails"), nothing=NOTHING,
    reference="AWS CloudTrail User Guide: cloudwatch-alarms-for-cloudtrail",
    remedy="Give an aws_cloudwatch_metric_alarm the filter's namespace and metric name, in the same "
           "Region.",
)  # fmt: skip
def _metric_alarmed(item: MetricFilter, account: Account, expected: Expected) -> Iterator[str]:
    heard = alarmed(item, watch(account, expected))
    if heard is None:
        raise NotKnown("which metric the filter or an alarm names is known only after apply")
    if not heard:
        yield (
            f"no alarm in {item.region} watches the metric {shown(item.namespace)} / "
            f"{shown(item.metric_name)} that it emits"
        )


@rule(
    id="filter-default-with-dimensions", title="No filter has a default value and dimensions at once",
    severity="high", seed=SEED, select=ours, needs=("metric_filters", "trails"), nothing=NOTHING,
    reference="Amazon CloudWatch Logs User Guide: FilterAndPatternSyntaxForMetricFilters",
    remedy='Drop `dimensions` and keep `default_value = "0"`.',
)  # fmt: skip
def _default_with_dimensions(item: MetricFilter, account: Account, expected: Expected) -> Iterator[str]:
    if item.dimensions and known(item.default_value, "the default value") is not None:
        yield "it has both a default value and dimensions, which CloudWatch Logs refuses at apply"


@rule(
    id="filter-metric-value", title="Every filter counts one per event", severity="high", seed=SEED,
    reference=METRICS, select=ours, needs=("metric_filters", "trails"), nothing=NOTHING,
    remedy='Set `value = "1"` in metric_transformation.',
)  # fmt: skip
def _metric_value(item: MetricFilter, account: Account, expected: Expected) -> Iterator[str]:
    value = known(item.value, "the metric value")
    try:
        counts = float(value) >= 1
    except ValueError:
        counts = False
    if not counts:
        yield f'one event adds "{value}" to the metric, so a Sum of 1 is not reached; it must add "1"'


@rule(
    id="log-group-standard-class", title="The trail's log group is of the Standard class",
    severity="critical", seed=SEED, select=watched_groups, needs=("log_groups", "trails", "metric_filters"),
    reference="Amazon CloudWatch Logs User Guide: CloudWatch_Logs_Log_Classes",
    nothing=Absence("there is no log group that a trail delivers to or a filter on CloudTrail stands on",
                    ("trail-exists", "filter-pattern-valid")),
    remedy='Set `log_group_class = "STANDARD"`; the class of an existing group cannot be changed, so '
           "replace it.",
)  # fmt: skip
def _standard_class(group: LogGroup, account: Account, expected: Expected) -> Iterator[str]:
    if (log_class := known(group.log_class, "the log class")) not in ("STANDARD", ""):
        yield f"its class is {log_class}, where metric filters do not work"


RULES: tuple[Rule, ...] = (
    _pattern_valid, _on_trail_log_group, _event_name_known, _not_everyday,
    _metric_alarmed,
    _default_with_dimensions, _metric_value, _standard_class,
)  # fmt: skip
