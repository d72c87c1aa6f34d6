"""What the environment's own records say, in short: drills and incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_guardrails.model.value import frozen

if TYPE_CHECKING:
    from datetime import datetime


@frozen
class DrillSummary:
    """A drill; see model.drill.DrillRecord."""

    id: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    simulated: bool
    person: str = ""
    role_arn: str = ""
    incident_id: str = ""
    problems: tuple[str, ...] = ()


@frozen
class IncidentSummary:
    """A use of the role. state: see model.incident.incident.  entries: when somebody entered.  exited_at, closed_at:
    None where that has not happened.  hash: of the last line of its record."""

    id: str
    state: str
    opened_at: datetime
    due_at: datetime
    person: str
    reason: str
    entries: tuple[datetime, ...] = ()
    exited_at: datetime | None = None
    closed_at: datetime | None = None
    hash: str = ""
