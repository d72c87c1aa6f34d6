"""Acceptances and somebody's word, laid over what was found."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.incident_records import incident

from iam_guardrails.model.incident.examined import MANAGED, NOT_JUDGED, OPEN, REVERTED, SETTLED, STATED, Item, Stated
from iam_guardrails.model.incident.settle import settled, unsettled
from iam_guardrails.model.incident.step import ACCEPTED, Accepted

TODAY = date(2026, 12, 1)


def item(verdict: str) -> Item:
    return Item("x-123456", "x", verdict, "because")


def accepted(days: int) -> tuple[str, Accepted]:
    return ACCEPTED, Accepted("x-123456", "alex", "T-1", f"{TODAY + timedelta(days=days)}", "vendor")


WORD = (STATED, Stated("x-123456", "the console"))


@pytest.mark.parametrize(
    ("verdict", "steps", "then"),
    [
        (OPEN, [], OPEN),
        (OPEN, [accepted(0)], "accepted"),
        (OPEN, [accepted(-1)], OPEN),
        (OPEN, [accepted(30), accepted(-1)], OPEN),
        (OPEN, [accepted(-1), accepted(30)], "accepted"),
        (OPEN, [WORD], OPEN),
        (NOT_JUDGED, [], NOT_JUDGED),
        (NOT_JUDGED, [accepted(30)], "accepted"),
        (NOT_JUDGED, [WORD], "reverted, as somebody says"),
        (REVERTED, [accepted(30)], REVERTED),
        (MANAGED, [WORD], MANAGED),
    ],
)
def test_what_stays_is_accepted_or_vouched_for(verdict: str, steps: list[tuple[str, object]], then: str) -> None:
    (found,) = settled([item(verdict)], incident(steps=steps), TODAY)
    assert found.verdict == then
    left = unsettled([found])
    assert (left == ((), ())) is (found.verdict in SETTLED)


def test_an_acceptance_is_of_one_item() -> None:
    other = Item("y-123456", "y", OPEN, "because")
    found = settled([item(OPEN), other], incident(steps=[accepted(9)]), TODAY)
    assert [one.verdict for one in found] == ["accepted", OPEN]


def test_an_acceptance_that_ended_is_told() -> None:
    (found,) = settled([item(OPEN)], incident(steps=[accepted(-1)]), TODAY)
    assert "the acceptance of alex ended on 2026-11-30" in found.why
