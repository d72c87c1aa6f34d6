"""Waivers move findings aside until their day; an expired or unused one is a finding itself."""

from __future__ import annotations

from datetime import date

from iam_guardrails.model.finding import Finding, Verdict, Waiver
from iam_guardrails.rules.waivers import apply_waivers

TODAY = date(2026, 6, 1)
FOUND = Finding("topic-two-kinds", "low", 'module.a.aws_sns_topic.this["x"]', "m", "r")


def waiver(rule: str = FOUND.rule, address: str = FOUND.address, expires_on: date = TODAY) -> Waiver:
    return Waiver(rule, address, "SEC-1", "Jane", "because", expires_on)


def judged(*waivers: Waiver) -> Verdict:
    return apply_waivers(Verdict(findings=(FOUND,)), waivers, TODAY)


def test_a_waiver_counts_on_its_last_day() -> None:
    verdict = judged(waiver())
    assert (verdict.findings, len(verdict.waived), verdict.exit_code) == ((), 1, 0)


def test_an_expired_waiver_covers_nothing_and_is_found() -> None:
    verdict = judged(waiver(expires_on=date(2026, 5, 31)))
    assert [item.rule for item in verdict.findings] == [FOUND.rule, "waiver-expired"]
    assert verdict.waived == ()


def test_an_unused_waiver_is_found() -> None:
    verdict = judged(waiver(), waiver(address="aws_sns_topic.gone"))
    assert [(item.rule, item.address) for item in verdict.findings] == [("waiver-unused", "aws_sns_topic.gone")]


def test_another_rule_is_not_covered() -> None:
    assert FOUND in judged(waiver(rule="topic-subscribed")).findings


def test_brackets_in_an_address_are_literal_and_stars_are_not() -> None:
    assert judged(waiver(address="module.a.aws_sns_topic.this*")).findings == ()
    assert FOUND in judged(waiver(address='module.a.aws_sns_topic.this["y"]')).findings
