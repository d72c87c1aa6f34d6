"""Incidents for a terminal and as JSON. The last line is what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from iam_guardrails.model.codec import encode
from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.contents import CONTENTS, content_of
from iam_guardrails.model.incident.examined import NOT_JUDGED, PREVENTED, SETTLED, STATED, WRITTEN
from iam_guardrails.model.incident.guiding import next_command, standing
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.settle import SESSION
from iam_guardrails.model.incident.standing import AWAY, Line, lines_of, next_of, of_another
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
    Before,
    Step,
)
from iam_guardrails.reports.escaping import as_json, shown
from iam_guardrails.reports.fitting import wrapped

NOTHING = "nothing is to be done"
"""The last line where no command is needed."""


class Style(Protocol):
    """How words are set off (adapters.terminal.Style)."""

    def bold(self, text: str) -> str:
        """What matters most."""

    def alarm(self, text: str) -> str:
        """What is wrong."""

    def good(self, text: str) -> str:
        """What is right."""

    def quiet(self, text: str) -> str:
        """What may be skipped."""


def opened_text(incident: Incident, path: str, now: datetime, style: Style) -> str:
    """An incident that was just declared."""
    opened = incident.opened
    person = shown(opened.person)
    lines = [
        *wrapped(
            "",
            f"{style.bold(incident.id)} is declared for {style.bold(opened.environment)}, account"
            f" {opened.account_id}, {opened.region}",
        ),
        *_field("why", shown(opened.reason)),
        *_field("until", f"{incident.due_at:%H:%M} UTC ({opened.minutes} minutes), purpose {opened.purpose}"),
        *_field("who", person if opened.known else f"{person} {style.alarm('(not in guardrails.toml)')}"),
        *_field("ticket", shown(opened.ticket)),
        *_before(incident, style),
        *_field("record", path),
    ]
    return "\n".join([*lines, *_next(incident, now, style)]) + "\n"


def _before(incident: Incident, style: Style) -> Iterator[str]:
    for item in incident.contents(BEFORE, Before):
        if item.why_not:
            yield from _field("before", f"{style.alarm('NOT captured')}: {shown(item.why_not)}")
            yield from _field("", "closing will lack what to compare with")
        else:
            lost = f"; not read: {', '.join(sorted(item.refused))}" if item.refused else ""
            yield from _field("before", f"{style.good('captured')} in {item.file}{lost}")


def show_text(incident: Incident, path: str, now: datetime, style: Style, away: str = "") -> str:
    """One incident, step by step. away: the command that brings its record here, where another machine has it."""
    opened = incident.opened
    lines = [
        *wrapped(f"{style.bold(incident.id)}  ", standing(incident, now)),
        *_field("where", f"{opened.environment}, account {opened.account_id}, {opened.region}"),
        *_field("why", shown(opened.reason)),
        *_field("who", shown(opened.person)),
        "",
        *(line for item in incident.steps for line in _step(item)),
        *(f"  {style.alarm('clock')}  it went back {seconds} s before step {number}"
          for number, seconds in incident.jumps()),
        "",
        *_field("record", path),
    ]  # fmt: skip
    return "\n".join([*lines, *(_there(incident, now, away, style) if away else _next(incident, now, style))]) + "\n"


def _there(incident: Incident, now: datetime, fetch: str, style: Style) -> list[str]:
    """What another machine has to go on with, and what lets this one."""
    command = _after(incident, now)
    wrote = shown(incident.steps[-1].by)
    there = [*wrapped("", f"its record is on another machine ({wrote} wrote it last); go on there with:"),
             f"  {command}", "or bring its record here first:"]  # fmt: skip
    return [*there, *_command(fetch, style)]


def _step(item: Step) -> Iterator[str]:
    stamp = f"  {item.number:>3}  {item.at:%Y-%m-%d %H:%M:%S}  {item.kind:<10}"
    yield from wrapped(stamp, shown(told(item)))


def told(item: Step) -> str:
    """What a step says, in a line."""
    form = CONTENTS.get(item.kind)
    got: Mapping[str, Any] = item.content if form is None else encode(content_of(item, form))
    match item.kind:
        case k if k == OPENED:
            return f"{got['minutes']} minutes, {got['purpose']}, by {item.by}"
        case k if k == BEFORE:
            return f"not captured: {got['why_not']}" if got.get("why_not") else f"kept in {got['file']}"
        case k if k == EXTENDED:
            return f"{got['minutes']} minutes more: {got['reason']}"
        case k if k == ENTERED:
            program = f" {got['program']}" if got.get("program") else ""
            return f"{got['principal']} in {got['account_id']}, {got['how']}{program}, until {got['expires_at'][11:16]}"
        case k if k == LEFT:
            return f"{got['how']} after {got['seconds']} s, exit code {got['exit_code']}"
        case k if k == EXITED:
            since = got.get("issued_before")
            return f"sessions issued before {since[11:19]} are refused" if since else f"NOT revoked: {got['why_not']}"
        case k if k == ACCEPTED:
            return f"{got['item']} may stay until {got['until']} ({got['owner']}, {got['ticket']})"
        case k if k == NOTED:
            return str(got["text"])
        case k if k == CLOSED:
            return str(got.get("what_happened", ""))
        case k if k == EXAMINED:
            there = got.get("items", ())
            left = sum(one.get("verdict") not in SETTLED for one in there)
            number = sum(one.get("kind") != SESSION for one in there)
            seen = ", ".join(str(one.get("what", "")) for one in got.get("secrets_read", ()))
            rotate = f"; secrets were read, rotate: {seen}" if seen else ""
            return f"{number} thing{' was' if number == 1 else 's were'} changed, {left} not settled{rotate}"
        case k if k == STATED:
            return f"{got['item']} is undone: {got['evidence']}"
        case k if k == PREVENTED:
            return f"prevention action {got['number']} is done: {got['evidence']}"
        case k if k == WRITTEN:
            return f"the dossier came out another way: {', '.join(got['files'])}"
    return f"by {item.by}"


def list_text(incidents: Iterable[Incident], now: datetime, style: Style, away: Mapping[str, str] | None = None) -> str:
    """All incidents, newest first, a line or two each, and the command for what is late or open.

    away: ids of those whose records are on another machine -> the command that brings one here.
    """
    lines, listed, away = list[str](), tuple(incidents), away or {}
    for item in sorted(listed, key=lambda one: one.opened_at, reverse=True):
        where = f" {AWAY}" if item.id in away else ""
        lines += wrapped(f"{item.id}  {item.opened.environment:<8} ", f"{standing(item, now)}{where}")
        lines += wrapped("    ", shown(f"{item.opened.person}: {item.opened.reason}"))
    lines = lines or ["no incident was ever declared"]
    told = [of_another(line, away[line.incident_id]) if line.incident_id in away else line
            for line in lines_of(listed, now)]  # fmt: skip
    return "\n".join([*lines, *_command(next_of(told), style)]) + "\n"


def status_text(lines: Iterable[Line], broken: Iterable[str], number: int, style: Style) -> str:
    """What is open and what is late, and the command for the first of it."""
    listed, told = tuple(lines), []
    for item in listed:
        word = style.alarm("LATE ") if item.wrong else "     "
        told += wrapped(f"{word} {item.incident_id}  {item.environment:<8} ", shown(item.text))
    for text in broken:
        told += wrapped("" if text.startswith(NOT_JUDGED) else f"{style.alarm('BROKEN')} ", shown(text))
    if not told:
        told = [f"nothing is open and nothing is late; {counted(number, 'incident')} on record"]
    return "\n".join([*told, *_command(next_of(listed), style)]) + "\n"


def status_json(lines: Iterable[Line], broken: Iterable[str]) -> str:
    """The same as JSON."""
    told = [
        {"environment": item.environment, "incident": item.incident_id, "text": item.text, "wrong": item.wrong,
         "next": item.next}
        for item in lines
    ]  # fmt: skip
    return as_json({"lines": told, "broken": list(broken)})


def opened_json(incident: Incident, path: str, now: datetime, following: str | None = None) -> str:
    """An incident as JSON. following: see `values`."""
    return as_json(values(incident, path, now, following))


def values(incident: Incident, path: str, now: datetime, following: str | None = None) -> dict[str, Any]:
    """An incident in JSON values: the declaration, where it stands, its steps, and the next command.

    following: that command, where it is not the record's own machine that is asked.

    Its id is "incident" here, as in what every command prints; in the steps it is as the record has it.
    """
    declared = {name: value for name, value in incident.steps[0].content.items() if name != "incident_id"}
    return {
        "incident": incident.id, **declared, "opened_at": incident.opened_at.isoformat(), "state": incident.state,
        "due_at": incident.due_at.isoformat(), "record": path,
        "steps": [{"number": item.number, "at": item.at.isoformat(), "kind": item.kind, "by": item.by,
                   "content": dict(item.content)} for item in incident.steps],
        "next": _after(incident, now) if following is None else following,
    }  # fmt: skip


def last_line(incident: Incident, now: datetime) -> str:
    """What to do next in an incident, in the line with which a command ends."""
    following = _after(incident, now)
    return f"next: {following}" if following else NOTHING


def _next(incident: Incident, now: datetime, style: Style) -> list[str]:
    return _command(_after(incident, now), style)


def _after(incident: Incident, now: datetime) -> str:
    """The next command; of a closed incident the one for what its review left to do."""
    return next_command(incident, now, incident.opened.simulated) or next_of(lines_of((incident,), now))


def _command(command: str, style: Style) -> list[str]:
    return [f"next: {style.bold(command)}" if command else NOTHING]


def _field(name: str, text: str) -> list[str]:
    return wrapped(f"  {name:<9}", text) if text else []
