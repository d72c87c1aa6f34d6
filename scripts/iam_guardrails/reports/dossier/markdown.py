"""The dossier as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.incident.examined import SETTLED
from iam_guardrails.model.incident.undoing import pasted
from iam_guardrails.reports.dossier.entry import code, flat
from iam_guardrails.reports.dossier.told import (
    ROTATE,
    STAMP,
    UNDO,
    UNLESS,
    Dossier,
    completeness,
    difference,
    ordered,
    refused,
    secrets_read,
    step_told,
    verdict_of,
    when,
    who,
)


def render(dossier: Dossier) -> str:
    """One document."""
    opened, closed = dossier.incident.opened, dossier.closed
    ticket = f", ticket {flat(opened.ticket)}" if opened.ticket else ""
    lines = [
        f"# {dossier.title}", "",
        f"Account {opened.account_id}, {opened.region}. Declared by {flat(opened.person)} for {opened.purpose}"
        f"{ticket}: {flat(opened.reason)}", "",
        "## What happened", "", flat(closed.what_happened), "",
        f"When: {when(dossier)}.", "", *_list(flat(item) for item in who(dossier)), "",
        f"Alarms: {flat(closed.alarms) or 'nobody wrote down which alerts arrived'}.", "",
        "## How complete this is", "", *_list(flat(item) for item in completeness(dossier.examined, closed)), "",
        "## What was changed", "", *_items(dossier), "",
        "## The account before and now", "", *_state(dossier), "",
        *_secrets(dossier),
        "## Prevention", "", *_prevention(dossier), "",
        "## Every entry, change and refusal", "", *_calls(dossier), "",
        "## The record", "",
        *_table(("time (UTC)", "by", "step"),
                ((f"{step.at:{STAMP}}", flat(step.by), flat(step_told(step))) for step in dossier.incident.steps)),
    ]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"


def _items(dossier: Dossier) -> Iterator[str]:
    items = ordered(dossier.examined.items)
    if not items:
        yield "Nothing that CloudTrail shows."
        return
    rows = []
    for item in items:
        undo = (
            f" {(UNLESS if item.harm else UNDO).capitalize()}: {code(pasted(item.command, dossier.incident))}"
            if item.command and item.verdict not in SETTLED
            else ""
        )
        rows.append((code(item.id), code(item.told), flat(verdict_of(item)) + undo))
    yield from _table(("item", "what", "now"), rows)


def _state(dossier: Dossier) -> Iterator[str]:
    examined = dossier.examined
    if examined.unseen_state:
        yield f"Not compared, or not wholly: {flat(examined.unseen_state)}."
        yield ""
    if examined.changes:
        yield from _list(code(difference(item)) for item in examined.changes)
    elif not examined.unseen_state:
        yield "No difference in IAM and the guardrails."


def _secrets(dossier: Dossier) -> Iterator[str]:
    if dossier.examined.secrets_read:
        yield from ("## Secrets that were read", "", f"{ROTATE}.", "")
        yield from (*_list(code(line) for line in secrets_read(dossier.examined)), "")


def _prevention(dossier: Dossier) -> Iterator[str]:
    closed = dossier.closed
    if not closed.prevention:
        yield f"None, because {flat(closed.no_prevention)}"
        return
    rows = (
        (str(number), flat(item.text), flat(item.owner), item.due) for number, item in enumerate(closed.prevention, 1)
    )
    yield from _table(("", "action", "owner", "due"), rows)


def _calls(dossier: Dossier) -> Iterator[str]:
    examined = dossier.examined
    yield f"Calls that changed nothing: {examined.reads}, not listed. Failed or refused: {len(refused(examined))}."
    yield ""
    yield from _table(
        ("time (UTC)", "call", "about", "outcome", "Region", "from", "items"),
        ((call.at, code(call.action), code(call.what) if call.what else "", flat(call.outcome), call.region,
          flat(call.address), flat(", ".join(call.items))) for call in examined.calls),
    )  # fmt: skip


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') if '`' in cell else cell for cell in row)} |"


def _list(items: Iterable[str]) -> Iterator[str]:
    for item in items:
        yield f"- {item}"
