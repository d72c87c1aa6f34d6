"""Who sees an event: the metric filters with an alarm, and the event rules of the event's Region."""

from __future__ import annotations

from collections.abc import Iterable

from iam_guardrails.model.account import Account, EventRule, MetricFilter
from iam_guardrails.model.chain.watch import Watch, alarmed, targets_of, tree
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.once import once
from iam_guardrails.model.trail import event_pattern
from iam_guardrails.model.trail.events import Place, Targets, TrailEvent, bus_event
from iam_guardrails.model.trail.matching import explain, matcher
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

SEES_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


@frozen
class Sight:
    """Whether an event is seen: True, False, or None with the reason why that cannot be said."""

    seen: bool | None
    why: str = ""


def candidates(view: Watch) -> tuple[MetricFilter, ...]:
    """The filters that trail events reach: those on a trail's log group, or all of ours where no trail is
    in sight.
    """
    if not view.account.trails or view.unclear:
        return view.filters
    return tuple(item for item in view.filters if (item.region, item.log_group_name) in view.groups)


def maybes(view: Watch) -> tuple[MetricFilter, ...]:
    """Filters that may be on trail events: their pattern or their log group is not known yet."""
    sure = candidates(view)
    clear = view.account.trails and not view.unclear

    def may_be(item: MetricFilter) -> bool:
        if isinstance(item.log_group_name, Unknown):
            return isinstance(item.pattern, Unknown) or item in view.filters
        elsewhere = clear and (item.region, item.log_group_name) not in view.groups
        return isinstance(item.pattern, Unknown) and not elsewhere

    return tuple(item for item in view.account.metric_filters if item not in sure and may_be(item))


def by_filter(event: TrailEvent, view: Watch) -> Sight:
    """Whether a filter that an alarm watches matches the event."""
    doubts = []
    for item in candidates(view):
        matched, doubt = _match(item, event, view)
        if matched is False:
            continue
        heard = alarmed(item, view)
        if matched and heard:
            return Sight(True)
        if heard is not False:
            doubts.append(doubt or f"{item.address} matches, but which metric it emits is not known yet")
    for item in maybes(view):
        if _match(item, event, view)[0] is not False and alarmed(item, view) is not False:
            doubts.append(f"{item.address}: its pattern or its log group is not known yet")
    return Sight(None, f"{event.what} in {event.region}: {doubts[0]}") if doubts else Sight(False)


def _match(item: MetricFilter, event: TrailEvent, view: Watch) -> tuple[bool | None, str]:
    if isinstance(item.pattern, Unknown):
        return None, f"{item.address}: its pattern: {item.pattern.reason}"
    node = tree(item)
    if node is None:
        words = not item.pattern.lstrip().startswith("{")
        return (None, f"{item.address} matches words of a line, which is not evaluated here") if words else (False, "")
    answers = view.expected.filter_answers
    matched = matcher(item.pattern, answers)(event.record)
    return matched, "" if matched is not None else f"{item.address}: {explain(node, event.record, answers).why}"


def nearest(event: TrailEvent, view: Watch) -> str:
    """Which filter came nearest to seeing the event, and what kept it from it, as the end of a sentence."""
    best: tuple[int, str] | None = None
    for item in candidates(view):
        if (node := tree(item)) is None:
            continue
        decision = explain(node, event.record, view.expected.filter_answers)
        if decision.value and not alarmed(item, view):
            return f"{item.address} matches it, but no alarm watches the metric it emits"
        if decision.value is False and decision.met and (best is None or decision.met > best[0]):
            best = (decision.met, f"{item.address} comes nearest and fails at {decision.why}")
    if best:
        return best[1]
    return "no filter comes near it" if candidates(view) else "there is no filter on the log group of a trail"


def by_rule(event: TrailEvent, view: Watch) -> Sight:
    """Whether an event rule of the event's Region that is on and has a target matches the event."""
    doubts = []
    for rule in view.account.event_rules:
        if rule.region != event.region or not on_default_bus(rule) or not targets_of(rule, view.account):
            continue
        if isinstance(rule.pattern, Unknown):
            doubts.append(f"{rule.address}: its pattern: {rule.pattern.reason}")
        elif rule_matches(rule, event, view):
            if isinstance(rule.state, Unknown):
                doubts.append(f"{rule.address}: its state: {rule.state.reason}")
            elif is_on(rule, event):
                return Sight(True)
    return Sight(None, doubts[0]) if doubts else Sight(False)


def on_default_bus(rule: EventRule) -> bool:
    """Whether the rule stands on the default bus, the only one CloudTrail delivers to."""
    return rule.bus == "default" or str(rule.bus).endswith(":event-bus/default")


def is_on(rule: EventRule, event: TrailEvent) -> bool:
    """Whether the rule's state lets it see the event: read-only events need the state that asks for them."""
    return rule.state == SEES_READS or (rule.state == "ENABLED" and not event.record["readOnly"])


def rule_matches(rule: EventRule, event: TrailEvent, view: Watch) -> bool:
    """Whether the rule's pattern matches the event, whatever its state; no when the pattern is unknown or
    broken.
    """
    if not isinstance(rule.pattern, str):
        return False
    try:
        return event_pattern.matches(rule.pattern, bus_event(event, home(view.account, view.expected)))
    except event_pattern.EventPatternError:
        return False


def home(account: Account, expected: Expected, region: str = "") -> Place:
    """The account's home Region (or another) as the place of events."""
    return Place(account.account_id, region or expected.home_region, expected.partition)


def regions(expected: Expected) -> tuple[str, ...]:
    """Home Region and second Region, once each."""
    return tuple(dict.fromkeys((expected.home_region, expected.second_region)))


def unseen(events: Iterable[TrailEvent], view: Watch, *, rules_count: bool) -> tuple[list[TrailEvent], str]:
    """The events nobody sees, and (empty when there is none) why some event could not be decided."""
    missing, doubt = [], ""
    for event in events:
        sight = by_filter(event, view)
        if sight.seen is not True and rules_count:
            other = by_rule(event, view)
            sight = other if other.seen or sight.seen is False else sight
        if sight.seen is False:
            missing.append(event)
        doubt = doubt or sight.why
    return missing, doubt


def targets(view: Watch) -> Targets:
    """Names of the account's real guardrails, for the generated calls; placeholders where there is none."""
    account, role = view.account, view.roles[0] if view.roles else None
    trail = view.trails[0] if view.trails else None
    item = next(iter(candidates(view)), None)
    found = {
        "trail_name": trail.name if trail else "",
        "log_group_name": next(iter(sorted(view.groups)), ("", ""))[1] or (str(item.log_group_name) if item else ""),
        "filter_name": item.name if item else "",
        "alarm_name": view.alarms[0].name if view.alarms else "",
        "topic_arn": account.topics[0].arn if account.topics else "",
        "rule_name": next((rule.name for rule in security_rules(account, view.expected)), ""),
        "recorder_name": account.config_recorders[0].name if account.config_recorders else "",
        "channel_name": account.delivery_channels[0].name if account.delivery_channels else "",
        "config_rule_name": account.config_rules[0].name if account.config_rules else "",
        "role_name": role.name if role else "",
        "policy_arn": role.boundary_arn if role and isinstance(role.boundary_arn, str) else "",
    }
    return Targets(**{name: text for name, text in found.items() if text})


@once
def security_rules(account: Account, expected: Expected) -> tuple[EventRule, ...]:
    """The event rules that are about security events of CloudTrail (see rules/watch.py)."""
    return tuple(
        rule for rule in account.event_rules if isinstance(rule.pattern, str) and _is_security(rule.pattern, expected)
    )


_SOURCES = ("sts", "signin", "iam", "cloudtrail", "config", "kms", "sns", "logs", "monitoring", "events")


def _is_security(pattern: str, expected: Expected) -> bool:
    if any(name in pattern for name in expected.role_names) or "AssumeRole" in pattern:
        return True
    if "via CloudTrail" not in pattern and ".amazonaws.com" not in pattern:
        return False
    return any(f'"aws.{name}"' in pattern or f'"{name}.amazonaws.com"' in pattern for name in _SOURCES) or (
        '"Root"' in pattern
    )
