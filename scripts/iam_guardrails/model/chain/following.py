"""Where one event goes: over the metric filters and over the event rules, link by link, to the people behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.account import Account, EventRule, EventSelector, MetricFilter, Trail
from iam_guardrails.model.chain.links import ALARM, EVENT_RULE, NO_MATCH, Link, Route
from iam_guardrails.model.chain.recording import trail_link
from iam_guardrails.model.chain.routes import from_filter, from_rule
from iam_guardrails.model.chain.sight import UNCLEAR, candidates, eyes, home, is_on, judged, maybes, on_default_bus
from iam_guardrails.model.chain.watch import Watch, fault_of, log_group_of, tree
from iam_guardrails.model.trail import event_pattern
from iam_guardrails.model.trail.answers import Answers
from iam_guardrails.model.trail.entering import is_global
from iam_guardrails.model.trail.matching import explain
from iam_guardrails.model.trail.record import TrailEvent, bus_event
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
Links = tuple[Link, ...]


class Following:
    """The account's filters and rules with the routes behind them; asked once per event."""

    def __init__(self, view: Watch) -> None:
        account = view.account
        self.view = view
        self.answers = view.expected.filter_answers
        self.trails = account.trails
        self.groups = {trail.address: _group(trail.log_group_arn, account) for trail in account.trails}
        sure = candidates(view)
        self.filters = [(item, item in sure) for item in (*sure, *maybes(view))]
        self.off_group = [
            item for item in view.filters if item not in sure and not isinstance(item.log_group_name, Unknown)
        ]
        self.behind_filter = {item.address: from_filter(item, account, view.expected) for item, _ in self.filters}
        self.rules: dict[str, list[EventRule]] = {}
        for rule in account.event_rules:
            if on_default_bus(rule) is not False:
                self.rules.setdefault(rule.region, []).append(rule)
        chosen = [trail.selectors for trail in self.trails if isinstance(trail.selectors, tuple)]
        self.advanced = any(selector.advanced for selectors in chosen for selector in selectors)
        self._sources: dict[tuple[object, ...], Links] = {}
        self._routes: dict[tuple[object, ...], tuple[Route, ...]] = {}
        self._rule_routes: dict[tuple[object, ...], tuple[Route, ...]] = {}

    def by_filters(self, event: TrailEvent) -> Iterator[Route]:
        """The routes over metric filters and alarms; the nearest one, broken, where no filter matches."""
        seen = [*eyes(self.view).of(event), *((item, None, UNCLEAR) for item, _, _ in eyes(self.view).perhaps(event))]
        for item, matched, why in seen:
            yield from self._behind(item, event, matched, why)
        if seen:
            return
        meant = [item for item in self.off_group if _is_meant(item, event, self.view)]
        if meant:
            yield from self._elsewhere(meant[0], event)
        else:
            yield self._nearest(event)

    def _elsewhere(self, item: MetricFilter, event: TrailEvent) -> Iterator[Route]:
        """The broken routes over a filter that stands on a log group which no trail delivers to."""
        matched, why = judged(item, event, self.view)
        why = why or ("" if matched else _explained(item, event, self.answers))
        name = str(item.log_group_name)
        lost = f"the filter {item.address} stands on it, and no trail delivers there"
        group = Link("log group", name, False, lost, "Put the filter on the trail's log group.", name)
        links = [
            trail_link(trail, event, self.view.account) for trail in self.trails if trail.log_group_arn is not None
        ][:1]
        link = Link("filter", item.address, matched, why, "", item.name)
        for route in from_filter(item, self.view.account, self.view.expected, event.record):
            yield Route(ALARM, route.name, (*links, group, link, *route.links), route.seconds, route.listeners)

    def _behind(self, item: MetricFilter, event: TrailEvent, matched: bool | None, why: str) -> tuple[Route, ...]:
        """The whole routes over one filter; events that come the same way share them."""
        source = self._source(item, event)
        key = (item.address, id(source), why, id(event) if item.dimensions else None)
        if key not in self._routes:
            behind = self.behind_filter[item.address]
            if item.dimensions:
                behind = from_filter(item, self.view.account, self.view.expected, event.record)
            link = Link("filter", item.address, matched, why, "", item.name)
            self._routes[key] = tuple(
                Route(ALARM, route.name, (*source, link, *route.links), route.seconds, route.listeners)
                for route in behind
            )
        return self._routes[key]

    def _source(self, item: MetricFilter, event: TrailEvent) -> Links:
        """The trail and the log group before a filter, which all events that trails treat alike share."""
        record = event.record
        key = (item.region, str(item.log_group_name), event.region, record["readOnly"], record["eventSource"],
               is_global(record), id(event) if self.advanced else "")  # fmt: skip
        if key not in self._sources:
            self._sources[key] = self._found_source(item, event)
        return self._sources[key]

    def _found_source(self, item: MetricFilter, event: TrailEvent) -> Links:
        """Of several trails the one that brings the event to the filter's log group."""
        name = item.log_group_name
        if not self.trails:
            doubt = "no trail is part of what was read"
            return (Link("trail", "(none)", None if self.view.account.origin == "plan" else False, doubt),)
        account = self.view.account
        mine = [trail for trail in self.trails if self.groups[trail.address] == (item.region, name)]
        unclear = [trail for trail in self.trails if isinstance(trail.log_group_arn, Unknown)]
        links = [trail_link(trail, event, account) for trail in mine]
        links += [_perhaps(trail_link(trail, event, account), bool(mine)) for trail in unclear]
        best = next((link for wanted in (True, None, False) for link in links if link.holds is wanted), None)
        if best is None:
            return (Link("log group", str(name), False, "no trail delivers to it", "Use the trail's log group."),)
        return (best, _class_link(item, self.view.account))

    def _nearest(self, event: TrailEvent) -> Route:
        """A broken route that says which filter came nearest to seeing the event: one that is there for it and whose
        pattern is not valid, else the one of which the event meets most.
        """
        best: tuple[int, Link, MetricFilter] | None = None
        for item, certain in self.filters:
            fault = fault_of(item) if certain else ""
            if fault and _is_meant(item, event, self.view):
                return Route(ALARM, "", (*self._source(item, event), _invalid(item, fault)))
            node = tree(item) if certain else None
            if node is None:
                continue
            decision = explain(node, event.record, self.answers)
            if best is None or decision.met > best[0]:
                remedy = f"Let a filter match {event.record['eventName']} of {event.record['eventSource']}."
                best = (decision.met, Link("filter", item.address, False, decision.why, remedy, NO_MATCH), item)
        if best is None:
            return Route(ALARM, "", (self._no_filter(event),))
        return Route(ALARM, "", (*self._source(best[2], event), best[1]))

    def _no_filter(self, event: TrailEvent) -> Link:
        why = "there is no metric filter on a trail's log group"
        remedy = f"Add a metric filter that matches {event.record['eventName']}, and an alarm."
        return Link("filter", f"account {self.view.account.account_id}", False, why, remedy, NO_MATCH)

    def by_rules(self, event: TrailEvent) -> Iterator[Route]:
        """The routes over the event rules of the event's Region."""
        rules = self.rules.get(event.region, ())
        delivered = bus_event(event, home(self.view.account, self.view.expected)) if rules else {}
        for rule in rules:
            matched, why = _rule_matches(rule, delivered)
            if matched is False:
                continue
            yield from self._behind_rule(rule, event, matched, why)

    def _behind_rule(self, rule: EventRule, event: TrailEvent, matched: bool | None, why: str) -> tuple[Route, ...]:
        state = _state(rule, event)
        key = (rule.address, event.region, why, state[0].why if state else "")
        if key not in self._rule_routes:
            bus = _bus_link(self.trails, event, self.view.account.origin)
            first = (bus, Link("event rule", rule.address, matched, why, "", rule.name), *state)
            self._rule_routes[key] = tuple(
                Route(EVENT_RULE, rule.name, (*first, *route.links), route.seconds, route.listeners)
                for route in from_rule(rule, self.view.account, self.view.expected)
            )
        return self._rule_routes[key]


def _group(arn: object, account: Account) -> tuple[str, str] | None:
    return None if arn is None or isinstance(arn, Unknown) else log_group_of(str(arn), account)


def _invalid(item: MetricFilter, fault: str) -> Link:
    why = f"its pattern is not valid: {fault}; CloudWatch Logs refuses it"
    return Link("filter", item.address, False, why, "Write a pattern that CloudWatch Logs accepts.", item.name)


def _perhaps(link: Link, beside: bool) -> Link:
    """The link of a trail whose log group is not known yet; `beside` one that surely delivers to the filter's."""
    why = "which log group it delivers to is known only after apply"
    return changed(link, holds=None, why=why, remedy="") if link.holds and beside else link


def _class_link(item: MetricFilter, account: Account) -> Link:
    group = next(
        (each for each in account.log_groups if (each.region, each.name) == (item.region, item.log_group_name)), None
    )
    address = group.address if group else str(item.log_group_name)
    if group and isinstance(group.log_class, Unknown):
        return Link("log group", address, None, f"its class: {group.log_class.reason}")
    if group and group.log_class not in ("STANDARD", ""):
        why = f"its class is {group.log_class}, where metric filters do not work"
        return Link("log group", address, False, why, 'Use a log group of the class "STANDARD".')
    return Link("log group", address, detail=str(item.log_group_name))


def _explained(item: MetricFilter, event: TrailEvent, answers: Answers) -> str:
    node = tree(item)
    return explain(node, event.record, answers).why if node else "its pattern is not valid"


def _is_meant(item: MetricFilter, event: TrailEvent, view: Watch) -> bool:
    """Whether a filter seems to be there for the event: it matches, or it names the role the event is about."""
    name = event.role_arn.rpartition("/")[2]
    return bool(name and name in str(item.pattern)) or judged(item, event, view)[0] is True


def _rule_matches(rule: EventRule, delivered: Mapping[str, Any]) -> tuple[bool | None, str]:
    if isinstance(rule.pattern, Unknown):
        return None, f"its pattern: {rule.pattern.reason}"
    if rule.pattern is None:
        return False, ""
    try:
        return event_pattern.matches(rule.pattern, delivered), ""
    except event_pattern.EventPatternError:
        return False, ""


def _state(rule: EventRule, event: TrailEvent) -> tuple[Link, ...]:
    """What may keep a rule from getting an event that its pattern matches: its bus or its state."""
    if isinstance(rule.bus, Unknown):
        return (Link("event rule", rule.address, None, f"its event bus: {rule.bus.reason}", "", rule.name),)
    if isinstance(rule.state, Unknown):
        return (Link("event rule", rule.address, None, f"its state: {rule.state.reason}", "", rule.name),)
    if is_on(rule, event):
        return ()
    if rule.state == "DISABLED":
        return (Link("event rule", rule.address, False, "it is disabled", "Enable the rule.", rule.name),)
    why = f"{event.record['eventName']} is a read-only event, and the rule's state is {rule.state}"
    return (Link("event rule", rule.address, False, why, f'Set state = "{READS}".', rule.name),)


def _bus_link(trails: tuple[Trail, ...], event: TrailEvent, origin: str) -> Link:
    """EventBridge gets API calls only while a trail of the Region logs (eb-service-event-cloudtrail).

    The page does not say that the trail must select management events; one that selects none is not taken for one
    that feeds the bus.
    """
    address = f"event bus of {event.region}"
    feeding = [_feeds_bus(trail, event) for trail in trails]
    if True in feeding:
        return Link("event bus", address)
    if None in feeding:
        return Link("event bus", address, None, "whether a trail logs management events there is not known yet")
    if not trails and origin == "plan":
        return Link("event bus", address, None, "no trail is part of what was read")
    why = (
        "no trail that is on records management events of this Region, and EventBridge gets API calls only from one "
        "that logs"
    )
    return Link("event bus", address, False, why, "Let a multi-Region trail record management events.")


def _feeds_bus(trail: Trail, event: TrailEvent) -> bool | None:
    if trail.logging is False or (trail.multi_region is False and trail.region != event.region):
        return False
    if isinstance(trail.selectors, Unknown):
        return None
    chosen = [_takes_management(selector) for selector in trail.selectors or (EventSelector(),)]
    if True not in chosen:
        return None if None in chosen else False
    known = trail.logging is True and not isinstance(trail.multi_region, Unknown)
    return True if known else None


def _takes_management(selector: EventSelector) -> bool | None:
    if not selector.advanced:
        management = selector.management_events
        return None if isinstance(management, Unknown) else management
    wanted = (values for name, operator, values in selector.fields if (name, operator) == ("eventCategory", "equals"))
    return any("Management" in values for values in wanted)
