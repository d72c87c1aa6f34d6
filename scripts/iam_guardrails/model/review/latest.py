"""Of all signed reviews, whatever their cadence, the decision about an item that was made last is the one that counts.

When it was signed makes no difference. It no longer counts once a signed review looked and did not find the item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from iam_guardrails.model.review.covered import uncovered
from iam_guardrails.model.review.review import ACCEPT, EVENT, REMOVE, Decision, Evidence, Item, unjudged
from iam_guardrails.model.review.signed import SignedReview
from iam_guardrails.model.value import changed, frozen

_FIRST = datetime.min.replace(tzinfo=UTC)
_ASSUMPTIONS = "assume-role"
"""The box of which an event that goes on is no item of the next window, since it is usual by then."""


@frozen
class Later:
    """What another review decided about an item later. review: its name."""

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
    """What other signed reviews decided about the items of `record` after it did, by item; of several the latest.

    A decision that another review only carried on is not made later. Where times do not tell, the review signed later
    decided later.
    """
    mine = {item.id: item for item in (*record.review.items, *record.review.unread)}
    found: dict[str, Later] = {}
    for one in sorted((one for one in signed if one.hash != record.hash), key=lambda one: one.number):
        for made in one.decisions:
            item = mine.get(made.item)
            if item is not None and _is_later(made, item.decision, one.number > record.number):
                before = found.get(made.item)
                if before is None or _is_later(made, before.decision, True):
                    found[made.item] = Later(item, one.name, made)
    return found


def _is_later(made: Decision, than: Decision | None, signed_later: bool) -> bool:
    """Whether a decision was made after another, None where there is none."""
    if than is None or not (made.at and than.at):
        return signed_later
    return made.at > than.at or (made.at == than.at and signed_later and not made.origin)


def in_force(record: SignedReview, signed: Iterable[SignedReview]) -> tuple[SignedReview, tuple[Later, ...]]:
    """A record as far as what it wants removed still counts, and what no longer does, by what was decided later.

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


def standing(
    decisions: Sequence[Decision], signed: Iterable[SignedReview], items: Iterable[Item] = ()
) -> tuple[Decision, ...]:
    """Decisions without those about what was gone since: a signed review of a later state looked, and did not find it.

    What comes back is decided anew. items: as they are now; one of an event that lies before the state in which it was
    decided did not come back. Decisions that no signed review made are all left.
    """
    seen = {one.name: _seen(one) for one in {one.hash: one for one in signed}.values()}
    now = {item.id: item for item in items}
    gone = {
        (name, origin) for name, origin in {(made.item, made.origin) for made in decisions} if origin in seen
        and not _known(now.get(name), seen[origin].at)
        and any(one.at > seen[origin].at and _misses(one, name, seen[origin], seen) for one in seen.values())
    }  # fmt: skip
    return tuple(made for made in decisions if (made.item, made.origin) not in gone)


@frozen
class _Seen:
    """What a signed review saw. at: the time of the state it shows.  items: by id, those that were not looked at, too.
    evidence: what it rests on.  whole: the boxes that were wholly judged.  looked: every box.  previous: the review
    before it."""

    at: datetime
    items: Mapping[str, Item]
    evidence: Evidence
    whole: frozenset[str]
    looked: frozenset[str]
    previous: str


def _seen(record: SignedReview) -> _Seen:
    review = record.review
    return _Seen(
        review.evidence.captured_at or record.signed_at,
        {item.id: item for item in (*review.items, *review.unread)}, review.evidence,
        frozenset(box.id for box in review.boxes if not unjudged(box)), frozenset(box.id for box in review.boxes),
        review.previous,
    )  # fmt: skip


def _known(item: Item | None, at: datetime) -> bool:
    """Whether an item is of an event that had happened by a time; one that becomes usual, that had begun by then."""
    told = dict(item.evidence) if item else {}
    of = "first" if item and item.box == _ASSUMPTIONS else "last"
    try:
        return EVENT in told and datetime.fromisoformat(told.get(of, "")) <= at
    except (ValueError, TypeError):
        return False


def _misses(one: _Seen, name: str, origin: _Seen, seen: Mapping[str, _Seen]) -> bool:
    """Whether a review looked for an item that another decided about, and did not find it. One that could not look
    wholly tells so only where the review before it held the item: it would be among what it did not look at."""
    item = origin.items.get(name)
    if item is None or name in one.items or item.box not in one.looked:
        return False
    if uncovered(item, one.evidence, origin.evidence):
        return False
    before = seen.get(one.previous)
    return item.box in one.whole or (before is not None and name in before.items)
