"""A box on the page: its verdict, the procedure's sentence, what is not judged, its items, its pictures and tables."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.review.pictures import AgeBars, Matrix, Timeline
from iam_guardrails.model.review.review import DECIDED, Box, Item, Table
from iam_guardrails.reports.review import told
from iam_guardrails.reports.review.bars import bars
from iam_guardrails.reports.review.markup import anchor, left_out, listed, pairs, table, tag, text
from iam_guardrails.reports.review.matrix import matrix
from iam_guardrails.reports.review.tables import of_box
from iam_guardrails.reports.review.timeline import timeline

SHOWN_ITEMS, SHOWN_ROWS = 500, 200
"""Of each box and of each table; `--format csv` has all."""
FOLDED = "low"
"""Items of this severity are folded, as decided ones are."""


def box_section(box: Box) -> Iterator[str]:
    """The whole box, line by line."""
    name = anchor("box", box.id)
    yield f'<section class="box" id="{name}" data-box="{text(box.id)}" aria-labelledby="{name}-title">'
    yield (
        f'<header><h3 id="{name}-title">{text(box.title)}</h3>{tag(box.outcome)}'
        f'<span class="soft">{text(told.box_line(box))}</span></header>'
    )
    yield f'<p class="asks">\u201c{text(box.asks)}\u201d</p>'
    yield from _loud(box)
    if box.notes:
        yield f'<ul class="notes">{"".join(f"<li>{text(note)}</li>" for note in box.notes)}</ul>'
    yield from _items(box)
    yield '<p class="none" hidden>Nothing in this box fits the filters.</p>'
    yield from _unread(box)
    yield from _gone(box)
    yield from _parts(box)
    yield "</section>"


def _loud(box: Box) -> Iterator[str]:
    if found := told.reasons(box):
        yield f'<div class="loud"><strong>Not judged</strong>{listed(found)}</div>'


def _items(box: Box) -> Iterator[str]:
    found = told.ordered(box.items)
    yield from map(_item, found[:SHOWN_ITEMS])
    if len(found) > SHOWN_ITEMS:
        left = len(found) - SHOWN_ITEMS
        yield (
            f'<p class="loud"><strong>{left:,} more items are not on this page</strong>, the least pressing ones; '
            "<code>--format csv</code> has them all.</p>"
        )


def _item(item: Item) -> str:
    state = told.status(item)
    reasons = listed(item.reasons, "why") if item.reasons else ""
    given = [*item.evidence, ("item", item.id)]
    remedy = f'<div class="remedy"><pre><code>{text_of_lines(item.remedy)}</code></pre></div>' if item.remedy else ""
    said = f'<p class="decision">Decided: {text(told.decided(item.decision))}</p>' if item.decision else ""
    return (
        f'<details class="item {item.severity} {state}" id="{anchor("item", item.id)}" data-entry '
        f'data-box="{text(item.box)}" data-state="{item.state}" data-severity="{item.severity}" data-status="{state}"'
        f"{' open' if item.decision is None and item.severity != FOLDED else ''}>"
        f'<summary><span class="tags">{tag(item.severity)} {tag(item.state)} {_said(item)}</span> '
        f'<h4>{text(item.title)}</h4><code class="subject">{text(item.subject)}</code></summary>'
        f'<div class="body">{said}{reasons}{pairs(given)}{remedy}{_attached(item)}</div></details>'
    )


def _attached(item: Item) -> str:
    """Long texts, folded."""
    return "".join(
        f'<details class="more"><summary>{text(title)}</summary><pre><code>{text_of_lines(content)}</code></pre>'
        "</details>"
        for title, content in item.attached
    )


def _said(item: Item) -> str:
    """Open, or what was decided."""
    if item.decision is None:
        return tag(told.OPEN)
    until = f" until {item.decision.until}" if item.decision.until else ""
    return tag(item.decision.choice + until, DECIDED)


def text_of_lines(content: str) -> str:
    """A text that keeps its lines, as commands and patches need."""
    return "\n".join(text(line) for line in content.split("\n"))


def _unread(box: Box) -> Iterator[str]:
    """Items of the last signed review that were not looked at, each with what is still decided about it."""
    if box.unread:
        found = list(told.unread(box))
        rows = "".join(
            f'<li data-entry data-box="{text(box.id)}" data-state="{told.UNREAD}">{text(title)}<br>'
            f'<span class="soft">{text(why)}</span></li>'
            for title, why in found[:SHOWN_ITEMS]
        )
        more = len(found) - SHOWN_ITEMS
        rest = f'<p class="soft">… and {more:,} more; <code>--format csv</code> has them all.</p>' if more > 0 else ""
        yield f'<div class="gone-list"><h4>Not judged this time</h4><ul>{rows}</ul>{rest}</div>'


def _gone(box: Box) -> Iterator[str]:
    if box.gone:
        rows = "".join(
            f'<li data-entry data-box="{text(box.id)}" data-state="{told.GONE}">{text(title)}</li>'
            for title in box.gone[:SHOWN_ITEMS]
        )
        more = len(box.gone) - SHOWN_ITEMS
        rest = f'<p class="soft">… and {more:,} more; <code>--format csv</code> has them all.</p>' if more > 0 else ""
        yield f'<div class="gone-list"><h4>Gone since the last signed review</h4><ul>{rows}</ul>{rest}</div>'


def _parts(box: Box) -> Iterator[str]:
    """The pictures, then the tables, folded."""
    named = of_box(box)
    for name, part in named.items():
        if isinstance(part, Matrix):
            yield matrix(part, name)
        elif isinstance(part, AgeBars):
            yield bars(part)
        elif isinstance(part, Timeline):
            yield timeline(part, name)
    yield from (_table(part, name) for name, part in named.items() if isinstance(part, Table))


def _table(item: Table, name: str) -> str:
    rows = item.rows[:SHOWN_ROWS]
    size = told.counted(len(item.rows), "row")
    return (
        f'<details class="more"><summary>{text(item.title)} ({size})</summary>'
        f"{table(item.title, item.columns, rows)}{left_out(len(item.rows) - len(rows), name)}</details>"
    )
