"""Whether a role of one tier of the middleware becomes one of another: by any published method, alone or in chains.

The search is the one of `policy escalations`, from the roles of the middleware alone and to those of other tiers: to
assume it, to pass it to a service that runs code with it, to write its policies or who may assume it, to change what
runs with it, and to become administrator. What hangs on things that no capture holds (whether a function runs with the
role) is not judged, and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, time

from iam_guardrails.model.expected import Organization
from iam_guardrails.model.iam.escalation.findings import (
    ADMINISTRATOR,
    CAN,
    IF_OUTSIDE,
    UNDER,
    UNJUDGED,
    UNSEARCHED,
    Finding,
)
from iam_guardrails.model.iam.escalation.methods import published
from iam_guardrails.model.iam.escalation.outcome import escalations
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.review import Item
from iam_guardrails.rules.review.escalation import cuts, step_told
from iam_guardrails.rules.review.parts import Part, item_of

MOST_COST = 12_000
"""What the search may cost for all roles together (see escalation.steps.COSTS): about a second."""
_APART = "it has all the time it needs with"
_ALONE = "guardrails policy escalations --authorization-details FILE"
_VERBS = {CAN: "becomes", UNDER: "under conditions becomes"}


def becoming(
    basis: Basis, estate: Estate, pairs: Sequence[tuple[Part, Part]], missing: list[str]
) -> Iterator[Item]:  # fmt: skip
    """An item for each role that becomes one of another tier, or administrator; `missing` takes what is not judged."""
    arns = tuple(dict.fromkeys(part.role.arn for pair in pairs for part in pair))
    apart = {(one.role.arn, other.role.arn) for pair in pairs for one, other in (pair, pair[::-1])}
    now = basis.as_of or datetime.combine(basis.today, time(), UTC)
    organization = basis.expected.organization
    outcome = escalations(estate, arns, now=now, most=MOST_COST, starts=arns, organization=organization)
    yield from (_administrator(arn, keys) for arn, keys in outcome.administrators)
    wanted = [one for one in outcome.findings if one.end == ADMINISTRATOR or (one.principal, one.end) in apart]
    told = _told(estate, arns, now, wanted, organization)
    yield from (_item(one) for one in told if one.answer in (CAN, UNDER) and not _facts(one))
    missing += _left(told, f"`{basis.commands.escalations() or _ALONE}`")
    missing += [text for text in outcome.unread if text not in estate.gaps]


def _told(
    estate: Estate, arns: tuple[str, ...], now: datetime, found: Sequence[Finding], organization: Organization | None
) -> list[Finding]:  # fmt: skip
    """The findings, each by a chain that hangs on nothing which no capture holds, where there is one. Of a role that
    becomes administrator the roles that it then becomes are left out."""
    doubtful = {one.principal for one in found if _facts(one)}
    methods = [item for item in published() if not item.facts]
    again = escalations(estate, arns, methods=methods, now=now, most=MOST_COST, starts=doubtful,
                        organization=organization) if doubtful else None  # fmt: skip
    known = {(one.principal, one.end): one for one in again.of(CAN, UNDER)} if again else {}
    told = [known.get((one.principal, one.end), one) for one in found]
    raised = {one.principal for one in told if one.end == ADMINISTRATOR and one.answer == CAN and not _facts(one)}
    return [one for one in told if one.end == ADMINISTRATOR or one.principal not in raised]


def _administrator(arn: str, keys: Collection[str]) -> Item:
    under = f" under conditions ({', '.join(keys)})" if keys else ""
    return item_of(arn, "administrator", f"{_name(arn)} is an administrator{under}: nothing is apart from it", "high",
                   sorted(keys), [], f"give {_name(arn)} the permissions that it needs, and no others")  # fmt: skip


def _item(one: Finding) -> Item:
    steps = one.chain.steps if one.chain else ()
    whom = "administrator" if one.end == ADMINISTRATOR else _name(one.end)
    title = f"{_name(one.principal)} {_VERBS[one.answer]} {whom}{f' by {steps[0].name}' if steps else ''}"
    told = [[step.actor, step.method, step.target] for step in steps]
    reasons = [step_told(step) for step in steps]
    if one.chain and one.chain.depends_on:
        reasons.append(f"it depends on {', '.join(one.chain.depends_on)}")
    remedy = "; or ".join(cuts(steps[0])) if steps else "see the reasons"
    return item_of(f"{one.principal} {one.end}", "assumes", title, "high" if one.answer == CAN else "medium",
                   [one.answer, told], reasons, remedy)  # fmt: skip


def _left(found: Sequence[Finding], command: str) -> Iterator[str]:
    """Why it is not judged whether a role becomes others: a sentence for each role and reason. command: that searches
    on."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in found:
        if one.answer in (UNJUDGED, IF_OUTSIDE) or _facts(one):
            whom = "administrator" if one.end == ADMINISTRATOR else _name(one.end)
            reasons.setdefault((one.principal, _why(one, command)), []).append(whom)
    for (arn, why), names in reasons.items():
        yield f"whether {_name(arn)} becomes {listed(names, 6)}: {why}"


def _why(one: Finding, command: str) -> str:
    if one.answer != UNJUDGED and one.chain:
        actions = dict.fromkeys(item.action for step in one.chain.steps for item in step.permissions)
        facts = " and ".join(_facts(one)) or "what that needs is there"
        return f"it may call {', '.join(actions)}, and no capture tells whether {facts}"
    return f"{UNSEARCHED}; {_APART} {command}" if one.because == UNSEARCHED else one.because


def _facts(one: Finding) -> tuple[str, ...]:
    """What must be so besides, which no capture tells."""
    return one.chain.facts if one.chain else ()


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
