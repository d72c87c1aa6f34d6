"""A verdict as one JSON object, for programs."""

from __future__ import annotations

import json
from typing import Any

from iam_guardrails.model.finding import Finding, NotJudged, Verdict
from iam_guardrails.reports.summary import counts, ordered


def render(verdict: Verdict, title: str) -> str:
    """`findings`, `not_judged`, `waived` and `summary`; stable order, two-space indent."""
    return json.dumps(as_object(verdict, title), indent=2, ensure_ascii=False) + "\n"


def as_object(verdict: Verdict, title: str) -> dict[str, Any]:
    """The object itself."""
    return {
        "title": title,
        "findings": [finding(item) for item in ordered(verdict.findings)],
        "not_judged": [not_judged(item) for item in verdict.not_judged],
        "waived": [
            finding(item.finding)
            | {
                "ticket": item.waiver.ticket,
                "owner": item.waiver.owner,
                "reason": item.waiver.reason,
                "expires_on": item.waiver.expires_on.isoformat(),
            }
            for item in verdict.waived
        ],
        "unused_waivers": [
            {"rule": item.rule, "address": item.address, "ticket": item.ticket, "owner": item.owner}
            for item in verdict.unused_waivers
        ],
        "clean": [item.rule for item in verdict.clean],
        "live_only": list(verdict.live_only),
        "notes": list(verdict.notes),
        "summary": counts(verdict) | {"exit_code": verdict.exit_code},
    }


def finding(item: Finding) -> dict[str, str]:
    """One finding as plain values."""
    return {
        "rule": item.rule,
        "severity": item.severity,
        "address": item.address,
        "message": item.message,
        "remedy": item.remedy,
        "source": item.source,
        "reference": item.reference,
    }


def not_judged(item: NotJudged) -> dict[str, str]:
    """One not-judged outcome as plain values; `limit` only where the embedded AWS is the reason, else `remedy`."""
    made = {"rule": item.rule, "address": item.address, "reason": item.reason, "source": item.source}
    return made | ({"limit": item.limit} if item.limit else {"remedy": item.to_know})
