"""What happened when, as a picture: a lane for each kind of thing, bars and marks on one axis of time, and a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from iam_guardrails.model.review.pictures import BAD, DOUBT, GOOD, Mark, Timeline
from iam_guardrails.reports.review.markup import left_out, scrolled, table, text
from iam_guardrails.reports.review.told import stamp

WIDE, LEFT, RIGHT, TOP, ROW, MOST_ROWS = 1000, 118, 24, 18, 46, 200
NEAR = 11.0
"""Marks nearer to one another than this are drawn as one, with their number."""
WORDS = {GOOD: "as it should be", BAD: "not as it should be", DOUBT: "not known"}
_GRAVE = (BAD, DOUBT, GOOD)


def timeline(picture: Timeline, name: str) -> str:
    """The figure. name: of the table that has every mark."""
    high = TOP + len(picture.lanes) * ROW + 30
    said = (
        f"{picture.title}: {len(picture.marks):,} marks between {picture.since:%Y-%m-%d} and {picture.until:%Y-%m-%d}"
    )
    drawn = "\n".join(
        [
            f'<svg class="time" viewBox="0 0 {WIDE} {high}" role="img" aria-label="{text(said)}">',
            *_frame(picture, high),
            *(
                part
                for at, lane in enumerate(picture.lanes)
                for part in _lane(picture, lane, TOP + at * ROW + ROW // 2)
            ),
            "</svg>",
        ]
    )
    marks = sorted(picture.marks, key=lambda mark: mark.at)
    rows = ((stamp(mark.at), stamp(mark.until), mark.lane, WORDS[mark.state], mark.label) for mark in marks[:MOST_ROWS])
    words = (
        '<details class="more"><summary>The same as a table</summary>'
        f"{table(picture.title, ('from', 'until', 'lane', 'state', 'what'), rows)}"
        f"{left_out(len(marks) - MOST_ROWS, name)}</details>"
    )
    legend = "".join(
        f'<li><svg class="sign" viewBox="0 0 18 18" aria-hidden="true">{_shape(state, 9, 9)}</svg>{word}</li>'
        for state, word in WORDS.items()
    )
    return (
        f'<figure class="time-line"><figcaption>{text(picture.title)}</figcaption><ul class="legend">{legend}</ul>'
        f"{scrolled(drawn, picture.title)}{words}</figure>"
    )


def _x(picture: Timeline, at: Mark | timedelta) -> float:
    """The place of a moment; what lies outside the window stands at its edge."""
    passed = at.at - picture.since if isinstance(at, Mark) else at
    span = max(picture.until - picture.since, timedelta(minutes=1))
    return LEFT + min(max(passed / span, 0.0), 1.0) * (WIDE - LEFT - RIGHT)


def _frame(picture: Timeline, high: int) -> Iterator[str]:
    for at, lane in enumerate(picture.lanes):
        y = TOP + at * ROW + ROW // 2
        yield f'<text class="lane" x="2" y="{y + 4}">{text(lane)}</text>'
        yield f'<path class="axis" d="M{LEFT} {y}H{WIDE - RIGHT}"/>'
    span = picture.until - picture.since
    form = "%Y-%m-%d" if span > timedelta(days=2) else "%m-%d %H:%M"
    for part in range(5):
        x, moment = _x(picture, span * part / 4), picture.since + span * part / 4
        anchor = ("start", "middle", "middle", "middle", "end")[part]
        yield f'<path class="axis" d="M{x:.1f} {TOP - 6}V{high - 26}"/>'
        yield f'<text x="{x:.1f}" y="{high - 8}" text-anchor="{anchor}">{moment.strftime(form)}</text>'


def _lane(picture: Timeline, lane: str, y: int) -> Iterator[str]:
    marks = sorted((mark for mark in picture.marks if mark.lane == lane), key=lambda mark: mark.at)
    for mark in marks:
        if mark.until is not None:
            begin, end = _x(picture, mark), _x(picture, mark.until - picture.since)
            wide = max(end - begin, 3)
            yield (f'<rect class="{mark.state} shape" x="{begin:.1f}" y="{y - 4}" width="{wide:.1f}" height="8" rx="3">'
                   f"<title>{text(_told(mark))}</title></rect>")  # fmt: skip
    for x, near in _clusters(picture, marks):
        state = min((mark.state for mark in near), key=_GRAVE.index)
        hint = "; ".join(map(_told, near[:5])) + (f"; and {len(near) - 5:,} more" if len(near) > 5 else "")
        many = f'<text x="{x:.1f}" y="{y - 11}" text-anchor="middle">{len(near):,}</text>' if len(near) > 1 else ""
        yield f"<g><title>{text(hint)}</title>{_shape(state, x, y)}{many}</g>"


def _clusters(picture: Timeline, marks: Iterable[Mark]) -> Iterator[tuple[float, list[Mark]]]:
    near: list[Mark] = []
    for mark in marks:
        if near and _x(picture, mark) - _x(picture, near[0]) > NEAR:
            yield _x(picture, near[0]), near
            near = []
        near.append(mark)
    if near:
        yield _x(picture, near[0]), near


def _told(mark: Mark) -> str:
    until = f" to {mark.until:%Y-%m-%d %H:%M}" if mark.until else ""
    return f"{mark.at:%Y-%m-%d %H:%M}{until} {mark.label}"


def _shape(state: str, x: float, y: float) -> str:
    """A round for good, a diamond with a cross for bad, a square with a question mark for what is not known."""
    if state == GOOD:
        return f'<circle class="good shape" cx="{x:.1f}" cy="{y}" r="6.5"/>'
    if state == BAD:
        return (
            f'<path class="bad shape" d="M{x:.1f} {y - 8.5}l8.5 8.5-8.5 8.5-8.5-8.5z"/>'
            f'<path class="sign-on" d="M{x - 3:.1f} {y - 3}l6 6m0-6l-6 6"/>'
        )
    return (
        f'<rect class="doubt shape" x="{x - 6.5:.1f}" y="{y - 6.5}" width="13" height="13" rx="2"/>'
        f'<text class="letter" x="{x:.1f}" y="{y + 4}" text-anchor="middle">?</text>'
    )
