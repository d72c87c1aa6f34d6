"""Who sees an event: the metric filters with an alarm, and the event rules of the event's Region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from iam_guardrails.model.account import Account, EventRule, MetricFilter
from iam_guardrails.model.chain.watch import Watch, alarmed, targets_of, tree, watch
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.once import once
from iam_guardrails.model.trail import event_pattern
from iam_guardrails.model.trail.answers import Answers
from iam_guardrails.model.trail.apart import Apart
from iam_guardrails.model.trail.catalogue import Scope, catalogue, of_family
from iam_guardrails.model.trail.matching import explain, matcher
from iam_guardrails.model.trail.record import Place, TrailEvent, bus_event
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

UNCLEAR = "its pattern or its log group is not known yet"
Judge = Callable[[Mapping[str, Any]], tuple[bool | None, str]]
Seen = tuple[tuple[MetricFilter, bool | None, str], ...]
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
    seeing = eyes(view)
    doubts = []
    for item, matched, doubt in seeing.of(event):
        heard = alarmed(item, view, event.record)
        if matched and heard:
            return Sight(True)
        if heard is not False:
            unclear = doubt and f"{item.address}: {doubt}"
            doubts.append(unclear or f"{item.address} matches, but which metric it emits is not known yet")
    for item, _, _ in seeing.perhaps(event):
        if alarmed(item, view) is not False:
            doubts.append(f"{item.address}: {UNCLEAR}")
    return Sight(None, f"{event.what} in {event.region}: {doubts[0]}") if doubts else Sight(False)


class Eyes:
    """What the filters say of each event, worked out once per event. Events are kept, so that no id is used twice."""

    def __init__(self, view: Watch) -> None:
        answers = view.expected.filter_answers
        self._sure = [(item, _judge_of(item, answers)) for item in candidates(view)]
        self._maybe = [(item, _judge_of(item, answers)) for item in maybes(view)]
        self._kept: dict[int, tuple[TrailEvent, Seen]] = {}

    def of(self, event: TrailEvent) -> Seen:
        """The filters that surely get the event and match it (True), or may (None, with the reason)."""
        found = self._kept.get(id(event))
        if found is None:
            found = self._kept[id(event)] = (event, _seen(self._sure, event))
        return found[1]

    def perhaps(self, event: TrailEvent) -> Seen:
        """Of the filters whose pattern or log group is not known yet, those that do not surely leave it out."""
        return _seen(self._maybe, event) if self._maybe else ()


@once
def _eyes(account: Account, expected: Expected) -> Eyes:
    return Eyes(watch(account, expected))


def eyes(view: Watch) -> Eyes:
    """The filters of an account as they see."""
    return _eyes(view.account, view.expected)


def _seen(filters: Iterable[tuple[MetricFilter, Judge]], event: TrailEvent) -> Seen:
    found = []
    for item, judge in filters:
        matched, why = judge(event.record)
        if matched is not False:
            found.append((item, matched, why))
    return tuple(found)


def _judge_of(item: MetricFilter, answers: Answers) -> Judge:
    """A function of a record: (whether the filter matches, why that is not known)."""
    if isinstance(item.pattern, Unknown):
        why = f"its pattern: {item.pattern.reason}"
        return lambda _: (None, why)
    node = tree(item)
    if node is None:
        words = not item.pattern.lstrip().startswith("{")
        return (lambda _: (None, "it matches words of a line, which is not evaluated here")) if words else _never
    matches = matcher(item.pattern, answers)

    def judge(record: Mapping[str, Any]) -> tuple[bool | None, str]:
        matched = matches(record)
        return matched, "" if matched is not None else explain(node, record, answers).why

    return judge


def _never(_: Mapping[str, Any]) -> tuple[bool | None, str]:
    return False, ""


def judged(item: MetricFilter, event: TrailEvent, view: Watch) -> tuple[bool | None, str]:
    """Whether one filter, wherever it stands, matches one event."""
    return _judge_of(item, view.expected.filter_answers)(event.record)


def nearest(event: TrailEvent, view: Watch) -> str:
    """Which filter came nearest to seeing the event, and what kept it from it, as the end of a sentence."""
    best: tuple[int, str] | None = None
    for item in candidates(view):
        if (node := tree(item)) is None:
            continue
        decision = explain(node, event.record, view.expected.filter_answers)
        if decision.value and not alarmed(item, view, event.record):
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
        at_home = on_default_bus(rule)
        if rule.region != event.region or at_home is False or not targets_of(rule, view.account):
            continue
        if isinstance(rule.pattern, Unknown):
            doubts.append(f"{rule.address}: its pattern: {rule.pattern.reason}")
        elif rule_matches(rule, event, view):
            if isinstance(rule.bus, Unknown):
                doubts.append(f"{rule.address}: its event bus: {rule.bus.reason}")
            elif isinstance(rule.state, Unknown):
                doubts.append(f"{rule.address}: its state: {rule.state.reason}")
            elif is_on(rule, event):
                return Sight(True)
    return Sight(None, doubts[0]) if doubts else Sight(False)


def on_default_bus(rule: EventRule) -> bool | None:
    """Whether the rule stands on the default bus, the only one CloudTrail delivers to; None where that is not known."""
    if isinstance(rule.bus, Unknown):
        return None
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
    directory = expected.identity_center.home_region if expected.identity_center else expected.home_region
    return Place(account.account_id, region or expected.home_region, expected.partition, directory)


def scope_of(account: Account, expected: Expected) -> Scope:
    """For whom the catalogue is made: the account's roles, or the expected names where the account holds none."""
    from iam_guardrails.model.chain.guarded import targets  # here, because it looks at topics, which look at this

    view = watch(account, expected)
    base = f"arn:{expected.partition}:iam::{account.account_id}:role/"
    arns = tuple(role.arn for role in view.roles) or tuple(base + name for name in expected.role_names)
    return Scope(home(account, expected), expected.second_region, arns, targets(view), apart_of(account, expected))


@once
def events_of(account: Account, expected: Expected) -> tuple[TrailEvent, ...]:
    """The event catalogue for this account: the same objects for everybody who asks."""
    return catalogue(scope_of(account, expected))


def events_about(account: Account, expected: Expected, family: str, role_arn: str = "") -> tuple[TrailEvent, ...]:
    """The catalogue's events of one family (of one role) that this account records."""
    return tuple(item for item in of_family(events_of(account, expected), family, role_arn) if item.here)


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


def apart_of(account: Account, expected: Expected) -> Apart:
    """What the account's filters and event rules can tell apart."""
    filters = [item.pattern for item in account.metric_filters if isinstance(item.pattern, str)]
    rules = [rule.pattern for rule in account.event_rules if isinstance(rule.pattern, str)]
    return Apart(filters, rules, expected.filter_answers)


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
