"""Deciding: answers put into the draft, one by one or a whole file at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from iam_guardrails.adapters.review_drafts import Draft, load_draft, save_draft
from iam_guardrails.adapters.review_records import locked
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.answer import (
    MAX_ACCEPT_DAYS,
    Answer,
    Question,
    decision_of,
    faults,
    questions,
    with_decisions,
)
from iam_guardrails.model.review.calling import Calling
from iam_guardrails.model.review.review import Review
from iam_guardrails.model.value import frozen


@frozen
class Deciding:
    """Where decisions go. work: the folder of the draft.  by: who is at the machine.  now: the clock (aware UTC).

    calling: how commands about it are called.
    """

    work: Path
    environment: str
    cadence: str
    by: str
    now: Callable[[], datetime]
    max_accept_days: int = MAX_ACCEPT_DAYS
    calling: Calling = Calling()

    def draft(self) -> Draft:
        """The draft as it is now. Raises Problem where there is none."""
        found = load_draft(self.work, self.cadence)
        if found is None:
            raise Problem(
                f"there is no {self.cadence} review of {self.environment} to decide about; judge one with:"
                f" {self.calling.review(self.environment, self.cadence)}"
            )
        return found

    def wrong(self, answer: Answer, question: Question) -> list[str]:
        """What an answer lacks, a clause each."""
        return list(faults(answer, question, self.now().date(), self.max_accept_days))

    def put(self, answers: Sequence[tuple[Answer, Question]]) -> Draft:
        """Keep complete answers, all of them or none, in the draft as it is by now; returns it. Raises Problem.

        What another wrote meanwhile stays. A question that is no longer the same is refused.
        """
        at = self.now()
        with locked(self.work):
            draft = self.draft()
            there = {one.key: one for one in questions(draft.review, decided=True)}
            for _, asked in answers:
                if asked.key not in there or there[asked.key].meaning != asked.meaning:
                    raise Problem(
                        f"the review was judged anew meanwhile, and {asked.key} is not what it was; earlier answers are"
                        f" kept; begin again: {self.calling.review(self.environment, self.cadence, 'decide')}"
                    )
            made = tuple(decision_of(answer, asked, self.by, at) for answer, asked in answers)
            keys = {one.item for one in made}
            renewed = Draft(
                with_decisions(draft.review, made), (*made, *(one for one in draft.decisions if one.item not in keys))
            )
            save_draft(self.work, renewed.review, renewed.decisions)
            return renewed


def put_all(deciding: Deciding, answers: Iterable[Answer], where: str) -> Draft:
    """Keep the answers of a file, or none of them. Raises Problem with all that is wrong with them."""
    given = list(answers)
    there = {one.key: one for one in questions(deciding.draft().review, decided=True)}
    wrong = [*_twice(given), *_wrong(deciding, given, there)]
    if wrong:
        more = f"; and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise Problem(f"{where}: {'; '.join(wrong[:20])}{more}; nothing was decided")
    return deciding.put([(answer, there[answer.key]) for answer in given])


def _twice(given: Iterable[Answer]) -> list[str]:
    seen: dict[str, int] = {}
    for answer in given:
        seen[answer.key] = seen.get(answer.key, 0) + 1
    return [f"{key} is decided {number} times" for key, number in seen.items() if number > 1]


def _wrong(deciding: Deciding, given: Iterable[Answer], there: Mapping[str, Question]) -> list[str]:
    found = []
    for answer in given:
        if answer.key not in there:
            found.append(f"there is no item {answer.key[:80]!r} in this review")
        else:
            found += [f"{answer.key}: {text}" for text in deciding.wrong(answer, there[answer.key])]
    return found


def left(review: Review) -> int:
    """How many questions are open."""
    return len(questions(review))
