"""What an answer from CloudTrail leaves open, in sentences of a box."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.trail.answer import Answer
from iam_guardrails.model.unknown import Unknown

MOST = 6


def gaps_of(answer: Answer | Unknown, what: str) -> Iterator[str]:
    """Why `what` (a noun phrase) is not judged, or not wholly."""
    if isinstance(answer, Unknown):
        yield f"{what}: {answer.reason}"
        return
    yield from (f"{what}: {why}" for why in answer.not_judged)
    unread = answer.coverage.unreadable
    yield from (f"{what}: {item.key} cannot be read: {item.reason}" for item in unread[:MOST])
    if len(unread) > MOST:
        yield f"{what}: {len(unread) - MOST} more files cannot be read"
