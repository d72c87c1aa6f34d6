"""What a person says about an open item, and whether it is complete enough to be a decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from iam_guardrails.model.review.review import (
    ACCEPT,
    ACKNOWLEDGE,
    CHOICES,
    KEEP,
    Box,
    Decision,
    Item,
    Review,
    box_key,
    fingerprint,
    unjudged,
)
from iam_guardrails.model.value import changed, frozen

MAX_ACCEPT_DAYS = 90
"""How long an acceptance may hold at most: about one quarter, so that every quarterly review asks again."""
MOST_ACCEPT_DAYS = 365
"""How long at the very most, whoever asks for more than MAX_ACCEPT_DAYS."""
MAX_LETTERS = 500
REASONED = ("critical", "high")


@frozen
class Question:
    """Something to decide. key: an item's id, or `box_key`.  meaning: what it is about now.  box: its id.

    item: None where it is asked whether somebody knows that a box was not judged.  title, reasons: what to show.
    """

    key: str
    meaning: str
    box: str
    title: str
    choices: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    item: Item | None = None


@frozen
class Answer:
    """What was said. key: of its question.  choice: one of the question's.  until: for ACCEPT only.

    meaning: the beginning of the meaning it was given for, "" where the person saw what there is now.
    """

    key: str
    choice: str
    owner: str = ""
    ticket: str = ""
    until: date | None = None
    reason: str = ""
    meaning: str = ""


def reasons_meaning(box: Box) -> str:
    """What an acknowledgement is about: the reasons why a box was not judged."""
    return fingerprint([box.id, sorted(unjudged(box))])


def questions(review: Review, decided: bool = False) -> tuple[Question, ...]:
    """What is open, box by box, the items of a box before its acknowledgement. decided: what is decided as well."""
    found: list[Question] = []
    for box in review.boxes:
        found += [
            Question(item.id, item.meaning, box.id, item.title, CHOICES, item.reasons, item)
            for item in box.items
            if decided or item.decision is None
        ]
        if unjudged(box) and (decided or box.acknowledged is None):
            title = f"box {box.title} could not be judged"
            found.append(Question(box_key(box.id), reasons_meaning(box), box.id, title, (ACKNOWLEDGE,), unjudged(box)))
    return tuple(found)


def faults(answer: Answer, question: Question, today: date, max_accept_days: int = MAX_ACCEPT_DAYS) -> Iterator[str]:
    """What an answer lacks, or has too much, a clause each, e.g. "an owner is needed"."""
    if answer.choice not in question.choices:
        yield f"the choice {answer.choice[:40]!r} is none of {', '.join(question.choices)}"
        return
    if answer.meaning and not question.meaning.startswith(answer.meaning):
        yield "it was answered for something that has changed since: look at it again"
    if not answer.owner:
        yield "an owner is needed"
    if answer.choice == ACCEPT and not answer.ticket:
        yield "to accept needs a ticket"
    grave = question.item is None or question.item.severity in REASONED
    if not answer.reason and grave and answer.choice in (KEEP, ACKNOWLEDGE):
        severity = f" what is {question.item.severity}" if question.item else ""
        yield f"to {answer.choice}{severity} needs a reason"
    yield from _until(answer, today, max_accept_days)
    for name in ("owner", "ticket", "reason"):
        text = getattr(answer, name)
        if not text.isprintable() or len(text) > MAX_LETTERS:
            yield f"the {name} must be one line of at most {MAX_LETTERS} letters"


def _until(answer: Answer, today: date, max_accept_days: int) -> Iterator[str]:
    last = today + timedelta(days=max_accept_days)
    if answer.choice != ACCEPT:
        if answer.until is not None:
            yield f"only accept has an end; {answer.choice} has none"
    elif answer.until is None:
        yield "to accept needs a day until which (YYYY-MM-DD)"
    elif answer.until < today:
        yield f"{answer.until} is over"
    elif answer.until > last:
        yield f"{answer.until} is more than {max_accept_days} days away: {last} is the last day"


def faulty(review: Review, now: datetime) -> Iterator[tuple[str, str]]:
    """The decisions of a review that nobody could have made by an answer: item's id or `box_key`, and why. now: UTC."""
    said = {item.id: item.decision for item in review.items}
    said |= {box_key(box.id): box.acknowledged for box in review.boxes}
    for question in questions(review, decided=True):
        if (made := said[question.key]) is not None:
            yield from ((question.key, text) for text in _impossible(made, question, now))


def _impossible(made: Decision, question: Question, now: datetime) -> Iterator[str]:
    if made.item != question.key:
        yield f"it is about {made.item[:80]!r}"
    if made.at is None or made.at > now + timedelta(days=1):
        yield (
            "nothing tells when it was made" if made.at is None else f"it was made on {made.at:%Y-%m-%d}, still to come"
        )
        return
    answer = Answer(question.key, made.choice, made.owner, made.ticket, made.until, made.reason)
    yield from faults(answer, question, made.at.date(), MOST_ACCEPT_DAYS)


def decision_of(answer: Answer, question: Question, by: str, at: datetime) -> Decision:
    """A complete answer as a decision about what there is now. by: who is at the machine.  at: aware UTC."""
    return Decision(
        question.key, question.meaning, answer.choice, answer.owner, answer.ticket, answer.reason, answer.until, by,
        at.replace(microsecond=0),
    )  # fmt: skip


def with_decisions(review: Review, decisions: Iterable[Decision]) -> Review:
    """The review with each decision at the item or box it is about, where that still means the same."""
    said = {decision.item: decision for decision in decisions}
    return changed(review, boxes=tuple(_with(box, said) for box in review.boxes))


def _with(box: Box, said: dict[str, Decision]) -> Box:
    items = tuple(
        changed(item, decision=made)
        if (made := said.get(item.id)) is not None and made.meaning == item.meaning and made.choice in CHOICES
        else item
        for item in box.items
    )
    known = said.get(box_key(box.id))
    if known is None or known.choice != ACKNOWLEDGE or known.meaning != reasons_meaning(box):
        known = box.acknowledged
    return changed(box, items=items, acknowledged=known)
