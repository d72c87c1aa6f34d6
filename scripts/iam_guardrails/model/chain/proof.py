"""The proof: each event of the catalogue is put to the account's real patterns, and its routes are followed to people.

`prove` answers for every event whether somebody is told, through which links, how late, or at which link it ends.
"""

from __future__ import annotations

from collections.abc import Iterable

from iam_guardrails.model.account import Account, Role
from iam_guardrails.model.chain.delivery import Sender, delivery
from iam_guardrails.model.chain.following import Following
from iam_guardrails.model.chain.links import ALARM, Link, Outcome, Route
from iam_guardrails.model.chain.routes import stray
from iam_guardrails.model.chain.sight import events_of
from iam_guardrails.model.chain.topics import CLOUDWATCH
from iam_guardrails.model.chain.topics import ours as alert_topics
from iam_guardrails.model.chain.watch import Watch, feeds, watch
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.trust import opens
from iam_guardrails.model.once import once
from iam_guardrails.model.trail.record import TrailEvent
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

_FEDERATION = {"saml": "sts:AssumeRoleWithSAML", "oidc": "sts:AssumeRoleWithWebIdentity"}


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


@once
def prove(account: Account, expected: Expected) -> Proof:
    """Follow every event of the catalogue."""
    view = watch(account, expected)
    chains = Following(view)
    roles = {role.arn: role for role in view.roles}
    made = events_of(account, expected)
    return Proof(tuple(_outcome(event, chains, roles.get(event.role_arn)) for event in made), _strays(view))


def _strays(view: Watch) -> tuple[Route, ...]:
    account = view.account
    fed = {
        alarm.address for alarm in account.alarms for item in account.metric_filters if feeds(item, alarm) is not False
    }
    found = [
        route for alarm in view.alarms if alarm.address not in fed for route in stray(alarm, account, view.expected)
    ]
    used = {action for alarm in account.alarms if isinstance(alarm.actions, tuple) for action in alarm.actions}
    used |= {target.arn for target in account.event_targets}
    for topic in alert_topics(account, view.expected):
        if topic.arn not in used:
            links, _ = delivery(topic.arn, Sender(CLOUDWATCH, topic.arn, topic.region), account, view.expected)
            found.append(Route(ALARM, topic.name, links))
    return tuple(found)


def follow(events: Iterable[TrailEvent], account: Account, expected: Expected) -> tuple[Outcome, ...]:
    """What becomes of any events, not only those of the catalogue."""
    chains = Following(watch(account, expected))
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


def _outcome(event: TrailEvent, chains: Following, role: Role | None) -> Outcome:
    if not event.here:
        return Outcome(
            event, (), False, "it is recorded in the caller's account; this account's guardrails never see it"
        )
    found = (*chains.by_filters(event), *chains.by_rules(event))
    if not event.door or role is None:
        return Outcome(event, found)
    if isinstance(role.trust, Unknown):
        why = f"whether its trust policy admits a {event.door.upper()} provider: {role.trust.reason}"
        door = Link("trust policy", role.address, None, why)
        return Outcome(event, found if any(route.told for route in found) else (_behind(door),))
    if not admits_door(role, event.door):
        return Outcome(event, (), False, f"the trust policy admits no {event.door.upper()} provider")
    return Outcome(event, found)


def _behind(door: Link) -> Route:
    return Route(ALARM, "", (door,))


def admits_door(role: Role, door: str) -> bool:
    """Whether the role's trust policy lets a "saml" or "oidc" provider in; False while it is not known."""
    statements = () if isinstance(role.trust, Unknown) else role.trust.statements
    return any(
        item.effect == "Allow" and opens(item, _FEDERATION[door])
        and any(principal.kind in ("Federated", "*") or principal.value == "*" for principal in item.principals)
        for item in statements
    )  # fmt: skip
