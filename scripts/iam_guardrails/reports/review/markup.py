"""Pieces of HTML that every part of the page uses. What comes from the review is escaped here or by `text`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from iam_guardrails.reports.escaping import as_html

text = as_html
"""Text as HTML that means nothing but itself."""


def anchor(kind: str, name: str) -> str:
    """An id for a link within the page, e.g. "item-users-3f9a1c2b"."""
    return f"{kind}-{re.sub(r'[^A-Za-z0-9_-]', '_', name)}"


def tag(word: str, kind: str = "") -> str:
    """A word as a tag; its look goes by the kind."""
    return f'<span class="tag {text((kind or word).replace(" ", "-"))}">{text(word)}</span>'


def listed(items: Iterable[str], kind: str = "") -> str:
    """A list of texts."""
    look = f' class="{kind}"' if kind else ""
    return f"<ul{look}>" + "".join(f"<li>{text(item)}</li>" for item in items) + "</ul>"


def pairs(items: Iterable[tuple[str, str]]) -> str:
    """Names with their values."""
    return "<dl>" + "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in items) + "</dl>"


def scrolled(inside: str, label: str) -> str:
    """Something wide that scrolls in its own frame, with the keyboard too."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{text(label)}">{inside}</div>'


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts in its own frame; the first column names the row."""
    top = "".join(f'<th scope="col">{text(name)}</th>' for name in columns)
    body = "\n".join(
        f'<tr><th scope="row">{text(row[0])}</th>' + "".join(f"<td>{text(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    made = f"<table><caption>{text(caption)}</caption><thead><tr>{top}</tr></thead><tbody>\n{body}\n</tbody></table>"
    return scrolled(made, caption)


def left_out(rows: int, name: str) -> str:
    """How many rows of the table of that name are not on the page; nothing where there are all."""
    if rows <= 0:
        return ""
    return f'<p class="soft">… and {rows:,} more; <code>--format csv --table {text(name)}</code> has them all.</p>'
