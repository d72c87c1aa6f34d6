"""The decision table of a trust policy: each kind of caller, in or out, and the statement that decides."""

from __future__ import annotations

import json
from collections.abc import Sequence

from iam_guardrails.model.iam.admission import Admission
from iam_guardrails.model.iam.callers import Visitor
from iam_guardrails.rules.callers import Open, decides, mark

Row = tuple[Visitor, Admission]
NOTE = (
    "Only the trust policy is asked: where it admits a whole account, or a caller of another account, the caller's own "
    "policies must allow sts:AssumeRole as well."
)


def render_callers(
    role_arn: str, rows: Sequence[Row], findings: Sequence[str], unsure: Sequence[Open], form: str
) -> str:
    """The table, then what is wrong and what could not be judged, as text, Markdown or JSON."""
    if form == "json":
        return _json(role_arn, rows, findings, unsure)
    if form == "markdown":
        return "\n".join((*table(role_arn, rows), *_below(findings, unsure), NOTE)) + "\n"
    return _text(role_arn, rows, findings, unsure)


def _text(role_arn: str, rows: Sequence[Row], findings: Sequence[str], unsure: Sequence[Open]) -> str:
    width = max((len(visitor.who) for visitor, _ in rows), default=0)
    lines = [f"who gets into {role_arn}", ""]
    for visitor, found in rows:
        line = f"{mark(visitor, found):11}  {found.answer:7}  {visitor.who:{width}}  {decides(found)}"
        lines.append(line.rstrip())
    said = [f"critical: {text}" for text in findings]
    said += [f"not judged, because {item.reason}; to make it known, {item.remedy}" for item in unsure]
    return "\n".join((*lines, *([""] if said else []), *said)) + f"\n\n{NOTE}\n"


def table(role_arn: str, rows: Sequence[Row]) -> list[str]:
    """The decision table as lines of Markdown."""
    lines = [f"Who gets into `{role_arn}`:", "", "| caller | answer | as wanted | what decides |", "|---|---|---|---|"]
    for visitor, found in rows:
        cells = (visitor.who, found.answer, mark(visitor, found), decides(found))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*lines, ""]


def _below(findings: Sequence[str], unsure: Sequence[Open]) -> list[str]:
    said = [f"- **critical**: {text}" for text in findings]
    said += [f"- **not judged**, because {item.reason}; to make it known, {item.remedy}" for item in unsure]
    return [*said, ""] if said else []


def _json(role_arn: str, rows: Sequence[Row], findings: Sequence[str], unsure: Sequence[Open]) -> str:
    callers = [
        {
            "caller": visitor.who, "answer": found.answer, "wanted": visitor.wanted, "result": mark(visitor, found),
            "statement": found.statement, "why": found.why, "depends_on": list(found.keys),
        }
        for visitor, found in rows
    ]  # fmt: skip
    not_judged = [
        {"callers": list(item.people), "depends_on": list(item.keys), "reason": item.reason, "remedy": item.remedy}
        for item in unsure
    ]
    content = {"role": role_arn, "callers": callers, "findings": list(findings), "not_judged": not_judged}
    return json.dumps(content, indent=2) + "\n"
