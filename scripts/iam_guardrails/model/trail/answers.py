"""What a live TestMetricFilter answered to the open cases of filter patterns (the cases: open_cases.py)."""

from __future__ import annotations

from collections.abc import Callable

from iam_guardrails.model.value import frozen

Settle = Callable[[str], bool | None]


@frozen
class Answers:
    """What AWS answered: pairs of a case's id and its verdict, and the day it was asked."""

    asked_on: str = ""
    given: tuple[tuple[str, bool], ...] = ()

    def settle(self) -> Settle:
        """The verdict of a case by its id; None where AWS was not asked."""
        return dict(self.given).get


NONE = Answers()
