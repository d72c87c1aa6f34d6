"""What every form of the dossier says, worked out once from the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.examined import (
    MANAGED,
    NOT_JUDGED,
    OPEN,
    STATED,
    Closed,
    Done,
    Examined,
    Item,
    StateChange,
)
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.settle import SESSION
from iam_guardrails.model.incident.step import (
    ACCEPTED,
    BEFORE,
    CLOSED,
    ENTERED,
    EXAMINED,
    EXITED,
    EXTENDED,
    LEFT,
    NOTED,
    OPENED,
    Entered,
    Exited,
    Step,
)
from iam_guardrails.model.incident.undoing import in_undo_order
from iam_guardrails.model.incident.unsure import may_be_done
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

ORDER = (OPEN, NOT_JUDGED)
UNDO, UNLESS = "undo", "no line to paste; only if it was meant to be as before"
"""What stands before a command: one that undoes a thing, and one that also does what only a person may want."""
STAMP, CLOCK = "%Y-%m-%d %H:%M:%S", "%H:%M"


@frozen
class Dossier:
    """A closed use. environment: its name."""

    environment: str
    incident: Incident
    examined: Examined
    closed: Closed
    closed_step: Step

    @property
    def title(self) -> str:
        """The heading."""
        return f"Break-glass use {self.incident.id} in {self.environment}"


def dossier_of(environment: str, incident: Incident) -> Dossier:
    """The dossier of a closed use. Raises Problem where it is not closed, or its examination is missing."""
    closed = incident.contents(CLOSED, Closed)
    if not closed:
        raise Problem(f"{incident.id} is not closed, so there is no dossier of it yet")
    number = closed[-1].examined
    looked = {step.number: found for step, found in zip(incident.of(EXAMINED), incident.contents(EXAMINED, Examined),
                                                        strict=True)}  # fmt: skip
    if number not in looked:
        raise Problem(f"the record of {incident.id} lacks the examination that its close names (step {number})")
    return Dossier(environment, incident, looked[number], closed[-1], incident.of(CLOSED)[-1])


def harmless(text: str) -> str:
    """Text without what a terminal would obey or XML does not know: names come from whoever made the calls."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def changes(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items that are changes: a session of the role is none."""
    return tuple(item for item in items if item.kind != SESSION)


def ordered(items: Sequence[Item]) -> list[Item]:
    """The items, what is open first, in the order in which it can be undone, then what nobody could judge."""
    by_time = [item for item in items if item.verdict != OPEN]
    return sorted(
        [*in_undo_order(item for item in items if item.verdict == OPEN), *by_time],
        key=lambda item: ORDER.index(item.verdict) if item.verdict in ORDER else len(ORDER),
    )


def verdict_of(item: Item) -> str:
    """A verdict with what it rests on, in a line."""
    where = f" ({item.address})" if item.verdict == MANAGED else ""
    return f"{item.verdict}{where}: {item.why}"


def who(dossier: Dossier) -> Iterator[str]:
    """Who entered, through which lane; a clause each."""
    entered = dossier.incident.contents(ENTERED, Entered)
    for one in dict.fromkeys((item.principal, item.lane, item.session_name) for item in entered):
        yield f"{one[0]} through the lane {one[1]}, session {one[2]}"
    known = {item.session_arn for item in entered}
    for call in dossier.examined.calls:
        if (
            call.action.startswith("sts:AssumeRole")
            and call.outcome == "ok"
            and call.caller not in known
            and call.caller
        ):
            yield f"{call.caller} assumed {call.what or 'a role'} at {call.at}, as CloudTrail says"


def when(dossier: Dossier) -> str:
    """Entered, left, revoked: the line of the change log."""
    incident = dossier.incident
    entered = [step.at.strftime(CLOCK) for step in incident.of(ENTERED)]
    entered = entered or [call.at[11:16] for call in dossier.examined.calls if call.action.startswith("sts:AssumeRole")
                          and call.outcome == "ok"][:1]  # fmt: skip
    left = [step.at.strftime(CLOCK) for step in incident.of(LEFT)]
    revoked = [item.issued_before.strftime(CLOCK) for item in incident.contents(EXITED, Exited) if item.issued_before]
    return (
        f"declared {incident.opened_at:%Y-%m-%d %H:%M}, entered {', '.join(entered) or 'never'}, left"
        f" {', '.join(left) or 'not recorded'}, sessions revoked {', '.join(revoked) or 'not recorded'}"
        " (AWSRevokeOlderSessions)"
    )


def completeness(examined: Examined, closed: Closed | None = None) -> list[str]:
    """How complete the picture can be; sentences."""
    if examined.incomplete:
        said = f" It was closed nevertheless: {closed.incomplete}" if closed and closed.incomplete else ""
        return [f"This may be incomplete: {'; '.join(examined.incomplete)}.{said}", *examined.notes]
    return [f"Nothing is known to be missing from {examined.source} ({examined.since} to {examined.until}).",
            *examined.notes]  # fmt: skip


def difference(item: StateChange) -> str:
    """A difference between before and now, in a line."""
    what = f"{item.kind} {item.thing}" + (f", {item.part}" if item.part else "")
    by = f" ({'; '.join(filter(None, (item.item, item.who))) or 'nobody knows by whom'})"
    return f"{what}: {item.before} -> {item.now}{by}"


def refused(examined: Examined) -> tuple[Done, ...]:
    """Calls that AWS refused, so that nothing is left of them; not those that it answered with an error of its own."""
    return tuple(call for call in examined.calls if not may_be_done(call.outcome))


ROTATE = "Secret values that were read, so that whoever entered has seen them: rotate each"


def secrets_read(examined: Examined) -> list[str]:
    """The secret values that the sessions were shown, each in a line."""
    return [
        f"rotate {item.what} ({item.action}, {counted(item.number, 'time')}, last {item.last_at})"
        for item in examined.secrets_read
    ]


def step_told(step: Step) -> str:
    """A step of the record in a line."""
    content = step.content
    match step.kind:
        case kind if kind == OPENED:
            return f"declared: {content.get('reason', '')}"
        case kind if kind == ENTERED:
            return f"entered as {content.get('session_name', '')} ({content.get('lane', '')}, {content.get('how', '')})"
        case kind if kind == LEFT:
            return f"left: {content.get('how', '')}"
        case kind if kind == EXITED:
            until = content.get("issued_before")
            return (
                f"sessions issued before {until} ended" if until else f"exit not written: {content.get('why_not', '')}"
            )
        case kind if kind == EXTENDED:
            return f"extended by {content.get('minutes', '')} minutes: {content.get('reason', '')}"
        case kind if kind == NOTED:
            return f"note: {content.get('text', '')}"
        case kind if kind == ACCEPTED:
            return f"accepted {content.get('item', '')} until {content.get('until', '')} ({content.get('owner', '')})"
        case kind if kind == BEFORE:
            lost = content.get("why_not")
            return f"the account before: {f'not captured, {lost}' if lost else content.get('file')}"
        case kind if kind == STATED:
            return f"said to be undone, or to stay: {content.get('item', '')} ({content.get('evidence', '')})"
        case kind if kind == EXAMINED:
            there = content.get("items", ())
            left = sum(item.get("verdict") in ORDER for item in there)
            number = sum(item.get("kind") != SESSION for item in there)
            return f"examined: {counted(number, 'change')}, {left} items open or not judged"
        case _:
            return str(step.kind)
