"""What of an account is about watching CloudTrail, and how it hangs together; the rest is none of our
business.

A filter is ours when it stands on a log group that a trail delivers to, or when only CloudTrail writes what
its pattern asks for. An alarm is ours when it watches what such a filter emits (or seems to mean to), an
event rule when its pattern matches a security event, a topic when one of those speaks to it. An
application's own alarms and topics are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.account import (
    Account,
    Alarm,
    EventRule,
    EventTarget,
    LogGroup,
    MetricFilter,
    Role,
    Topic,
    Trail,
)
from iam_guardrails.model.chain.composite import composites_over
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.once import once
from iam_guardrails.model.trail import names
from iam_guardrails.model.trail.pattern import (
    Compare,
    Leaf,
    Node,
    PatternError,
    is_json_pattern,
    leaves,
    parse,
)
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

_ONLY_TRAIL = frozenset({"userIdentity", "additionalEventData", "recipientAccountId", "awsRegion", "eventCategory"})
_RECORD = frozenset({"requestParameters", "responseElements", "sourceIPAddress"})


@frozen
class Watch:
    """The watching part of an account.

    groups: (Region, name) of the log groups trails deliver to.  trails: those trails.  unclear: trails
    whose log group is not known yet.  filters, alarms: ours.  pipelines: alarms on the arrival of log
    events.  roles: break-glass. heard: for each filter's address whether some alarm watches its metric
    (None: not known yet).
    """

    account: Account
    expected: Expected
    roles: tuple[Role, ...]
    groups: frozenset[tuple[str, str]]
    trails: tuple[Trail, ...]
    unclear: tuple[Trail, ...]
    filters: tuple[MetricFilter, ...]
    alarms: tuple[Alarm, ...]
    pipelines: tuple[Alarm, ...]
    heard: Mapping[str, bool | None]


@once
def watch(account: Account, expected: Expected) -> Watch:
    """The watching part of `account`."""
    roles = tuple(role for role in account.roles if role.name in expected.role_names)
    delivering = [trail for trail in account.trails if trail.log_group_arn is not None]
    unclear = tuple(trail for trail in delivering if isinstance(trail.log_group_arn, Unknown))
    trails = tuple(trail for trail in delivering if not isinstance(trail.log_group_arn, Unknown))
    groups = frozenset(log_group_of(str(trail.log_group_arn), account) for trail in trails)
    role_names = expected.role_names
    filters = tuple(
        item for item in account.metric_filters
        if (item.region, item.log_group_name) in groups or _asks_for_trail(item, role_names)
    )  # fmt: skip
    alarms = tuple(alarm for alarm in account.alarms if _is_ours(alarm, filters, account, role_names))
    pipelines = tuple(alarm for alarm in account.alarms if alarm.metric_name == "IncomingLogEvents")
    heard = {item.address: _heard(item, account.alarms) for item in account.metric_filters}
    return Watch(account, expected, roles, groups, trails, unclear, filters, alarms, pipelines, heard)


@once
def ours_and_pipelines(account: Account, expected: Expected) -> tuple[Alarm, ...]:
    """The alarms about CloudTrail, and those that watch whether its records still arrive."""
    view = watch(account, expected)
    names = {name for _, name in view.groups} | {item.log_group_name for item in view.filters}
    pipelines = [alarm for alarm in view.pipelines if any(value in names for _, value in alarm.dimensions)]
    return (*view.alarms, *pipelines)


def log_group_of(arn: str, account: Account) -> tuple[str, str]:
    """(Region, name) of a log group, from the account's own list or from the ARN's text.

    A group of another account (an organization trail's) gets the account as part of its Region, so that no filter of
    this account stands on it, whatever its name.
    """
    arn = arn.removesuffix(":*")
    for group in account.log_groups:
        if group.arn == arn:
            return group.region, group.name
    parts = arn.split(":", 6)
    if len(parts) != 7:
        return "", arn
    elsewhere = parts[4] != account.account_id and parts[4].isdigit()
    return f"{parts[3]} of account {parts[4]}" if elsewhere else parts[3], parts[6]


def watched_groups(account: Account, expected: Expected) -> Iterator[LogGroup]:
    """The log groups that trails deliver to or that our filters stand on."""
    view = watch(account, expected)
    wanted = view.groups | {(item.region, str(item.log_group_name)) for item in view.filters}
    return (group for group in account.log_groups if (group.region, group.name) in wanted)


def tree(item: MetricFilter) -> Node | None:
    """The parsed pattern of a filter; None when it is not known, not JSON or not valid."""
    if isinstance(item.pattern, Unknown) or not is_json_pattern(item.pattern):
        return None
    try:
        return parse(item.pattern)
    except PatternError:
        return None


def fault_of(item: MetricFilter) -> str:
    """Why the JSON pattern of a filter is not valid; "" where it is, or is not known, or is no JSON pattern."""
    if isinstance(item.pattern, Unknown) or not is_json_pattern(item.pattern):
        return ""
    try:
        parse(item.pattern)
    except PatternError as error:
        return str(error)
    return ""


def _asks_for_trail(item: MetricFilter, role_names: tuple[str, ...]) -> bool:
    if isinstance(item.pattern, Unknown):
        return any(_speaks_of(str(label), role_names) for label in (item.name, item.metric_name))
    if not is_json_pattern(item.pattern):
        return False
    node = tree(item)
    if node is None:  # broken: judge by its words
        return any(word in item.pattern for word in (".amazonaws.com", "$.userIdentity.", "$.eventName"))
    found = list(leaves(node))
    fields = {leaf.selector.steps[0] for leaf in found}
    if fields & _ONLY_TRAIL or ("eventName" in fields and fields & _RECORD):
        return True
    return any(_is_trail_value(leaf, role_names) for leaf in found)


def _is_trail_value(leaf: Leaf, role_names: tuple[str, ...]) -> bool:
    if not isinstance(leaf, Compare):
        return False
    text = leaf.value.text
    if leaf.selector.steps == ("eventSource",):
        return text.endswith(".amazonaws.com")
    if leaf.selector.steps == ("eventName",):
        return text.rstrip("*") in names.USUAL or bool(names.did_you_mean(text, names.USUAL))
    return any(f"role/{name}" in text for name in role_names)


def feeds(item: MetricFilter, alarm: Alarm) -> bool | None:
    """Whether the alarm watches the metric the filter emits; None when a name is not known yet."""
    if item.region != alarm.region:
        return False
    pairs = ((item.namespace, alarm.namespace), (item.metric_name, alarm.metric_name))
    if any(left != right for left, right in pairs if not isinstance(left, Unknown) and not isinstance(right, Unknown)):
        return False
    if {name for name, _ in item.dimensions} != {name for name, _ in alarm.dimensions}:
        return False
    return None if any(isinstance(text, Unknown) for pair in pairs for text in pair) else True


def alarmed(item: MetricFilter, view: Watch, record: Mapping[str, Any] | None = None) -> bool | None:
    """Whether some alarm watches the filter's metric (as `record` makes it emit it, where the metric has dimensions);
    None when that is not known yet.
    """
    if item.dimensions and record is not None:
        return _heard(item, view.account.alarms, record)
    return view.heard[item.address]


def emits(item: MetricFilter, alarm: Alarm, record: Mapping[str, Any]) -> bool | None:
    """Whether the filter emits what the alarm watches when it matches this record: names and dimension values.

    None where a name is not known yet, or where the record lacks the field of a dimension (what CloudWatch Logs emits
    then is not documented).
    """
    fed = feeds(item, alarm)
    if not item.dimensions or fed is False:
        return fed
    watched = dict(alarm.dimensions)
    answers = [_has(record, selector, watched[name]) for name, selector in item.dimensions]
    return False if False in answers else None if None in answers else fed


def _has(record: Mapping[str, Any], selector: str, wanted: str) -> bool | None:
    value: Any = record
    for step in selector.removeprefix("$.").split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if value is None or isinstance(value, Mapping | list):
        return None
    return (str(value).lower() if isinstance(value, bool) else str(value)) == wanted


def _heard(item: MetricFilter, alarms: tuple[Alarm, ...], record: Mapping[str, Any] | None = None) -> bool | None:
    answers = [feeds(item, alarm) if record is None else emits(item, alarm, record) for alarm in alarms]
    return True if True in answers else None if None in answers else False


def _is_ours(alarm: Alarm, filters: tuple[MetricFilter, ...], account: Account, role_names: tuple[str, ...]) -> bool:
    if alarm.metric_name is None or alarm.rule is not None or str(alarm.namespace).startswith("AWS/"):
        return False
    named = {item.address for item in filters}
    if isinstance(alarm.metric_name, Unknown) and (made_from := _named_filters(alarm.metric_name, account)):
        return any(item.address in named for item in made_from)
    mine = [feeds(item, alarm) for item in filters]
    if True in mine:
        return True
    rest = [item for item in account.metric_filters if item.address not in named]
    others = [feeds(item, alarm) for item in rest]
    if None in mine and True not in others and None not in others:
        return True
    if True in others:
        return False
    if any(alarm.name == item.name for item in filters):
        return True
    labels = (alarm.name, str(alarm.metric_name))
    if any(_speaks_of(label, role_names) for label in labels):
        return True
    if alarm.metric_name in {item.metric_name for item in filters}:
        return True
    return alarm.namespace in {item.namespace for item in filters} - {item.namespace for item in rest}


def _named_filters(name: Unknown, account: Account) -> list[MetricFilter]:
    """The filters that a metric name which is not known yet is made from."""
    return [item for item in account.metric_filters if item.address in name.references]


def _speaks_of(label: str, role_names: tuple[str, ...]) -> bool:
    squeezed = "".join(letter for letter in label.lower() if letter.isalnum())
    return "breakglass" in squeezed or any(name in label for name in role_names)


def actions_of(alarm: Alarm, account: Account) -> Iterator[str | Unknown]:
    """What the alarm speaks to, itself or through a composite alarm; one Unknown where the list is not
    known.
    """
    for item in (alarm, *(over.alarm for over in composites_over(alarm, account))):
        if isinstance(item.actions, Unknown):
            yield item.actions
        else:
            yield from item.actions


def targets_of(rule: EventRule, account: Account) -> tuple[EventTarget, ...]:
    """The targets of an event rule: same Region, bus and rule name. A target whose rule is not known yet counts for
    none, one whose bus is not known yet as if it were the rule's.
    """
    return tuple(
        target for target in account.event_targets
        if target.region == rule.region and target.rule_name in (rule.name, rule.arn)
        and _same_bus(target.bus, rule.bus)
    )  # fmt: skip


def _same_bus(left: str | Unknown, right: str | Unknown) -> bool:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return True
    return left.rpartition("event-bus/")[2] == right.rpartition("event-bus/")[2]


def topics_by_arn(account: Account) -> dict[str, Topic]:
    """The account's topics by ARN."""
    return {topic.arn: topic for topic in account.topics}


def shown(value: object) -> str:
    """A value in a message, also when it is not known yet."""
    return "(not known yet)" if isinstance(value, Unknown) else str(value)
