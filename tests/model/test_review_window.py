"""The windows of reviews follow one another without a gap, and one that leaves time out is not signable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.review_making import AT, review

from iam_guardrails.model.review.review import MONTHLY, WEEKLY, Evidence
from iam_guardrails.model.review.signed import SignedReview
from iam_guardrails.model.review.window import LONGEST, begins, ended, given_up, short
from iam_guardrails.model.value import changed

DAY, WEEK = timedelta(days=1), timedelta(days=7)
MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)


def signed(number: int, since: datetime | None, until: datetime | None, seen: datetime | None = None,
           cadence: str = WEEKLY) -> SignedReview:  # fmt: skip
    evidence = Evidence(until, "live", "", since, until, "folder" if until else "", 0, seen)
    made = changed(review(evidence=evidence), cadence=cadence, name=f"review {number}")
    return SignedReview(number, made, "jane", "", AT, "", "", "", "")


def test_without_a_signed_review_the_window_is_the_period() -> None:
    assert begins(WEEKLY, None, AT) == MIDNIGHT - WEEK
    assert begins(MONTHLY, None, AT) == MIDNIGHT - 31 * DAY


def test_after_a_late_review_the_window_begins_where_the_last_one_ended() -> None:
    last = AT - 19 * DAY
    assert begins(WEEKLY, last, AT) == last
    assert begins(WEEKLY, AT - DAY, AT) == MIDNIGHT - WEEK


def test_what_a_source_lacks_for_ever_is_given_up_after_a_year_and_told() -> None:
    before = AT - LONGEST - DAY
    since = begins(WEEKLY, before, AT)
    assert since == AT - LONGEST
    made = changed(review(evidence=Evidence(AT, "live", "", since, AT)), cadence=WEEKLY, judged_at=AT)
    assert short(made, before) == ""
    assert "what lies before 2025-11-27 09:00:00 UTC is given up" in given_up(made, before)
    assert given_up(made, since) == given_up(made, None) == ""


ENDED = {
    "none is signed": ((), None),
    "another cadence": ((signed(1, AT - 31 * DAY, AT, cadence=MONTHLY),), None),
    "its window": ((signed(1, AT - WEEK, AT),), AT),
    "where the source ended before the window": ((signed(1, AT - WEEK, AT, AT - 5 * DAY),), AT - 5 * DAY),
    "one that asked CloudTrail nothing is passed over": ((signed(1, AT - WEEK, AT - WEEK), signed(2, None, None)),
                                                         AT - WEEK),
    "the latest, in whatever order": ((signed(2, AT - WEEK, AT), signed(1, AT - 2 * WEEK, AT - WEEK)), AT),
}  # fmt: skip


@pytest.mark.parametrize("case", ENDED)
def test_where_the_signed_ones_ended(case: str) -> None:
    given, expected = ENDED[case]
    assert ended(given, WEEKLY) == expected


SHORT = {
    "the period": (AT - WEEK, AT, None, ""),
    "from midnight": (MIDNIGHT - WEEK, AT, None, ""),
    "a minute": (AT - timedelta(minutes=1), AT, None, "from 2026-11-28 08:59:00 UTC on, and a weekly review begins at"
                 " 2026-11-21 09:00:00 UTC, 7 days before the capture"),
    "a second too late": (AT - WEEK + timedelta(seconds=1), AT, None, "judge it anew without --since"),
    "since the last one, a day ago": (AT - DAY, AT, AT - DAY, ""),
    "later than the last one ended": (AT - WEEK, AT, AT - 8 * DAY, "2026-11-20 09:00:00 UTC, where the last signed"),
    "not up to the capture": (AT - WEEK, AT - timedelta(seconds=1), None, "judge it anew without --until"),
    "up to the judging of a capture of the same second": (
        AT - 8 * DAY, AT - timedelta(milliseconds=200), None, ""),
    "no CloudTrail": (None, None, None, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", SHORT)
def test_less_than_its_time_is_told(case: str) -> None:
    since, until, before, says = SHORT[case]
    judged_at = AT - timedelta(milliseconds=200) if "same second" in case else AT
    made = changed(review(evidence=Evidence(AT, "live", "", since, until)), cadence=WEEKLY, judged_at=judged_at)
    found = short(made, before)
    assert (says in found) if says else found == "", found
