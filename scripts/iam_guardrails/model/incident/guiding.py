"""What comes next in an incident: the command a tired person needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.clocks import HERE, ahead
from iam_guardrails.model.incident.examined import SETTLED, Item
from iam_guardrails.model.incident.incident import DECLARED, DONE, ENDED_STATE, INSIDE, Incident
from iam_guardrails.model.incident.settle import SESSION, last_items


def next_command(incident: Incident, now: datetime, sandbox: bool = False) -> str:
    """The next command, "" where the incident is closed."""
    flag = " --sandbox" if sandbox else ""
    begin = "guardrails breakglass"
    if incident.state == DONE:
        return ""
    if incident.state == ENDED_STATE:
        return f"{begin} close {incident.id}{flag}"
    if incident.state == DECLARED:
        if seen := _seen(incident):
            return f"{begin} {'exit' if _alive(seen) else 'close'} {incident.id}{flag}"
        if ahead(incident, ((HERE, now),)):
            return f"{begin} open {incident.opened.environment} --reason WHY --minutes 30{flag}"
        if now >= incident.due_at:
            return f"{begin} extend {incident.id} --minutes 30 --reason WHY{flag}"
        return f"{begin} enter {incident.id}{flag}"
    return f"{begin} exit {incident.id}{flag}"


def _seen(incident: Incident) -> tuple[Item, ...]:
    """The sessions that the last examination found in CloudTrail; the steps of the record may know of none."""
    return tuple(item for item in last_items(incident) if item.kind == SESSION)


def _alive(sessions: Iterable[Item]) -> bool:
    return any(item.verdict not in SETTLED for item in sessions)


def standing(incident: Incident, now: datetime) -> str:
    """Where it stands, in a few words, e.g. "inside, 12 minutes left"."""
    left = min(int((incident.due_at - now).total_seconds() // 60), incident.minutes)  # a clock may be ahead
    late = f"{counted(-left, 'minute')} over" if left < 0 else f"{counted(left, 'minute')} left"
    words = {DECLARED: "declared, nobody entered", INSIDE: "inside", "left": "left, sessions not revoked",
             ENDED_STATE: "exited, not closed"}  # fmt: skip
    if incident.state == DONE:
        return "closed"
    if incident.state == DECLARED and (seen := _seen(incident)):
        number = counted(len(seen), "session")
        return f"entered without `enter`: CloudTrail tells of {number}, {'not revoked' if _alive(seen) else 'over'}"
    if incident.state == DECLARED and ahead(incident, ((HERE, now),)):
        return f"dated ahead ({incident.opened_at:%Y-%m-%d %H:%M} UTC), so it admits nobody"
    return words[incident.state] if incident.state == ENDED_STATE else f"{words[incident.state]}, {late}"
