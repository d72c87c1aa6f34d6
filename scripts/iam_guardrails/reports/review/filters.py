"""The filters of the page: shown by the script only, since without it they could do nothing."""

from __future__ import annotations

from iam_guardrails.model.finding import SEVERITIES
from iam_guardrails.model.review.review import DECIDED, Review
from iam_guardrails.reports.review import told
from iam_guardrails.reports.review.markup import text


def filters(review: Review) -> str:
    """State, severity, open or decided as switches; the box as a choice; words to look for; how many are shown."""
    items = review.items
    states = {state: sum(item.state == state for item in items) for state in told.STATES}
    states[told.UNREAD] = len(review.unread)
    states[told.GONE] = sum(len(box.gone) for box in review.boxes)
    severities = {name: sum(item.severity == name for item in items) for name in SEVERITIES}
    status = {told.OPEN: len(review.open), DECIDED: len(items) - len(review.open)}
    choices = "".join(f'<option value="{text(box.id)}">{text(box.title)}</option>' for box in review.boxes)
    return "\n".join(
        [
            '<section id="filters" class="filters" aria-label="Filters" hidden>',
            _switches("State", "state", states),
            _switches("Severity", "severity", severities),
            _switches("Decision", "status", status),
            f'<div class="find"><label for="by-box">Box</label><select id="by-box"><option value="">all boxes</option>'
            f"{choices}</select></div>",
            '<div class="find"><label for="by-text">Words</label>'
            '<input id="by-text" type="search" autocomplete="off" spellcheck="false"></div>',
            '<div class="told"><p id="said" role="status" aria-live="polite"></p>'
            '<button type="button" id="fold">Open all</button>'
            '<button type="button" id="clear">Clear filters</button></div>',
            "</section>",
        ]
    )


def _switches(legend: str, name: str, numbers: dict[str, int]) -> str:
    made = "".join(
        f'<button type="button" data-filter="{name}" data-value="{value}" aria-pressed="false">'
        f"{value} {many:,}</button>"
        for value, many in numbers.items()
        if many
    )
    return f'<fieldset><legend>{legend}</legend><div class="chips">{made}</div></fieldset>' if made else ""
