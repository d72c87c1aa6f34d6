"""Deciding at a terminal: one open item after the other, every answer kept at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from iam_guardrails.journeys.review_decide import Deciding
from iam_guardrails.model.review.answer import Answer, Question, questions
from iam_guardrails.model.review.review import ACCEPT, ACKNOWLEDGE, Decision, Review
from iam_guardrails.model.value import changed, frozen

SKIP, BACK, QUIT = "skip", "back", "quit"
_AWAY = 30


@frozen
class Voice:
    """The person at the terminal. ask: a question and a default, returns the answer.  say: shows lines.

    card: a question as text.
    """

    ask: Callable[[str, str], str]
    say: Callable[[str], None]
    card: Callable[[Question, str], str]


class _Said(Exception):
    """SKIP, BACK or QUIT was said where something else was asked for."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def walk(deciding: Deciding, voice: Voice, everything: bool = False) -> Review:
    """Ask about what is open until the end or `quit`; returns the review as it is then. Raises Problem.

    everything: ask about what is decided as well. Whoever says `back` after the choice begins the same item again;
    `skip` and `quit` leave it as it was.
    """
    review = deciding.draft().review
    asked = list(questions(review, decided=everything))
    last = Answer("", "")
    at = 0
    while at < len(asked):
        question = asked[at]
        voice.say(voice.card(question, f"{at + 1} of {len(asked)}"))
        before = decision_about(review, question)
        if before is not None:
            voice.say(f"decided already: {before.choice}, {before.owner}; a new answer replaces it")
        word = _choice(voice, question)
        if word == QUIT:
            break
        if word in (SKIP, BACK):
            at = at + 1 if word == SKIP else max(0, at - 1)
            continue
        try:
            answer = _answer(deciding, voice, question, word, last)
            both = [question, *_same(voice, review, question, asked[at + 1 :])]
        except _Said as said:
            voice.say("nothing of this answer is kept")
            if said.word == QUIT:
                break
            at = at + 1 if said.word == SKIP else at
            continue
        last = answer
        review = deciding.put([(changed(last, key=one.key), one) for one in both]).review
        at = at + 1 if everything else _next(review, asked, at)
    return review


def decision_about(review: Review, question: Question) -> Decision | None:
    """What is decided about a question."""
    for box in review.boxes:
        if box.id == question.box:
            if question.item is None:
                return box.acknowledged
            return next((item.decision for item in box.items if item.id == question.key), None)
    return None


def kind_of(question: Question) -> tuple[str, str, str]:
    """What questions that may be answered alike have in common: box, severity, and the title without the subject."""
    item = question.item
    if item is None:
        return (question.box, ACKNOWLEDGE, question.key)
    names = {item.subject, item.subject.rpartition("/")[2], item.subject.rpartition(":")[2]} - {""}
    title = item.title
    for name in sorted(names, key=len, reverse=True):
        first_only = len(name) < 3  # a name like "a" is a word too
        title = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", title, count=int(first_only))
    return (question.box, item.severity, re.sub(r"\d+", "#", title))


def _next(review: Review, asked: Sequence[Question], at: int) -> int:
    """The next one that is open, or the end."""
    still = {one.key for one in questions(review)}
    return next((number for number in range(at + 1, len(asked)) if asked[number].key in still), len(asked))


def _choice(voice: Voice, question: Question) -> str:
    words = (*question.choices, SKIP, BACK, QUIT)
    shown = " / ".join(f"[{word[: _short(word, words)]}]{word[_short(word, words) :]}" for word in words)
    while True:
        said = voice.ask(shown, "").lower()
        hits = [word for word in words if said and word.startswith(said)]
        if said in hits:
            return said
        if len(hits) == 1:
            return hits[0]
        voice.say(f"{said[:40]!r} is none of these" if said else "one of these is needed; skip leaves it open")


def _short(word: str, words: Sequence[str]) -> int:
    """How many letters tell a word from the others."""
    return next(
        (size for size in range(1, len(word)) if sum(one.startswith(word[:size]) for one in words) == 1), len(word)
    )


def _ask(voice: Voice, question: str, default: str) -> str:
    """Raises _Said."""
    said = voice.ask(question, default)
    if said.strip().lower() in (SKIP, BACK, QUIT):
        raise _Said(said.strip().lower())
    return said


def _answer(deciding: Deciding, voice: Voice, question: Question, choice: str, last: Answer) -> Answer:
    """Ask for what the choice needs until it is complete."""
    answer = Answer(question.key, choice, last.owner, "", None, "")
    while True:
        answer = _fields(deciding, voice, question, answer, last)
        wrong = deciding.wrong(answer, question)
        if not wrong:
            return answer
        voice.say(f"not yet: {'; '.join(wrong)}")


def _fields(deciding: Deciding, voice: Voice, question: Question, answer: Answer, last: Answer) -> Answer:
    owner = _ask(voice, "owner", answer.owner)
    ticket, until = "", None
    if answer.choice != ACKNOWLEDGE:
        needed = answer.choice == ACCEPT
        default = answer.ticket or (last.ticket if needed else "")
        ticket = _ask(voice, "ticket" if needed else "ticket (may be empty)", default)
    if answer.choice == ACCEPT:
        until = _day(deciding, voice, answer.until or last.until)
    reason = _ask(voice, "reason", answer.reason)
    return changed(answer, owner=owner, ticket=ticket, until=until, reason=reason)


def _day(deciding: Deciding, voice: Voice, before: date | None) -> date:
    today = deciding.now().date()
    default = before or today + timedelta(days=min(_AWAY, deciding.max_accept_days))
    last = today + timedelta(days=deciding.max_accept_days)
    while True:
        said = _ask(voice, f"until, at most {deciding.max_accept_days} days: {last}", default.isoformat())
        try:
            return date.fromisoformat(said)
        except ValueError:
            voice.say(f"{said[:40]!r} is no day; write YYYY-MM-DD")


def _same(voice: Voice, review: Review, question: Question, later: Sequence[Question]) -> Iterator[Question]:
    """The open questions of the same kind, where the person wants to answer them alike."""
    kind = kind_of(question)
    still = {one.key for one in questions(review)}
    alike = [one for one in later if one.key in still and kind_of(one) == kind]
    if not alike:
        return
    some = ", ".join((one.item.subject if one.item else one.key) for one in alike[:5])
    more = f" and {len(alike) - 5} more" if len(alike) > 5 else ""
    voice.say(f"{len(alike)} more like this are open: {some}{more}")
    if _ask(voice, "the same for all of them? [y]es / [n]o", "no").lower() in ("y", "yes"):
        yield from alike
