"""What changed since the last signed review: the part a reviewer reads first."""

from __future__ import annotations

from iam_guardrails.model.review.review import Review
from iam_guardrails.reports.review import told
from iam_guardrails.reports.review.boxes import SHOWN_ITEMS
from iam_guardrails.reports.review.markup import anchor, tag, text

MOST = 100


def changes(review: Review) -> str:
    """New, changed and gone, each with a link to where it is told in full."""
    head = '<section class="changes" aria-labelledby="changes">'
    if not review.previous:
        return f'{head}<h2 id="changes">What changed</h2><p>{text(told.FIRST)}.</p></section>'
    rows = [*_fresh(review), *_unread(review), *_gone(review)]
    more = f'<p class="soft">… and {len(rows) - MOST:,} more, below in their boxes.</p>' if len(rows) > MOST else ""
    body = f"<ul>{''.join(rows[:MOST])}</ul>{more}" if rows else "<p>Nothing.</p>"
    return (
        f'{head}<h2 id="changes">What changed since {text(review.previous)}</h2>'
        f'<p class="soft">{told.change_numbers(review)}.</p>{body}</section>'
    )


def _fresh(review: Review) -> list[str]:
    shown = {item.id for box in review.boxes for item in told.ordered(box.items)[:SHOWN_ITEMS]}
    titles = {box.id: box.title for box in review.boxes}
    found = told.changed_items(review)
    made = []
    for item in found[: MOST + 1]:
        title = text(item.title)
        if item.id in shown:
            title = f'<a href="#{anchor("item", item.id)}">{title}</a>'
        rest = f"{told.status(item)}, {titles.get(item.box, item.box)}"
        made.append(_line(f"{tag(item.severity)} {tag(item.state)}", title, rest))
    return made + [""] * max(0, len(found) - MOST - 1)


def _gone(review: Review) -> list[str]:
    return [_line(tag(told.GONE), text(title), box.title) for box in review.boxes for title in box.gone]


def _unread(review: Review) -> list[str]:
    return [_line(tag(told.UNREAD), text(title), f"{box.title}: {why}")
            for box in review.boxes for title, why in told.unread(box)]  # fmt: skip


def _line(tags: str, title: str, rest: str) -> str:
    """tags, title: HTML."""
    return f'<li><span>{tags}</span><span>{title}<br><span class="soft">{text(rest)}</span></span></li>'
