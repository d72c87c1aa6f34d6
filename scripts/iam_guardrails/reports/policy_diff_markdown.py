"""A difference in access as Markdown: a headline, a table of what is gained, the rest folded away when it is long."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.difference.compare import Difference
from iam_guardrails.model.iam.difference.ranks import RANKS
from iam_guardrails.reports.markdown import table
from iam_guardrails.reports.policy_diff import PIECES, Report, details, not_judged, on_one_line, rank_of, titled, told

FOLDED = 12  # rows from which a table is folded
LONGEST = 60_000  # characters; a comment on GitHub holds 65,536


def markdown(report: Report) -> str:
    """For a comment on a pull request; what does not fit is counted aloud."""
    word, _, rest = report.headline.partition(": ")
    parts = [f"## Access: {word}", "", f"{rest[0].upper()}{rest[1:]}.", ""]
    gained, lost = (_ranked(report, lost=lost) for lost in (False, True))
    unsure = [row for listed in report.groups for row in _unsure(listed)]
    parts += _table("What is new", ("Rank", "Who or what", "Gained", "Why"), gained)
    parts += _table("What could not be judged", ("Who or what", "Not judged"), unsure)
    parts += _table("What is lost", ("Rank", "Who or what", "Lost", "Why"), lost, folded=bool(gained or unsure))
    if report.assumptions:
        parts += [f"Assumed: {'; '.join(map(_text, report.assumptions))}.", ""]
    return "\n".join(parts).rstrip() + "\n"


def _ranked(report: Report, *, lost: bool) -> list[tuple[str, ...]]:
    """The rows of all subjects, the gravest first, so that what is cut off is the least grave."""
    found: list[tuple[int, tuple[str, ...]]] = []
    for listed in report.groups:
        found += _rows(listed, lost=lost)
    return [row for _, row in sorted(found, key=lambda one: one[0])]


def _rows(listed: tuple[Difference, ...], *, lost: bool) -> Iterator[tuple[int, tuple[str, ...]]]:
    changes = listed[0].lost if lost else listed[0].gained
    for change in changes[:PIECES]:
        why = "<br>".join(map(_text, details(change, lost=lost)))
        row = rank_of(change, lost=lost), _text(titled(listed)), told(change, _code), why
        yield RANKS.index(change.rank), row
    if len(changes) > PIECES:
        more = f"and {len(changes) - PIECES} more pieces", "`--format json` has them all"
        yield len(RANKS), ("", _text(titled(listed)), *more)


def _code(text: str) -> str:
    """A value as code; one with signs that Markdown reads in code or in a table, as HTML."""
    text = on_one_line(text)
    if not set(text) & set("`|\\"):
        return f"`{text}`"
    for sign in "&<>`|\\":
        text = text.replace(sign, f"&#{ord(sign)};")
    return f"<code>{text}</code>"


def _unsure(listed: tuple[Difference, ...]) -> Iterator[tuple[str, ...]]:
    for one in listed[0].not_judged:
        yield _text(titled(listed)), _text(not_judged(one).removeprefix("not judged: "))
    for one in listed[0].lost_open:
        yield _text(titled(listed)), _text(f"of what is lost: {not_judged(one).removeprefix('not judged: ')}")


def _text(text: str) -> str:
    """Text of a policy that must not become HTML or emphasis."""
    text = on_one_line(text)
    for sign in "&<>":
        text = text.replace(sign, {"&": "&amp;", "<": "&lt;", ">": "&gt;"}[sign])
    return "".join(f"\\{sign}" if sign in "\\`*_[]~" else sign for sign in text)


def _table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]], *, folded: bool = False) -> list[str]:
    if not rows:
        return []
    kept: list[tuple[str, ...]] = []
    size = 0
    for row in rows:
        size += sum(map(len, row)) + 4 * len(row)
        if size > LONGEST // 3:
            break
        kept.append(row)
    missing = [f"… and {len(rows) - len(kept)} more rows; `--format json` has them all.", ""] if kept != rows else []
    lines = [*table(head, kept), *missing]
    if folded or len(rows) > FOLDED:
        return [f"<details><summary>{title} ({len(rows)})</summary>", "", *lines, "</details>", ""]
    return [f"### {title}", "", *lines]
