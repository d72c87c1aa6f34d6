"""`guardrails review status` as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from iam_guardrails.model.codec import encode
from iam_guardrails.model.review.period import DONE, DUE, NEVER, OVERDUE
from iam_guardrails.model.review.review import ACCEPT
from iam_guardrails.model.review.standing import EXPIRING, Promise, Standing, Status
from iam_guardrails.reports.escaping import shown

_HEAD = ("environment", "cadence", "last signed", "by", "next", "in progress")


class Style(Protocol):
    """How words are set off (adapters.terminal.Style)."""

    def bold(self, text: str) -> str:
        """What matters most."""

    def alarm(self, text: str) -> str:
        """What is wrong."""

    def good(self, text: str) -> str:
        """What is right."""


def as_text(status: Status, step: str, style: Style) -> str:
    """A table, what was promised and is not done, and what to do next."""
    rows = [_row(one) for one in status.standings]
    widths = [max(len(row[at]) for row in [_HEAD, *rows]) for at in range(len(_HEAD))]
    lines = [style.bold(_line(_HEAD, widths))]
    for one, row in zip(status.standings, rows, strict=True):
        text = _line(row, widths)
        lines.append(style.alarm(text) if one.is_overdue or one.problem else text)
    lines += [f"{one.environment} {one.cadence}: not known, because {shown(one.problem)}"
              for one in status.standings if one.problem]  # fmt: skip
    if status.promises:
        lines += ["", style.bold("what signed reviews left to be done")]
        lines += [_promise(one, style) for one in status.promises]
    return "\n".join([*lines, "", _sentence(status, style), f"next: {step}"]) + "\n"


def as_json(status: Status, step: str) -> str:
    """The same as JSON: standings, promises, overdue, next."""
    values: dict[str, Any] = {
        "standings": [_standing(one) for one in status.standings],
        "promises": encode(status.promises),
        "overdue": sum(one.is_overdue for one in status.standings),
        "next": step,
    }
    return json.dumps(values, indent=2) + "\n"


def _standing(one: Standing) -> dict[str, Any]:
    last = one.last
    return {
        "environment": one.environment, "cadence": one.cadence, "state": one.due.state or None,
        "due_by": encode(one.due.by), "is_overdue": one.is_overdue, "problem": one.problem,
        "last": {"name": last.name, "signed_at": encode(last.signed_at), "signed_by": last.signed_by,
                 "second": last.second} if last else None,
        "draft": {"open": one.draft_open, "all": one.draft_all} if one.draft_all is not None else None,
    }  # fmt: skip


def _row(one: Standing) -> tuple[str, ...]:
    last = one.last
    at = f"{last.signed_at:%Y-%m-%d}" if last else "?" if one.problem else "never"
    who = shown(last.signed_by) + (f", {shown(last.second)}" if last.second else "") if last else ""
    draft = f"{one.draft_open} open of {one.draft_all}" if one.draft_all is not None else ""
    return one.environment, one.cadence, at, who, _next(one), draft


def _next(one: Standing) -> str:
    if one.due.state == NEVER:
        return "due now"
    said = {OVERDUE: "overdue since", DUE: "due by", DONE: "by"}.get(one.due.state, "not known")
    return f"{said} {one.due.by}" if one.due.by else said


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _promise(one: Promise, style: Style) -> str:
    made = one.decision
    until = f" until {made.until}" if made.choice == ACCEPT and made.until else ""
    ticket = f", {shown(made.ticket)}" if made.ticket else ""
    text = (
        f"{one.kind:<10} {one.environment} {one.review}: {shown(one.title)} ({made.choice}{until},"
        f" {shown(made.owner)}{ticket})"
    )
    return text if one.kind == EXPIRING else style.alarm(text)


def _sentence(status: Status, style: Style) -> str:
    parts = list(_counts(status))
    return style.alarm(", ".join(parts)) if parts else style.good("nothing is overdue")


def _counts(status: Status) -> Iterator[str]:
    never = sum(one.is_overdue and one.due.state == NEVER for one in status.standings)
    late = sum(one.is_overdue for one in status.standings) - never
    unknown = sum(bool(one.problem) for one in status.standings)
    if late:
        yield f"{late} of {len(status.standings)} reviews are overdue"
    if never:
        yield f"{never} of {len(status.standings)} were never signed"
    if unknown:
        yield f"{unknown} are not known"
