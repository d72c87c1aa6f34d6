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
class Rule:
    """One thing that must hold.

    id: kebab-case, stable.  severity: see model.finding.SEVERITIES.  seed: the procedure's section it serves.
    select: the subjects (each has `.address`).  judge: yields one sentence per problem of a subject.
    needs: kinds (model.account.KINDS) that must have been readable.  live_only: a plan cannot answer it.
    empty: what no subject at all means: "not judged" (with `nothing` as the reason) or "clean" by nature.
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
    nothing: str = ""


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
    nothing: str = "",
) -> Callable[[Judge[S]], Rule]:
    """Decorator: turn a judge function into a Rule (the function's name is free, the id is what counts)."""

    def build(judge: Judge[S]) -> Rule:
        return Rule(id, title, severity, seed, remedy, reference, select, judge, needs, live_only, empty, nothing)

    return build


def judge_all(rules: Iterable[Rule], account: Account, expected: Expected) -> Verdict:
    """Judge every rule over one account. Pure: no clock but `account.seen_at`, no files, no AWS."""
    findings: list[Finding] = []
    not_judged: list[NotJudged] = []
    clean: list[Clean] = []
    live_only: list[str] = []
    for item in rules:
        if account.origin == "plan" and (item.live_only or PLAN_BLIND.intersection(item.needs)):
            live_only.append(item.id)
            continue
        found, unsure, subjects = judge_one(item, account, expected)
        findings += found
        not_judged += unsure
        if not found and not unsure:
            clean.append(Clean(item.id, subjects))
    return Verdict(tuple(findings), tuple(not_judged), (), tuple(clean), tuple(live_only))


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
                unsure.append(NotJudged(item.id, subject.address, missing.reason))
    except NotKnown as missing:
        unsure.append(NotJudged(item.id, f"account {account.account_id}", missing.reason))
    if not subjects and not unsure and item.empty == "not judged":
        reason = item.nothing or f"the {account.origin} holds nothing for this rule to look at"
        unsure.append(NotJudged(item.id, f"account {account.account_id}", reason))
    return findings, unsure, subjects
