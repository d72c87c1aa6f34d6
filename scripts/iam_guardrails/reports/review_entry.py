"""The entry of a signed review in Change_Log.md."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.finding import SEVERITIES
from iam_guardrails.model.review.review import ACCEPT, CHOICES, Item, Review, unjudged
from iam_guardrails.model.review.signed import SignedReview
from iam_guardrails.reports.escaping import as_markdown, as_markdown_code

MAX_LISTED = 20


def entry_of(record: SignedReview, where: str) -> str:
    """The entry. where: the record's file below the project, e.g. "envs/prod/records/reviews/2026-11-monthly.json"."""
    review = record.review
    lines = [
        f"### {record.signed_at:%Y-%m-%d} · review · {review.environment} · {review.cadence}",
        f"- Scope: {_scope(review)}; the record: `{where}`.",
        f"- Found: {_found(review)}",
        *_each(record),
        *_not_judged(review),
        *_unread(review),
        f"- Signed: {as_markdown(record.signed_by)}; second person: {as_markdown(record.second) or 'none'}."
        + (f" Old, or of an unknown time, and signed because: {as_markdown(record.old)}" if record.old else ""),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _scope(review: Review) -> str:
    said = review.evidence
    at = f"of {said.captured_at:%Y-%m-%d %H:%M} UTC" if said.captured_at else "of an unknown time"
    digest = f", SHA-256 {as_markdown_code(said.capture_sha256)}" if said.capture_sha256 else ""
    looked = sum(box.looked_at for box in review.boxes)
    titles = ", ".join(as_markdown(box.title) for box in review.boxes)
    boxes = f"{len(review.boxes)} {'box' if len(review.boxes) == 1 else 'boxes'}"
    return f"{boxes} ({titles}), {looked} things, in the capture {at}{digest}"


def _found(review: Review) -> str:
    if not review.items:
        return "nothing."
    number = {choice: sum(_choice(item) == choice for item in review.items) for choice in CHOICES}
    counts = ", ".join(f"{many} {choice}" for choice, many in number.items() if many)
    return f"{len(review.items)} in all: {counts}."


def _not_judged(review: Review) -> Iterator[str]:
    for box in review.boxes:
        reasons, known = unjudged(box), box.acknowledged
        if reasons and known is not None:
            more = f" and {len(reasons) - 1} more" if len(reasons) > 1 else ""
            yield (
                f"  - box {as_markdown(box.title)} not judged: {as_markdown(reasons[0])}{more} (acknowledged by"
                f" {as_markdown(known.owner)}: {as_markdown(known.reason)})"
            )


def _unread(review: Review) -> Iterator[str]:
    if review.unread:
        yield f"  - {len(review.unread)} of {as_markdown(review.previous)} not judged this time: their decisions go on"


def _choice(item: Item) -> str:
    return item.decision.choice if item.decision else ""


def _each(record: SignedReview) -> Iterator[str]:
    """A line for each decision, the gravest first; what is beyond the first ones stands in the record."""
    items = sorted(record.review.items, key=lambda item: (SEVERITIES.index(item.severity), item.subject, item.id))
    for item in items[:MAX_LISTED]:
        if item.decision is None:
            continue
        made = item.decision
        until = f" until {made.until}" if made.choice == ACCEPT else ""
        ticket = f", {as_markdown(made.ticket)}" if made.ticket else ""
        yield f"  - {as_markdown(item.title)}: {made.choice}{until} ({as_markdown(made.owner)}{ticket})"
    if len(items) > MAX_LISTED:
        yield f"  - and {len(items) - MAX_LISTED} more, in the record"
