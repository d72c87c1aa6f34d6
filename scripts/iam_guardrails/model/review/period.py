"""Which period a review is of, what it is called, and when the next one is due."""

from __future__ import annotations

from datetime import date, timedelta

from iam_guardrails.model.review.review import MONTHLY, QUARTERLY, WEEKLY
from iam_guardrails.model.value import frozen

WEEKLY_DAYS = 7
SOON_DAYS = 2
NEVER, DONE, DUE, OVERDUE = "never", "done", "due", "overdue"


@frozen
class Due:
    """How it stands with a cadence. state: NEVER signed, DONE for this period, DUE, OVERDUE.  by: the last good day."""

    state: str
    by: date | None


def period_of(cadence: str, day: date) -> str:
    """The period a day belongs to: "2026-W48" (ISO 8601), "2026-11" or "2026-Q4"."""
    if cadence == WEEKLY:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    if cadence == MONTHLY:
        return f"{day.year}-{day.month:02}"
    if cadence == QUARTERLY:
        return f"{day.year}-Q{(day.month + 2) // 3}"
    raise ValueError(f"{cadence!r} is no cadence")


def review_name(cadence: str, day: date) -> str:
    """What a review of that day is called, e.g. "2026-11-monthly"; a second one of the period gets "-2"."""
    return f"{period_of(cadence, day)}-{cadence}"


def due(cadence: str, last: date | None, today: date) -> Due:
    """When the next review is due. last: the day whose state the last signed review shows, None for none.

    Weekly: 7 days after it.  Monthly and quarterly: once in each calendar month or quarter, by its last day.
    """
    if last is None:
        return Due(NEVER, None)
    if cadence == WEEKLY:
        by = last + timedelta(days=WEEKLY_DAYS)
        return Due(OVERDUE if today > by else DUE if today >= by - timedelta(days=SOON_DAYS) else DONE, by)
    by = _last_day(cadence, _last_day(cadence, last) + timedelta(days=1))
    return Due(OVERDUE if today > by else DUE if period_of(cadence, today) != period_of(cadence, last) else DONE, by)


def _last_day(cadence: str, day: date) -> date:
    """The last day of the month or quarter of a day."""
    month = day.month if cadence == MONTHLY else (day.month + 2) // 3 * 3
    return date(day.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
