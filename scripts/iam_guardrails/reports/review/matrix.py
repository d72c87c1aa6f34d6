"""Who reaches what, as a picture: a true table, each answer a sign of its own form, alike rows as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iam_guardrails.model.review.pictures import ANSWERS, CONDITIONAL, NO, NOT_JUDGED, YES, Matrix, MatrixRow
from iam_guardrails.model.value import frozen
from iam_guardrails.reports.escaping import shown
from iam_guardrails.reports.review.markup import scrolled, text
from iam_guardrails.reports.review.told import counted

MOST_ROWS, MOST_COLUMNS, MOST_NAMES = 60, 30, 25
"""What a picture holds, so that its columns fit a sheet of paper; of a group, one name is told at once, the others when
it is opened."""
LONGEST = 60
"""Letters of a column's name, two lines of them."""
SHORTENED = 12
"""A beginning that all names share and that is this long is told once, in the heading."""
_SIGN = {YES: "y", CONDITIONAL: "c", NOT_JUDGED: "q", NO: "n"}
SIGNS = (
    '<svg class="defs" width="0" height="0" aria-hidden="true"><defs>'
    '<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="hatch" d="M0 0V5"/></pattern>'
    '<pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="line1" d="M0 0V6"/></pattern>'
    '<pattern id="dots" width="7" height="7" patternUnits="userSpaceOnUse">'
    '<circle class="line3" cx="3.5" cy="3.5" r="1.7"/></pattern>'
    '<symbol id="y" viewBox="0 0 18 18"><rect class="fill" x="1" y="1" width="16" height="16" rx="3"/>'
    '<path class="on" d="M4.5 9.5l3 3 6-7"/></symbol>'
    '<symbol id="c" viewBox="0 0 18 18"><rect x="1" y="1" width="16" height="16" rx="3" fill="url(#hatch)"/>'
    '<rect class="ring" x="1" y="1" width="16" height="16" rx="3"/></symbol>'
    '<symbol id="q" viewBox="0 0 18 18"><rect class="ask" x="1" y="1" width="16" height="16" rx="3"/>'
    '<text class="word" x="9" y="14" text-anchor="middle">?</text></symbol>'
    '<symbol id="n" viewBox="0 0 18 18"><circle class="dot" cx="9" cy="9" r="1.6"/></symbol></defs></svg>'
)
"""Drawn once for the whole page."""


@frozen
class Group:
    """Principals with the same answers in every column, now and before."""

    row: MatrixRow
    names: tuple[str, ...]


def matrix(picture: Matrix, name: str) -> str:
    """The figure. What it leaves out it counts; the table of that name has every pair, of what the review holds."""
    groups = grouped(picture.rows)
    shown = [group for group in groups if not _nothing(group)]
    columns = _columns(picture, shown)
    prefix = _prefix([row.name for row in picture.rows])
    what = f"{picture.rows_are} {prefix}\u2026" if prefix else picture.rows_are
    head = f'<th scope="col">{text(what)}</th>' + "".join(
        f'<th scope="col">{_upright(picture.columns[at])}</th>' for at in columns
    )
    body = "\n".join(_row(group, columns, len(prefix)) for group in shown[:MOST_ROWS])
    made = (
        f'<table class="matrix"><caption class="unseen">{text(picture.title)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{body}\n</tbody></table>"
    )
    legend = "".join(f"<li>{_sign(answer)}{answer}</li>" for answer in ANSWERS)
    legend += '<li><span class="tag changed">framed</span>another answer than in the last signed review</li>'
    return (
        f"<figure><figcaption>{text(picture.title)}</figcaption>"
        f'<ul class="legend">{legend}</ul>{scrolled(made, picture.title) if shown else ""}'
        f'<p class="soft">{_left_out(picture, groups, shown, columns)}. '
        f"<code>--format csv --table {text(name)}</code> has every pair{_of_those(picture)}.</p></figure>"
    )


def grouped(rows: Iterable[MatrixRow]) -> list[Group]:
    """Rows with the same answers as one; what changed first, then those that reach most."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], list[MatrixRow]] = {}
    for row in rows:
        found.setdefault((row.answers, row.before if row.before != row.answers else ()), []).append(row)
    groups = [Group(each[0], tuple(row.name for row in each)) for each in found.values()]
    return sorted(groups, key=lambda group: (*_weight(group.row.answers, group.row.before), group.names[0]))


def _weight(answers: tuple[str, ...], before: tuple[str, ...]) -> tuple[bool, int, int]:
    return (not before or before == answers, -answers.count(YES), answers.count(NO))


def _nothing(group: Group) -> bool:
    """Whether it reaches nothing, and did not before: counted, not drawn."""
    return set(group.row.answers) <= {NO} and set(group.row.before) <= {NO}


def _columns(picture: Matrix, groups: Sequence[Group]) -> list[int]:
    """The columns to draw, in their order: all, or those that changed and that most reach."""
    if len(picture.columns) <= MOST_COLUMNS:
        return list(range(len(picture.columns)))
    weight = [0] * len(picture.columns)
    for group in groups:
        for at, answer in enumerate(group.row.answers):
            weight[at] += (answer != NO) * len(group.names) + (10**9 if group.row.moved(at) else 0)
    return sorted(sorted(range(len(weight)), key=lambda at: -weight[at])[:MOST_COLUMNS])


def _sign(answer: str) -> str:
    return f'<svg class="sign" aria-hidden="true"><use href="#{_SIGN[answer]}"/></svg>'


def _upright(name: str) -> str:
    """A column's name, written upwards; of a very long one the middle is left out, and told when pointed at."""
    seen = shown(name)
    hint = f' title="{text(name)}"' if len(seen) > LONGEST else ""
    cut = f"{seen[: LONGEST // 2]}\u2026{seen[1 - LONGEST // 2 :]}" if hint else seen
    return f'<span class="up{" long" if len(cut) > LONGEST // 2 else ""}"{hint}>{text(cut)}</span>'


def _prefix(names: Sequence[str]) -> str:
    """What all the names begin with, up to a colon, e.g. "arn:aws:iam::333333333333:"; "" where that saves little."""
    if len(names) < 2:
        return ""
    first, last = min(names), max(names)  # what these two share, all share
    same = next((at for at, sign in enumerate(first) if sign != last[at]), len(first))
    found = first[: first.rfind(":", 0, same) + 1]
    return found if len(found) >= SHORTENED and all(len(name) > len(found) for name in (first, last)) else ""


def _row(group: Group, columns: Sequence[int], begin: int) -> str:
    """One row. begin: how many letters of each name the heading tells."""
    cells = "".join(_cell(group.row, at) for at in columns)
    return f'<tr><th scope="row">{_names([name[begin:] for name in group.names])}</th>{cells}</tr>'


def _cell(row: MatrixRow, at: int) -> str:
    said = row.answers[at]
    moved = row.moved(at)
    told = f"{said}, before: {row.before[at]}" if moved else said
    hint = f' class="moved" title="before: {row.before[at]}"' if moved else ""
    return f'<td{hint}>{_sign(said)}<span class="unseen">{text(told)}</span></td>'


def _names(names: Sequence[str]) -> str:
    first = text(names[0])
    if len(names) == 1:
        return first
    rest = ", ".join(map(text, names[1:MOST_NAMES]))
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"<details><summary>{first} and {len(names) - 1:,} alike</summary>{rest}{more}</details>"


def _of_those(picture: Matrix) -> str:
    return (
        " of those, <code>guardrails access who-can</code> of all" if picture.more_rows or picture.more_columns else ""
    )


def _left_out(picture: Matrix, groups: Sequence[Group], shown: Sequence[Group], columns: Sequence[int]) -> str:
    """What the picture does not draw, counted, as HTML."""
    size = counted(len(picture.rows), picture.rows_are), counted(len(picture.columns), picture.columns_are)
    said = [" by ".join(size)]
    none = sum(len(group.names) for group in groups) - sum(len(group.names) for group in shown)
    if none:
        said.append(f"{none:,} of them reach nothing and are not drawn")
    if len(shown) > MOST_ROWS:
        left = sum(len(group.names) for group in shown[MOST_ROWS:])
        said.append(f"{counted(left, picture.rows_are)} in {len(shown) - MOST_ROWS:,} groups left out")
    if len(columns) < len(picture.columns):
        left = len(picture.columns) - len(columns)
        said.append(f"{counted(left, picture.columns_are)} left out, those that fewest reach")
    more = [(picture.more_rows, f"more {picture.rows_are}", "that reach least"),
            (picture.more_columns, f"more {picture.columns_are}", "that fewest reach")]  # fmt: skip
    said += [f"{counted(count, what)}, {which}, are too many for a review" for count, what, which in more if count]
    return text("; ".join(said))
