"""Removing what a signed review decided to remove: looked at again, recorded first, then call by call.

A removal that was killed, or of which calls were refused, goes on with the same record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from iam_guardrails.adapters.removal_records import RemovalRecords
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.calls import Call, lost, removal
from iam_guardrails.model.removal.held import Held, added
from iam_guardrails.model.removal.plan import Left, Plan, Ready
from iam_guardrails.model.removal.record import (
    DONE,
    ENDED,
    HELD,
    REFUSED,
    REMOVED,
    Begun,
    Kept,
    Removal,
    held_content,
)
from iam_guardrails.model.removal.target import (
    Target,
    decided,
    made_by_terraform,
    protected,
    since_the_review,
    with_key,
)
from iam_guardrails.model.review.signed import SignedReview
from iam_guardrails.model.value import frozen


class Access(Protocol):
    """An account that can be looked at and changed (adapters.aws.access_calls.AwsAccess)."""

    @property
    def caller(self) -> str:
        """The ARN of who changes it."""

    def held(self, kind: str, name: str) -> Held | None:
        """A role, or for every other kind the user; None where there is none. Raises Problem."""

    def do(self, call: Call) -> str:
        """Make a call; a word on what became of it. Raises Problem."""


@frozen
class Removing:
    """Where a removal takes place. records: of the environment.  for_good: also what nothing gives back."""

    access: Access
    expected: Expected
    records: RemovalRecords
    tell: Callable[[str], None]
    for_good: bool = False
    simulated: bool = False


def plan(work: Removing, review: SignedReview, only: Iterable[str] = ()) -> Plan:
    """Look at everything that is to be removed. only: ids of items, none for all. Raises Problem."""
    targets, others = decided(review.review.items)
    chosen = set(only)
    known = {one.item for one in targets}
    if strange := sorted(chosen - known):
        raise Problem(f"{strange[0][:80]!r} is no item of {review.name} that is to be removed by calls of IAM; there "
                      f"{'are ' + ', '.join(sorted(known)) if known else 'is none'}")  # fmt: skip
    unfinished = _unfinished(work.records, review)
    before = {one.target.item: one for one in unfinished.kept} if unfinished else {}
    found = [_look(work, review, one, before.get(one.item)) for one in targets if not chosen or one.item in chosen]
    return Plan(
        tuple(one for one in found if isinstance(one, Ready)), tuple(one for one in found if isinstance(one, Left)),
        () if chosen else others, unfinished,
    )  # fmt: skip


def _unfinished(records: RemovalRecords, review: SignedReview) -> Removal | None:
    fitting = [one for one in records.all() if one.is_open and one.begun.review_hash == review.hash]
    return fitting[-1] if fitting else None


def _look(work: Removing, review: SignedReview, target: Target, kept: Kept | None) -> Ready | Left:
    if why := protected(target, work.expected, work.access.caller):
        return Left(target, why)
    work.tell(f"looking at {target.kind} {target.name}")
    try:
        now = work.access.held(target.kind, target.name)
    except Problem as problem:
        return Left(target, f"it cannot be looked at: {problem}")
    if now is None:
        return Left(target, "it is gone already", gone=True)
    exact = kept.target if kept else with_key(target, now)
    if isinstance(exact, str):
        return Left(target, exact)
    captured_at = review.review.evidence.captured_at
    if why := made_by_terraform(exact, now) or since_the_review(exact, now, captured_at):
        return Left(exact, why)
    if kept and (more := added(kept.before, now)):
        return Left(
            exact, f"it was changed since its removal began ({', '.join(more)}): roll that back, and begin anew"
        )
    return _ready(exact, now, work.for_good)


def _ready(target: Target, now: Held, for_good: bool) -> Ready | Left:
    calls, loses = removal(target, now, for_good), lost(target, now)
    why = f"nothing gives back {', '.join(loses)}; --for-good removes it nevertheless" if loses and not for_good else ""
    if calls:
        return Ready(target, now, calls, loses if for_good else (), why)
    if why:
        return Left(target, why)
    return Left(target, "nothing of it is left to remove", gone=True)


def carry_out(work: Removing, review: SignedReview, planned: Plan) -> Removal:
    """Write down what is there, then remove it; returns the record. Raises Problem where it cannot be written."""
    record = planned.open or work.records.begin(_begun(work, review))
    known = {one.target.item for one in record.kept}
    for one in planned.ready:
        if one.target.item not in known:
            record = work.records.append(record, HELD, held_content(one.target, one.now))
    refused = False
    for one in planned.ready:
        record, whole = _take_away(work, record, one)
        refused = refused or not whole
    if not refused and not planned.refused:
        record = work.records.append(record, ENDED, {})
    return record


def _begun(work: Removing, review: SignedReview) -> Begun:
    signed = review.review
    return Begun("", signed.environment, signed.account_id, review.name, review.hash, work.for_good, work.simulated)


def _take_away(work: Removing, record: Removal, one: Ready) -> tuple[Removal, bool]:
    """Make the calls up to the first that is refused, each in the record as soon as AWS answered."""
    for call in one.calls:
        content = {"item": one.target.item, "call": call.text}
        try:
            answer = work.access.do(call)
        except Problem as problem:
            work.tell(f"refused: {call.text}: {problem}")
            return work.records.append(record, REFUSED, {**content, "reason": str(problem)}), False
        work.tell(f"{call.text}: {answer}")
        record = work.records.append(record, DONE, {**content, "answer": answer})
    if one.stays:
        return record, False
    return work.records.append(record, REMOVED, {"item": one.target.item}), True


def refusals(record: Removal) -> Iterator[str]:
    """The calls that were refused and not made since, a clause each."""
    made = {(one["item"], one["call"]) for one in record.of(DONE)}
    told = {(one["item"], one["call"]): str(one["reason"]) for one in record.of(REFUSED)}
    yield from (f"{call}: {reason}" for (item, call), reason in told.items() if (item, call) not in made)
