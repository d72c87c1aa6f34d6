"""The decision table of a trust policy: each kind of caller, in or out, and the statement that decides."""

from __future__ import annotations

import json
from collections.abc import Sequence

from iam_guardrails.model.iam.admission import IN, OPEN, Admission
from iam_guardrails.model.iam.callers import Visitor

Row = tuple[Visitor, Admission]
NOTE = (
    "Only the trust policy is asked: where it admits a whole account, or a caller of another account, the caller's own "
    "policies must allow sts:AssumeRole as well."
)


def render_callers(role_arn: str, rows: Sequence[Row], findings: Sequence[str], form: str) -> str:
    """The table, then what is wrong, as text, Markdown or JSON."""
    if form == "json":
        return _json(role_arn, rows, findings)
    return _markdown(role_arn, rows, findings) if form == "markdown" else _text(role_arn, rows, findings)


def _mark(visitor: Visitor, found: Admission) -> str:
    if found.answer == OPEN:
        return "not certain"
    if (found.answer == IN) is visitor.wanted:
        return "as wanted"
    if visitor.wanted:
        return "LOCKED OUT"
    return "HOLE" if visitor.stranger else "not wanted"


def _decides(found: Admission) -> str:
    return f"{found.statement} {found.why}" if found.statement else found.why


def _text(role_arn: str, rows: Sequence[Row], findings: Sequence[str]) -> str:
    width = max((len(visitor.who) for visitor, _ in rows), default=0)
    lines = [f"who gets into {role_arn}", ""]
    for visitor, found in rows:
        line = f"{_mark(visitor, found):11}  {found.answer:7}  {visitor.who:{width}}  {_decides(found)}"
        lines.append(line.rstrip())
    lines += ["", *(f"critical: {text}" for text in findings)]
    return "\n".join(lines if findings else lines[:-1]) + f"\n\n{NOTE}\n"


def _markdown(role_arn: str, rows: Sequence[Row], findings: Sequence[str]) -> str:
    lines = [f"Who gets into `{role_arn}`:", "", "| caller | answer | as wanted | what decides |", "|---|---|---|---|"]
    for visitor, found in rows:
        cells = (visitor.who, found.answer, _mark(visitor, found), _decides(found))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    lines += ["", *(f"- **critical**: {text}" for text in findings), *([""] if findings else []), NOTE]
    return "\n".join(lines) + "\n"


def _json(role_arn: str, rows: Sequence[Row], findings: Sequence[str]) -> str:
    callers = [
        {
            "caller": visitor.who, "answer": found.answer, "wanted": visitor.wanted, "result": _mark(visitor, found),
            "statement": found.statement, "why": found.why, "depends_on": list(found.keys),
        }
        for visitor, found in rows
    ]  # fmt: skip
    return json.dumps({"role": role_arn, "callers": callers, "findings": list(findings)}, indent=2) + "\n"
