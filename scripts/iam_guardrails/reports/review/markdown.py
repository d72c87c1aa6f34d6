"""A review as Markdown, for a comment on a pull request: verdicts, what changed, what is open, what is not judged."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iam_guardrails.model.review.review import CLEAN, DECIDED, FOUND, NOT_JUDGED, Item, Review
from iam_guardrails.reports.escaping import as_markdown, as_markdown_code, shown
from iam_guardrails.reports.review import told
from iam_guardrails.version import VERSION

LONGEST = 60_000
"""Characters; a comment on GitHub holds 65,536."""
_SIGN = {FOUND: "\u274c", NOT_JUDGED: "\u26a0\ufe0f", DECIDED: "\u2611\ufe0f", CLEAN: "\u2705"}


def render(review: Review) -> str:
    """One comment; what does not fit is counted aloud."""
    head = [f"## {as_markdown(told.title(review))}", "", f"**{told.headline(review)}; {told.asked_for(review)}.**", ""]
    tail = [*_not_judged(review), *_evidence(review), "", as_markdown_code(told.next_step(review)), ""]
    head += [*_changes(review), *_boxes(review)]
    room = LONGEST - sum(len(line) + 1 for line in (*head, *tail))
    return "\n".join([*head, *_open(review, room), *tail]).rstrip() + "\n"


def _changes(review: Review) -> Iterator[str]:
    yield f"### {as_markdown(told.change(review))}"
    yield ""
    if not review.previous:
        return
    gone = [title for box in review.boxes for title in box.gone]
    lines = [
        f"- {item.state}, {told.status(item)}, {item.severity}: {as_markdown(item.title)}"
        for item in told.changed_items(review)
    ]
    lines += [f"- gone: {as_markdown(title)}" for title in gone]
    lines += [f"- {as_markdown(f'{title}: {why}')}" for box in review.boxes for title, why in told.unread(box)]
    yield from _fitting(lines, LONGEST // 4)
    yield ""


def _boxes(review: Review) -> Iterator[str]:
    yield "| | box | looked at | open | decided | not judged |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for box in review.boxes:
        wait = sum(item.decision is None for item in box.items)
        yield (
            f"| {_SIGN[box.outcome]} {box.outcome} | **{as_markdown(box.title)}**: {as_markdown(box.asks)} |"
            f" {box.looked_at:,} | {wait:,} | {len(box.items) - wait:,} | {len(told.reasons(box)):,} |"
        )
    yield ""
    for box in review.boxes:
        yield from (f"- {as_markdown(box.title)}: {as_markdown(note)}" for note in box.notes)
    yield from (f"- {as_markdown(note)}" for note in review.notes)
    yield ""


def _open(review: Review, room: int) -> Iterator[str]:
    if not review.open:
        return
    yield "### Open"
    yield ""
    blocks = ["\n".join(_item(item)) for box in review.boxes for item in told.ordered(box.items)
              if item.decision is None]  # fmt: skip
    yield from _fitting(blocks, room - 200)
    yield ""


def _item(item: Item) -> Iterator[str]:
    yield f"- **{item.severity}**, {item.state}: **{as_markdown(item.title)}** ({as_markdown_code(item.id)})"
    yield f"  - {as_markdown_code(item.subject)}"
    yield from (f"  - {as_markdown(reason)}" for reason in item.reasons)
    yield from (f"  - {as_markdown(name)}: {as_markdown(value)}" for name, value in item.evidence)
    if item.remedy:
        yield f"  - do:{_code(item.remedy)}"


def _code(text: str) -> str:
    """A command on its line, a patch as a block of its own, within a list in a list."""
    if "\n" not in text:
        return f" {as_markdown_code(text)}"
    fence = "`" * (max([2, *map(len, re.findall("`+", text))]) + 1)
    return "".join(f"\n    {line}" for line in (fence, *map(shown, text.split("\n")), fence))


def _fitting(lines: list[str], room: int) -> Iterator[str]:
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            yield f"- … and {len(lines) - number:,} more; the HTML and the CSV have them all"
            return
        yield line


def _not_judged(review: Review) -> list[str]:
    found = list(told.not_judged(review))
    if not found:
        return []
    said = [f"- {as_markdown(box.title)}: {as_markdown(reason)}" for box, reason in found]
    return ["### Not judged", "", *_fitting(said, LONGEST // 4), ""]


def _evidence(review: Review) -> list[str]:
    rows = [f"- {name}: {as_markdown(value)}" for name, value in told.evidence(review)]
    return ["<details><summary>Evidence</summary>", "", *rows, f"- guardrails: {VERSION}", "", "</details>"]
