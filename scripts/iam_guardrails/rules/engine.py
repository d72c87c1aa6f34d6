"""How rules are judged: pick the subjects, ask the rule about each, and account for every silence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, TypeVar

from iam_guardrails.model.account import PLAN_BLIND, Account
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Clean, Finding, NotJudged, Verdict
from iam_guardrails.model.unknown import NotKnown
from iam_guardrails.model.value import frozen

S = TypeVar("S")
Select = Callable[[Account, Expected], Iterable[S]]
Judge = Callable[[S, Account, Expected], Iterator[str]]


@frozen
class Absence:
    """Why a rule may have nothing to look at, and which rules speak of the same absence.

    said_by: rule ids. Where one of them speaks (a finding, or "not judged"), `judge_all` does not repeat it for
    each rule that depends on the absent thing; it is then neither clean nor listed, and the line of the rule
    that spoke counts it.
    """

    reason: str
    said_by: tuple[str, ...] = ()


@frozen
class Rule:
    """One thing that must hold.

    id: kebab-case, stable.  severity: see model.finding.SEVERITIES.  seed: the procedure's section it serves.
    select: the subjects (each has `.address`).  judge: yields one sentence per problem of a subject.
    needs: kinds (model.account.KINDS) that must have been readable.  live_only: a plan cannot answer it.
    empty: what no subject at all means: "not judged" (with `nothing` as the reason) or "clean" by nature.
    nothing: the reason, as text or as an Absence that other rules speak of.
    """

    id: str
    title: str
    severity: str
    seed: str
    remedy: str
    reference: str
    select: Select[Any]
    judge: Judge[Any]
    needs: tuple[str, ...]
    live_only: bool = False
    empty: Literal["not judged", "clean"] = "not judged"
    nothing: str | Absence = ""


def rule(
    *,
    id: str,
    title: str,
    severity: str,
    seed: str,
    remedy: str,
    reference: str,
    select: Select[S],
    needs: tuple[str, ...],
    live_only: bool = False,
    empty: Literal["not judged", "clean"] = "not judged",
    nothing: str | Absence = "",
) -> Callable[[Judge[S]], Rule]:
    """Decorator: turn a judge function into a Rule (the function's name is free, the id is what counts)."""

    def build(judge: Judge[S]) -> Rule:
        return Rule(id, title, severity, seed, remedy, reference, select, judge, needs, live_only, empty, nothing)

    return build


def judge_all(rules: Iterable[Rule], account: Account, expected: Expected) -> Verdict:
    """Judge every rule over one account. Pure: no clock but `account.seen_at`, no files, no AWS."""
    outcomes: list[_Outcome] = []
    live_only: list[str] = []
    for item in rules:
        if account.origin == "plan" and (item.live_only or PLAN_BLIND.intersection(item.needs)):
            live_only.append(item.id)
        else:
            outcomes.append(_Outcome(item, *judge_one(item, account, expected)))
    told, waiting = _told_once(outcomes)
    return Verdict(
        findings=tuple(finding for one in outcomes for finding in one.findings),
        not_judged=tuple(_with_waiting(line, waiting) for one in told for line in one.unsure),
        clean=tuple(Clean(one.rule.id, one.subjects) for one in outcomes if not one.findings and not one.unsure),
        live_only=tuple(live_only),
    )


@frozen
class _Outcome:
    rule: Rule
    findings: list[Finding]
    unsure: list[NotJudged]
    subjects: int


def _told_once(outcomes: list[_Outcome]) -> tuple[list[_Outcome], dict[str, int]]:
    """The outcomes whose "not judged" lines say something new, and for each rule id how many wait for it."""
    spoke = {one.rule.id for one in outcomes if one.findings or one.unsure}
    leader = {one.rule.id: _said_by(one, spoke) for one in outcomes}
    waiting: dict[str, int] = {}
    for first in leader.values():
        while first and leader[first]:
            first = leader[first]
        if first:
            waiting[first] = waiting.get(first, 0) + 1
    return [one for one in outcomes if not leader[one.rule.id]], waiting


def _said_by(one: _Outcome, spoke: set[str]) -> str:
    """The rule that already speaks of the absence which left this one without a subject; "" where none does."""
    nothing = one.rule.nothing
    if one.findings or one.subjects or not isinstance(nothing, Absence):
        return ""
    if [line.reason for line in one.unsure] != [nothing.reason]:
        return ""
    return next((other for other in nothing.said_by if other in spoke and other != one.rule.id), "")


def _with_waiting(line: NotJudged, waiting: dict[str, int]) -> NotJudged:
    count = waiting.pop(line.rule, 0)
    if not count:
        return line
    reason = f"{line.reason} ({count} more {'rule depends' if count == 1 else 'rules depend'} on it)"
    return NotJudged(line.rule, line.address, reason, line.source, line.limit, line.to_know)


def judge_one(item: Rule, account: Account, expected: Expected) -> tuple[list[Finding], list[NotJudged], int]:
    """Judge one rule: its findings, what it could not judge, and how many subjects it looked at."""
    refused = [f"{kind} could not be read: {why}" for kind, why in account.refused.items()
               if kind.partition("@")[0] in item.needs]  # fmt: skip
    if refused:
        return [], [NotJudged(item.id, f"account {account.account_id}", "; ".join(refused))], 0
    findings: list[Finding] = []
    unsure: list[NotJudged] = []
    subjects = 0
    try:
        for subject in item.select(account, expected):
            subjects += 1
            try:
                for message in item.judge(subject, account, expected):
                    findings.append(
                        Finding(
                            item.id,
                            item.severity,
                            subject.address,
                            message,
                            item.remedy,
                            reference=item.reference,
                        )
                    )
            except NotKnown as missing:
                unsure.append(NotJudged(item.id, subject.address, missing.reason, remedy=missing.remedy))
    except NotKnown as missing:
        unsure.append(NotJudged(item.id, f"account {account.account_id}", missing.reason, remedy=missing.remedy))
    if not subjects and not unsure and item.empty == "not judged":
        nothing = item.nothing.reason if isinstance(item.nothing, Absence) else item.nothing
        reason = nothing or f"the {account.origin} holds nothing for this rule to look at"
        unsure.append(NotJudged(item.id, f"account {account.account_id}", reason))
    return findings, unsure, subjects
