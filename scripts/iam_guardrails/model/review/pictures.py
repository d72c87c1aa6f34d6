"""What a box shows as a picture, as data: who reaches what, how old access is, what happened when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from iam_guardrails.model.value import frozen

YES, NO, CONDITIONAL, NOT_JUDGED = "yes", "no", "conditional", "not judged"
ANSWERS = (YES, CONDITIONAL, NOT_JUDGED, NO)
GOOD, BAD, DOUBT = "good", "bad", "doubt"
EDGES_DAYS = (30, 60, 90, 180, 365)
NEVER, KEPT, YOUNG, UNKNOWN = "never used", "kept, though unused", "new, not used yet", "not known"


@frozen
class MatrixRow:
    """One principal. answers: one of ANSWERS for each column.  before: the same of the last signed review, () where
    there is none; of a pair that its picture had left out, what is so now."""

    name: str
    answers: tuple[str, ...]
    before: tuple[str, ...] = ()

    def moved(self, column: int) -> bool:
        """Whether the answer in a column is another one than in the last signed review."""
        return bool(self.before) and self.before[column] != self.answers[column]


@frozen
class Matrix:
    """Who reaches what. rows_are, columns_are: what stands in the rows and columns, e.g. "principal", "secret".
    more_rows, more_columns: how many are left out, those that reach least and that fewest reach."""

    title: str
    rows_are: str
    columns_are: str
    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    more_rows: int = 0
    more_columns: int = 0


@frozen
class AgeBucket:
    """How many of each kind were last used in a span of days. label: the span in words.  counts: in the order of the
    kinds of its AgeBars.  stale: whether all of them count as stale."""

    label: str
    counts: tuple[int, ...]
    stale: bool = False


@frozen
class AgeBars:
    """Access by the time since its last use. kinds: e.g. ("role", "user", "access key")."""

    title: str
    kinds: tuple[str, ...]
    buckets: tuple[AgeBucket, ...]


@frozen
class Mark:
    """Something on a timeline. at, until: UTC; until is None for a moment.  state: GOOD, BAD or DOUBT."""

    lane: str
    at: datetime
    label: str
    until: datetime | None = None
    state: str = GOOD


@frozen
class Timeline:
    """What happened between two moments (UTC), in lanes, e.g. ("incidents", "drills", "alarms")."""

    title: str
    since: datetime
    until: datetime
    lanes: tuple[str, ...]
    marks: tuple[Mark, ...] = ()


Picture = Matrix | AgeBars | Timeline


def age_bars(title: str, ages: Iterable[tuple[str, int | str]], stale_after_days: int) -> AgeBars:
    """Bars of (kind, days since the last use) pairs; instead of days, NEVER, KEPT, YOUNG or UNKNOWN.

    Older than stale_after_days is stale, and so is what was never used; a bar never holds both stale and fresh.
    """
    edges = sorted({*EDGES_DAYS, stale_after_days})
    labels = [f"{low + 1 if low else 0} to {high} days" for low, high in zip([0, *edges], edges, strict=False)]
    labels += [f"over {edges[-1]} days", NEVER, KEPT, YOUNG, UNKNOWN]
    found: dict[str, list[int]] = {}
    for kind, days in ages:
        counts = found.setdefault(kind, [0] * len(labels))
        counts[labels.index(days) if isinstance(days, str) else sum(days > edge for edge in edges)] += 1
    stale = [low >= stale_after_days for low in [0, *edges]] + [True, False, False, False]
    columns = zip(labels, stale, range(len(labels)), strict=True)
    buckets = (AgeBucket(label, tuple(each[at] for each in found.values()), old) for label, old, at in columns)
    return AgeBars(title, tuple(found), tuple(buckets))
