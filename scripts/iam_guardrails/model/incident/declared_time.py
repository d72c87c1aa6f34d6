"""When an incident was declared: from its declaration, and from each extension, for so many minutes from then on.

An extension counts from when it was written, not from the end that it came too late for: what lies between is not
declared, though somebody wrote it down afterwards. Clocks may differ at the first and the last moment of each time; one
that an extension begins anew begins as written, for whoever wrote it had seen that the time was over.
"""

from __future__ import annotations

from datetime import datetime

from iam_guardrails.model.incident.against import MARGIN, told
from iam_guardrails.model.incident.incident import Incident


def declared_at(incident: Incident, at: datetime) -> bool:
    """Whether a moment was declared, as far as clocks may differ."""
    return any(begin <= at <= end + MARGIN for begin, end in _spans(incident))


def declared_until(incident: Incident, at: datetime) -> datetime:
    """The end of the declared time that a moment lies in, or comes after."""
    begun = [end for begin, end in _spans(incident) if begin <= at]
    return begun[-1] if begun else incident.due_at


def told_until(incident: Incident, at: datetime) -> str:
    """That end, and an extension which came after it and after the moment: a clause."""
    end = declared_until(incident, at)
    later = next((begin for begin, _ in _spans(incident) if begin > max(end, at)), None)
    return f"until {told(end)}" + (f", and extended only at {told(later)}" if later else "")


def _spans(incident: Incident) -> list[tuple[datetime, datetime]]:
    """Begin and end of each time that was declared, by time; those that meet within the margin are one."""
    found: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(incident.spans):
        if not found:
            found.append((begin - MARGIN, end))
        elif begin <= found[-1][1] + MARGIN:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found
