"""What may stay and what somebody vouches for, laid over what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from iam_guardrails.model.incident.examined import (
    ACCEPTED_UNTIL,
    LASTING,
    NOT_JUDGED,
    OPEN,
    SAID,
    SETTLED,
    STATED,
    Examined,
    Item,
    Stated,
)
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import ACCEPTED, EXAMINED, Accepted
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed

SESSION = "session"
"""The kind of an item that is a session (model.incident.effects.sessions)."""
MOST_DAYS = 90
"""For how long something temporary may be accepted at once."""


def settled(items: Iterable[Item], incident: Incident, today: date) -> tuple[Item, ...]:
    """The items as acceptances and statements leave them.

    A statement counts only for what nobody can look at, and for what was taken away or closed, of which only a person
    can say that it is to stay so: what else is seen to be open stays open. An acceptance whose day is
    past counts no more. Neither counts for another state than the one it was given for, or after a further call.
    """
    accepted = {item.item: item for item in incident.contents(ACCEPTED, Accepted)}
    stated = {item.item: item for item in incident.contents(STATED, Stated)}
    return tuple(_settled(item, accepted.get(item.id), stated.get(item.id), today) for item in items)


def _settled(item: Item, accepted: Accepted | None, stated: Stated | None, today: date) -> Item:
    if item.verdict in SETTLED:
        return item
    if stated and item.verdict == NOT_JUDGED:
        if _is_of(stated, item):
            return changed(item, verdict=SAID, why=f"evidence: {stated.evidence}")
        item = changed(item, why=f"{item.why}; what was said to be undone ({stated.evidence}) was {_OTHER}")
    elif stated and item.may_stay:
        if _is_of(stated, item):
            return changed(
                item, verdict=LASTING, why=f"it is to stay so, as somebody says; evidence: {stated.evidence}"
            )
        item = changed(item, why=f"{item.why}; what was said to stay ({stated.evidence}) was {_OTHER}")
    if item.kind == SESSION:  # a session that lives is no thing that may stay
        return item
    if accepted and not _is_of(accepted, item):
        return changed(item, why=f"{item.why}; what {accepted.owner} accepted ({accepted.ticket}) was {_OTHER}")
    if accepted and date.fromisoformat(accepted.until) >= today:
        why = (
            f"{item.verdict}, may stay until {accepted.until} ({accepted.owner}, {accepted.ticket}: {accepted.reason})"
        )
        return changed(item, verdict=ACCEPTED_UNTIL, why=why)
    if accepted:
        return changed(item, why=f"{item.why}; the acceptance of {accepted.owner} ended on {accepted.until}")
    return item


_OTHER = "another state, or before a later call"


def _is_of(given: Accepted | Stated, item: Item) -> bool:
    """Whether an acceptance or a statement was given for what is seen now, and for every call that led to it."""
    return given.seen == item.seen and set(item.writes) <= set(given.writes)


def unsettled(items: Iterable[Item]) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """What is still open, and what could not be judged."""
    listed = tuple(items)
    return (tuple(item for item in listed if item.verdict == OPEN),
            tuple(item for item in listed if item.verdict == NOT_JUDGED))  # fmt: skip


_GO_ON = "go on with guardrails breakglass close"


def item_named(items: Sequence[Item], wanted: str) -> Item:
    """The item of that id, or the only one with that beginning or end. Raises Problem."""
    exact = [item for item in items if item.id == wanted]
    fitting = exact or [item for item in items if len(wanted) >= 4 and (item.id.startswith(wanted)
                                                                        or item.id.endswith(wanted))]  # fmt: skip
    if len(fitting) > 1:
        several = ", ".join(item.id for item in fitting)
        raise Problem(f"{wanted[:80]!r} is ambiguous, and names no single item: write one of {several}")
    if not fitting:
        there = ", ".join(item.id for item in items)
        which = f"give one of: {there}" if there else "there is none: `guardrails breakglass close` looks first"
        raise Problem(f"{wanted[:80]!r} names no single item of the examination; {which}")
    return fitting[0]


def acceptance(item: Item, owner: str, ticket: str, until: str, reason: str, today: date) -> Accepted:
    """An acceptance. Raises Problem where its day is none, past, or too far away, or something is empty."""
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise Problem(f"--until {until!r} is no day; write 2026-03-31") from None
    if day < today:
        raise Problem(f"--until {until} is past; choose a day from today on")
    if (day - today).days > MOST_DAYS:
        raise Problem(f"--until {until} is more than {MOST_DAYS} days away; accept it for less, and look again then")
    for name, text in (("--owner", owner), ("--ticket", ticket), ("--reason", reason)):
        if not text.strip():
            raise Problem(f"{name} is empty: what stays has an owner, a ticket and a reason")
    if item.kind == SESSION:
        raise Problem(f"{item.id} is a session: it cannot be accepted; end it with guardrails breakglass exit")
    if item.verdict in SETTLED and item.verdict != ACCEPTED_UNTIL:
        raise Problem(f"{item.id} is {item.verdict}: there is nothing to accept; {_GO_ON}")
    return Accepted(item.id, owner, ticket, day.isoformat(), reason, item.seen, item.writes)


def statement(item: Item, evidence: str) -> Stated:
    """Somebody's word. Raises Problem for what a look can tell and what may not stay, or without evidence."""
    if not evidence.strip():
        raise Problem("--evidence is empty: say where it can be seen that this is undone")
    if item.verdict == OPEN and not item.may_stay:
        raise Problem(
            f"{item.id} is seen to be still open ({item.why}); undo it, or let it stay: guardrails breakglass accept"
        )
    if item.verdict not in (OPEN, NOT_JUDGED):
        raise Problem(f"{item.id} is {item.verdict}: nobody needs to vouch for it; {_GO_ON}")
    return Stated(item.id, evidence.strip(), item.seen, item.writes)


def last_items(incident: Incident) -> tuple[Item, ...]:
    """The items of the last examination; none where there was none."""
    found = incident.contents(EXAMINED, Examined)
    return found[-1].items if found else ()
