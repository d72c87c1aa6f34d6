"""The whole chain: does a use of the role reach a human, by both ways, and does every other event that is noticed?

The other families judge links one by one; these rules follow each event of the catalogue from the trail to the people
(model/chain/proof.py) and say at which link it ends. `guardrails chain` shows every link.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.account import Account, Alarm, EventRule, MetricFilter, Role
from iam_guardrails.model.chain.links import ALARM, EVENT_RULE, Link, Listener, Outcome
from iam_guardrails.model.chain.proof import lost, noticed, prove
from iam_guardrails.model.chain.ring import recovers
from iam_guardrails.model.chain.sight import home, is_on, on_default_bus, regions, rule_matches, security_rules
from iam_guardrails.model.chain.watch import alarmed, feeds, targets_of, tree, watch
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.trail import everyday
from iam_guardrails.model.trail.catalogue import ENTRY, FAMILIES
from iam_guardrails.model.trail.matching import explain, matcher
from iam_guardrails.model.unknown import NotKnown, known
from iam_guardrails.rules.detection_alarms import ALARMS, NOTHING, ours
from iam_guardrails.rules.detection_coverage import NO_FILTER, NO_ROLE, Anchor, roles, whole_account
from iam_guardrails.rules.detection_events import NOTHING as NO_EVENT_RULE
from iam_guardrails.rules.detection_filters import NOTHING as NO_FILTERS
from iam_guardrails.rules.detection_filters import ours as our_filters
from iam_guardrails.rules.engine import Rule, rule

SEED = "3 Alerting"
NEEDS = (
    "roles", "trails", "log_groups", "metric_filters", "alarms", "event_rules", "event_targets", "topics", "keys",
    "subscriptions",
)  # fmt: skip
PAGE = "AWS Well-Architected Framework: sec_permissions_emergency_process"


@rule(
    id="chain-use-reaches-human", title="Every use of a break-glass role reaches a human", severity="critical",
    seed=SEED, reference=PAGE, select=roles, needs=NEEDS, nothing=NO_ROLE,
    remedy="Mend the link that the message names; `guardrails chain` shows the whole chain.",
)  # fmt: skip
def _use_reaches_human(role: Role, account: Account, expected: Expected) -> Iterator[str]:
    outcomes = prove(account, expected).of(ENTRY, role.arn)
    bare = not (watch(account, expected).filters or security_rules(account, expected))
    if bare and account.origin == "plan" and "metric_filters" not in expected.required_kinds:
        raise NotKnown("the plan holds no filter or event rule for it; another stack may")
    unheard = [item for item in outcomes if item.told is False]
    for link, group in _by_link(unheard):
        yield f"{_counted(group, len(outcomes))} tell nobody: {_ends(link)}"
    _raise_doubt(outcomes)


@rule(
    id="chain-two-ways", title="Both ways of telling of a break-glass use lead to the end", severity="high",
    seed=SEED, reference="Amazon EventBridge User Guide: eb-service-event-cloudtrail (best effort)", select=roles,
    needs=NEEDS, nothing=NO_ROLE,
    remedy="Mend the link that the message names, so that the alarm and the event rule both reach somebody.",
)  # fmt: skip
def _two_ways(role: Role, account: Account, expected: Expected) -> Iterator[str]:
    told = [item for item in prove(account, expected).of(ENTRY, role.arn) if item.told]
    doubts: list[str] = []
    for way, other, seeing in ((ALARM, EVENT_RULE, "metric filter"), (EVENT_RULE, ALARM, "event rule")):
        if told and _elsewhere(way, account, expected):
            doubts.append(f"the plan holds no {seeing} on CloudTrail's records; another stack may")
            continue
        wanted = [item for item in told if way not in item.ways]
        if way == EVENT_RULE:  # the guardrails put event rules into these Regions, and the trail sees the others
            wanted = [item for item in wanted if item.event.region in regions(expected)]
        never = []
        ended = []
        for item in wanted:
            mine = [route for route in item.routes if route.way == way]
            unclear = next((route.doubt for route in mine if route.told is None), None)
            if unclear:
                doubts.append(f"by the {way}, {_unsure(item, unclear)}")
            elif route := lost(item, way):
                ended.append((item, route.broken))
            else:
                never.append(item)
        if never:
            yield f"only the {other} tells of {_what(never)}; no {seeing} sees it"
        for link in dict.fromkeys(link for _, link in ended if link):
            group = [item for item, end in ended if end == link]
            yield f"only the {other} tells of {_what(group)}; by the {way} {_ends(link)}"
    if doubts:
        raise NotKnown(doubts[0])


def _elsewhere(way: str, account: Account, expected: Expected) -> bool:
    """Whether a plan leaves one of the two ways to another stack."""
    if account.origin != "plan":
        return False
    if way == ALARM:
        return not watch(account, expected).filters and "metric_filters" not in expected.required_kinds
    return not security_rules(account, expected) and "event_rules" not in expected.required_kinds


@rule(
    id="chain-everything-told", title="Every event that is noticed reaches a human", severity="high", seed=SEED,
    reference=PAGE, select=whole_account, needs=NEEDS, nothing=NO_FILTER,
    remedy="Mend the link that the message names; `guardrails chain` shows the whole chain.",
)  # fmt: skip
def _everything_told(anchor: Anchor, account: Account, expected: Expected) -> Iterator[str]:
    proof = prove(account, expected)
    others = [item for family in FAMILIES if family != ENTRY for item in proof.of(family)]
    unheard = [item for item in others if item.told is False and any(noticed(route) for route in item.routes)]
    for link, group in _by_link(unheard):
        yield f"{_what(group)} would be noticed and tell nobody: {_ends(link)}"
    _raise_doubt(item for item in others if any(route.told is None and noticed(route) for route in item.routes))


@rule(
    id="chain-two-people", title="At least two people hear of a use of a break-glass role", severity="medium",
    seed="3 Trust policy", reference=PAGE, select=roles, needs=NEEDS, nothing=NO_ROLE,
    remedy="Subscribe the backup owner at an endpoint of their own, and list it under [alerts] recipients.",
)  # fmt: skip
def _two_people(role: Role, account: Account, expected: Expected) -> Iterator[str]:
    told = [item for item in prove(account, expected).of(ENTRY, role.arn) if item.told]
    if not expected.recipients:  # then each endpoint counts as a person: topic-two-endpoints
        return
    found: dict[tuple[str, ...], list[Outcome]] = {}
    for item in told:
        names = people(item.listeners, expected)
        if len(names) < 2:
            found.setdefault(names, []).append(item)
    for names, group in found.items():
        who = f"only {names[0]} hears" if names else "nobody whom guardrails.toml lists hears"
        yield f"{who} of {_what(group)}"


def people(listeners: Iterable[Listener], expected: Expected) -> tuple[str, ...]:
    """Who stands behind the endpoints, by [alerts] recipients of guardrails.toml."""
    endpoints = {item.endpoint.lower() for item in listeners}
    return tuple(
        name for name, listed in expected.recipients if any(endpoint.lower() in endpoints for endpoint in listed)
    )


@rule(
    id="chain-no-false-alarm", title="No alarm fires on ordinary traffic", severity="medium", seed=SEED,
    reference="Amazon CloudWatch Logs User Guide: FilterAndPatternSyntax", select=our_filters,
    needs=("metric_filters", "alarms", "trails"), nothing=NO_FILTERS,
    remedy="Leave the named traffic out of the pattern; people stop reading alarms that mean nothing.",
)  # fmt: skip
def _no_false_alarm(item: MetricFilter, account: Account, expected: Expected) -> Iterator[str]:
    pattern = known(item.pattern, "the pattern")
    if (node := tree(item)) is None or alarmed(item, watch(account, expected)) is False:
        return
    traffic = everyday.ordinary(home(account, expected))
    judge = matcher(pattern, expected.filter_answers)
    answers = [(event, judge(event.record)) for event in traffic]
    matching = [event for event, matched in answers if matched]
    if len(matching) == len(traffic):  # filter-not-everyday says so
        return
    for event in matching[:3]:
        yield f"its alarm fires on {event.what}: {explain(node, event.record, expected.filter_answers).why}"
    if matching[3:]:
        yield f"its alarm fires on {len(matching) - 3} more: {', '.join(event.what for event in matching[3:])}"
    if unclear := next((event for event, matched in answers if matched is None), None):
        raise NotKnown(f"{unclear.what}: {explain(node, unclear.record, expected.filter_answers).why}")


@rule(
    id="chain-no-false-event", title="No event rule on security events tells of ordinary traffic", severity="medium",
    seed=SEED, reference="Amazon EventBridge User Guide: eb-event-patterns", select=security_rules,
    needs=("event_rules", "event_targets"), nothing=NO_EVENT_RULE,
    remedy="Name the role, the event or the user in the pattern; people stop reading messages that mean nothing.",
)  # fmt: skip
def _no_false_event(item: EventRule, account: Account, expected: Expected) -> Iterator[str]:
    view = watch(account, expected)
    if not targets_of(item, account) or known(item.state, "the state") == "DISABLED":
        return
    if known(item.bus, "the event bus") and not on_default_bus(item):
        return
    traffic = everyday.ordinary(home(account, expected, item.region))
    found = [event.what for event in traffic if is_on(item, event) and rule_matches(item, event, view)]
    if found:
        yield f"it tells of {', '.join(found)}"


@rule(
    id="alarm-recovers", title="Every alarm on CloudTrail comes back to OK, so that the next event rings again",
    severity="high", seed=SEED, reference=ALARMS, select=ours, needs=("alarms", "metric_filters", "trails"),
    nothing=NOTHING,
    remedy='Set treat_missing_data = "notBreaching", threshold = 1 and default_value = "0" on the filter.',
)  # fmt: skip
def _recovers(alarm: Alarm, account: Account, expected: Expected) -> Iterator[str]:
    for item in account.metric_filters:
        if feeds(item, alarm) and (why := recovers(alarm, item)):
            yield f"{why}: it tells somebody once and never again"
            return


def _by_link(unheard: Iterable[Outcome]) -> Iterator[tuple[Link, list[Outcome]]]:
    """The outcomes by the link at which they end."""
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for item in unheard:
        if link := item.broken:
            # what the nearest filter lacks differs from event to event; the filter is what is wrong
            groups.setdefault((link.kind, link.address, link.why), []).append(item)
    for group in groups.values():
        if link := group[0].broken:
            yield link, group


def _ends(link: Link) -> str:
    return f"the chain ends at the {link.kind} {link.address}: {link.why}"


def _counted(group: list[Outcome], of: int) -> str:
    return f"{len(group)} of {of} ways in ({_what(group)})"


def _what(group: list[Outcome]) -> str:
    whats = list(dict.fromkeys(item.event.what for item in group))
    more = f" and {len(whats) - 3} more" if len(whats) > 3 else ""
    regions = list(dict.fromkeys(item.event.region for item in group))
    where = f" in {regions[0]}" if len(regions) == 1 else f" in {len(regions)} Regions" if regions[2:] else ""
    where = where or f" in {' and '.join(regions)}"
    return f"{', '.join(whats[:3])}{more}{where}"


def _raise_doubt(outcomes: Iterable[Outcome]) -> None:
    for item in outcomes:
        if doubt := item.doubt:
            raise NotKnown(_unsure(item, doubt))


def _unsure(item: Outcome, link: Link) -> str:
    return f"{item.event.what} in {item.event.region}: {link.kind} {link.address}: {link.why}"


RULES: tuple[Rule, ...] = (
    _use_reaches_human, _two_ways, _everything_told, _two_people, _no_false_alarm, _no_false_event, _recovers,
)  # fmt: skip
