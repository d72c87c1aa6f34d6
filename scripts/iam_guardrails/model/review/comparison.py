"""A box judged anew against the last signed review: what is new, changed, the same, gone, or was not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from iam_guardrails.model.review.review import (
    ACCEPT,
    CHANGED,
    EVENT,
    KEEP,
    NEW,
    REMOVE,
    SAME,
    Box,
    Decision,
    Item,
    Unread,
    holds,
    unjudged,
)
from iam_guardrails.model.value import changed

LEFT = "it lies before this window, and was to be undone, or accepted for a while: keep says that it is settled"
_CHANGES = "iam-changes"
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z| UTC)?)?")


def compared(
    box: Box, before: Box | None, decisions: Iterable[Decision], today: date, older: str = ""
) -> Box:  # fmt: skip
    """A box with each item's state against the last signed review, and decisions carried forward.

    before: the same box of that review, None where there is none.  older: why it shows an earlier state than before,
    "" where it does not: then nothing is gone.  decisions: later ones first. Only the latest about an item speaks for
    it: one that no longer holds does not bring back the one before.

    An item that is missing is gone only where the box was judged as far as it was when the item was last seen. One of a
    single event that was to be undone stays until somebody keeps it; that settles what happened, and not that it
    happens again.
    """
    there = {one.item.id: one.item for one in before.unread} if before else {}
    there |= {item.id: item for item in before.items} if before else {}
    said: dict[str, Decision] = {}
    for decision in decisions:
        said.setdefault(decision.item, decision)
    items = []
    for item in box.items:
        old = there.pop(item.id, None)
        state = NEW if old is None else SAME if old.meaning == item.meaning else CHANGED
        items.append(changed(item, state=state, decision=_speaking(_about(old, said.get(item.id)), item, today)))
    items += [_left(there.pop(old.id), said.get(old.id), today) for old in tuple(there.values()) if _is_left(old)]
    why = dict.fromkeys(there, (older,)) if older else _blind(box, before) if before else {}
    unread = tuple(Unread(_kept(item, said, today), why[item.id]) for item in there.values() if why.get(item.id))
    gone = tuple(item.title for item in there.values() if not why.get(item.id))
    return changed(box, items=tuple(items), gone=gone, unread=unread)


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


def _blind(box: Box, before: Box) -> dict[str, tuple[str, ...]]:
    """Why it is not known whether an item of `before` is gone, by item: what could not be judged now, but could then.

    For what was not looked at last time either, the reasons of that time count as well.
    """
    then = {_plain(why) for why in unjudged(before)}
    fresh = tuple(why for why in unjudged(box) if _plain(why) not in then)
    found = dict.fromkeys((item.id for item in before.items), fresh)
    for one in before.unread:
        still = {_plain(why) for why in one.reasons}
        found[one.item.id] = tuple(why for why in unjudged(box) if why in fresh or _plain(why) in still)
    return found


def _plain(why: str) -> str:
    """A reason without the times in it, which differ from review to review."""
    return _TIME.sub("", why)
