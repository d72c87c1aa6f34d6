"""The answers as Markdown, for a comment or a record."""

from __future__ import annotations

from iam_guardrails.model.iam.reach import groups as told
from iam_guardrails.model.iam.reach.outside import outsiders
from iam_guardrails.model.iam.reach.ways import NO, Ways
from iam_guardrails.reports.who_can.text import SHOWN_CALLERS, SHOWN_GROUPS, counted, title


def render(ways: Ways) -> str:
    """A table of groups, what is not judged above it."""
    found = told.groups(ways)
    lines = [
        f"### {title(ways)[0].upper()}{title(ways)[1:]}",
        "",
        "Not judged:",
        "",
        *(f"- {text}" for text in told.notes(ways)),
    ]
    lines += ["", "| answer | who | what | how, and why |", "|---|---|---|---|"]
    shown = [item for item in found if item.answer != NO]
    for item in shown[:SHOWN_GROUPS]:
        why = told.reason(ways, item.callers[0], item.goals, item.answer, item.way)
        names = [f"`{told.caller_name(ways, number)}`" for number in item.callers[:SHOWN_CALLERS]]
        if len(item.callers) > SHOWN_CALLERS:
            names.append(f"{len(item.callers) - SHOWN_CALLERS:,} more")
        texts = [told.WAYS[item.way], *([told.chain_text(ways, why.hops)] if why.hops else []), *why.because]
        if why.depends_on and item.answer != "yes":
            texts.append(f"depends on {', '.join(why.depends_on)}")
        lines.append(_row(item.answer, ", ".join(names), told.goals_text(ways, item.goals), "; ".join(texts)))
    for one in outsiders(ways.account):
        answer = "not judged" if one.unjudged else "yes" if one.sure == one.maybe else "conditional"
        texts = [one.reason] if one.reason else [f"depends on {', '.join(one.depends_on)}"] if one.depends_on else []
        goals = one.unjudged or one.maybe
        lines.append(
            _row(answer, f"`{one.who}`", told.goals_text(ways, goals), "; ".join(["named from outside", *texts]))
        )
    if len(shown) > SHOWN_GROUPS:
        lines += ["", f"{len(shown) - SHOWN_GROUPS:,} more groups are not shown; `--format json` or `csv` tells all."]
    denied = [item for item in found if item.answer == NO]
    if denied:
        lines += ["", f"No: {counted(ways, denied)}."]
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
