"""Box of the quarter: who can raise themselves to administrator or enter a break-glass role, and what cuts that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time

from iam_guardrails.model.iam.escalation.chains import ChainStep
from iam_guardrails.model.iam.escalation.findings import (
    CAN,
    IF_OUTSIDE,
    UNDER,
    UNJUDGED,
    UNSEARCHED,
    Finding,
)
from iam_guardrails.model.iam.escalation.outcome import escalations
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.power import power_of

ID, TITLE = "escalation", "Ways to administrator"
ASKS = "Least-privilege revalidation: nobody can raise themselves"
MOST_COST = 15_000
"""What the search may cost (see escalation.steps.COSTS): a few seconds. That somebody reaches nothing is mostly seen
without a search, however many there are."""
UNFINISHED = "Not searched to the end"
_APART = "it has all the time it needs apart from a review, by the action escalations of guardrails policy"
_SEVERITY = {CAN: "high", UNDER: "medium", IF_OUTSIDE: "low"}
_SCPS = "service control policies are not looked at: one may stop what is shown here"


def box(basis: Basis, most: int | None = MOST_COST) -> Box:
    """An item for each principal and end that a chain leads to; administrators stand in the table.

    most: see `escalations`. Whose search would go beyond it is named, everyone of them, and not judged.
    """
    if isinstance(basis.estate, Unknown):
        return Box(ID, TITLE, ASKS, 0, not_judged=(f"every principal: {basis.estate.reason}",))
    roles = {item.name: item.arn for item in basis.estate.roles}
    guarded = [roles[name] for name in basis.expected.role_names if name in roles]
    lane = basis.expected.identity_center
    outcome = escalations(
        basis.estate, guarded, basis.expected.people, permission_set=lane.permission_set if lane else "",
        now=basis.as_of or datetime.combine(basis.today, time(), UTC), most=most,
        organization=basis.expected.organization,
    )  # fmt: skip
    items = tuple(_item(basis, one) for one in outcome.of(CAN, UNDER, IF_OUTSIDE))
    unjudged = outcome.of(UNJUDGED)
    open_ones = [f"{_short(one.principal)} to {_end(one)}: {one.because}"
                 for one in unjudged if one.because != UNSEARCHED]  # fmt: skip
    beyond = [one for one in unjudged if one.because == UNSEARCHED]
    open_ones += _beyond(beyond, outcome.judged)
    rows = tuple((_short(arn), ", ".join(keys) or "nothing") for arn, keys in outcome.administrators)
    tables = (Table("Administrators already", ("principal", "depends on"), rows),) if rows else ()
    if beyond:
        told = tuple((_short(one.principal), _end(one)) for one in beyond)
        tables = (*tables, Table(UNFINISHED, ("principal", "to"), told))
    command = basis.commands.escalations()
    notes = (_SCPS, *([f"the same without an end to the search: `{command}`"] if command and beyond else []))
    return Box(ID, TITLE, ASKS, outcome.judged, items, (*open_ones, *outcome.unread), notes, tables)


def _beyond(found: Sequence[Finding], judged: int) -> Iterator[str]:
    """Whose search was not made to the end, in one sentence; the table names all of them."""
    names = dict.fromkeys(_short(one.principal) for one in found)
    if names:
        yield f"{len(names):,} of {judged:,} principals ({listed(names)}): {UNSEARCHED}; {_APART}"


def _short(arn: str) -> str:
    return arn.split(":", 5)[-1]


def _end(one: Finding) -> str:
    return "administrator" if one.end == "administrator" else _short(one.end)


def _item(basis: Basis, one: Finding) -> Item:
    steps = one.chain.steps if one.chain else ()
    reasons = tuple(step_told(step) for step in steps)
    verb = {CAN: "can become", UNDER: "can under conditions become", IF_OUTSIDE: "may become"}[one.answer]
    title = f"{_short(one.principal)} {verb} {_end(one)}{f' by {steps[0].name}' if steps else ''}"
    told = [(step.actor, step.method, step.target) for step in steps]
    meaning = fingerprint([one.answer, told, power_of(basis, one.principal)])
    evidence = (("depends on", listed(one.chain.depends_on) or "nothing"), ("facts", listed(one.chain.facts) or "none")
                ) if one.chain else ()  # fmt: skip
    severity = _SEVERITY[one.answer]
    return Item(item_id(ID, f"{one.principal} {one.end}", "raise"), ID, one.principal, title,
                "critical" if one.answer == CAN and one.guarded else severity, meaning, reasons,
                evidence, "; or ".join(cuts(steps[0])) if steps else "see the reasons")  # fmt: skip


def step_told(step: ChainStep) -> str:
    """A step of a chain as a sentence: who does what, on what, by which statements."""
    where = f" on {_short(step.target)}" if step.target and step.target != step.actor else ""
    because = listed({text for item in step.permissions for text in item.statements}, 4)
    return f"{_short(step.actor)}: {step.name}{where}{f', by {because}' if because else ''}"


def cuts(step: ChainStep) -> Iterator[str]:
    """What cuts a chain at its first step."""
    if not step.permissions:
        return
    first = next((item for item in step.permissions if item.resource == step.target), step.permissions[0])
    if first.removable:
        yield f"remove {listed(first.removable, 4)}"
    yield f"deny {first.action} to {_short(step.actor)}"
