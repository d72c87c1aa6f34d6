"""Whether an incident is dated ahead: the clock of the machine that opened it was, so its time is nobody's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import ENTERED, Step

TOLERANCE = timedelta(minutes=5)
"""By so much clocks may differ; AWS refuses what is signed with one that is further off."""
HERE, AWS, STORE = "this machine's clock", "AWS's clock", "the store"


def ahead(incident: Incident, clocks: Iterable[tuple[str, datetime | None]]) -> str:
    """A clause about who knows better, "" where nobody does: a clock that is behind the declaration, or a later step.

    clocks: what they are, and what they say; None: nothing.
    """
    latest = incident.opened_at - TOLERANCE
    if step := _before(incident, latest):
        return f"step {step.number}, written later by {step.by}, is of {_told(dated(step))}"
    for name, at in clocks:
        if at is not None and at < latest:
            return f"by {name} it {'was written' if name == STORE else 'is'} {_told(at)}"
    return ""


def dated(step: Step) -> datetime:
    """When a step was taken: of an entry by AWS's clock, of others by that of the machine that wrote it."""
    if step.kind != ENTERED:
        return step.at
    return step.at - timedelta(seconds=int(step.content.get("clock_ahead_seconds", 0)))


def _before(incident: Incident, latest: datetime) -> Step | None:
    """The step that proves that the opening clock was ahead: an entry, which AWS dated, or one of the same machine that
    no later one of it, nor an entry, follows with a time past the declaration.

    That another machine's clock is behind tells of that clock, not of the declaration.
    """
    found: Step | None = None
    for step in incident.steps[1:]:
        early = dated(step) < latest
        if step.kind == ENTERED and early:
            return step
        if step.kind == ENTERED or _machine(step) == _machine(incident.steps[0]):
            found = (found or step) if early else None
    return found


def _machine(step: Step) -> str:
    return step.by.rpartition("@")[2]


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
