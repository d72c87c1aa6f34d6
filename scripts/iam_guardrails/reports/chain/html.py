"""The chain as one HTML page that needs nothing else: the picture, the table of events, silencers, findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from iam_guardrails.model.chain.graph import graph
from iam_guardrails.reports.chain.groups import (
    LATENESS,
    WHENCE,
    counted,
    fates,
    impossible,
    lateness,
    people,
    regions,
    tellers,
    whats,
)
from iam_guardrails.reports.chain.svg import drawing
from iam_guardrails.reports.summary import closing, ordered
from iam_guardrails.rules.chain_report import ChainReport

STYLE = """
body{font:14px/1.45 system-ui,sans-serif;color:#1b2733;margin:24px}table,p,ul{max-width:1400px}
h1{font-size:22px}h2{font-size:17px;margin-top:28px}
.picture svg{width:100%;min-width:1500px;height:auto}
.picture{overflow-x:auto;border:1px solid #d5dde3;border-radius:6px}
table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #e2e8ec;padding:5px 8px;text-align:left;vertical-align:top}code{font-size:12px}
.no{color:#c62828;font-weight:600}.yes{color:#2c7a4b;font-weight:600}.unknown{color:#8a6a10;font-weight:600}.quiet{color:#51606e}
"""


def render(report: ChainReport) -> str:
    """One page."""
    number = counted(report.outcomes)
    told = f"{number['told']} of {number['events'] - number['impossible']} events reach somebody"
    parts = [
        "<!doctype html>", '<html lang="en"><head><meta charset="utf-8">',
        f"<title>{escape(report.title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(report.title)}</h1>",
        f"<p>Account {report.account_id}, {WHENCE[report.origin]}: <strong>{told}, {number['lost']} reach nobody, "
        f"{number['undecided']} undecided</strong>.</p>",
        f'<div class="picture">{drawing(graph(report.outcomes, report.strays), report.title)}</div>',
        "<h2>Events</h2>", _table(("", "events", "recorded in", "told by", "to", "how late"), _events(report)),
        f'<p class="quiet">{escape(LATENESS)}</p>',
        "<h2>Not to be seen here</h2>", _list(impossible(report.outcomes)),
        "<h2>Silencers</h2>",
        _table(("call", "silences", "told", "denied to the role", "in effect now"), _silencers(report)),
        "<h2>What the rules say of the chain</h2>", *_findings(report), "</body></html>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


_WORD = {True: '<span class="yes">told</span>', False: '<span class="no">nobody</span>',
         None: '<span class="unknown">not known</span>'}  # fmt: skip
_DENIED = {True: '<span class="yes">denied</span>', False: '<span class="no">not denied</span>',
           None: '<span class="unknown">not known</span>'}  # fmt: skip


def _events(report: ChainReport) -> Iterator[tuple[str, ...]]:
    for fate in fates(report.outcomes):
        what = escape(f"{fate.family} ({len(fate.outcomes)}): {whats(fate)}")
        if fate.told:
            late = lateness(fate)
            yield (_WORD[True], what, escape(regions(fate)), escape(", ".join(tellers(fate))), escape(people(fate)),
                   late)  # fmt: skip
        else:
            link = fate.link
            ends = f"ends at the {link.kind} <code>{escape(link.address)}</code>: {escape(link.why)}" if link else ""
            fix = f"<br>{escape(link.remedy)}" if link and link.remedy else ""
            yield (_WORD[fate.told], what, escape(regions(fate)), ends + fix, "", "")


def _silencers(report: ChainReport) -> Iterator[tuple[str, ...]]:
    for state in report.silencers:
        now = "; ".join(escape(f"{item.address}: {item.why}") for item in state.active)
        shown = f'<span class="no">{now}</span>' if now else "no"
        yield f"<code>{state.call}</code>", escape(state.silences), _WORD[state.told], _DENIED[state.denied], shown


def _findings(report: ChainReport) -> Iterator[str]:
    for item in ordered(report.verdict.findings):
        yield (
            f'<p><span class="no">{item.severity}</span> <code>{escape(item.address)}</code><br>{escape(item.message)}'
            f'<br><span class="quiet">{escape(item.remedy)} ({item.rule})</span></p>'
        )
    for unsure in report.verdict.not_judged:
        yield (
            f'<p><span class="unknown">not judged</span> {unsure.rule} at <code>{escape(unsure.address)}</code>, '
            f"because {escape(unsure.reason)}"
            f'<br><span class="quiet">to make it known, {escape(unsure.to_know)}</span></p>'
        )
    yield f"<p>{escape(closing(report.verdict))}</p>"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    top = "".join(f"<th>{name}</th>" for name in head)
    body = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"
