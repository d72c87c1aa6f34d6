"""Waiting for what the embedded AWS does after a call."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def until(found: Callable[[], Any], what: str, seconds: float = 15.0) -> Any:
    """The first true answer of `found`; fails when the deadline passes."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, f"within {seconds:g} s: no {what}"
        time.sleep(0.02)
    return answer
