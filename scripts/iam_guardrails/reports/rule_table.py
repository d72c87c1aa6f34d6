"""The table of rules, for people, for the README and for programs.

`guardrails rules` answers from rules.json, so that a look at the table does not load every rule. The file is derived
from the only lists there are, those of rules/registry.py and rules/reconcile.py:
`python -m iam_guardrails.reports.rule_table` writes it, and a test compares.
"""

from __future__ import annotations

import os

DATA = os.path.join(os.path.dirname(__file__), "rules.json")  # noqa: PTH118, PTH120 - pathlib costs milliseconds
Row = dict[str, str]


def registered() -> list[Row]:
    """The registry as rows of plain text: id, severity, title, seed, remedy, reference, judged."""
    from iam_guardrails.rules.reconcile import RULES as RECONCILE
    from iam_guardrails.rules.registry import RULES

    listed = [
        {"id": rule.id, "severity": rule.severity, "title": rule.title, "seed": rule.seed, "remedy": rule.remedy,
         "reference": rule.reference, "judged": "live" if rule.live_only else "plan and live"}
        for rule in RULES
    ]  # fmt: skip
    return listed + [
        {"id": item.id, "severity": item.severity, "title": item.title, "seed": item.seed, "remedy": item.remedy,
         "reference": item.reference, "judged": "reconcile"}
        for item in RECONCILE
    ]  # fmt: skip


def as_json(rows: list[Row]) -> str:
    """The rows as a JSON list."""
    import json

    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def render_rules(form: str) -> str:
    """All rules as text, a Markdown table, or a JSON list."""
    with open(DATA, encoding="utf-8") as file:  # noqa: PTH123 - see DATA
        text = file.read()
    if form == "json":
        return text
    import json

    rows: list[Row] = json.loads(text)
    if form == "markdown":
        from iam_guardrails.reports.markdown import table

        cells = [(f"`{r['id']}`", r["severity"], r["title"], r["judged"], r["seed"]) for r in rows]
        return "\n".join(table(("Rule", "Severity", "What must hold", "Judged", "Procedure"), cells)).rstrip() + "\n"
    width = max(len(row["id"]) for row in rows)
    lines = [
        f"{row['id']:{width}}  {row['severity']:8}  {row['title']}"
        + (f"  [{row['judged']}]" if row["judged"] in ("live", "reconcile") else "")
        for row in rows
    ]
    ends = "[live]: only the live account can show it (verify); [reconcile]: CloudTrail against records"
    return "\n".join([*lines, "", f"{len(rows)} rules; {ends} (breakglass reconcile)"]) + "\n"


if __name__ == "__main__":
    with open(DATA, "w", encoding="utf-8") as target:  # noqa: PTH123 - see DATA
        target.write(as_json(registered()))
