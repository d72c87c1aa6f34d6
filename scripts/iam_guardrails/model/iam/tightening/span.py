"""How much of the time that was asked for the source really covers: a window is no better than its records."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from iam_guardrails.model.iam.tightening.evidence import DAY, Window, day
from iam_guardrails.model.value import changed

SILENT_DAYS = 7
"""So many days without anybody's record are no quiet week: an account under watch is called by AWS itself every day."""


def spanned(window: Window, days: Collection[int]) -> Window:
    """The part of the window from the source's first record to its last, with what is missing between as gaps.

    days: the beginnings (seconds since 1970) of the days of which the source holds a record of the account; not empty.
    """
    ordered = sorted(days)
    first, last = ordered[0], ordered[-1] + DAY
    since = first if first - window.since >= SILENT_DAYS * DAY else window.since
    until = last if window.until - last >= SILENT_DAYS * DAY else window.until
    gaps = list(window.gaps)
    for before, after in pairwise(ordered):
        if after - before > SILENT_DAYS * DAY:
            gaps.append(f"the source holds no record at all between {day(before)} and {day(after)}")
    return changed(window, since=since, until=until, gaps=tuple(gaps))


def cut(asked: Window, found: Window) -> str:
    """What to say where the source covers less than was asked for; "" where it does not."""
    if (asked.since, asked.until) == (found.since, found.until):
        return ""
    return f"asked for {asked}, but the source has records from {day(found.since)} to {day(found.until)} only"
