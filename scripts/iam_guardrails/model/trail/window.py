"""A window of time over days, and which of a trail's files can hold events of it.

Source: AWS CloudTrail User Guide, "How CloudTrail works" (files come about five minutes after the call, on average;
there is no guarantee), so a file of one day holds events of that day and of days before.
"""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.quick_datetime import UTC, date, datetime, timedelta
from iam_guardrails.model.value import frozen

MOST_TOLD = 10
"""How many days a sentence names."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2999  # ours: far beyond what CloudTrail can have, and far from the calendar's edges
Days = tuple[str, str]
"""The first and the last of some days, each YYYY-MM-DD."""
ALL_DAYS: Days = ("", "9999-99-99")
UNREAD = "not read: "
"""How a sentence begins about files that are not looked at."""
LATE_DAYS = 2
"""How many days after the window the keys of files are still looked at. What came later is told: see `unread_after`."""


@frozen
class Window:
    """From `since` up to, and not including, `until`; None for no limit. Both UTC.

    delivered: the last day that keys of files say which are read for it, where that is more than LATE_DAYS later.
    """

    since: datetime | None = None
    until: datetime | None = None
    delivered: str = ""

    def before(self, length: timedelta) -> Window:
        """The time before it, for which the files are read that are read for it too. Raises TypeError without since."""
        if self.since is None:
            raise TypeError
        return Window(self.since - length, self.since, self.file_days[1])

    def may_hold(self, file_day: str) -> bool:
        """Whether a file whose key says this day (YYYY-MM-DD) may hold events of the window."""
        first, last = self.file_days
        return first <= file_day <= last

    @property
    def file_days(self) -> Days:
        """The first and the last day (YYYY-MM-DD) that keys of files with events of the window say."""
        first = f"{self.since:%Y-%m-%d}" if self.since else ALL_DAYS[0]
        last = f"{self.until + timedelta(days=LATE_DAYS):%Y-%m-%d}" if self.until else ALL_DAYS[1]
        return first, max(last, self.delivered)

    def holds(self, time: datetime) -> bool:
        """Whether a time lies in the window."""
        return (self.since is None or time >= self.since) and (self.until is None or time < self.until)

    def covers(self, day: str) -> bool | None:
        """Whether a day of events lies in the window: wholly (True), not at all (False) or in part (None)."""
        start = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
        end = start + timedelta(days=1)
        if (self.until and start >= self.until) or (self.since and end <= self.since):
            return False
        return True if (not self.since or self.since <= start) and (not self.until or end <= self.until) else None

    def is_late(self, day: str, file_day: str) -> bool:
        """Whether events of a day before the window came so late that questions about that day may have missed them."""
        return day < file_day and self.covers(day) is False and _days_after(day, LATE_DAYS) < file_day

    def __str__(self) -> str:
        if not self.since and not self.until:
            return "all that is there"
        first, last = (_told(when) if when else "" for when in (self.since, self.until))
        return f"{first or 'the beginning'} to {last or 'the end'}"


def _told(when: datetime) -> str:
    """A time to the second, or as exactly as it is."""
    return f"{when.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def _days_after(day: str, number: int) -> str:
    return f"{date.fromisoformat(day) + timedelta(days=number):%Y-%m-%d}"


def unread_after(window: Window, what: str, now: datetime) -> tuple[str, ...]:
    """That events of the window may be in what was delivered later than is looked at; nothing where none can be yet.

    what: what is not looked at.
    """
    last = window.file_days[1]
    if not window.until or f"{now.astimezone(UTC):%Y-%m-%d}" <= last:
        return ()
    return (f"{UNREAD}{what} delivered after {last}; what CloudTrail delivered of the window more than {LATE_DAYS}"
            " days late is not in here, a later --until reads further",)  # fmt: skip


def files_told(number: int) -> str:
    """A number of files, in words; "" for none."""
    return f"{number} file{'' if number == 1 else 's'}" if number else ""


def told_late(late: Mapping[str, str]) -> tuple[str, ...]:
    """That answers about earlier days may lack events that came late. late: day -> the last day of files with them."""
    if not late:
        return ()
    named = ", ".join(sorted(late)[:MOST_TOLD]) + (f" and {len(late) - MOST_TOLD} days more" * (len(late) > MOST_TOLD))
    until = _days_after(max(late.values()), -LATE_DAYS)
    return (f"events of {named} came more than {LATE_DAYS} days late, in files of up to {max(late.values())}: an answer"
            f" about those days alone may lack them; ask for it with --until {until} or later",)  # fmt: skip


def moment(text: str, option: str) -> datetime:
    """A day (YYYY-MM-DD: its beginning) or a time (RFC 3339; UTC where no offset is given). Raises Problem."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(f"{option} {text!r} is no day and no time; write 2026-01-31 or 2026-01-31T08:00:00Z") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise Problem(f"{option} {text!r}: CloudTrail has nothing of the year {found.year}; leave {option} out for all")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def window(since: str | None, until: str | None) -> Window:
    """The window of two options. Raises Problem where one cannot be read or nothing lies between them."""
    first, last = moment(since, "--since") if since else None, moment(until, "--until") if until else None
    if first and last and first >= last:
        raise Problem(f"--since {since} is not before --until {until}")
    return Window(first, last)
