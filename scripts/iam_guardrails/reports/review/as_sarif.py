"""The open items of a review as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

from typing import Any

from iam_guardrails.model.finding import SEVERITIES
from iam_guardrails.model.review.review import CHANGED, NEW, SAME, UNCLEAR, Box, Item, Review
from iam_guardrails.reports import escaping
from iam_guardrails.reports.review import told
from iam_guardrails.reports.sarif import LEVELS, SCORES, at, document

BASELINE = {NEW: "new", CHANGED: "updated", UNCLEAR: "updated", SAME: "unchanged"}


def render(review: Review) -> str:
    """One run: a rule for each box with open items, a result for each of them; what is not judged as notifications."""
    boxes = [box for box in review.boxes if any(item.decision is None for item in box.items)]
    results = [_result(item, compared=bool(review.previous)) for box in boxes for item in told.ordered(box.items)
               if item.decision is None]  # fmt: skip
    notes = [
        {"level": "warning", "message": {"text": escaping.as_sarif_text(f"{box.id}: not judged, because {reason}")}}
        for box, reason in told.not_judged(review)
    ]
    invocation = {"executionSuccessful": not notes, "toolExecutionNotifications": notes}
    return escaping.as_json(document(told.title(review), [_rule(box) for box in boxes], results, invocation))


def _rule(box: Box) -> dict[str, Any]:
    worst = min((item.severity for item in box.items if item.decision is None), key=SEVERITIES.index)
    return {
        "id": box.id,
        "shortDescription": {"text": escaping.as_sarif_text(box.title)},
        "help": {"text": escaping.as_sarif_text(box.asks)},
        "properties": {"security-severity": SCORES[worst]},
    }


def _result(item: Item, *, compared: bool) -> dict[str, Any]:
    said = [item.title, *item.reasons, item.remedy]
    made = {
        "ruleId": item.box,
        "level": LEVELS[item.severity],
        "message": {"text": escaping.as_sarif_text(" ".join(_sentence(text) for text in said if text))},
        "locations": at(item.subject),
        "partialFingerprints": {"itemId/v1": item.id, "meaning/v1": item.meaning},
    }
    return made | ({"baselineState": BASELINE[item.state]} if compared else {})


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."
