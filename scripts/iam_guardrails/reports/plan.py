"""What a plan would do, as Markdown: what is made, changed and destroyed, with the attributes that change."""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.change import Change
from iam_guardrails.reports.escaping import as_markdown_code
from iam_guardrails.reports.markdown import table

_WORD = {"extra": "destroyed", "changed": "changed", "missing": "made"}
"""Of model.change.Change.kind, what is destroyed first: that is to be read before anything else."""


def render(environment: str, changes: Sequence[Change]) -> str:
    """The report of the plan of an environment. changes: in the plan's order."""
    counts = [f"{sum(one.kind == kind for one in changes)} {word}" for kind, word in _WORD.items()]
    parts = [f"# Plan of {environment}", "", f"{len(changes)} resources: {', '.join(counts)}.", ""]
    if not changes:
        parts = [f"# Plan of {environment}", "", "Nothing to change.", ""]
    for kind, word in _WORD.items():
        found = [one for one in changes if one.kind == kind]
        if found:
            parts += [f"## To be {word} ({len(found)})", "", *_rows(found), ""]
    return "\n".join(parts).rstrip() + "\n"


def _rows(found: Sequence[Change]) -> list[str]:
    rows = [
        (f"{as_markdown_code(one.address)}{' (also changed outside Terraform)' if one.outside else ''}",
         as_markdown_code(each.path), as_markdown_code(each.live), as_markdown_code(each.declared))
        for one in found for each in one.differences
    ]  # fmt: skip
    bare = [f"- {as_markdown_code(one.address)}" for one in found if not one.differences]
    return [*bare, *([""] if bare and rows else []), *table(("Resource", "Attribute", "Now", "After"), rows)]
