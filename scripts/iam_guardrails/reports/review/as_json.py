"""A review as one JSON object, for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_guardrails.model.codec import encode
from iam_guardrails.model.finding import SEVERITIES
from iam_guardrails.model.review.review import CHANGED, NEW, SAME, UNCLEAR, Box, Review
from iam_guardrails.model.value import changed
from iam_guardrails.reports import escaping
from iam_guardrails.reports.review import told
from iam_guardrails.version import VERSION


def render(review: Review) -> str:
    """The review's own fields, with `outcome` for each box, `summary` and `next`; two-space indent."""
    return "".join(parts(review))


def parts(review: Review) -> Iterator[str]:
    """The same, part by part."""
    return escaping.json_parts(as_object(review), encode)


def as_object(review: Review) -> dict[str, Any]:
    """The object itself, with what boxes hold as it is: of a large account one item after the other becomes JSON."""
    made: dict[str, Any] = {"title": told.title(review), "tool_version": VERSION, **encode(changed(review, boxes=()))}
    made["boxes"] = [_box(box) for box in review.boxes]
    outcomes = {name.replace(" ", "_"): sum(box.outcome == name for box in review.boxes) for name in told.OUTCOMES}
    made["summary"] = {
        "boxes": outcomes,
        "items": len(review.items),
        "open": len(review.open),
        "open_by_severity": {name: sum(item.severity == name for item in review.open) for name in SEVERITIES},
        **{state: sum(item.state == state for item in review.items) for state in (NEW, CHANGED, UNCLEAR, SAME)},
        "gone": sum(len(box.gone) for box in review.boxes),
        "not_judged_this_time": len(review.unread),
        "exit_code": told.exit_code(review),
    }
    made["next"] = told.next_step(review)
    return made


def _box(box: Box) -> dict[str, Any]:
    made = {name: getattr(box, name) for name in Box.__annotations__}
    return {**made, "outcome": box.outcome, "not_judged": list(told.reasons(box))}
