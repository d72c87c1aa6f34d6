"""Whether an incident is dated ahead: the clock of the machine that opened it was, so its time is nobody's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from iam_guardrails.model.incident.incident import Incident

TOLERANCE = timedelta(minutes=5)
"""By so much clocks may differ; AWS refuses what is signed with one that is further off."""
HERE, AWS, STORE = "this machine's clock", "AWS's clock", "the store"


def ahead(incident: Incident, clocks: Iterable[tuple[str, datetime | None]]) -> str:
    """A clause about who knows better, "" where nobody does: a clock that is behind the declaration, or a later step.

    clocks: what they are, and what they say; None: nothing.
    """
    latest = incident.opened_at - TOLERANCE
    for step in incident.steps[1:]:
        if step.at < latest:
            return f"step {step.number}, written later by {step.by}, is of {_told(step.at)}"
    for name, at in clocks:
        if at is not None and at < latest:
            return f"by {name} it {'was written' if name == STORE else 'is'} {_told(at)}"
    return ""


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
