"""A review as CSV: a line for each item, for each that is gone, for each thing not judged; or one of its tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from iam_guardrails.model.review.review import Box, Item, Review
from iam_guardrails.reports.escaping import as_csv_cell
from iam_guardrails.reports.review import told
from iam_guardrails.reports.review.tables import named

HEAD = (
    "kind", "box", "box outcome", "id", "subject", "title", "severity", "state", "decision", "choice", "owner",
    "ticket", "until", "reason", "decided by", "decided at", "reasons", "evidence", "remedy", "meaning",
)  # fmt: skip
BETWEEN = " | "


def render(review: Review, table: str = "") -> str:
    """The items, or the table of that name. Raises Problem for an unknown name."""
    if table:
        found = named(review, table)
        return _written(found.columns, found.rows)
    return _written(HEAD, (row for box in review.boxes for row in _rows(box)))


def _written(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    made = io.StringIO()
    out = csv.writer(made, lineterminator="\n")
    out.writerow(map(as_csv_cell, head))
    out.writerows(map(as_csv_cell, row) for row in rows)
    return made.getvalue()


def _rows(box: Box) -> Iterator[tuple[str, ...]]:
    for item in told.ordered(box.items):
        yield ("item", box.id, box.outcome, *_item(item))
    rest = len(HEAD) - 6
    for title in box.gone:
        yield ("gone", box.id, box.outcome, "", "", title, *[""] * rest)
    for one in box.unread:
        yield (told.UNREAD, box.id, box.outcome, *_item(one.item))
    for reason in told.reasons(box):
        yield ("not judged", box.id, box.outcome, "", "", reason, *[""] * rest)


def _item(item: Item) -> tuple[str, ...]:
    said = item.decision
    choice = (
        (said.choice, said.owner, said.ticket, str(said.until or ""), said.reason, said.by,
         said.at.isoformat() if said.at else "")
        if said else ("",) * 7
    )  # fmt: skip
    evidence = BETWEEN.join(f"{name}: {value}" for name, value in item.evidence)
    return (
        item.id, item.subject, item.title, item.severity, item.state, told.status(item), *choice,
        BETWEEN.join(item.reasons), evidence, item.remedy, item.meaning,
    )  # fmt: skip
