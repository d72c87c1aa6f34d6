"""Recorded events, as files hold them, and what a pattern says about each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.value import frozen


@frozen
class TrailRecord:
    """One event of a file; `index` counts its records from 0."""

    file: str
    index: int
    event: Mapping[str, Any]


@frozen
class NotRead:
    """What of a file was not read: `record` says where ("record 3, line 4"; empty for the whole file)."""

    file: str
    record: str
    reason: str


@frozen
class Matched:
    """One event: matched is True, False or None (undetermined), why the comparison that decided."""

    file: str
    index: int
    event_name: str
    matched: bool | None
    why: str


@frozen
class Matches:
    """The outcome: the pattern as given, every event, and what could not be read."""

    pattern: str
    events: tuple[Matched, ...]
    not_read: tuple[NotRead, ...]

    @property
    def exit_code(self) -> int:
        """0 when everything was read, also where AWS documents no verdict; 2 otherwise."""
        return 2 if self.not_read else 0
