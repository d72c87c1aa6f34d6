"""How the reviews of an environment stand, by its records and drafts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from iam_guardrails.adapters.review_drafts import Draft, draft_path, load_draft
from iam_guardrails.journeys.reviews_verify import whole_reviews
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.record import Removal
from iam_guardrails.model.review.answer import questions
from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.latest import decided_later
from iam_guardrails.model.review.period import Due, due
from iam_guardrails.model.review.review import ACCEPT, CADENCES, REMOVE, Decision, Item, unjudged
from iam_guardrails.model.review.signed import SignedReview, last_of
from iam_guardrails.model.review.standing import (
    EXPIRED,
    EXPIRING,
    EXPIRING_DAYS,
    REMOVAL_OPEN,
    Promise,
    Standing,
    Status,
)
from iam_guardrails.model.value import changed


def status_of(
    environment: str, records: Path, work: Path, today: date, removals: Callable[[], Iterable[Removal]],
    calling: Calling = Calling(),  # noqa: B008 - frozen
) -> Status:  # fmt: skip
    """How one environment stands. records: envs/<env>/records.  work: of its drafts.  removals: reads what was removed.
    calling: how commands about it are called.

    A broken record is told.
    """
    try:
        signed, taken = whole_reviews(environment, records, calling), tuple(removals())
    except Problem as problem:
        unknown = tuple(Standing(environment, name, None, Due("", None), problem=str(problem)) for name in CADENCES)
        return Status(unknown, ())
    standings: list[Standing] = []
    promises: list[Promise] = []
    for cadence in CADENCES:
        last = last_of(signed, cadence)
        day = shows(last) if last else None
        try:
            draft = load_draft(work, cadence)
        except Problem as problem:
            file = str(draft_path(work, cadence))
            standings.append(
                Standing(environment, cadence, last, due(cadence, day, today), problem=str(problem), draft=file)
            )
            draft = None
        else:
            standings.append(_standing(environment, cadence, last, due(cadence, day, today), draft))
        if last:
            done = {*decided_later(last, signed), *_removed(last, taken)}
            promises += [one for one in _promises(environment, last, draft, today) if one.decision.item not in done]
    return Status(tuple(standings), tuple(promises))


def shows(record: SignedReview) -> date:
    """The day whose state a signed review shows: of its capture, or where nothing tells it, of its signing."""
    return (record.review.evidence.captured_at or record.signed_at).date()


def _removed(last: SignedReview, removals: Iterable[Removal]) -> Iterator[str]:
    """The items that `review remove` took away, for this review or since the capture that it rests on."""
    seen_at = last.review.evidence.captured_at or last.signed_at
    for one in removals:
        for item, at in one.removed.items():
            if one.begun.review_hash == last.hash or at > seen_at:
                yield item


def _standing(
    environment: str, cadence: str, last: SignedReview | None, next_due: Due, draft: Draft | None
) -> Standing:
    if draft is None:
        return Standing(environment, cadence, last, next_due)
    still, every = len(questions(draft.review)), len(questions(draft.review, decided=True))
    return Standing(environment, cadence, last, next_due, still, every)


def _promises(environment: str, last: SignedReview, draft: Draft | None, today: date) -> Iterator[Promise]:
    for item in (*last.review.items, *last.review.unread):
        made = item.decision
        if made is None:
            continue
        kind = _kind(made, today)
        if kind and not _settled(item, draft, last):
            yield Promise(environment, last.name, kind, item.title, item.subject, made, last.review.cadence)


def _kind(made: Decision, today: date) -> str:
    if made.choice == REMOVE:
        return REMOVAL_OPEN
    if made.choice != ACCEPT or made.until is None or made.until > today + timedelta(days=EXPIRING_DAYS):
        return ""
    return EXPIRED if made.until < today else EXPIRING


def _settled(item: Item, draft: Draft | None, last: SignedReview) -> bool:
    """Whether a later capture, wholly judged, shows that it is gone; or a newer decision stands in the draft."""
    if draft is None or not _later(draft, last):
        return False
    there = next((one for one in draft.review.items if one.id == item.id), None)
    if there is not None:
        made = there.decision
        return made is not None and not _same(made, item.decision) and made.choice != REMOVE
    return any(box.id == item.box and not unjudged(box) for box in draft.review.boxes)


def _same(made: Decision, before: Decision | None) -> bool:
    """Whether it is the decision of before, carried on."""
    return before is not None and changed(made, origin="") == changed(before, origin="")


def _later(draft: Draft, last: SignedReview) -> bool:
    mine, theirs = draft.review.evidence.captured_at, last.review.evidence.captured_at
    return mine is not None and (theirs is None or mine > theirs)
