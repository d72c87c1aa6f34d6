"""The dossier as one HTML page that needs nothing else: light and dark, on a phone and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape as escaped

from iam_guardrails.model.incident.examined import NOT_JUDGED, OPEN, SETTLED
from iam_guardrails.model.incident.settle import SESSION
from iam_guardrails.model.incident.undoing import pasted
from iam_guardrails.reports.dossier import timeline
from iam_guardrails.reports.dossier.told import (
    ROTATE,
    STAMP,
    UNDO,
    UNLESS,
    Dossier,
    changes,
    completeness,
    difference,
    harmless,
    ordered,
    refused,
    secrets_read,
    step_told,
    verdict_of,
    when,
    who,
)

STYLE = """
:root{color-scheme:light dark;--line:#d5dde3;--soft:#5a6875;--bad:#c62828;--good:#2c7a4b;--doubt:#8a6a10}
@media(prefers-color-scheme:dark){:root{--line:#3a444d;--soft:#a3b1bd;--bad:#ff8a80;--good:#7ed8a4;--doubt:#e6c35c}}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;padding:16px;max-width:1100px;overflow-wrap:break-word}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:1.8em;border-bottom:1px solid var(--line)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9em}
td,th{border-bottom:1px solid var(--line);padding:5px 8px;text-align:left;vertical-align:top}
code{font-size:.9em;overflow-wrap:anywhere}.quiet{color:var(--soft)}.bad{color:var(--bad);font-weight:600}
.good{color:var(--good);font-weight:600}.doubt{color:var(--doubt);font-weight:600}
@media(max-width:600px){table.cards thead{display:none}table.cards td{display:block;border:0;padding:2px 0}
table.cards tr{display:block;border-bottom:1px solid var(--line);padding:8px 0}}
@media print{body{max-width:none;font-size:11pt}.scroll{overflow:visible}
tr,svg{break-inside:avoid}h2{break-after:avoid}}
"""


def escape(text: str) -> str:
    """Text as HTML that means nothing but itself."""
    return escaped(harmless(text))


def render(dossier: Dossier) -> str:
    """One page."""
    opened, closed, examined = dossier.incident.opened, dossier.closed, dossier.examined
    ticket = f", ticket {opened.ticket}" if opened.ticket else ""
    parts = [
        "<!doctype html>", '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(dossier.title)}</title><style>{STYLE}{timeline.STYLE}</style></head><body>",
        f"<h1>{escape(dossier.title)}</h1>",
        f"<p>Account {escape(opened.account_id)}, {escape(opened.region)}. Declared by {escape(opened.person)} for"
        f" {escape(opened.purpose + ticket)}: {escape(opened.reason)}</p>",
        f"<p>{_summary(dossier)}</p>",
        f'<div class="scroll">{timeline.drawing(dossier)}</div>',
        "<h2>What happened</h2>", f"<p>{escape(closed.what_happened)}</p>", f"<p>{escape(when(dossier))}.</p>",
        _list(who(dossier)),
        f"<p>Alarms: {escape(closed.alarms or 'nobody wrote down which alerts arrived')}.</p>",
        "<h2>How complete this is</h2>", _list(completeness(examined, closed)),
        "<h2>What was changed</h2>", _items(dossier),
        "<h2>The account before and now</h2>", *_state(dossier),
        *_secrets(dossier),
        "<h2>Prevention</h2>", _prevention(dossier),
        "<h2>Every entry, change and refusal</h2>",
        f'<p class="quiet">Calls that changed nothing: {examined.reads}, not listed. Failed or refused:'
        f" {len(refused(examined))}.</p>",
        _table(("time (UTC)", "call", "about", "outcome", "Region", "from", "items"),
               ((escape(call.at), f"<code>{escape(call.action)}</code>", escape(call.what), escape(call.outcome),
                 escape(call.region), escape(call.address), escape(", ".join(call.items))) for call in examined.calls)),
        "<h2>The record</h2>",
        _table(("time (UTC)", "by", "step"), ((f"{step.at:{STAMP}}", escape(step.by), escape(step_told(step)))
                                              for step in dossier.incident.steps)),
        "</body></html>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _secrets(dossier: Dossier) -> list[str]:
    read = secrets_read(dossier.examined)
    return [f"<h2>Secrets that were read</h2><p>{ROTATE}.</p>", _list(read)] if read else []


def _summary(dossier: Dossier) -> str:
    items = [*changes(dossier.examined.items)]
    counted = {
        verdict: sum(item.verdict == verdict for item in items) for verdict in dict.fromkeys(i.verdict for i in items)
    }
    said = (
        ", ".join(f"{number} {escape(verdict)}" for verdict, number in counted.items())
        or "nothing that CloudTrail shows"
    )
    doubt = ' <span class="doubt">The picture may be incomplete.</span>' if dossier.examined.incomplete else ""
    alive = sum(item.kind == SESSION and item.verdict not in SETTLED for item in dossier.examined.items)
    more = f" Sessions that can still be used: {alive}." if alive else ""
    return f"<strong>Changes: {said}.{more}</strong>{doubt}"


def _items(dossier: Dossier) -> str:
    rows = []
    for item in ordered(dossier.examined.items):
        look = {OPEN: "bad", NOT_JUDGED: "doubt"}.get(item.verdict, "good")
        line = pasted(item.command, dossier.incident) if item.command and item.verdict not in SETTLED else ""
        before = (UNLESS if item.harm else UNDO).capitalize()
        undo = f"<br>{before}: <code>{escape(line)}</code>" if line else ""
        told = (
            f'<span class="{look}">{escape(item.verdict)}</span>{escape(verdict_of(item)[len(item.verdict) :])}{undo}'
        )
        rows.append((f"<code>{escape(item.id)}</code>", escape(item.told), told))
    return _table(("item", "what", "now"), rows) if rows else "<p>Nothing that CloudTrail shows.</p>"


def _state(dossier: Dossier) -> Iterator[str]:
    examined = dossier.examined
    if examined.unseen_state:
        yield f'<p class="doubt">Not compared, or not wholly: {escape(examined.unseen_state)}.</p>'
    if examined.changes:
        yield _list(difference(item) for item in examined.changes)
    elif not examined.unseen_state:
        yield "<p>No difference in IAM and the guardrails.</p>"


def _prevention(dossier: Dossier) -> str:
    closed = dossier.closed
    if not closed.prevention:
        return f"<p>None, because {escape(closed.no_prevention)}</p>"
    rows = ((str(number), escape(item.text), escape(item.owner), escape(item.due))
            for number, item in enumerate(closed.prevention, 1))  # fmt: skip
    return _table(("", "action", "owner", "due"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    top = "".join(f"<th>{name}</th>" for name in head)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="scroll"><table class="cards"><thead><tr>{top}</tr></thead><tbody>\n{body}\n</tbody></table></div>'
    )


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
