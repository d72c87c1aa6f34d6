"""The rules of the reconciliation over their own cases, kept as data in tests/cases/rules/reconcile/cases.yaml.

A file maps rule ids to `pass`, `fail` and (optionally) `unsure` cases; `with` holds both sides (reconcile_cases.py), a
failing case `addresses` (exactly those the rule names) and `says` (a piece of the message). A passing case looks at
something, except where it says `empty`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from tests.rules.reconcile_cases import against

from iam_guardrails.model.incident.purpose import SESSION_CALLS, WRITES, belongs
from iam_guardrails.model.incident.step import OTHER, PURPOSES
from iam_guardrails.model.value import changed
from iam_guardrails.rules.reconcile import OF_RECORDS, RULES, judge_reconcile
from iam_guardrails.rules.registry import RULES as OTHERS

CASES = Path(__file__).parent.parent / "cases" / "rules" / "reconcile" / "cases.yaml"
BY_ID = {item.id: item for item in RULES}
LOADED: list[tuple[str, str, dict[str, Any]]] = [
    (rule_id, outcome, case)
    for rule_id, outcomes in yaml.safe_load(CASES.read_text()).items() if not rule_id.startswith("_")
    for outcome, cases in outcomes.items() for case in cases
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "outcome", "case"), LOADED, ids=[f"{r}-{o}-{c['name']}" for r, o, c in LOADED])
def test_case(rule_id: str, outcome: str, case: dict[str, Any]) -> None:
    item, sides = BY_ID[rule_id], against(case["with"])
    said = list(item.judge(sides))
    if outcome == "pass":
        assert said == []
        assert item.subjects(sides) or case.get("empty"), "the case passed because the rule saw nothing"
        return
    assert {one.not_judged for one in said} == {outcome == "unsure"}
    assert sorted({one.address for one in said}) == sorted(case["addresses"])
    assert any(case["says"] in one.message for one in said), [one.message for one in said]


def test_every_rule_has_a_passing_and_a_failing_case() -> None:
    seen = {(rule_id, outcome) for rule_id, outcome, _ in LOADED}
    assert [(item.id, o) for item in RULES for o in ("pass", "fail") if (item.id, o) not in seen] == []


def test_a_whole_incident_is_clean_for_every_rule() -> None:
    good = next(case for rule_id, outcome, case in LOADED if rule_id == "reconcile-undeclared" and outcome == "pass")
    verdict = judge_reconcile(against(good["with"]))
    assert (verdict.findings, verdict.not_judged) == ((), ())
    assert [item.rule for item in verdict.clean] == [item.id for item in RULES]
    assert "entries: 1 of incidents, 0 of drills, 0 explained by neither" in verdict.notes[-1]


def test_ids_are_of_one_family_and_nobody_else_has_them() -> None:
    assert len(BY_ID) == len(RULES) and not set(BY_ID) & {item.id for item in OTHERS}
    assert all(name.startswith("reconcile-") for name in BY_ID) and set(BY_ID) >= OF_RECORDS


def test_every_purpose_has_its_writes_but_the_one_that_is_not_judged() -> None:
    assert set(PURPOSES) - set(WRITES) == {OTHER}
    for patterns in (*WRITES.values(), SESSION_CALLS):
        for item in patterns:
            service, _, action = item.partition(":")
            assert service.islower() and action and (service == "sso" or not action.startswith(("Get", "List"))), item


def test_what_somebody_named_so_is_told_without_what_a_terminal_obeys() -> None:
    case = next(case for rule_id, outcome, case in LOADED if (rule_id, outcome) == ("reconcile-undeclared", "fail"))
    sides = against(case["with"])
    use = changed(sides.uses[0], entry=changed(sides.uses[0].entry, person="alex\x1b[31m\x07"))
    found = judge_reconcile(changed(sides, uses=(use,)))
    told = [one.message for one in found.findings] + [one.reason for one in found.not_judged]
    assert any("alex" in one and "x1b" in one for one in told)
    assert all(one.isprintable() for one in told)


@pytest.mark.parametrize(
    ("purpose", "action", "whether"),
    [
        ("rotate-secret", "secretsmanager:RotateSecret", True), ("rotate-secret", "iam:AttachUserPolicy", False),
        ("safe-mode", "application-autoscaling:RegisterScalableTarget", True),
        ("safe-mode", "iam:PutRolePolicy", False),
        ("rotate-secret", "secretsmanager:PutSecretValue", True),
        ("rotate-secret", "secretsmanager:DeleteSecret", False),
        ("rotate-secret", "secretsmanager:ReplicateSecretToRegions", False),
        ("safe-mode", "ec2:StopInstances", True), ("safe-mode", "ec2:RevokeSecurityGroupIngress", True),
        ("safe-mode", "ec2:AuthorizeSecurityGroupIngress", False), ("safe-mode", "wafv2:UpdateWebACL", True),
        ("safe-mode", "elasticloadbalancing:ModifyListener", True), ("safe-mode", "wafv2:DisassociateWebACL", False),
        ("rollback", "ecs:UpdateService", True), ("rollback", "ecs:PutAccountSetting", False),
        ("rollback", "ecs:ExecuteCommand", False), ("rollback", "codepipeline:RollbackStage", True),
        ("rollback", "codepipeline:PutWebhook", False), ("rollback", "s3:PutObject", True),
        ("fix-iam", "kms:RetireGrant", True), ("fix-iam", "secretsmanager:DeleteResourcePolicy", True),
        ("rollback", "cloudfront:UpdateDistribution2020_05_31", True),
        ("rollback", "secretsmanager:DeleteSecret", False),
        ("fix-iam", "iam:DeleteRolePolicy", True), ("fix-iam", "ec2:TerminateInstances", False),
        ("other", "ec2:TerminateInstances", True), ("an unknown one", "ec2:TerminateInstances", False),
    ],
)  # fmt: skip
def test_what_belongs_to_a_purpose(purpose: str, action: str, whether: bool) -> None:
    assert belongs(purpose, action) is whether


@pytest.mark.parametrize("purpose", ["rotate-secret", "safe-mode", "rollback"])
def test_no_call_that_shares_something_belongs_to_a_purpose_that_is_not_about_rights(purpose: str) -> None:
    session = botocore.session.get_session()
    shares = re.compile("ResourcePolic|BucketPolicy|KeyPolicy|Permission|Acl$|Grant|Replicate|Share|AccessPoint")
    services = {pattern.partition(":")[0] for pattern in WRITES[purpose]} - {"iam"}
    named = {"elasticloadbalancing": "elbv2", "states": "stepfunctions"}
    for service in services:
        for name in session.get_service_model(named.get(service, service)).operation_names:
            assert not (shares.search(name) and belongs(purpose, f"{service}:{name}")), name


@pytest.mark.parametrize(
    ("purpose", "action", "service", "whether"),
    [
        ("rollback", "ec2:RunInstances", "cloudformation", True),
        ("rollback", "iam:CreateUser", "cloudformation", False),
        ("rollback", "iam:AttachUserPolicy", "codepipeline", False), ("fix-iam", "ec2:RunInstances", "lambda", True),
        ("rollback", "iam:CreateServiceLinkedRole", "ecs", True), ("rollback", "ec2:RunInstances", "glue", False),
        ("fix-iam", "iam:CreateUser", "cloudformation", True),
        ("rollback", "kms:PutKeyPolicy", "cloudformation", False),
    ],
)  # fmt: skip
def test_what_a_service_does_in_a_sessions_name_belongs_but_for_what_gives_rights(
    purpose: str, action: str, service: str, whether: bool
) -> None:
    assert belongs(purpose, action, f"{service}.amazonaws.com") is whether
