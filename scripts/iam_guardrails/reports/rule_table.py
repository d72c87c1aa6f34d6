"""The table of rules, for people, for the README and for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_guardrails.rules.engine import Rule


def render_rules(rules: Iterable[Rule], form: str) -> str:
    """All rules as text, a Markdown table, or a JSON list."""
    if form == "json":
        import json

        listed = [
            {"id": r.id, "severity": r.severity, "title": r.title, "seed": r.seed, "remedy": r.remedy,
             "reference": r.reference, "judged": _judged(r)}
            for r in rules
        ]  # fmt: skip
        return json.dumps(listed, indent=2, ensure_ascii=False) + "\n"
    if form == "markdown":
        from iam_guardrails.reports.markdown import table

        rows = [(f"`{r.id}`", r.severity, r.title, _judged(r), r.seed) for r in rules]
        return "\n".join(table(("Rule", "Severity", "What must hold", "Judged", "Procedure"), rows)).rstrip() + "\n"
    listed_rules = list(rules)
    width = max(len(r.id) for r in listed_rules)
    lines = [f"{r.id:{width}}  {r.severity:8}  {r.title}" + ("  [live]" if r.live_only else "") for r in listed_rules]
    return (
        "\n".join([*lines, "", f"{len(listed_rules)} rules; [live]: only the live account can show it (verify)"]) + "\n"
    )


def _judged(rule: Rule) -> str:
    return "live" if rule.live_only else "plan and live"
