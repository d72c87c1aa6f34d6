"""A clock that nobody can set and that runs on while the machine sleeps, as a session's time does."""

from __future__ import annotations

import time


def steady() -> float:
    """Seconds since some moment. Linux: CLOCK_BOOTTIME; elsewhere CLOCK_MONOTONIC, which on macOS counts sleep too."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
