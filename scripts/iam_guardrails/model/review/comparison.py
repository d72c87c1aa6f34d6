"""A box judged anew against the last signed review: what is new, changed, the same, gone, or was not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from iam_guardrails.model.review.covered import uncovered
from iam_guardrails.model.review.review import (
    ACCEPT,
    CHANGED,
    EVENT,
    KEEP,
    NEW,
    REMOVE,
    SAME,
    UNCLEAR,
    Box,
    Decision,
    Evidence,
    Item,
    Unread,
    holds,
    unjudged,
)
from iam_guardrails.model.value import changed, frozen

LEFT = "it lies before this window, and was to be undone, or accepted for a while: keep says that it is settled"
_CHANGES = "iam-changes"
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z| UTC)?)?")


@frozen
class Against:
    """Against what a box is compared. name: of the last signed review.  now, then: what the two rest on, None where
    nobody told.  older: why it shows an earlier state than that one, "" where it does not: then nothing is gone.
    """

    name: str = ""
    now: Evidence | None = None
    then: Evidence | None = None
    older: str = ""

    def why(self, item: Item, reasons: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Why nothing tells what became of an item of the last one, () where something does. reasons: why it was not
        looked at by then either."""
        open_point = uncovered(item, self.now, self.then, reasons) if self.now and self.then else ""
        return tuple(why for why in (self.older, open_point) if why)


NOTHING = Against()


def compared(
    box: Box, before: Box | None, decisions: Iterable[Decision], today: date, against: Against = NOTHING
) -> Box:  # fmt: skip
    """A box with each item's state against the last signed review, and decisions carried forward.

    before: the same box of that review, None where there is none.  decisions: later ones first. Only the latest about
    an item speaks for it: one that no longer holds does not bring back the one before.

    An item that is missing is gone only where the box was judged as far as it was when the item was last seen, by a
    capture that asked for as much, else it is not judged this time; one that is another then may be what it was. One
    of a single event that was to be undone stays until somebody keeps it; that settles what happened, and not that it
    happens again.
    """
    there = {one.item.id: one.item for one in before.unread} if before else {}
    there |= {item.id: item for item in before.items} if before else {}
    why = _blind(box, before, against) if before else {}
    said: dict[str, Decision] = {}
    for decision in decisions:
        said.setdefault(decision.item, decision)
    items = []
    for item in box.items:
        old = there.pop(item.id, None)
        state = NEW if old is None else SAME if old.meaning == item.meaning else CHANGED
        if state == CHANGED and why[item.id]:
            told = f"it is not what it was, and less was looked at than then ({why[item.id][0]}): it may have changed"
            item, state = changed(item, reasons=(*item.reasons, told)), UNCLEAR
        items.append(changed(item, state=state, decision=_speaking(_about(old, said.get(item.id)), item, today)))
    items += [_left(there.pop(old.id), said.get(old.id), today) for old in tuple(there.values()) if _is_left(old)]
    unread = tuple(Unread(_kept(item, said, today), why[item.id]) for item in there.values() if why[item.id])
    gone = tuple(item.title for item in there.values() if not why[item.id])
    return changed(box, items=tuple(items), gone=gone, unread=unread,
                   not_judged=(*box.not_judged, *_open(unread, box, against)))  # fmt: skip


def _open(unread: Iterable[Unread], box: Box, against: Against) -> Iterator[str]:
    """That the box is not judged as far as last time, where no reason of its own says so."""
    number: dict[str, int] = {}
    for one in unread:
        if not {*one.reasons} & {*unjudged(box)}:
            number[one.reasons[0]] = number.get(one.reasons[0], 0) + 1
    for why, many in number.items():
        yield f"whether {many} of {against.name or 'the last review'} {'is' if many == 1 else 'are'} gone: {why}"


def _is_left(item: Item) -> bool:
    is_event = item.box == _CHANGES or any(name == EVENT for name, _ in item.evidence)
    return is_event and item.decision is not None and item.decision.choice in (REMOVE, ACCEPT)


def _about(old: Item | None, latest: Decision | None) -> Decision | None:
    """A decision about an item as it is now: not one that said of an event before the window that it is settled."""
    settled = old is not None and LEFT in old.reasons and old.decision is not None and old.decision.choice == KEEP
    return None if settled and latest and old and _plain_of(latest) == _plain_of(old.decision) else latest


def _plain_of(decision: Decision | None) -> Decision | None:
    return changed(decision, origin="") if decision else None


def _left(item: Item, latest: Decision | None, today: date) -> Item:
    reasons = item.reasons if LEFT in item.reasons else (*item.reasons, LEFT)
    return changed(item, state=SAME, reasons=reasons, decision=_speaking(latest, item, today))


def _speaking(latest: Decision | None, item: Item, today: date) -> Decision | None:
    return latest if latest is not None and holds(latest, item, today) else None


def _kept(item: Item, said: Mapping[str, Decision], today: date) -> Item:
    """An item that was not looked at, with what still holds; a removal stays, since nothing shows that it was done."""
    latest = said.get(item.id)
    removal = latest is not None and latest.choice == REMOVE and latest.meaning == item.meaning
    return changed(item, state=SAME, decision=latest if removal else _speaking(latest, item, today))


def _blind(box: Box, before: Box, against: Against) -> dict[str, tuple[str, ...]]:
    """Why it is not known whether an item of `before` is gone, by item: what could not be judged now, but could then.

    For what was not looked at last time either, the reasons of that time count as well.
    """
    then = {_plain(why) for why in unjudged(before)}
    fresh = tuple(why for why in unjudged(box) if _plain(why) not in then)
    found: dict[str, tuple[str, ...]] = {}
    for one in before.unread:
        still = {_plain(why) for why in one.reasons}
        mine = tuple(why for why in unjudged(box) if why in fresh or _plain(why) in still)
        found[one.item.id] = _once(*mine, *against.why(one.item, one.reasons))
    return found | {item.id: _once(*fresh, *against.why(item)) for item in before.items}


def _once(*reasons: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reasons))


def _plain(why: str) -> str:
    """A reason without the times in it, which differ from review to review."""
    return _TIME.sub("", why)
