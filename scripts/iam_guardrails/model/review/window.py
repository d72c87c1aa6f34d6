"""What time a review looks at in CloudTrail: from where the last signed one ended, so that nothing lies between two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from iam_guardrails.model.review.review import MONTHLY, QUARTERLY, WEEKLY, Evidence, Review
from iam_guardrails.model.review.signed import SignedReview

DAYS: Mapping[str, int] = {WEEKLY: 7, MONTHLY: 31, QUARTERLY: 92}
"""How far back CloudTrail is asked where no review was signed, and at least otherwise."""
LONGEST = timedelta(days=366)
"""How far back at most: what a source lacked for longer is given up, and the review says so."""


def ended(signed: Iterable[SignedReview], cadence: str) -> datetime | None:
    """Up to when the signed reviews of a cadence looked at CloudTrail; None where none of them did.

    A source that ended before its window did was not looked at any further.
    """
    asked = [one for one in signed if one.review.cadence == cadence and one.review.evidence.until is not None]
    if not asked:
        return None
    return looked_until(max(asked, key=lambda one: one.number).review.evidence)


def looked_until(evidence: Evidence) -> datetime | None:
    """Up to when CloudTrail was looked at, None where it was not."""
    return evidence.seen_until or evidence.until


def begins(cadence: str, before: datetime | None, end: datetime) -> datetime:
    """Where the window that ends at `end` begins: a period back, at midnight, or earlier where the last one ended.

    before: see `ended`. Never more than LONGEST before the end.
    """
    usual = end.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS[cadence])
    return min(usual, max(before, end - LONGEST)) if before else usual


def given_up(review: Review, before: datetime | None) -> str:
    """A sentence where a source lacked something for so long that it is no longer looked for; "" elsewhere."""
    said = review.evidence
    if before is None or said.since is None or said.until is None or before >= said.until - LONGEST:
        return ""
    return (f"CloudTrail from {_told(before)} on was not looked at wholly, and what lies before {_told(said.since)} is"
            f" given up: more than {LONGEST.days} days are not looked back")  # fmt: skip


def short(review: Review, before: datetime | None) -> str:
    """Why a review does not look at all the time that one of its cadence must, a sentence; "" where it does.

    before: see `ended`. One that asked CloudTrail nothing says so in its boxes.
    """
    said = review.evidence
    if said.since is None or said.until is None:
        return ""
    end = min((at for at in (said.captured_at, review.judged_at) if at), default=said.until)
    needed = max(before, end - LONGEST) if before else end - timedelta(days=DAYS[review.cadence])
    if said.since > needed:
        which = "where the last signed one ended" if before else f"{DAYS[review.cadence]} days before the capture"
        return (f"it looks at CloudTrail from {_told(said.since)} on, and a {review.cadence} review begins at"
                f" {_told(needed)}, {which}; judge it anew without --since")  # fmt: skip
    if said.until < end:
        return (f"it looks at CloudTrail up to {_told(said.until)}, and a {review.cadence} review ends with the"
                f" capture, at {_told(end)}; judge it anew without --until")  # fmt: skip
    return ""


def behind(review: Review, last: SignedReview | None) -> str:
    """Why a review shows nothing of what became of the last signed one's items, a sentence; "" where it may.

    last: of the same cadence. A capture from before the state that it shows cannot tell what was done since.
    """
    mine, theirs = review.evidence.captured_at, last.review.evidence.captured_at if last else None
    if last is None or mine is None or theirs is None or mine >= theirs:
        return ""
    return (f"its capture is of {_told(mine)}, before the state that {last.name} shows ({_told(theirs)}), so it does"
            " not tell what became of that; judge a newer capture")  # fmt: skip


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
