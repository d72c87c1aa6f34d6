"""A review: its boxes, and in them the items that ask for a decision.

Source: the procedure "IAM access review cadence and break-glass", sections 1 and 5: every checkbox is a box.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any

from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.declaration import Declared
from iam_guardrails.model.review.pictures import AgeBars, Matrix, Timeline
from iam_guardrails.model.value import field, frozen

WEEKLY, MONTHLY, QUARTERLY = "weekly", "monthly", "quarterly"
CADENCES = (WEEKLY, MONTHLY, QUARTERLY)
CLEAN, FOUND, NOT_JUDGED, DECIDED = "clean", "findings", "not judged", "decided"
NEW, CHANGED, UNCLEAR, SAME = "new", "changed", "unclear", "same"
KEEP, REMOVE, ACCEPT = "keep", "remove", "accept"
CHOICES = (KEEP, REMOVE, ACCEPT)
ACKNOWLEDGE = "acknowledge"
EVENT = "event"
"""Evidence that an item is of something that happened: when it is missing, it lies before the window, and nothing shows
that it was undone."""


@frozen
class Decision:
    """What was decided about an item. until: the last day an acceptance holds (ACCEPT only).

    item: its id, or for an acknowledgement that a box could not be judged (choice ACKNOWLEDGE) `box_key` of the box.
    meaning: the item's meaning when it was decided: another meaning voids the decision.  origin: the signed review it
    comes from, "" where it was made in this one.
    """

    item: str
    meaning: str
    choice: str
    owner: str
    ticket: str = ""
    reason: str = ""
    until: date | None = None
    by: str = ""
    at: datetime | None = None
    origin: str = ""


@frozen
class Item:
    """Something that asks for a decision.

    id: the same in every review as long as it is about the same thing (see `item_id`).  box: id of its box.
    subject: ARN or name.  title: one line.  severity: one of model.finding.SEVERITIES.  reasons: the chain of reasons,
    a sentence each.  evidence: (name, value) pairs, e.g. ("last used", "2026-10-01").  meaning: a fingerprint over
    what was decided about; when it changes, an older decision no longer holds.  remedy: what undoes it.
    state: NEW, CHANGED, UNCLEAR (it is another one, and less was looked at) or SAME against the last signed review.
    decision: made now, or carried from there.
    attached: (title, text) pairs of what is too long to be read first, e.g. the policy as it would be.
    """

    id: str
    box: str
    subject: str
    title: str
    severity: str
    meaning: str
    reasons: tuple[str, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    remedy: str = ""
    state: str = NEW
    decision: Decision | None = None
    attached: tuple[tuple[str, str], ...] = ()


@frozen
class Unread:
    """An item of an earlier review that was not looked at this time, so that nobody knows whether it is gone.

    item: as it was, with the decision that still speaks for it.  reasons: why it was not looked at, a sentence each.
    """

    item: Item
    reasons: tuple[str, ...]


@frozen
class Table:
    """Rows that a box shows whether or not anything is wrong, e.g. the matrix of who reads which secret."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@frozen
class Box:
    """One checkbox. asks: the procedure's own sentence.  looked_at: how many things were judged.

    not_judged: what could not be judged, and why, a sentence each.  notes: what a reader should know.  gone: titles of
    items of the last signed review that are no longer there.  pictures: what it shows as a picture.  unread: items of
    the last signed review of which that is not known.

    acknowledged: that somebody knows that it was not, or not wholly, judged.  declared: what it does not ask about, as
    it was when a signed review saw it first (see model.review.asked_again).
    """

    id: str
    title: str
    asks: str
    looked_at: int
    items: tuple[Item, ...] = ()
    not_judged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    gone: tuple[str, ...] = ()
    pictures: tuple[Matrix | AgeBars | Timeline, ...] = ()
    acknowledged: Decision | None = None
    unread: tuple[Unread, ...] = ()
    declared: tuple[Declared, ...] = ()

    @property
    def outcome(self) -> str:
        """FOUND where an item has no valid decision, else NOT_JUDGED where something is open, else DECIDED where there
        are items, else CLEAN.

        A box that looked at nothing and says nothing is not clean, nor is one whose items somebody accepts.
        """
        if any(item.decision is None for item in self.items):
            return FOUND
        if self.not_judged or (not self.looked_at and not self.items):
            return NOT_JUDGED
        return DECIDED if self.items else CLEAN


@frozen
class Evidence:
    """What a review rests on. capture_sha256: of the capture's content.  since, until: the window asked of CloudTrail.

    captured_at: None where nothing tells it, as with a plain file of authorization details.  calls: to AWS, all and by
    part of the capture.  seen_until: up to when the source held what was done; None where it was not asked, and in
    reviews of before it was told.  rules: SHA-256 of the files that say what is expected, by name.  regions, left_out,
    unseen: what the capture was told to ask about, and what not (see model.review.covered).
    """

    captured_at: datetime | None
    origin: str
    capture_sha256: str = ""
    since: datetime | None = None
    until: datetime | None = None
    trail: str = ""
    calls: int = 0
    seen_until: datetime | None = None
    calls_by_part: tuple[tuple[str, int], ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    regions: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    unseen: tuple[str, ...] = ()


@frozen
class Review:
    """One review. previous: the name of the last signed review it is compared with, "" for none.

    judged_at: when the evidence was judged, None where nobody told.  calling: how its commands are called.
    """

    environment: str
    account_id: str
    cadence: str
    name: str
    evidence: Evidence
    boxes: tuple[Box, ...]
    previous: str = ""
    previous_hash: str = ""
    notes: tuple[str, ...] = field(default_factory=tuple)
    judged_at: datetime | None = None
    calling: Calling = Calling()

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item, in the order of the boxes."""
        return tuple(item for box in self.boxes for item in box.items)

    @property
    def open(self) -> tuple[Item, ...]:
        """The items without a decision."""
        return tuple(item for item in self.items if item.decision is None)

    @property
    def unread(self) -> tuple[Item, ...]:
        """The items of the last signed review that were not looked at this time."""
        return tuple(one.item for box in self.boxes for one in box.unread)

    @property
    def unanswered(self) -> tuple[Box, ...]:
        """The boxes that are not wholly judged, and nobody said that this is known."""
        return tuple(box for box in self.boxes if unjudged(box) and box.acknowledged is None)


def item_id(box: str, subject: str, what: str) -> str:
    """A short id that is the same as long as box, subject and kind of thing are, e.g. "users-3f9a1c2b"."""
    return f"{box}-{fingerprint([box, subject, what])[:8]}"


def box_key(box: str) -> str:
    """What an acknowledgement stands under instead of an item's id."""
    return f"box:{box}"


def unjudged(box: Box) -> tuple[str, ...]:
    """Why a box is not wholly judged, a sentence each; nothing where it is, whether or not items are open."""
    if not box.not_judged and not box.looked_at and not box.items:
        return ("nothing was looked at, and nothing says why",)
    return box.not_judged


def fingerprint(value: Any) -> str:
    """SHA-256 over JSON values, in hex, whatever the order of the keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def holds(decision: Decision, item: Item, today: date) -> bool:
    """Whether a decision still speaks for an item: same meaning, not expired, and REMOVE never carries over.

    What was to be removed and is still there asks again.
    """
    if decision.meaning != item.meaning or decision.choice == REMOVE:
        return False
    return decision.choice != ACCEPT or (decision.until is not None and today <= decision.until)
