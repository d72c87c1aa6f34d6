"""A review in short: the verdict of each box, and one line for each open item and for what was not judged."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.review.review import CLEAN, DECIDED, FOUND, NOT_JUDGED, Review
from iam_guardrails.reports.escaping import shown
from iam_guardrails.reports.review import told

MOST = 60
"""As many open items as are named."""
_WORD = {FOUND: "FINDINGS", NOT_JUDGED: "NOT JUDGED", DECIDED: "DECIDED", CLEAN: "CLEAN"}


def render(review: Review) -> str:
    """Plain text, a line each; the report itself says why, and what to do."""
    return "".join(f"{shown(line)}\n" for line in lines(review))


def lines(review: Review) -> Iterator[str]:
    """The same, line by line."""
    yield f"{told.title(review)}, account {review.account_id}: {told.headline(review)}"
    left = MOST
    for box in review.boxes:
        yield f"{_WORD[box.outcome]:10}  {box.title}: {told.box_line(box)}"
        found = [item for item in told.ordered(box.items) if item.decision is None]
        yield from (f"  {item.severity:8}  {item.title}" for item in found[:left])
        if len(found) > left:
            yield f"  … and {len(found) - left:,} more"
        left = max(0, left - len(found))
        yield from (f"  not judged: {why}" for why in told.reasons(box))
