"""`guardrails review remove`: take away what a signed review decided to remove."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.review import CADENCES
from iam_guardrails.removal_wiring import LOCK, access_of, agreed, declare_common, expected_of, removals_of

if TYPE_CHECKING:
    from iam_guardrails.journeys.review_remove import Removing
    from iam_guardrails.journeys.review_sign import Desk
    from iam_guardrails.model.removal.plan import Plan
    from iam_guardrails.model.review.latest import Later
    from iam_guardrails.model.review.signed import SignedReview

WORD = "remove"
EPILOG = (
    "Exit codes: 0 nothing is left to remove, 1 something is (nobody said the word, something is refused, or another"
    " way removes it), 2 could not. A key is made inactive; it is deleted by a later run with --for-good only, since"
    " nothing gives a deleted key back. A run that was stopped is finished by the same command."
)


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `review remove`."""
    made.epilog = EPILOG
    made.add_argument("env", metavar="ENV", help="dev, staging or prod")
    made.add_argument("--cadence", choices=CADENCES, required=True, help="of which the last signed review counts")
    made.add_argument("--item", metavar="ID", action="append", default=[],
                      help="remove this item only; may be repeated (default: all that were decided to be removed)"
                      )  # fmt: skip
    made.add_argument("--for-good", action="store_true",
                      help="also what nothing gives back: passwords, MFA devices, inactive keys")  # fmt: skip
    declare_common(made, WORD)


def run(
    given: argparse.Namespace,
    find_root: Callable[[argparse.Namespace], Path],
    tell: Callable[[str], None],
    put: Callable[[str, str | None], None],
) -> int:
    """Show what is to be removed, ask, remove; returns the exit code. Raises Problem."""
    from iam_guardrails.adapters.review_records import locked
    from iam_guardrails.journeys.review_remove import Removing, carry_out, plan, refusals
    from iam_guardrails.reports.review_removal import as_plan, as_removed
    from iam_guardrails.review_wiring import desk_of

    root = find_root(given)
    desk, expected = desk_of(root, given.env, given.sandbox), expected_of(root, given.env)
    review, later = counts = _counting(given, desk)
    with locked(desk.work, LOCK):
        work = Removing(
            access_of(root, expected, given), expected, removals_of(desk), tell, given.for_good, given.sandbox
        )
        planned = plan(work, review, given.item)
        put(as_plan(planned, review, later), None)
        blind = _not_looked_at(review, tell)
        if not planned.ready:
            return _nothing(work, planned) or blind
        if not agreed(given, WORD, tell):
            return 1
        if not given.yes and (_counting(given, desk) != counts or plan(work, review, given.item) != planned):
            raise Problem("something changed while the word was asked for; nothing was removed: repeat, and look again")
        record = carry_out(work, review, planned)
        refused = tuple(refusals(record))
        put(as_removed(record, planned, refused, str(work.records.path(record.begun.id)), desk.calling), None)
    left = refused or planned.refused or planned.others or blind or any(one.stays for one in planned.ready)
    return 1 if left else 0


def _not_looked_at(review: SignedReview, tell: Callable[[str], None]) -> int:
    """Tell what an earlier review decided to remove and this one could not look at; 1 where there is some."""
    from iam_guardrails.model.review.review import REMOVE

    found = [item for item in review.review.unread if item.decision and item.decision.choice == REMOVE]
    for item in found:
        tell(
            f"{item.id} stays to be removed, and {review.name} could not look at it: {item.title}; judge it anew first"
        )
    return 1 if found else 0


def _counting(given: argparse.Namespace, desk: Desk) -> tuple[SignedReview, tuple[Later, ...]]:
    """The last signed review as far as it counts, and what one of another cadence decided later. Raises Problem."""
    from iam_guardrails.adapters.review_drafts import load_draft
    from iam_guardrails.journeys.reviews_verify import whole_reviews
    from iam_guardrails.model.review.latest import in_force
    from iam_guardrails.model.review.signed import last_of

    signed = whole_reviews(given.env, desk.records, desk.calling)
    last = last_of(signed, given.cadence)
    if last is None:
        begun = load_draft(desk.work, given.cadence) is not None
        words = ("sign", "--as", "NAME") if begun else ()
        raise Problem(
            f"no {given.cadence} review of {given.env} is signed, and only what a signed one says is removed; next:"
            f" {desk.calling.review(given.env, given.cadence, *words)}"
        )
    review, later = in_force(last, signed)
    for one in later:
        if one.item.id in given.item:
            raise Problem(f"{one.item.id} is not removed: {one.review} decided {one.decision.choice} later")
    return review, later


def _nothing(work: Removing, planned: Plan) -> int:
    """Nothing can be removed. A record that only waits for what is gone by now is ended."""
    from iam_guardrails.model.removal.record import ENDED

    if planned.open and not planned.refused:
        work.records.append(planned.open, ENDED, {})
    return 1 if planned.refused or planned.others else 0
