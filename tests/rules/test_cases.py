"""Every rule is judged over its own cases, kept as data in tests/cases/rules/<family>.yaml.

A file maps rule ids to `pass`, `fail` and (optionally) `unsure` cases. A case holds `account` (fields of
model.account.Account), optionally `expected` (fields of model.expected.Expected laid over BASE), and for a failing
case `addresses` (exactly those the findings name) and `says` (a piece of the message). An
unsure case has `says` (a piece of the reason) and optionally `to_know` (a piece of how to make it known).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_guardrails.model.account import Account
from iam_guardrails.model.codec import decode
from iam_guardrails.model.expected import Expected
from iam_guardrails.rules.engine import judge_one
from iam_guardrails.rules.registry import RULES

CASES = Path(__file__).parent.parent / "cases" / "rules"
BASE = {
    "account_id": "333333333333",
    "home_region": "us-east-2",
    "environment": "prod",
    "role_names": ["prod-breakglass-admin"],
    "people": [
        "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary",
        "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-backup",
    ],
    "incident_id_pattern": "INC-*",
}
ORIGIN = {"origin": "plan", "account_id": "333333333333", "home_region": "us-east-2"}


def load() -> list[tuple[str, str, dict[str, Any]]]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        for rule_id, outcomes in yaml.safe_load(path.read_text()).items():
            if rule_id.startswith("_"):  # a place for anchors
                continue
            for outcome, cases in outcomes.items():
                found += [(rule_id, outcome, case) for case in cases]
    return found


LOADED = load()
BY_ID = {item.id: item for item in RULES}


@pytest.mark.parametrize(("rule_id", "outcome", "case"), LOADED, ids=[f"{r}-{o}-{c['name']}" for r, o, c in LOADED])
def test_case(rule_id: str, outcome: str, case: dict[str, Any]) -> None:
    account = decode(Account, {**ORIGIN, **case["account"]}, "account")
    expected = decode(Expected, {**BASE, **case.get("expected", {})}, "expected")
    findings, unsure, subjects = judge_one(BY_ID[rule_id], account, expected)
    if outcome == "pass":
        assert (findings, unsure) == ([], [])
        assert subjects or case.get("empty"), "the case passed because the rule saw nothing"
    elif outcome == "unsure":
        assert not findings
        assert unsure
        assert case["says"] in unsure[0].reason
        assert unsure[0].to_know
        assert case.get("to_know", "") in unsure[0].to_know
    else:
        assert outcome == "fail"
        assert sorted({item.address for item in findings}) == sorted(case["addresses"])
        assert any(case["says"] in item.message for item in findings), [item.message for item in findings]


def test_every_rule_has_a_passing_and_a_failing_case() -> None:
    seen = {(rule_id, outcome) for rule_id, outcome, _ in LOADED}
    lacking = [(item.id, o) for item in RULES for o in ("pass", "fail") if (item.id, o) not in seen]
    assert lacking == []


def test_rule_ids_are_unique() -> None:
    assert len(BY_ID) == len(RULES)
    assert len(RULES) >= 40
