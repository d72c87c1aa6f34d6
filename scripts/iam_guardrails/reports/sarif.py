"""A verdict as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
from typing import Any

from iam_guardrails.model.finding import NotJudged, Verdict
from iam_guardrails.reports.summary import ordered
from iam_guardrails.version import VERSION

LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def render(verdict: Verdict, title: str) -> str:
    """One run; findings are results, waived ones suppressed results, not-judged ones tool notifications."""
    results = [_result(item) for item in ordered(verdict.findings)]
    for item in verdict.waived:
        accepted = {"kind": "external", "justification": f"{item.waiver.reason} ({item.waiver.ticket})"}
        results.append(_result(item.finding) | {"suppressions": [accepted]})
    seen = {item.rule: item for item in (*verdict.findings, *(w.finding for w in verdict.waived))}
    rules = [
        {
            "id": name,
            "help": {"text": item.remedy},
            "properties": {"security-severity": SCORES[item.severity]},
        }
        for name, item in sorted(seen.items())
    ]
    notes = [
        {"level": "note", "message": {"text": f"{i.rule} at {i.address} was not judged: {i.reason}{_to_know(i)}"}}
        for i in verdict.not_judged
    ]
    invocation = {"executionSuccessful": verdict.exit_code != 2, "toolExecutionNotifications": notes}
    return json.dumps(document(title, rules, results, invocation), indent=2, ensure_ascii=False) + "\n"


def document(
    title: str, rules: list[dict[str, Any]], results: list[dict[str, Any]], invocation: dict[str, Any]
) -> dict[str, Any]:
    """A SARIF document of one run of this tool."""
    run = {
        "tool": {"driver": {"name": "iam-guardrails", "version": VERSION, "rules": rules}},
        "invocations": [invocation],
        "properties": {"title": title},
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def at(address: str) -> list[dict[str, Any]]:
    """`locations` for something that has an address, but no file."""
    return [{"logicalLocations": [{"fullyQualifiedName": address, "kind": "resource"}]}]


def _result(item: Any) -> dict[str, Any]:
    return {
        "ruleId": item.rule,
        "level": LEVELS[item.severity],
        "message": {"text": f"{item.message} {item.remedy}"},
        "locations": at(item.address),
        "partialFingerprints": {"ruleAndAddress/v1": f"{item.rule}@{item.address}"},
    }


def _to_know(item: NotJudged) -> str:
    return f"; to make it known, {item.to_know}" if item.to_know else ""
