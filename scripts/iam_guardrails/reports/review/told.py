"""What every format says alike: the headline, what changed, the order of items, what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from iam_guardrails.model.finding import SEVERITIES
from iam_guardrails.model.review.review import (
    ACCEPT,
    CHANGED,
    CLEAN,
    DECIDED,
    FOUND,
    NEW,
    NOT_JUDGED,
    SAME,
    UNCLEAR,
    Box,
    Decision,
    Item,
    Review,
)

OUTCOMES = (FOUND, NOT_JUDGED, DECIDED, CLEAN)
STATES = (NEW, CHANGED, UNCLEAR, SAME)
GONE, OPEN = "gone", "open"
UNREAD = "not judged this time"
FIRST = "This is the first signed review: there is none to compare with, so everything is new"


def title(review: Review) -> str:
    """The heading, e.g. "Access review prod, 2026-11-monthly"."""
    return f"Access review {review.environment}, {review.name}"


def counted(number: int, what: str, many: str = "") -> str:
    """ "1 item", "2 items", "10,000 items"."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def headline(review: Review) -> str:
    """How it stands, in a sentence: boxes by outcome."""
    number = {outcome: sum(box.outcome == outcome for box in review.boxes) for outcome in OUTCOMES}
    said = f"{counted(number[CLEAN], 'box', 'boxes')} clean, {number[FOUND]} with findings"
    settled = f", {number[DECIDED]} with findings that are decided" if number[DECIDED] else ""
    return f"{said}{settled}, {number[NOT_JUDGED]} not judged"


def asked_for(review: Review) -> str:
    """How many decisions are asked for, in a sentence."""
    if not review.open:
        return "no decision is asked for"
    wait = len(review.open)
    worst = [f"{many} {name}" for name in SEVERITIES if (many := sum(item.severity == name for item in review.open))]
    return f"{counted(wait, 'decision')} {'is' if wait == 1 else 'are'} asked for ({', '.join(worst)})"


def change(review: Review) -> str:
    """What changed since the last signed review, in numbers."""
    if not review.previous:
        return FIRST
    return f"Since {review.previous}: {change_numbers(review)}"


def change_numbers(review: Review) -> str:
    """The numbers alone, e.g. "4 new, 1 changed, 1 gone, 6 the same"."""
    number = {state: sum(item.state == state for item in review.items) for state in STATES}
    gone = sum(len(box.gone) for box in review.boxes)
    blind = f", {len(review.unread)} {UNREAD}" if review.unread else ""
    unclear = f", {number[UNCLEAR]} {UNCLEAR}" if number[UNCLEAR] else ""
    return f"{number[NEW]} new, {number[CHANGED]} changed{unclear}, {gone} gone, {number[SAME]} the same{blind}"


def ordered(items: Iterable[Item]) -> list[Item]:
    """Items in the order to read them: open ones first, then by their state (STATES), the gravest first, by subject."""
    return sorted(
        items,
        key=lambda item: (
            item.decision is not None,
            STATES.index(item.state),
            SEVERITIES.index(item.severity),
            item.subject,
            item.id,
        ),
    )


def changed_items(review: Review) -> list[Item]:
    """New and changed items in the order to read them first: open ones, then the gravest, then new before changed."""
    found = ordered(item for item in review.items if item.state in (NEW, CHANGED, UNCLEAR))
    return sorted(found, key=lambda item: (item.decision is not None, SEVERITIES.index(item.severity)))


def status(item: Item) -> str:
    """OPEN or DECIDED."""
    return OPEN if item.decision is None else DECIDED


def unread(box: Box) -> Iterator[tuple[str, str]]:
    """What was not looked at this time of the last signed review: title, and why with the decision that still holds."""
    for one in box.unread:
        made = one.item.decision
        said = f"; decided: {decided(made)}" if made else "; no decision holds any more"
        yield one.item.title, f"{UNREAD}, because {'; '.join(one.reasons[:3])}{said}"


def decided(decision: Decision) -> str:
    """A decision in a line, e.g. "accept until 2026-12-31, Jane, SEC-9: vendor waits", and where it was signed."""
    until = f" until {decision.until}" if decision.choice == ACCEPT and decision.until else ""
    ticket = f", {decision.ticket}" if decision.ticket else ""
    reason = f": {decision.reason}" if decision.reason else ""
    by = f" ({decision.by}, {stamp(decision.at)})" if decision.by and decision.at else ""
    origin = f", signed in {decision.origin}" if decision.origin else ""
    return f"{decision.choice}{until}, {decision.owner}{ticket}{reason}{by}{origin}"


def box_line(box: Box) -> str:
    """What a box looked at and how many of its items wait, in a line."""
    if not box.items:
        return f"{box.looked_at:,} looked at"
    wait = sum(item.decision is None for item in box.items)
    return f"{box.looked_at:,} looked at, {wait:,} of {counted(len(box.items), 'item')} open"


def not_judged(review: Review) -> Iterator[tuple[Box, str]]:
    """Everything that was not judged, with its box; an empty box that says nothing says so here."""
    for box in review.boxes:
        yield from ((box, reason) for reason in reasons(box))


def reasons(box: Box) -> tuple[str, ...]:
    """Why a box is not wholly judged, a sentence each."""
    if not box.not_judged and box.outcome == NOT_JUDGED:
        return ("nothing was looked at, and nothing says why",)
    return box.not_judged


def evidence(review: Review) -> list[tuple[str, str]]:
    """What the review rests on, as (name, value) pairs."""
    said = review.evidence
    window = f"{stamp(said.since)} to {stamp(said.until)}" if said.since and said.until else "none"
    before = f"{review.previous} (SHA-256 {review.previous_hash or 'not known'})" if review.previous else "none"
    parts = ", ".join(f"{name} {many:,}" for name, many in said.calls_by_part)
    return [
        ("account", f"{review.account_id} ({review.environment})"),
        ("captured", as_of(review)),
        ("capture, SHA-256", said.capture_sha256 or "not kept in a file"),
        ("CloudTrail", f"{window}{', ' + said.trail if said.trail else ''}"),
        ("calls to AWS", f"{said.calls:,}{f' ({parts})' if parts else ''}"),
        *((f"{name}, SHA-256", digest) for name, digest in said.rules),
        ("compared with", before),
    ]


def as_of(review: Review) -> str:
    """When the account looked like that, and what tells it."""
    said = review.evidence
    return f"{stamp(said.captured_at) or 'a time that nothing tells'}, from {said.origin}"


def stamp(at: datetime | None) -> str:
    """A moment, e.g. "2026-11-28 12:00 UTC"."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def next_step(review: Review) -> str:
    """The one thing to do next."""
    if review.open or review.unanswered:
        return review.calling.review(review.environment, review.cadence, "decide")
    return review.calling.review(review.environment, review.cadence, "sign", "--as", "NAME")


def waiting(review: Review) -> str:
    """What the next step is for, in a sentence; "" where nothing waits."""
    asked = [counted(len(review.open), "decision")] if review.open else []
    if review.unanswered:
        asked.append(f"{counted(len(review.unanswered), 'box', 'boxes')} to acknowledge")
    return f"To be given: {', '.join(asked)}." if asked else ""


def exit_code(review: Review) -> int:
    """0 clean, 1 a decision is asked for, 2 none is, but a box is not judged."""
    if review.open:
        return 1
    return 2 if any(box.outcome == NOT_JUDGED for box in review.boxes) else 0
