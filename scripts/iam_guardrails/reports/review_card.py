"""One question of a review as it stands on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from iam_guardrails.model.review.answer import Question
from iam_guardrails.model.review.review import Item
from iam_guardrails.reports.escaping import shown

WIDTH = 78


def card(question: Question, where: str) -> str:
    """Title, reasons, evidence and remedy, wrapped; nothing of it can steer the terminal."""
    item = question.item
    lines = ["", f"{where} · box {shown(question.box)}" + (f" · {item.severity} · {item.state}" if item else "")]
    lines += _wrapped(question.title, "")
    if item and item.subject not in item.title:
        lines += _wrapped(item.subject, "  ")
    lines += [line for text in question.reasons for line in _wrapped(text, "  - ")]
    if item:
        lines += _about(item)
    return "\n".join(lines)


def _about(item: Item) -> Iterator[str]:
    for name, value in item.evidence:
        yield from _wrapped(f"{name}: {value}", "  ")
    if item.remedy:
        yield from _wrapped(f"remedy: {item.remedy}", "  ")


def _wrapped(text: str, begin: str) -> list[str]:
    return textwrap.wrap(
        shown(text), WIDTH, initial_indent=begin, subsequent_indent=" " * len(begin), break_on_hyphens=False
    )
