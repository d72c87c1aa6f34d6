"""Every format says the same: findings, not judged, waived, and how it ended."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import date

import pytest

from iam_guardrails.model.finding import Clean, Finding, NotJudged, Verdict, Waived, Waiver
from iam_guardrails.reports import FORMATS, render

HIGH = Finding("alarm-actions-present", "critical", 'module.a.alarm["x"]', "nobody is told | ever", "add actions")
LOW = Finding("topic-two-kinds", "low", "aws_sns_topic.a", "one kind <only>", "add sms", reference="Amazon SNS: x")
WAIVED = Waived(
    Finding("r", "medium", "b", "m", "do"), Waiver("r", "b", "SEC-9", "Jane", "until May", date(2026, 5, 1))
)
UNSURE = NotJudged("topic-key-policy", "aws_sns_topic.b", "its key is known only after apply")
LIMIT = NotJudged("subscription-confirmed", "(all)", "confirmed at once", limit="subscription-confirmed")
VERDICT = Verdict(
    (LOW, HIGH), (UNSURE, LIMIT), (WAIVED,), (Clean("trail-exists", 1),), ("root-mfa-enabled",), ("a note",)
)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_names_findings_and_what_was_not_judged(form: str) -> None:
    text = render(VERDICT, "validate prod", form)
    for piece in (HIGH.rule, LOW.rule, "known only after apply", "validate prod"):
        assert piece in text
    assert text.endswith("\n")


def test_json_is_one_object_with_the_agreed_keys() -> None:
    value = json.loads(render(VERDICT, "t", "json"))
    assert [item["rule"] for item in value["findings"]] == [HIGH.rule, LOW.rule]
    assert set(value["findings"][0]) >= {"rule", "severity", "address", "message", "remedy", "source"}
    assert value["not_judged"][0] == {
        "rule": UNSURE.rule,
        "address": UNSURE.address,
        "reason": UNSURE.reason,
        "source": "guardrails",
        "remedy": UNSURE.to_know,
    }
    assert value["waived"][0]["ticket"] == "SEC-9"
    assert value["summary"]["findings"] == 2
    assert value["summary"]["exit_code"] == 1


def test_text_puts_the_worst_first_and_sums_up_last() -> None:
    text = render(VERDICT, "t", "text")
    assert text.index(HIGH.rule) < text.index(LOW.rule)
    assert text.splitlines()[-1].startswith("2 findings (1 critical, 1 low), 1 rules clean, 1 not judged")


def test_markdown_keeps_its_tables_whole() -> None:
    text = render(VERDICT, "t", "markdown")
    assert "nobody is told \\| ever" in text


def test_sarif_has_results_suppressions_and_notifications() -> None:
    run = json.loads(render(VERDICT, "t", "sarif"))["runs"][0]
    assert [item["level"] for item in run["results"]] == ["error", "note", "warning"]
    assert run["results"][2]["suppressions"][0]["justification"] == "until May (SEC-9)"
    assert {item["ruleId"] for item in run["results"]} == {item["id"] for item in run["tool"]["driver"]["rules"]}
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 2


def test_junit_counts_agree() -> None:
    suite = ET.fromstring(render(VERDICT, "t", "junit"))
    assert suite.get("tests") == str(len(suite))
    assert suite.get("failures") == str(len(suite.findall("testcase/failure"))) == "2"
    assert suite.get("skipped") == str(len(suite.findall("testcase/skipped"))) == "3"


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict(clean=(Clean("r", 1),)), 0),
        (Verdict(findings=(LOW,), not_judged=(UNSURE,)), 1),
        (Verdict(not_judged=(UNSURE,)), 2),
        (Verdict(not_judged=(LIMIT,)), 0),
        (Verdict(waived=(WAIVED,)), 0),
    ],
)
def test_exit_codes(verdict: Verdict, code: int) -> None:
    assert verdict.exit_code == code
