"""A verdict as Markdown, for a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from iam_guardrails.model.finding import Verdict
from iam_guardrails.reports.summary import closing, ordered


def render(verdict: Verdict, title: str) -> str:
    """A heading, the closing sentence, then one table per kind of outcome that occurred."""
    parts = [f"## {title}", "", f"{closing(verdict)}.", ""]
    parts += table(
        ("Severity", "Where", "What is wrong", "What to do", "Rule"),
        [(i.severity, f"`{i.address}`", i.message, i.remedy, f"`{i.rule}`") for i in ordered(verdict.findings)],
    )
    unsure = [(f"`{i.rule}`", f"`{i.address}`", i.reason, i.to_know) for i in verdict.not_judged]
    parts += table(("Not judged", "Where", "Because", "To make it known"), unsure)
    parts += table(
        ("Waived", "Where", "Reason", "Ticket", "Owner", "Until"),
        [
            (f"`{i.finding.rule}`", f"`{i.finding.address}`", i.waiver.reason, i.waiver.ticket, i.waiver.owner,
             i.waiver.expires_on.isoformat())
            for i in verdict.waived
        ],
    )  # fmt: skip
    unused = [(f"`{i.rule}`", f"`{i.address}`", i.ticket, i.owner) for i in verdict.unused_waivers]
    parts += table(("Unused waiver", "Where", "Ticket", "Owner"), unused)
    parts += [f"- {note}" for note in verdict.notes]
    return "\n".join(parts).rstrip() + "\n"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A Markdown table, or nothing when there are no rows."""
    body = ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    if not body:
        return []
    return ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |", *body, ""]
