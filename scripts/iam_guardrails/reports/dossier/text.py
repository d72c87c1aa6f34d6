"""An examination as it is shown while a use is being closed: for the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.codec import encode
from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.examined import NOT_JUDGED, OPEN, Examined
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.undoing import pasted, undo_lines, undo_note
from iam_guardrails.reports.dossier.outcome import Outcome, ending
from iam_guardrails.reports.dossier.told import (
    ROTATE,
    UNDO,
    UNLESS,
    changes,
    completeness,
    difference,
    harmless,
    ordered,
    refused,
    secrets_read,
    verdict_of,
)
from iam_guardrails.reports.escaping import as_json as in_json


def render(incident: Incident, examined: Examined, outcome: Outcome, profile: str = "") -> str:
    """Lines for a terminal; the last is the command that is needed next. profile: with which AWS was asked."""
    return body(incident, examined, profile) + ending(outcome)


def body(incident: Incident, examined: Examined, profile: str = "") -> str:
    """What was found, without what comes of it."""
    lines = [harmless(line).replace("\n", "?") for line in _lines(incident, examined, profile)]
    return "\n".join(lines) + "\n"


def as_json(
    environment: str, incident: Incident, examined: Examined | None, outcome: Outcome, profile: str = ""
) -> str:  # fmt: skip
    """The same as JSON. examined: None where nothing was. undo: the lines that undo what is open, in their order."""
    told = {
        "incident": incident.id, "environment": environment, "state": incident.state, "exit_code": outcome.code,
        "said": list(outcome.said), "next": outcome.next,
        "undo": undo_lines(examined.items, incident, profile) if examined else [],
        "examined": encode(examined) if examined else None,
    }  # fmt: skip
    return in_json(told)


def _lines(incident: Incident, examined: Examined, profile: str) -> Iterator[str]:
    counts = (
        counted(len(changes(examined.items)), "change"), counted(examined.reads, "reading call"),
        counted(examined.entries, "session"),
    )  # fmt: skip
    yield f"{incident.id}: {', '.join(counts)}"
    flag = " --sandbox" if incident.opened.simulated else ""
    if undo_lines(examined.items, incident):
        yield f"  {undo_note(incident, profile)}"
    for item in ordered(examined.items):
        yield f"  {item.id}  {item.told}"
        yield f"    {verdict_of(item)}"
        if item.command and item.verdict == OPEN:
            yield f"    {UNDO if not item.harm else UNLESS}: {pasted(item.command, incident, profile)}"
        word = "it is to stay so" if item.verdict == OPEN and item.may_stay else ""
        word = "it is undone" if item.verdict == NOT_JUDGED else word
        if word:
            yield f"    if {word}: guardrails breakglass reverted {incident.id} {item.id} --evidence TEXT{flag}"
    denied = refused(examined)
    if denied:
        yield f"  {counted(len(denied), 'call')} failed or refused, so nothing is left of them:"
        for call in denied[:10]:
            yield f"    {call.at} {call.action} {call.what}: {call.outcome}".rstrip()
        if len(denied) > 10:
            yield f"    and {len(denied) - 10} more"
    if examined.secrets_read:
        yield f"  {ROTATE}:"
        yield from (f"    {line}" for line in secrets_read(examined))
    yield from _state(examined)
    for line in completeness(examined):
        yield f"  {line}"
    if examined.terraform:
        yield f"  whether Terraform declares what is there was not judged, because {examined.terraform}"


def _state(examined: Examined) -> Iterator[str]:
    if examined.unseen_state:
        yield f"  before and now were not compared, or not wholly: {examined.unseen_state}"
    strangers = [item for item in examined.changes if not item.item]
    if strangers:
        yield "  also changed in the window:"
        for item in strangers:
            yield f"    {difference(item)}"
