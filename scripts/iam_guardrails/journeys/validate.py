"""validate: a plan is read, judged by our rules, by Terraform's own checks and by checkov, and waived where agreed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from iam_guardrails.adapters.plan_json import PlanFile, account_from_plan, plan_addresses, read_plan, terraform_checks
from iam_guardrails.adapters.plan_json.providers import Providers
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Clean, Finding, NotJudged, Verdict
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.remedies import AFTER
from iam_guardrails.rules.engine import judge_all
from iam_guardrails.rules.registry import RULES
from iam_guardrails.rules.waivers import apply_waivers, told

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

CheckovJudge = Callable[[Mapping[str, Sequence[str]]], tuple[tuple[Finding, ...], tuple[NotJudged, ...], int]]


def judge_plan(path: str | Path, expected: Expected, today: date, checkov: CheckovJudge | None = None) -> Verdict:
    """Judge one plan in JSON form. Raises Problem (PlanError) when the file is not a plan that can be read."""
    plan = read_plan(path)
    refuse_another_account(plan, expected)
    verdict = judge_all(RULES, account_from_plan(plan, expected), expected)
    findings, unsure, clean = list(verdict.findings), list(verdict.not_judged), list(verdict.clean)
    failed, open_checks, held = judge_checks(terraform_checks(plan))
    findings += failed
    unsure += open_checks
    if held and not failed and not open_checks:
        clean.append(Clean("terraform-check", held))
    if checkov is not None:
        more, doubts, passed = checkov({str(path): plan_addresses(plan)})
        findings += more
        unsure += doubts
        if passed and not more and not doubts:
            clean.append(Clean("checkov", passed))
    whole = Verdict(tuple(findings), tuple(unsure), (), tuple(clean), verdict.live_only, told(expected))
    return apply_waivers(whole, expected.waivers, today, "plan")


def refuse_another_account(plan: PlanFile, expected: Expected) -> None:
    """Raise Problem when the plan's providers name accounts and the expected one is not among them."""
    named = Providers(plan.content, expected.home_region, expected.account_id).account_ids()
    if named and expected.account_id not in named:
        accounts = ", ".join(sorted(named))
        raise Problem(
            f"{plan.path} is a plan for account {accounts}, but account {expected.account_id} is expected;"
            " judge it with the guardrails.toml of its own account"
        )


def judge_checks(checks: Sequence[tuple[str, str, Sequence[str]]]) -> tuple[list[Finding], list[NotJudged], int]:
    """Terraform's own checks (address, status, messages): what failed, what apply will decide, how many held."""
    failed: list[Finding] = []
    later: list[NotJudged] = []
    held = 0
    for address, status, messages in checks:
        if status in ("fail", "error"):
            text = "; ".join(messages) or "a condition of the configuration does not hold"
            remedy = "mend what the condition names"
            failed.append(Finding("terraform-check", "high", address, text, remedy, "terraform"))
        elif status == "unknown":
            later.append(
                NotJudged("terraform-check", address, "it can be decided only at apply", "terraform", remedy=AFTER)
            )
        else:
            held += 1
    return failed, later, held
