"""Of all signed reviews, whatever their cadence, the latest decision about an item is the one that counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from iam_guardrails.model.review.review import ACCEPT, REMOVE, Decision, Item
from iam_guardrails.model.review.signed import SignedReview
from iam_guardrails.model.value import changed, frozen

_FIRST = datetime.min.replace(tzinfo=UTC)


@frozen
class Later:
    """What a review that was signed later decided about an item. review: its name."""

    item: Item
    review: str
    decision: Decision


def decisions_of(signed: Iterable[SignedReview]) -> tuple[Decision, ...]:
    """Every decision in signed reviews, of the review signed last first, each with the review it was made in."""
    return tuple(
        changed(made, origin=made.origin or record.name)
        for record in sorted({one.hash: one for one in signed}.values(), key=lambda one: one.number, reverse=True)
        for made in record.decisions
    )


def decided_later(record: SignedReview, signed: Iterable[SignedReview]) -> Mapping[str, Later]:
    """What reviews signed after `record` decided about its items, by item; of several the latest.

    A decision that a later review only carried on is not made later.
    """
    mine = {item.id: item for item in (*record.review.items, *record.review.unread)}
    after = sorted((one for one in signed if one.number > record.number), key=lambda one: one.number)
    return {
        made.item: Later(mine[made.item], one.name, made)
        for one in after
        for made in one.decisions
        if made.item in mine and not _older(made, mine[made.item].decision)
    }  # fmt: skip


def _older(made: Decision, than: Decision | None) -> bool:
    """Whether a decision was made before another, or is that other one."""
    return bool(than and made.at and than.at and made.origin and made.at <= than.at)


def in_force(record: SignedReview, signed: Iterable[SignedReview]) -> tuple[SignedReview, tuple[Later, ...]]:
    """A record as far as what it wants removed still counts, and what no longer does, by a review signed later.

    What counts no longer has the later decision; name, number and hash are the record's.
    """
    wanted = {item.id for item in record.review.items if item.decision and item.decision.choice == REMOVE}
    lost = {
        name: later
        for name, later in decided_later(record, signed).items()
        if name in wanted and later.decision.choice != REMOVE
    }
    boxes = tuple(
        changed(box, items=tuple(
            changed(item, decision=lost[item.id].decision) if item.id in lost else item for item in box.items
        ))
        for box in record.review.boxes
    )  # fmt: skip
    return changed(record, review=changed(record.review, boxes=boxes)), tuple(lost.values())


def latest_first(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Decisions by time, the latest first; those without a time last, in their order."""
    return tuple(sorted(decisions, key=lambda item: item.at or _FIRST, reverse=True))


def unsettled(signed: Iterable[SignedReview]) -> frozenset[str]:
    """The ids of the items of which the latest signed decision is another than to keep them."""
    latest: dict[str, Decision] = {}
    for made in latest_first(decisions_of(signed)):
        latest.setdefault(made.item, made)
    return frozenset(name for name, made in latest.items() if made.choice in (REMOVE, ACCEPT))
