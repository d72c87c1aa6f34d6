"""What a live drill will do and what must come of it: worked out from the chain of the live account.

A use of the role must be told by both ways, the alarm and the event rule; a way of which that is not certain is a
failure that is known before anything is tried.
"""

from __future__ import annotations

from iam_guardrails.model.account import Account, Role
from iam_guardrails.model.chain.links import ALARM, EVENT_RULE, Link, Outcome, Route
from iam_guardrails.model.chain.proof import lost, prove
from iam_guardrails.model.drill import Watched
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.catalogue import ENTRY
from iam_guardrails.model.value import frozen

WAYS = (ALARM, EVENT_RULE)


@frozen
class LivePlan:
    """What a live drill will do and what must come of it.

    region: where the role is assumed.  alarms: those that must ring, each with its Region, which is the trail's and
    need not be `region`.  topic_arns: what they and the event rules speak to, in the Region each names.  broken: a
    sentence for each way that is not expected to tell anybody; such a drill cannot pass.
    """

    environment: str
    account_id: str
    role_arn: str
    region: str
    alarms: tuple[Watched, ...]
    ways: tuple[str, ...]
    topic_arns: tuple[str, ...]
    incident_pattern: str | None
    broken: tuple[str, ...] = ()


def plan_live(account: Account, expected: Expected, environment: str, role_name: str = "") -> LivePlan:
    """Work out what a use of one role in the home Region must cause.

    role_name: which role, needed where there are several. Raises Problem where it names none, or there is none.
    """
    role = _chosen(account, expected, role_name)
    outcome = next(
        item for item in prove(account, expected).of(ENTRY, role.arn)
        if item.event.region == expected.home_region and item.event.id == "assume-iam-user"
    )  # fmt: skip
    return LivePlan(
        environment=environment,
        account_id=account.account_id,
        role_arn=role.arn,
        region=expected.home_region,
        alarms=_alarms(outcome, account),
        ways=tuple(sorted(outcome.ways)),
        topic_arns=_topics(outcome),
        incident_pattern=expected.incident_id_pattern,
        broken=tuple(_why_not(outcome, way) for way in WAYS if way not in outcome.ways),
    )


def _chosen(account: Account, expected: Expected, name: str) -> Role:
    there = {role.name: role for role in account.roles if role.name in expected.role_names}
    if not there:
        names = ", ".join(expected.role_names) or "guardrails.toml names none"
        raise Problem(f"account {account.account_id} holds no break-glass role to drill ({names}); apply first")
    listed = ", ".join(there)
    if name and name not in there:
        raise Problem(f"{name} is no break-glass role of account {account.account_id}; there is: {listed}")
    if not name and len(there) > 1:
        raise Problem(
            f"account {account.account_id} holds {len(there)} break-glass roles, and a live drill enters one:"
            f" say which with --role ({listed})"
        )
    return there[name or listed]


def _alarms(outcome: Outcome, account: Account) -> tuple[Watched, ...]:
    regions = {alarm.address: alarm.region for alarm in account.alarms}

    def region_of(route: Route) -> str:
        speaker = [link.address for link in route.links if link.kind == "alarm"][-1]
        return regions[speaker]

    found = (Watched(route.name, region_of(route)) for route in outcome.telling if route.way == ALARM)
    return tuple(dict.fromkeys(found))


def _topics(outcome: Outcome) -> tuple[str, ...]:
    links = [link.address for route in outcome.telling for link in route.links if link.kind == "topic"]
    return tuple(dict.fromkeys(links))


def _why_not(outcome: Outcome, way: str) -> str:
    """Why nobody is expected to be told by a way, as one sentence."""
    mine = [route for route in outcome.routes if route.way == way]
    doubt = next((route.doubt for route in mine if route.told is None), None)
    if doubt:
        return (
            f"by the {way} it is not certain that anybody is told: not judged, because of"
            f" the {doubt.kind} {doubt.address}: {doubt.why}"
        )
    route = lost(outcome, way) or max(mine, key=lambda item: item.held, default=None)
    if route is None or route.broken is None:
        return f"by the {way} nobody is told: no {way} of {outcome.event.region} matches {outcome.event.what}"
    return f"by the {way} {ends(route.broken)}"


def ends(link: Link) -> str:
    """Where a chain ends, as a clause."""
    return f"the chain ends at the {link.kind} {link.address}: {link.why}"
