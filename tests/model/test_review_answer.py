"""Which answers are complete, and when the next review is due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.review_making import AT, TODAY, box, item, review

from iam_guardrails.model.review.answer import Answer, decision_of, faults, questions, with_decisions
from iam_guardrails.model.review.period import DONE, DUE, NEVER, OVERDUE, due, period_of
from iam_guardrails.model.review.review import CADENCES
from iam_guardrails.model.value import changed

HIGH = review(box("users", item()))
LOW = review(box("users", item(severity="low")))
OPEN = review(box("secrets", looked_at=3, not_judged=("it was refused",)))
KEEP: dict[str, Any] = {"choice": "keep", "owner": "jane", "reason": "needed"}
ACCEPT: dict[str, Any] = {"choice": "accept", "owner": "jane", "ticket": "SEC-1", "until": TODAY + timedelta(days=90)}
CASES: list[tuple[Any, dict[str, Any], str]] = [
    (HIGH, KEEP, ""),
    (HIGH, KEEP | {"reason": ""}, "to keep what is high needs a reason"),
    (LOW, KEEP | {"reason": ""}, ""),
    (HIGH, KEEP | {"owner": ""}, "an owner is needed"),
    (HIGH, KEEP | {"until": TODAY}, "only accept has an end; keep has none"),
    (HIGH, KEEP | {"choice": "kep"}, "the choice 'kep' is none of keep, remove, accept"),
    (HIGH, KEEP | {"choice": "acknowledge"}, "the choice 'acknowledge' is none of"),
    (HIGH, {"choice": "remove", "owner": "jane"}, ""),
    (HIGH, {"choice": "remove"}, "an owner is needed"),
    (HIGH, ACCEPT, ""),
    (HIGH, ACCEPT | {"until": TODAY}, ""),
    (HIGH, ACCEPT | {"ticket": ""}, "to accept needs a ticket"),
    (HIGH, ACCEPT | {"owner": ""}, "an owner is needed"),
    (HIGH, ACCEPT | {"until": None}, "needs a day until which"),
    (HIGH, ACCEPT | {"until": TODAY - timedelta(days=1)}, "2026-11-27 is over"),
    (HIGH, ACCEPT | {"until": TODAY + timedelta(days=91)}, "more than 90 days away: 2027-02-26 is the last day"),
    (HIGH, KEEP | {"reason": "one\ntwo"}, "the reason must be one line"),
    (HIGH, KEEP | {"owner": "j\x1b[31m"}, "the owner must be one line"),
    (HIGH, KEEP | {"reason": "x" * 501}, "at most 500 letters"),
    (HIGH, KEEP | {"meaning": "meaning of"}, ""),
    (HIGH, KEEP | {"meaning": "another"}, "changed since: look at it again"),
    (OPEN, {"choice": "acknowledge", "owner": "jane", "reason": "known"}, ""),
    (OPEN, {"choice": "acknowledge", "owner": "jane"}, "to acknowledge needs a reason"),
    (OPEN, {"choice": "acknowledge", "reason": "known"}, "an owner is needed"),
    (OPEN, KEEP, "the choice 'keep' is none of acknowledge"),
]


@pytest.mark.parametrize(("made", "given_", "wrong"), CASES)
def test_an_answer_is_complete_or_says_what_it_lacks(made: Any, given_: dict[str, Any], wrong: str) -> None:
    (question,) = questions(made)
    found = list(faults(Answer(question.key, **given_), question, TODAY))
    assert len(found) == bool(wrong) and all(wrong in text for text in found), found


def test_a_decision_closes_its_question_and_no_other() -> None:
    both = review(box("users", item(), item("users-2")), box("secrets", looked_at=0))
    asked = questions(both)
    assert [one.key for one in asked] == ["users-1", "users-2", "box:secrets"]
    for one in asked:
        choice = one.choices[0]
        made = decision_of(Answer(one.key, choice, "jane"), one, "me@here", AT)
        found = with_decisions(both, [made])
        assert [left.key for left in questions(found)] == [other.key for other in asked if other is not one]
        assert [every.key for every in questions(found, decided=True)] == [other.key for other in asked]
        void = with_decisions(both, [changed(made, meaning="other")])
        assert questions(void) == asked


@pytest.mark.parametrize(
    ("cadence", "last", "today", "state", "by"),
    [
        ("weekly", None, "2026-11-28", NEVER, None),
        ("weekly", "2026-11-21", "2026-11-25", DONE, "2026-11-28"),
        ("weekly", "2026-11-21", "2026-11-26", DUE, "2026-11-28"),
        ("weekly", "2026-11-21", "2026-11-28", DUE, "2026-11-28"),
        ("weekly", "2026-11-21", "2026-11-29", OVERDUE, "2026-11-28"),
        ("monthly", "2026-11-01", "2026-11-30", DONE, "2026-12-31"),
        ("monthly", "2026-11-30", "2026-12-01", DUE, "2026-12-31"),
        ("monthly", "2026-11-30", "2026-12-31", DUE, "2026-12-31"),
        ("monthly", "2026-11-30", "2027-01-01", OVERDUE, "2026-12-31"),
        ("monthly", "2028-01-31", "2028-02-29", DUE, "2028-02-29"),
        ("quarterly", "2026-10-01", "2026-12-31", DONE, "2027-03-31"),
        ("quarterly", "2026-09-30", "2026-11-28", DUE, "2026-12-31"),
        ("quarterly", "2026-06-30", "2026-10-01", OVERDUE, "2026-09-30"),
    ],
)
def test_a_review_is_due_by_its_cadence(cadence: str, last: str | None, today: str, state: str, by: str | None) -> None:
    found = due(cadence, date.fromisoformat(last) if last else None, date.fromisoformat(today))
    assert (found.state, found.by) == (state, date.fromisoformat(by) if by else None)


@given(st.sampled_from(CADENCES), st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 200))
def test_who_signs_in_every_period_is_never_overdue(cadence: str, last: date, later: int) -> None:
    today = last + timedelta(days=later)
    found = due(cadence, last, today)
    assert found.by is not None and found.by > last
    assert (found.state == OVERDUE) == (today > found.by)
    if cadence != "weekly" and period_of(cadence, today) == period_of(cadence, last):
        assert found.state == DONE
