"""The proof: each event of the catalogue is put to the account's real patterns, and its routes are followed to people.

`prove` answers for every event whether somebody is told, through which links, how late, or at which link it ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iam_guardrails.model.account import Account, EventRule, MetricFilter, Role, Trail
from iam_guardrails.model.chain.delivery import Sender, delivery
from iam_guardrails.model.chain.links import ALARM, EVENT_RULE, NO_MATCH, Link, Outcome, Route
from iam_guardrails.model.chain.recording import trail_link
from iam_guardrails.model.chain.routes import from_filter, from_rule, stray
from iam_guardrails.model.chain.sight import candidates, home, is_on, maybes, on_default_bus, security_rules, targets
from iam_guardrails.model.chain.topics import CLOUDWATCH
from iam_guardrails.model.chain.topics import ours as alert_topics
from iam_guardrails.model.chain.watch import Watch, feeds, log_group_of, tree, watch
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.trust import opens
from iam_guardrails.model.once import once
from iam_guardrails.model.trail import event_pattern
from iam_guardrails.model.trail.answers import Answers
from iam_guardrails.model.trail.catalogue import Scope, catalogue
from iam_guardrails.model.trail.matching import explain, matcher
from iam_guardrails.model.trail.record import TrailEvent, bus_event
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

_FEDERATION = {"saml": "sts:AssumeRoleWithSAML", "oidc": "sts:AssumeRoleWithWebIdentity"}
_UNKNOWN = "its pattern or its log group is not known yet"
READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


@frozen
class Proof:
    """What became of every event.

    strays: routes behind alarms on CloudTrail that no filter feeds, and behind alert topics that nothing speaks to; no
    event starts them, and a picture shows them.
    """

    outcomes: tuple[Outcome, ...]
    strays: tuple[Route, ...] = ()

    def of(self, family: str, role_arn: str = "") -> tuple[Outcome, ...]:
        """The outcomes of one family (of one role where `role_arn` is given) that can happen."""
        return tuple(
            item for item in self.outcomes
            if item.event.family == family and item.possible and role_arn in ("", item.event.role_arn)
        )  # fmt: skip


def scope_of(account: Account, expected: Expected) -> Scope:
    """For whom the catalogue is made: the account's roles, or the expected names where the account holds none."""
    view = watch(account, expected)
    base = f"arn:{expected.partition}:iam::{account.account_id}:role/"
    arns = tuple(role.arn for role in view.roles) or tuple(base + name for name in expected.role_names)
    return Scope(home(account, expected), expected.second_region, arns, targets(view))


@once
def prove(account: Account, expected: Expected) -> Proof:
    """Follow every event of the catalogue."""
    view = watch(account, expected)
    chains = _Chains(view)
    roles = {role.arn: role for role in view.roles}
    made = catalogue(scope_of(account, expected))
    return Proof(tuple(_outcome(event, chains, roles.get(event.role_arn)) for event in made), _strays(view))


def _strays(view: Watch) -> tuple[Route, ...]:
    account = view.account
    fed = {
        alarm.address for alarm in account.alarms for item in account.metric_filters if feeds(item, alarm) is not False
    }
    found = [route for alarm in view.alarms if alarm.address not in fed for route in stray(alarm, account)]
    used = {action for alarm in account.alarms if isinstance(alarm.actions, tuple) for action in alarm.actions}
    used |= {target.arn for target in account.event_targets}
    for topic in alert_topics(account, view.expected):
        if topic.arn not in used:
            links, _ = delivery(topic.arn, Sender(CLOUDWATCH, topic.arn, topic.region), account)
            found.append(Route(ALARM, topic.name, links))
    return tuple(found)


def follow(events: Iterable[TrailEvent], account: Account, expected: Expected) -> tuple[Outcome, ...]:
    """What becomes of any events, not only those of the catalogue."""
    chains = _Chains(watch(account, expected))
    return tuple(_outcome(event, chains, None) for event in events)


_DETECTING = ("trail", "log group", "filter", "metric", "event bus", "event rule", "target")


def noticed(route: Route) -> bool:
    """Whether the links that notice the event hold, so that what is broken comes after them."""
    return all(link.holds is not False for link in route.links if link.kind in _DETECTING)


def lost(item: Outcome, way: str) -> Route | None:
    """The route of this way that notices the event and does not reach anybody; None where one does, or none notices."""
    mine = [route for route in item.routes if route.way == way]
    if any(route.told is not False for route in mine):
        return None
    return max((route for route in mine if noticed(route)), key=lambda route: route.held, default=None)


def _outcome(event: TrailEvent, chains: _Chains, role: Role | None) -> Outcome:
    if not event.here:
        return Outcome(
            event, (), False, "it is recorded in the caller's account; this account's guardrails never see it"
        )
    if event.door and role is not None and not isinstance(role.trust, Unknown) and not _admits(role, event.door):
        return Outcome(event, (), False, f"the trust policy admits no {event.door.upper()} provider")
    return Outcome(event, (*chains.by_filters(event), *chains.by_rules(event)))


def _admits(role: Role, door: str) -> bool:
    statements = () if isinstance(role.trust, Unknown) else role.trust.statements
    return any(
        item.effect == "Allow" and opens(item, _FEDERATION[door])
        and any(principal.kind in ("Federated", "*") or principal.value == "*" for principal in item.principals)
        for item in statements
    )  # fmt: skip


class _Chains:
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
        self.behind_filter = {item.address: from_filter(item, account) for item, _ in self.filters}
        self.rules: dict[str, list[EventRule]] = {}
        for rule in account.event_rules:
            if on_default_bus(rule):
                self.rules.setdefault(rule.region, []).append(rule)
        self.behind_rule: dict[str, tuple[Route, ...]] = {}
        self.security = {rule.address for rule in security_rules(account, view.expected)}

    def by_filters(self, event: TrailEvent) -> Iterator[Route]:
        """The routes over metric filters and alarms; the nearest one, broken, where no filter matches."""
        any_match = False
        for item, certain in self.filters:
            matched, why = _matches(item, event, self.answers) if certain else (None, _UNKNOWN)
            if matched is False:
                continue
            any_match = True
            link = Link("filter", item.address, matched, why, "", item.name)
            for route in self.behind_filter[item.address]:
                links = (*self._source(item, event), link, *route.links)
                yield Route(ALARM, route.name, links, route.seconds, route.listeners)
        if any_match:
            return
        meant = [item for item in self.off_group if _is_meant(item, event, self.answers)]
        if meant:
            yield from self._elsewhere(meant[0], event)
        else:
            yield self._nearest(event)

    def _elsewhere(self, item: MetricFilter, event: TrailEvent) -> Iterator[Route]:
        """The broken routes over a filter that stands on a log group which no trail delivers to."""
        matched, why = _matches(item, event, self.answers)
        why = why or ("" if matched else _explained(item, event, self.answers))
        name = str(item.log_group_name)
        lost = f"the filter {item.address} stands on it, and no trail delivers there"
        group = Link("log group", name, False, lost, "Put the filter on the trail's log group.", name)
        links = [trail_link(trail, event) for trail in self.trails if trail.log_group_arn is not None][:1]
        link = Link("filter", item.address, matched, why, "", item.name)
        for route in from_filter(item, self.view.account):
            yield Route(ALARM, route.name, (*links, group, link, *route.links), route.seconds, route.listeners)

    def _source(self, item: MetricFilter, event: TrailEvent) -> tuple[Link, ...]:
        """The trail and the log group before a filter; of several trails the one that brings the event there."""
        name = item.log_group_name
        if not self.trails:
            doubt = "no trail is part of what was read"
            return (Link("trail", "(none)", None if self.view.account.origin == "plan" else False, doubt),)
        mine = [trail for trail in self.trails if self.groups[trail.address] == (item.region, name)]
        links = [
            trail_link(trail, event)
            for trail in mine or self.trails
            if mine or isinstance(trail.log_group_arn, Unknown)
        ]
        best = next((link for link in links if link.holds), links[0] if links else None)
        if best is None:
            return (Link("log group", str(name), False, "no trail delivers to it", "Use the trail's log group."),)
        return (best, _class_link(item, self.view.account))

    def _nearest(self, event: TrailEvent) -> Route:
        """A broken route that says which filter came nearest to seeing the event."""
        best: tuple[int, Link, MetricFilter] | None = None
        for item, certain in self.filters:
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
            first = (
                _bus_link(self.trails, event, self.view.account.origin),
                Link("event rule", rule.address, matched, why, "", rule.name),
                *_state(rule, event),
            )
            if rule.address not in self.behind_rule:
                self.behind_rule[rule.address] = from_rule(rule, self.view.account)
            for route in self.behind_rule[rule.address]:
                yield Route(EVENT_RULE, rule.name, (*first, *route.links), route.seconds, route.listeners)


def _group(arn: object, account: Account) -> tuple[str, str] | None:
    return None if arn is None or isinstance(arn, Unknown) else log_group_of(str(arn), account)


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


def _matches(item: MetricFilter, event: TrailEvent, answers: Answers) -> tuple[bool | None, str]:
    if isinstance(item.pattern, Unknown):
        return None, f"its pattern: {item.pattern.reason}"
    node = tree(item)
    if node is None:
        words = not item.pattern.lstrip().startswith("{")
        return (None, "it matches words of a line, which is not evaluated here") if words else (False, "")
    matched = matcher(item.pattern, answers)(event.record)
    return matched, "" if matched is not None else explain(node, event.record, answers).why


def _explained(item: MetricFilter, event: TrailEvent, answers: Answers) -> str:
    node = tree(item)
    return explain(node, event.record, answers).why if node else "its pattern is not valid"


def _is_meant(item: MetricFilter, event: TrailEvent, answers: Answers) -> bool:
    """Whether a filter seems to be there for the event: it matches, or it names the role the event is about."""
    name = event.role_arn.rpartition("/")[2]
    return bool(name and name in str(item.pattern)) or _matches(item, event, answers)[0] is True


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
    if isinstance(rule.state, Unknown):
        return (Link("event rule", rule.address, None, f"its state: {rule.state.reason}", "", rule.name),)
    if is_on(rule, event):
        return ()
    if rule.state == "DISABLED":
        return (Link("event rule", rule.address, False, "it is disabled", "Enable the rule.", rule.name),)
    why = f"{event.record['eventName']} is a read-only event, and the rule's state is {rule.state}"
    return (Link("event rule", rule.address, False, why, f'Set state = "{READS}".', rule.name),)


def _bus_link(trails: tuple[Trail, ...], event: TrailEvent, origin: str) -> Link:
    """EventBridge gets API calls only while a trail of the Region logs (eb-service-event-cloudtrail)."""
    address = f"event bus of {event.region}"
    covering = [trail for trail in trails if trail.multi_region is not False or trail.region == event.region]
    if any(trail.logging is True and not isinstance(trail.multi_region, Unknown) for trail in covering):
        return Link("event bus", address)
    if covering and any(trail.logging is not False for trail in covering):
        return Link("event bus", address, None, "whether a trail logs there is not known yet")
    if not trails and origin == "plan":
        return Link("event bus", address, None, "no trail is part of what was read")
    why = "no trail that is on records this Region, and EventBridge gets API calls only from one"
    return Link("event bus", address, False, why, "Switch a multi-Region trail on.")
