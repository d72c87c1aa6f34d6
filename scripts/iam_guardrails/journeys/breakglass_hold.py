"""While a session is used: the child that holds it, the warnings before its end, and the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from iam_guardrails.model.incident.session import Gone
from iam_guardrails.model.incident.step import ENDED, EXPIRED, KILLED

WARN_SECONDS = (600, 120)
LONGEST_WAIT = 30.0
"""A machine may sleep; its clock is looked at again at least this often."""


class Child(Protocol):
    """The process that has the credentials."""

    def wait(self, seconds: float) -> int | None:
        """Its exit code (negative: the signal that ended it), or None when it still runs after so long, or when this
        process was told to end."""

    def told_to_end(self) -> bool:
        """Whether this process was sent SIGTERM or SIGHUP."""

    def end(self) -> int:
        """Ask it to end, then make it; returns its exit code."""


def hold(
    child: Child, seconds: float, steady: Callable[[], float], warn: Callable[[int], None],
    marks: tuple[int, ...] = WARN_SECONDS,
) -> Gone:  # fmt: skip
    """Wait for the child, warn when so many seconds are left, and end it when none is.

    steady: a clock that nobody sets and that runs while the machine sleeps.  marks: falling.
    """
    began = steady()
    due = [mark for mark in marks if mark < seconds]
    while True:
        left = began + seconds - steady()
        passed = [mark for mark in due if left <= mark]
        if left <= 0:
            warn(0)
            return _gone(EXPIRED, child.end(), steady() - began)
        if passed:  # one warning, also where a sleep took both
            due = [mark for mark in due if mark not in passed]
            warn(int(-(-left // 1)))
        code = child.wait(min(left - due[0] if due else left, LONGEST_WAIT))
        if code is not None:
            cut = code < 0 or child.told_to_end()  # a terminal that is closed reaches the child as it reaches us
            return _gone(KILLED if cut else ENDED, code, steady() - began)
        if child.told_to_end():
            return _gone(KILLED, child.end(), steady() - began)


def _gone(how: str, code: int, seconds: float) -> Gone:
    """A child that was cut off has no success to tell, even where it ended in good order: 124 and 143, as `timeout` and
    a shell tell it."""
    told = code if code >= 0 else 128 - code
    return Gone(how, told or {ENDED: 0, EXPIRED: 124, KILLED: 143}[how], round(seconds))
