"""drift: changed, missing or unmanaged, with the known noise set aside, each with its reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from iam_guardrails.adapters.plan_changes import changes
from iam_guardrails.adapters.plan_json import account_from_plan, read_plan
from iam_guardrails.model.account import Account
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Finding, Verdict, Waived, Waiver
from iam_guardrails.rules.drift import judge_drift
from iam_guardrails.rules.waivers import DRIFT, apply_waivers, covers, replaced

FOR_EVER = date.max


def drift_verdict(plan_path: Path, live: Account, expected: Expected, today: date) -> Verdict:
    """Judge a plan that was made with refresh against the live account. Raises Problem for an unreadable plan."""
    plan = read_plan(plan_path)
    verdict = judge_drift(changes(plan.content), account_from_plan(plan, expected), live, expected)
    waivers = [item for item in expected.waivers if item.rule.startswith(DRIFT)]
    return apply_waivers(set_noise_aside(verdict, expected), waivers, today, "drift")


def set_noise_aside(verdict: Verdict, expected: Expected) -> Verdict:
    """Move drift at an address of [[known_noise]] to the waived ones, with its reason."""
    kept: list[Finding] = []
    waived: list[Waived] = []
    for finding in verdict.findings:
        match = next((item for item in expected.known_noise if _covers(item.address, finding)), None)
        if match is None:
            kept.append(finding)
        else:
            made = Waiver(finding.rule, match.address, "known noise", "guardrails.toml", match.reason, FOR_EVER)
            waived.append(Waived(finding, made))
    return replaced(verdict, findings=tuple(kept), waived=(*verdict.waived, *waived))


def _covers(address: str, finding: Finding) -> bool:
    return covers(Waiver(finding.rule, address, "", "", "", FOR_EVER), finding)
