"""Everything a review holds as rows, by name: the tables of the boxes, and their pictures as tables."""

from __future__ import annotations

import re

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.pictures import AgeBars, Matrix, Picture, Timeline
from iam_guardrails.model.review.review import Box, Review, Table


def by_name(review: Review) -> dict[str, Table | Picture]:
    """All of them, by the name that `guardrails review --format csv --table` takes."""
    return {name: part for box in review.boxes for name, part in of_box(box).items()}


def of_box(box: Box) -> dict[str, Table | Picture]:
    """Those of a box, the tables first; a name is that of the box and of the title, e.g. "secrets/who-reads-what"."""
    found: dict[str, Table | Picture] = {}
    for part in (*box.tables, *box.pictures):
        name = first = f"{box.id}/{slug(part.title)}"
        number = 1
        while name in found:
            number += 1
            name = f"{first}-{number}"
        found[name] = part
    return found


def named(review: Review, name: str) -> Table:
    """One of them as a table. Raises Problem, which lists the names, where there is none of that name."""
    found = by_name(review)
    if name not in found:
        there = f"there are {', '.join(found)}" if found else "the review holds no tables"
        raise Problem(f"the review {review.name} has no table {name!r}: {there}")
    part = found[name]
    return part if isinstance(part, Table) else of_picture(part)


def slug(text: str) -> str:
    """A title as a name without blanks, e.g. "who-reads-which-secret"."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "table"


def of_picture(picture: Picture) -> Table:
    """All that a picture was drawn from, nothing left out."""
    if isinstance(picture, Matrix):
        return _matrix(picture)
    return _bars(picture) if isinstance(picture, AgeBars) else _timeline(picture)


def _matrix(picture: Matrix) -> Table:
    rows = (
        (row.name, column, answer, row.before[at] if row.before else "")
        for row in picture.rows
        for at, (column, answer) in enumerate(zip(picture.columns, row.answers, strict=True))
    )
    return Table(picture.title, (picture.rows_are, picture.columns_are, "answer", "before"), tuple(rows))


def _bars(picture: AgeBars) -> Table:
    rows = ((item.label, *map(str, item.counts), "yes" if item.stale else "no") for item in picture.buckets)
    return Table(picture.title, ("last used", *picture.kinds, "stale"), tuple(rows))


def _timeline(picture: Timeline) -> Table:
    marks = sorted(picture.marks, key=lambda mark: mark.at)
    rows = (
        (mark.at.isoformat(), mark.until.isoformat() if mark.until else "", mark.lane, mark.state, mark.label)
        for mark in marks
    )
    return Table(picture.title, ("from", "until", "lane", "state", "what"), tuple(rows))
