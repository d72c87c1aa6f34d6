"""What is open in a review as a TOML file to fill in, which `review decide --from` reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.review.answer import MAX_ACCEPT_DAYS, Question
from iam_guardrails.model.review.review import Review
from iam_guardrails.reports.escaping import shown

MEANING_LETTERS = 16


def as_toml(review: Review, asked: Iterable[Question], again: str, max_accept_days: int = MAX_ACCEPT_DAYS) -> str:
    """A file with an entry for each question; `choice = ""` leaves it open. again: the command that takes it back."""
    lines = [
        f"# {review.name} of {review.environment}: what is open.",
        "# choice: keep, remove or accept; a box that could not be judged: acknowledge; \"\" leaves it open.",
        "# owner: always.  ticket and until (a day, YYYY-MM-DD, at most",
        f"# {max_accept_days} days away): to accept.  reason: to keep what is critical or high, and to acknowledge.",
        f"# Then: {shown(again)}",
    ]  # fmt: skip
    for question in asked:
        lines += ["", *_entry(question)]
    return "\n".join(lines) + "\n"


def _entry(question: Question) -> Iterator[str]:
    item = question.item
    yield f"# {shown(question.title)}" + (f" [{item.severity}, {item.state}]" if item else "")
    if item:
        yield f"# subject: {shown(item.subject)}"
    yield from (f"# because: {shown(text)}" for text in question.reasons)
    if item:
        yield from (f"# {shown(name)}: {shown(value)}" for name, value in item.evidence)
        if item.remedy:
            yield f"# remedy: {shown(item.remedy)}"
    yield "[[decision]]"
    yield f"item = {_quoted(question.key)}"
    yield f"meaning = {_quoted(question.meaning[:MEANING_LETTERS])} # leave it: it tells when the thing changed since"
    yield 'choice = ""'
    yield 'owner = ""'
    if item:
        yield 'ticket = ""'
        yield 'until = ""'
    yield 'reason = ""'


def _quoted(text: str) -> str:
    """A TOML basic string; what it cannot hold is written as an escape."""
    return '"' + "".join(_sign(sign) for sign in text) + '"'


def _sign(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    return sign if sign.isprintable() else f"\\U{ord(sign):08x}"
