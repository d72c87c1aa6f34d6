"""How all incidents of a company stand today: what is open, what is late."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from iam_guardrails.model.incident.clocks import HERE, ahead
from iam_guardrails.model.incident.entry import flag_of
from iam_guardrails.model.incident.guiding import next_command, standing
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.review import after_late, late, prevention
from iam_guardrails.model.value import changed, frozen

AWAY = "(its record is on another machine, and in the store)"
"""What is said of a use that another machine has to go on with."""


@frozen
class Line:
    """One thing that somebody should know. wrong: whether it must not stay so.  next: a command, "" for none."""

    environment: str
    incident_id: str
    text: str
    wrong: bool
    next: str = ""


def lines_of(incidents: Iterable[Incident], now: datetime) -> tuple[Line, ...]:
    """What is open, by whom, and what is late, environment by environment, oldest first."""
    there = sorted(incidents, key=lambda item: (item.opened.environment, item.opened_at))
    found: list[Line] = []
    for item in there:
        found += _open(item, now) if item.is_open else _closed(item, now)
    for environment in sorted({item.opened.environment for item in there}):
        ids = [item.id for item in there if item.is_open and item.opened.environment == environment]
        if len(ids) > 1:
            text = f"{len(ids)} incidents are open at once ({', '.join(ids)}): opened on machines that did not know"
            found.append(Line(environment, ids[0], f"{text} of each other; close all but one", True))
    return tuple(found)


def next_of(lines: Iterable[Line]) -> str:
    """The command that is needed first: for what is wrong, then for what is open or due; "" where none is."""
    listed = [item for item in lines if item.next]
    return next((item.next for item in listed if item.wrong), listed[0].next if listed else "")


def of_another(line: Line, fetch: str) -> Line:
    """A line about a use that another machine has to go on with. fetch: the command that brings its record here."""
    return changed(line, text=f"{line.text} {AWAY}", next=fetch)


def _open(item: Incident, now: datetime) -> list[Line]:
    opened = item.opened
    text = f"{standing(item, now)}; {opened.person}: {opened.reason}"
    wrong = now > item.due_at or bool(ahead(item, ((HERE, now),)))
    return [Line(opened.environment, item.id, text, wrong, next_command(item, now, opened.simulated))]


def _closed(item: Incident, now: datetime) -> list[Line]:
    today, environment = now.date(), item.opened.environment
    found = [
        Line(
            environment,
            item.id,
            f"overdue since {one.due}: {one.what} ({one.owner})",
            True,
            after_late(one, flag_of(item)),
        )
        for one in late(item, today)
    ]
    found += [
        Line(environment, item.id, f"due {action.due}: prevention action {number}: {action.text} ({action.owner})",
             False, f"guardrails breakglass prevented {item.id} {number} --evidence TEXT{flag_of(item)}")
        for number, action, done in prevention(item) if done is None and action.due >= today.isoformat()
    ]  # fmt: skip
    return found
