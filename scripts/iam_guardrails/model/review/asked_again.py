"""What is declared, and is not what it was in the last signed review: it asks again, once.

The first signed review that saw it says what it was; a signed "keep" about a change says that it is right as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iam_guardrails.model.review.declaration import Declared
from iam_guardrails.model.review.review import KEEP, Box, Item, Review
from iam_guardrails.model.review.signed import SignedReview
from iam_guardrails.model.value import changed, frozen


@frozen
class _Then:
    """What was declared: its meaning, and the review that saw it first or kept it."""

    meaning: str
    review: str


def asked_again(review: Review, signed: Iterable[SignedReview]) -> Review:
    """The review with an item for each declared thing that changed since; its meaning then stays on record."""
    then = _then(sorted(signed, key=lambda one: one.number))
    return changed(review, boxes=tuple(_asking(box, then) if box.declared else box for box in review.boxes))


def _then(signed: Iterable[SignedReview]) -> Mapping[str, _Then]:
    """By id, of the reviews in their order."""
    found: dict[str, _Then] = {}
    for record in signed:
        for box in record.review.boxes:
            for one in box.declared:
                if one.id not in found or found[one.id].meaning != one.meaning:
                    found[one.id] = _Then(one.meaning, record.name)
            for item in box.items:
                if item.id in found and item.decision is not None and item.decision.choice == KEEP:
                    found[item.id] = _Then(item.meaning, record.name)
    return found


def _asking(box: Box, then: Mapping[str, _Then]) -> Box:
    items, declared = list(box.items), list[Declared]()
    for one in box.declared:
        was = then.get(one.id)
        declared.append(changed(one, meaning=was.meaning) if was else one)
        if was is not None and was.meaning != one.meaning:
            items.append(_item(box, one, was))
    return changed(box, items=tuple(items), declared=tuple(declared))


def _item(box: Box, one: Declared, was: _Then) -> Item:
    reasons = (f"{one.where} declares it, and it is not what it was in {was.review}",)
    return Item(one.id, box.id, one.subject, f"{one.what} changed since it was declared", "medium", one.meaning,
                reasons, (("then", was.meaning[:16]), ("now", one.meaning[:16])), one.remedy)  # fmt: skip
