"""When an alarm mute rule is active: `cron(…)` with five fields or `at(…)`, plus an ISO 8601 duration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?)?\Z")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+)\)\Z")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)\)\Z")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LONGEST = timedelta(days=15)


class ScheduleError(ValueError):
    """An expression, a duration or a time zone that CloudWatch does not accept."""


@dataclass(frozen=True)
class Schedule:
    """`once` for at(…), else the five `fields` as the sets of numbers that they admit."""

    zone: ZoneInfo
    duration: timedelta
    once: datetime | None = None
    fields: tuple[frozenset[int], ...] = ()
    free_days: tuple[bool, bool] = (True, True)

    @classmethod
    def parse(cls, expression: str, duration: str, timezone: str) -> Schedule:
        """Read what API_Schedule of the CloudWatch API Reference describes. Errors: ScheduleError."""
        zone, length = _zone(timezone), _length(duration)
        if match := _AT.match(expression):
            return cls(zone, length, datetime.fromisoformat(match[1]).replace(tzinfo=zone))
        match = _CRON.match(expression)
        if match is None:
            raise ScheduleError(f"Schedule expression {expression!r} is neither cron(...) nor at(...).")
        minute, hour, day, month, weekday = match.groups()
        fields = (
            _numbers(minute, 0, 59, ()),
            _numbers(hour, 0, 23, ()),
            _numbers(day, 1, 31, ()),
            _numbers(month, 1, 12, _MONTHS),
            frozenset(number % 7 for number in _numbers(weekday, 0, 7, _DAYS)),
        )
        return cls(zone, length, None, fields, (day in "*?", weekday in "*?"))

    def active(self, now: datetime) -> bool:
        """True when the schedule began less than its duration ago."""
        if self.once is not None:
            return self.once <= now < self.once + self.duration
        minute = now.astimezone(self.zone).replace(second=0, microsecond=0)
        first = minute - self.duration
        while minute > first:
            if self._begins(minute):
                return True
            minute -= timedelta(minutes=1)
        return False

    def over(self, now: datetime) -> bool:
        """True when it will never be active again."""
        return self.once is not None and now >= self.once + self.duration

    def _begins(self, at: datetime) -> bool:
        minutes, hours, days, months, weekdays = self.fields
        if at.minute not in minutes or at.hour not in hours or at.month not in months:
            return False
        by_day, by_weekday = at.day in days, at.isoweekday() % 7 in weekdays
        any_day, any_weekday = self.free_days
        return (by_day and by_weekday) if any_day or any_weekday else (by_day or by_weekday)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ScheduleError(f"Time zone {name!r} is not known.") from error


def _length(text: str) -> timedelta:
    match = _DURATION.match(text)
    parts = [int(part or 0) for part in match.groups()] if match else [0, 0, 0]
    length = timedelta(days=parts[0], hours=parts[1], minutes=parts[2])
    if not timedelta(minutes=1) <= length <= _LONGEST:
        raise ScheduleError(f"Duration {text!r} is not between PT1M and P15D.")
    return length


def _numbers(text: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            start, dash, end = span.partition("-")
            first = _number(start, low, names)
            last = _number(end, low, names) if dash else (high if step else first)
        if not (low <= first <= last <= high) or (step and not step.isdigit()) or step == "0":
            raise ScheduleError(f"Field {text!r} of the cron expression is not valid.")
        found.update(range(first, last + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    if text.upper() in names:
        return names.index(text.upper()) + low
    if not text.isdigit():
        raise ScheduleError(f"{text!r} in the cron expression is not valid.")
    return int(text)
