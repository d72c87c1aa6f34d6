"""Waivers move findings aside until their day; an expired or unused one is a finding itself."""

from __future__ import annotations

from datetime import date

import pytest

from iam_guardrails.model.finding import Clean, Finding, Verdict, Waiver
from iam_guardrails.rules.waivers import apply_waivers, concerns

TODAY = date(2026, 6, 1)
FOUND = Finding("topic-two-kinds", "low", 'module.a.aws_sns_topic.this["x"]', "m", "r")


def waiver(rule: str = FOUND.rule, address: str = FOUND.address, expires_on: date = TODAY) -> Waiver:
    return Waiver(rule, address, "SEC-1", "Jane", "because", expires_on)


def judged(*waivers: Waiver) -> Verdict:
    return apply_waivers(Verdict(findings=(FOUND,), live_only=("root-mfa-enabled",)), waivers, TODAY, "plan")


def test_a_waiver_counts_on_its_last_day() -> None:
    verdict = judged(waiver())
    assert (verdict.findings, len(verdict.waived), verdict.exit_code) == ((), 1, 0)


def test_an_expired_waiver_covers_nothing_and_is_found() -> None:
    verdict = judged(waiver(expires_on=date(2026, 5, 31)))
    assert [item.rule for item in verdict.findings] == [FOUND.rule, "waiver-expired"]
    assert verdict.waived == ()


def test_an_unused_waiver_is_told_but_is_no_finding() -> None:
    verdict = judged(waiver(), waiver(address="aws_sns_topic.gone"), waiver(rule="no-such-rule"))
    assert verdict.exit_code == 0
    assert [(item.rule, item.address) for item in verdict.unused_waivers] == [
        (FOUND.rule, "aws_sns_topic.gone"), ("no-such-rule", FOUND.address),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "address", "origins"),
    [
        ("topic-two-kinds", "aws_sns_topic.gone", {"plan"}),
        ("topic-two-kinds", "module.x.*", {"plan"}),
        ("topic-two-kinds", "arn:aws:sns:us-east-2:333333333333:gone", {"live"}),
        ("event-rule-target", "us-east-2/rule", {"live"}),
        ("event-rule-target", "eusc-de-east-1/rule", {"live"}),
        ("root-mfa-enabled", "*", set()),
        ("root-mfa-enabled", "arn:aws:iam::333333333333:root", {"live"}),
        ("drift-changed", "aws_x.y", {"drift"}),
        ("reconcile-undeclared", "6f87d04b-9f74-4f04-a780-7acf4b0a9b38", {"reconcile"}),
        ("reconcile-undeclared", "arn:aws:iam::333333333333:root", {"reconcile"}),
        ("CKV_AWS_1", "aws_x.y", set()),
    ],
)
def test_a_waiver_is_unused_only_where_it_could_have_been_used(rule: str, address: str, origins: set[str]) -> None:
    verdict = Verdict(live_only=("root-mfa-enabled",))
    assert {
        origin for origin in ("plan", "live", "drift", "reconcile") if concerns(waiver(rule, address), verdict, origin)
    } == origins


def test_a_checkov_waiver_concerns_a_run_with_checkov() -> None:
    ran = Verdict(clean=(Clean("checkov", 10),))
    assert concerns(waiver("CKV_AWS_1", "aws_x.y"), ran, "plan")


def test_another_rule_is_not_covered() -> None:
    assert FOUND in judged(waiver(rule="topic-subscribed")).findings


def test_brackets_in_an_address_are_literal_and_stars_are_not() -> None:
    assert judged(waiver(address="module.a.aws_sns_topic.this*")).findings == ()
    assert FOUND in judged(waiver(address='module.a.aws_sns_topic.this["y"]')).findings
