"""All rules over the saved plans: the twelve defects are named by address, and nobody else is accused."""

from __future__ import annotations

import pytest
from tests.adapters.plans import PLANS, plan

from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.plan_json import account_from_plan
from iam_guardrails.model.finding import Verdict
from iam_guardrails.rules.engine import judge_all
from iam_guardrails.rules.registry import RULES

ROLE = "aws_iam_role.breakglass"
FILTER = "aws_cloudwatch_log_metric_filter.breakglass"
ALARM = "aws_cloudwatch_metric_alarm.breakglass"
TOPIC = "aws_sns_topic.alerts"
TWELVE = {
    "no MFA": ("breakglass-mfa-required", ROLE),
    "twelve hours": ("breakglass-session-one-hour", ROLE),
    "Identity Center with an MFA condition": ("breakglass-mfa-lockout", ROLE),
    "wrong log group": ("filter-on-trail-log-group", FILTER),
    "misspelt event name": ("filter-event-name-known", FILTER),
    "inverted comparison": ("filter-comparison-inverted", FILTER),
    "another metric": ("alarm-metric-exists", ALARM),
    "Average": ("alarm-statistic-sum", ALARM),
    "24 hours": ("alarm-period-short", ALARM),
    "no actions": ("alarm-actions-present", ALARM),
    "AWS's own key": ("topic-key-usable", TOPIC),
    "no subscriber": ("topic-subscribed", TOPIC),
}


def judged(name: str) -> Verdict:
    expected = read_expectations(PLANS / name / "guardrails.toml")
    return judge_all(RULES, account_from_plan(plan(name), expected), expected)


@pytest.mark.parametrize("defect", TWELVE)
def test_a_defect_is_named_where_it_sits(defect: str) -> None:
    assert TWELVE[defect] in {(item.rule, item.address) for item in judged("twelve-defects").findings}


def test_the_threshold_of_five_is_named_beside_the_average() -> None:
    assert ("alarm-threshold-one", ALARM) in {(item.rule, item.address) for item in judged("twelve-defects").findings}


@pytest.mark.parametrize("name", ["twelve-repaired", "foreign-unknown", "application-only"])
def test_nobody_is_accused(name: str) -> None:
    assert [(item.rule, item.address, item.message) for item in judged(name).findings] == []


def test_what_cannot_be_known_is_said() -> None:
    unsure = {(item.rule, item.address) for item in judged("foreign-unknown").not_judged}
    assert ("breakglass-mfa-required", ROLE) in unsure
    assert ("trail-log-group-exists", "aws_cloudtrail.audit") in unsure


def test_a_sound_foreign_stack_has_no_grave_finding() -> None:
    grave = [item for item in judged("foreign-nested").findings if item.severity in ("critical", "high")]
    assert grave == []
