"""What comes next in an incident: the command a tired person needs."""

from __future__ import annotations

from datetime import datetime

from iam_guardrails.model.incident.incident import DECLARED, DONE, ENDED_STATE, INSIDE, Incident


def next_command(incident: Incident, now: datetime, sandbox: bool = False) -> str:
    """The next command, "" where the incident is closed."""
    flag = " --sandbox" if sandbox else ""
    begin = "guardrails breakglass"
    if incident.state == DONE:
        return ""
    if incident.state == ENDED_STATE:
        return f"{begin} close {incident.id}{flag}"
    if incident.state == DECLARED:
        if now >= incident.due_at:
            return f"{begin} extend {incident.id} --minutes 30 --reason WHY{flag}"
        return f"{begin} enter {incident.id}{flag}"
    return f"{begin} exit {incident.id}{flag}"


def standing(incident: Incident, now: datetime) -> str:
    """Where it stands, in a few words, e.g. "inside, 12 minutes left"."""
    left = min(int((incident.due_at - now).total_seconds() // 60), incident.minutes)  # a clock may be ahead
    late = f"{-left} minutes over" if left < 0 else f"{left} minutes left"
    words = {DECLARED: "declared, nobody entered", INSIDE: "inside", "left": "left, sessions not revoked",
             ENDED_STATE: "exited, not closed"}  # fmt: skip
    if incident.state == DONE:
        return "closed"
    return words[incident.state] if incident.state == ENDED_STATE else f"{words[incident.state]}, {late}"
