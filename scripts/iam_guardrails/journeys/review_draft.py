"""A judged review against what was decided before: in its draft, and in signed reviews of every cadence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from iam_guardrails.adapters.review_drafts import Draft
from iam_guardrails.model.review.answer import reasons_meaning
from iam_guardrails.model.review.comparison import Against, compared
from iam_guardrails.model.review.latest import decisions_of, latest_first, standing
from iam_guardrails.model.review.review import (
    ACKNOWLEDGE,
    REMOVE,
    Box,
    Decision,
    Evidence,
    Item,
    Review,
    box_key,
    unjudged,
)
from iam_guardrails.model.review.signed import SignedReview
from iam_guardrails.model.review.window import behind
from iam_guardrails.model.value import changed


def renewed(
    review: Review, draft: Draft | None, last_signed: SignedReview | None, today: date,
    others: Iterable[SignedReview] = (),
) -> Review:  # fmt: skip
    """A review with the state of each item against the last signed one, and every decision that still holds.

    draft: of the same cadence, made earlier, None for none.  last_signed: of the same cadence; the states are against
    it.  others: every other signed review of the environment: a decision answers the same item in each cadence.

    The latest decision about an item is the one that counts; whether it still speaks for it says `holds`, and about
    what was gone in a signed review since no decision speaks. A REMOVE
    made in the draft stays while the evidence is the same: what rests on the same capture cannot show whether it was
    removed. An acknowledgement that a box was not judged stays within a draft while the reasons are the same, and
    never goes on from a signed review. What is missing of the last signed review is not gone where the capture is
    older than that review's.
    """
    before = {box.id: box for box in last_signed.review.boxes} if last_signed else {}
    made = draft.decisions if draft else ()
    signed = (*others, last_signed) if last_signed else tuple(others)
    said = latest_first(standing((*made, *decisions_of(signed)), signed, review.items))
    kept = _removals(made, said) if draft and _same(draft.review.evidence, review.evidence) else {}
    name, digest = (last_signed.name, last_signed.hash) if last_signed else ("", "")
    then = last_signed.review.evidence if last_signed else None
    against = Against(name, review.evidence, then, behind(review, last_signed))
    found = (compared(box, before.get(box.id), said, today, against) for box in review.boxes)
    boxes = tuple(changed(_keeping(box, kept), acknowledged=acknowledgement(box, made)) for box in found)
    return changed(review, boxes=boxes, previous=name, previous_hash=digest)


def acknowledgement(box: Box, decisions: Iterable[Decision]) -> Decision | None:
    """The latest acknowledgement of a box that is not judged, if it is about the same reasons."""
    if not unjudged(box):
        return None
    key = box_key(box.id)
    found = next((item for item in decisions if item.item == key and item.choice == ACKNOWLEDGE), None)
    return found if found is not None and found.meaning == reasons_meaning(box) else None


def _same(one: Evidence, other: Evidence) -> bool:
    """Whether two reviews look at the same; what is expected of it may have changed."""
    return bool(one.capture_sha256) and changed(one, rules=()) == changed(other, rules=())


def _removals(made: Iterable[Decision], said: Iterable[Decision]) -> dict[str, Decision]:
    """The removals decided in the draft that no later decision replaces, by item."""
    latest: dict[str, Decision] = {}
    for item in said:
        latest.setdefault(item.item, item)
    return {item.item: item for item in made if item.choice == REMOVE and latest.get(item.item) is item}


def _keeping(box: Box, kept: dict[str, Decision]) -> Box:
    return changed(box, items=tuple(_kept(item, kept.get(item.id)) for item in box.items)) if kept else box


def _kept(item: Item, removal: Decision | None) -> Item:
    return changed(item, decision=removal) if removal is not None and removal.meaning == item.meaning else item
