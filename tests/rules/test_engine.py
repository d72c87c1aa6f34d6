"""One absent thing is said once, and what depends on it is neither clean nor repeated."""

from __future__ import annotations

import pytest

from iam_guardrails.model.account import Account, ConfigRecorder, Trail
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Verdict
from iam_guardrails.rules.engine import Absence, judge_all
from iam_guardrails.rules.registry import RULES

EXPECTED = Expected("333333333333", "us-east-2")
BY_ID = {item.id: item for item in RULES}
LEADERS = {
    item.id: tuple(name for name in item.nothing.said_by if name != item.id)
    for item in RULES
    if isinstance(item.nothing, Absence)
}


def judged(origin: str = "plan", **kinds: tuple[object, ...]) -> Verdict:
    return judge_all(RULES, Account(origin, "333333333333", "us-east-2", **kinds), EXPECTED)  # type: ignore[arg-type]


def lines(verdict: Verdict) -> dict[str, str]:
    return {item.rule: item.reason for item in verdict.not_judged}


def test_a_plan_with_nothing_of_ours_says_each_absence_once() -> None:
    said = lines(judged())
    assert len(said) < 12
    assert [name for name in said if name.startswith("config-")] == ["config-recorder-present"]
    assert [name for name in said if name.startswith("breakglass-")] == ["breakglass-role-exists"]
    assert said["config-recorder-present"].endswith("(8 more rules depend on it)")


def test_what_depends_on_the_absent_is_not_called_clean() -> None:
    verdict = judged()
    clean = {item.rule for item in verdict.clean}
    assert clean.isdisjoint({"config-delivery-channel", "trail-multi-region", "breakglass-mfa-required"})


def test_every_rule_is_accounted_for() -> None:
    verdict = judged()
    counted = sum(
        int(reason.rpartition("(")[2].split()[0]) for reason in lines(verdict).values() if "more rule" in reason
    )
    told = {item.rule for item in (*verdict.findings, *verdict.not_judged, *verdict.clean)} | set(verdict.live_only)
    assert len(told) + counted == len(RULES)


def test_a_rule_speaks_for_itself_where_what_it_depends_on_is_there() -> None:
    trail = Trail("aws_cloudtrail.this", "t", "arn:aws:cloudtrail:us-east-2:333333333333:trail/t", "us-east-2")
    recorder = ConfigRecorder("aws_config_configuration_recorder.this", "default", "us-east-2", recording=True)
    said = lines(judged(trails=(trail,), config_recorders=(recorder,)))
    assert "there is no AWS Config managed rule" in said["config-rule-identifier-known"]
    assert "trail-exists" not in said


def test_a_finding_about_the_absent_speaks_for_the_rest_too() -> None:
    verdict = judged("live")
    assert "config-recorder-present" in {item.rule for item in verdict.findings}
    assert "config-delivery-channel" not in lines(verdict)
    assert "config-delivery-channel" not in {item.rule for item in verdict.clean}


@pytest.mark.parametrize("rule_id", LEADERS)
def test_the_rules_that_speak_first_exist_and_do_not_wait_for_each_other(rule_id: str) -> None:
    ahead, seen = set(LEADERS[rule_id]), set()
    while ahead:
        name = ahead.pop()
        assert name in BY_ID
        assert name != rule_id, "two rules would each leave it to the other"
        if name not in seen:
            seen.add(name)
            ahead |= set(LEADERS.get(name, ()))
