"""What a closed use of the role still asks for: actions that are late, acceptances that ended, what is open again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from iam_guardrails.model.incident.contents import content_of
from iam_guardrails.model.incident.examined import (
    ACCEPTED_UNTIL,
    PREVENTED,
    SETTLED,
    STATED,
    Closed,
    Examined,
    Prevented,
    Prevention,
    Stated,
)
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import ACCEPTED, CLOSED, EXAMINED, Accepted
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

MOST_DAYS = 366


@frozen
class Late:
    """Something that is late. what: a clause.  owner: whose it is.  due: a day, ISO 8601.

    number: of the prevention action; 0 for an acceptance, and for what is open again.
    """

    incident_id: str
    what: str
    owner: str
    due: str
    number: int = 0


def prevention(incident: Incident) -> tuple[tuple[int, Prevention, Prevented | None], ...]:
    """The prevention actions of a closed use: number, action, and how it was done, None where it is not."""
    closed = incident.contents(CLOSED, Closed)
    done = {item.number: item for item in incident.contents(PREVENTED, Prevented)}
    actions = closed[-1].prevention if closed else ()
    return tuple((number, item, done.get(number)) for number, item in enumerate(actions, start=1))


def late(incident: Incident, today: date) -> tuple[Late, ...]:
    """What is late in a use: prevention actions past their day, acceptances whose day is past, and what is open again.

    An acceptance of what the last examination (`close --again`) found undone is not late.
    """
    found = [
        Late(incident.id, f"prevention action {number}: {item.text}", item.owner, item.due, number)
        for number, item, done in prevention(incident) if done is None and item.due < today.isoformat()
    ]  # fmt: skip
    latest = {item.item: item for item in incident.contents(ACCEPTED, Accepted)}
    looked = incident.contents(EXAMINED, Examined)
    verdicts = {item.id: item.verdict for item in looked[-1].items} if looked else {}
    found += [
        Late(incident.id, f"{item.item} was accepted and is open again: {item.reason}", item.owner, item.until)
        for item in latest.values()
        if item.until < today.isoformat() and verdicts.get(item.item) not in SETTLED - {ACCEPTED_UNTIL}
    ]  # fmt: skip
    return (*found, *_open_again(incident, today))


def _open_again(incident: Incident, today: date) -> Iterator[Late]:
    """What an examination after the close found neither undone nor judged, and nobody settled since."""
    closed, looked = incident.of(CLOSED), incident.of(EXAMINED)
    if not (closed and looked) or looked[-1].number < closed[-1].number:
        return
    since = [item for item in incident.steps if item.number > looked[-1].number]
    said = [content_of(item, Accepted) for item in since if item.kind == ACCEPTED]
    settled = {item.item for item in said if item.until >= today.isoformat()}
    settled |= {content_of(item, Stated).item for item in since if item.kind == STATED}
    overdue = {item.item for item in incident.contents(ACCEPTED, Accepted) if item.until < today.isoformat()}
    for item in content_of(looked[-1], Examined).items:
        if item.verdict not in SETTLED and item.id not in settled | overdue:
            what = f"{item.id} was found {item.verdict} after the close: {item.told}"
            yield Late(incident.id, what, incident.opened.person, f"{looked[-1].at:%Y-%m-%d}")


def after_late(late: Late, flag: str = "") -> str:
    """The command that settles what is late. flag: what commands about the incident need beside its id."""
    return f"guardrails {' '.join(settling(late))}{flag}"


def settling(late: Late) -> tuple[str, ...]:
    """The words of that command, after the program's own."""
    if late.number:
        return ("breakglass", "prevented", late.incident_id, str(late.number), "--evidence", "TEXT")
    return ("breakglass", "close", late.incident_id, "--again")


def prevention_of(text: str, owner: str, due: str, today: date) -> Prevention:
    """A prevention action. Raises Problem where something is empty, or its day is none, past or too far away."""
    for name, value in (("text", text), ("owner", owner)):
        if not value.strip():
            raise Problem(f"a prevention action has no {name}: say --prevent TEXT --owner NAME --due DAY")
    try:
        day = date.fromisoformat(due)
    except ValueError:
        raise Problem(f"{due!r} is no day; write one like 2026-03-31") from None
    if not today <= day <= today + timedelta(days=MOST_DAYS):
        raise Problem(f"{due} is past, or over {MOST_DAYS} days away; choose another day")
    return Prevention(text.strip(), owner.strip(), day.isoformat())


def done(incident: Incident, number: int, evidence: str) -> Prevented:
    """That a prevention action is done. Raises Problem where there is no such action, or no evidence."""
    there = {one: (action, made) for one, action, made in prevention(incident)}
    if number not in there:
        has = f"it has {len(there)}, and `guardrails breakglass status` tells which are due"
        raise Problem(f"{incident.id} has no prevention action {number}; {has}")
    if not evidence.strip():
        raise Problem("--evidence is empty: say where it can be seen that the action is done")
    return Prevented(number, evidence.strip())
