"""When a mute rule's schedule is active."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iam_guardrails.emulator.schedule import Schedule, ScheduleError

SATURDAY = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "duration", "zone", "active"),
    [
        ("cron(0 3 * * *)", "PT31M", "UTC", True),
        ("cron(0 3 * * *)", "PT30M", "UTC", False),
        ("cron(0 18 * * FRI)", "PT10H", "UTC", True),
        ("cron(0 18 * * MON-THU)", "PT10H", "UTC", False),
        ("cron(0 0 21 NOV *)", "P1D", "UTC", True),
        ("cron(0 0 1,20-22 * *)", "PT4H", "UTC", True),
        ("cron(*/15 * * * SUN)", "PT1M", "UTC", False),
        ("cron(*/15 * * * 6)", "PT1M", "UTC", True),
        ("cron(30 22 * * *)", "PT1M", "America/New_York", True),
        ("cron(0 0 21 * SUN)", "PT4H", "UTC", True),
        ("at(2026-11-21T03:00)", "PT31M", "UTC", True),
        ("at(2026-11-21T03:00)", "PT30M", "UTC", False),
        ("at(2026-11-20T22:30)", "PT1M", "America/New_York", True),
    ],
)
def test_active(expression: str, duration: str, zone: str, active: bool) -> None:
    assert Schedule.parse(expression, duration, zone).active(SATURDAY) is active


@pytest.mark.parametrize(
    ("expression", "duration", "zone"),
    [
        ("cron(60 * * * *)", "PT1H", "UTC"),
        ("cron(* * * * *", "PT1H", "UTC"),
        ("cron(* * * FOO *)", "PT1H", "UTC"),
        ("cron(*/0 * * * *)", "PT1H", "UTC"),
        ("cron(5-2 * * * *)", "PT1H", "UTC"),
        ("at(tomorrow)", "PT1H", "UTC"),
        ("cron(* * * * *)", "1 hour", "UTC"),
        ("cron(* * * * *)", "PT", "UTC"),
        ("cron(* * * * *)", "PT1H", "Mars/Olympus"),
    ],
)
def test_broken(expression: str, duration: str, zone: str) -> None:
    with pytest.raises(ScheduleError):
        Schedule.parse(expression, duration, zone)
