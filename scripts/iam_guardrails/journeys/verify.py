"""verify: the live account, judged by the same rules as the plan, and against what the last apply says it built."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.drill import DrillRecord
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Clean, Finding, NotJudged, Verdict
from iam_guardrails.model.value import field, frozen
from iam_guardrails.rules.contract import judge_contract
from iam_guardrails.rules.drill import judge_drills
from iam_guardrails.rules.engine import judge_all
from iam_guardrails.rules.registry import RULES
from iam_guardrails.rules.waivers import apply_waivers, replaced, told


@frozen
class Limits:
    """What the embedded AWS cannot show, by rule id.

    always: why it cannot be decided at all.  when_clean: why its being clean says nothing.
    """

    always: Mapping[str, str] = field(default_factory=dict)
    when_clean: Mapping[str, str] = field(default_factory=dict)


def judge_live(
    account: Account,
    expected: Expected,
    contract: Mapping[str, Any] | None,
    limits: Limits,
    today: date,
    drills: tuple[tuple[DrillRecord, ...], bool] | None = None,
) -> Verdict:
    """Judge what a live reader saw.

    contract: the output of the last apply, or None when this machine has not applied (then not judged, and said).
    limits: what the embedded AWS cannot show; nothing on a real account.
    drills: the drill records, and whether those of the embedded AWS count; None where nobody looked for them.
    """
    verdict = judge_all(RULES, account, expected)
    verdict = _with(verdict, judge_contract(contract, account))
    if drills is not None and account.seen_at is not None:
        records, simulated = drills
        address = f"account {account.account_id}"
        verdict = _with(verdict, judge_drills(records, account.seen_at, address, expected, simulated))
    verdict = replaced(verdict, notes=told(expected))
    return apply_waivers(beyond(verdict, limits), expected.waivers, today, "live")


def _with(verdict: Verdict, more: tuple[tuple[Finding, ...], tuple[NotJudged, ...], tuple[Clean, ...]]) -> Verdict:
    findings, unsure, clean = more
    return replaced(verdict, findings=(*verdict.findings, *findings), not_judged=(*verdict.not_judged, *unsure),
                    clean=(*verdict.clean, *clean))  # fmt: skip


def beyond(verdict: Verdict, limits: Limits) -> Verdict:
    """Turn what the embedded AWS cannot show, a clean outcome too, into "not judged" with the limit as its reason."""
    kept = tuple(item for item in verdict.findings if item.rule not in limits.always)
    touched = [NotJudged(item.rule, item.address, limits.always[item.rule], limit=item.rule)
               for item in verdict.findings if item.rule in limits.always]  # fmt: skip
    for item in verdict.not_judged:
        limit = limits.always.get(item.rule)
        touched.append(NotJudged(item.rule, item.address, limit, limit=item.rule) if limit else item)
    empty = {**limits.always, **limits.when_clean}
    touched += [NotJudged(item.rule, "(all)", empty[item.rule], limit=item.rule)
                for item in verdict.clean if item.rule in empty]  # fmt: skip
    clean = tuple(item for item in verdict.clean if item.rule not in empty)
    return replaced(verdict, findings=kept, not_judged=tuple(touched), clean=clean)
