"""verify: the live account, judged by the same rules as the plan, and against what the last apply says it built."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Finding, NotJudged, Verdict
from iam_guardrails.rules.contract import judge_contract
from iam_guardrails.rules.engine import judge_all
from iam_guardrails.rules.registry import RULES
from iam_guardrails.rules.waivers import apply_waivers, replaced


def judge_live(
    account: Account, expected: Expected, contract: Mapping[str, Any] | None, limits: Mapping[str, str], today: date
) -> Verdict:
    """Judge what a live reader saw.

    contract: the output of the last apply, or None when this machine has not applied (then not judged, and said).
    limits: rule id -> why the embedded AWS cannot show it; empty on a real account.
    """
    verdict = judge_all(RULES, account, expected)
    findings, unsure, seen = judge_contract(contract, account)
    verdict = replaced(verdict, findings=(*verdict.findings, *findings), not_judged=(*verdict.not_judged, *unsure),
                       clean=(*verdict.clean, *seen))  # fmt: skip
    return apply_waivers(beyond(verdict, limits), expected.waivers, today)


def beyond(verdict: Verdict, limits: Mapping[str, str]) -> Verdict:
    """Turn every outcome of a rule the embedded AWS cannot show, a clean one too, into "not judged"."""
    if not limits:
        return verdict
    touched: list[NotJudged] = []
    kept: list[Finding] = []
    for finding in verdict.findings:
        if finding.rule in limits:
            touched.append(NotJudged(finding.rule, finding.address, limits[finding.rule], limit=finding.rule))
        else:
            kept.append(finding)
    for item in verdict.not_judged:
        name = item.rule if item.rule in limits else ""
        touched.append(NotJudged(item.rule, item.address, limits[name], limit=name) if name else item)
    for done in verdict.clean:
        if done.rule in limits:
            touched.append(NotJudged(done.rule, "(all)", limits[done.rule], limit=done.rule))
    clean = tuple(item for item in verdict.clean if item.rule not in limits)
    return replaced(verdict, findings=tuple(kept), not_judged=tuple(touched), clean=clean)
