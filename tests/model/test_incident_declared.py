"""What Terraform really declares: tests/cases/incidents/declared.yaml, and what the text beside a plan tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.incident_cases import NO_BEFORE
from tests.incident_records import CLOCK, Fake, incident, record

from iam_guardrails import evidence_wiring
from iam_guardrails.adapters.terraform_source.about import Beside
from iam_guardrails.journeys.close import Collected, Surroundings, examine
from iam_guardrails.model.incident.declared import About
from iam_guardrails.model.incident.effects.arguments import VALUES, WHOLE, arguments_of, tells_what_is_set
from iam_guardrails.model.incident.effects.table import ALL
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "incidents" / "declared.yaml").read_text())


def plan_of(type_: str, values: dict[str, Any], named: list[str]) -> dict[str, Any]:
    change = {"address": f"{type_}.x", "type": type_, "mode": "managed", "change": {"actions": ["no-op"],
                                                                                   "after": values}}  # fmt: skip
    config = {"address": f"{type_}.x", "expressions": {name: {} for name in named}}
    return {"resource_changes": [change], "configuration": {"root_module": {"resources": [config]}}}


def about(told: dict[str, Any]) -> About:
    ignored = told.get("ignored", [])
    return About(told.get("region", ""), "", Unknown(ignored) if isinstance(ignored, str) else frozenset(ignored))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    action, request, response, region = [*case["call"], None, None][:4]
    done = record(action, request, response, region=region or "us-east-2")
    plan = plan_of(*case["resource"], case.get("named", []))
    around = Surroundings(Fake(case["live"]), NO_BEFORE, NO_BEFORE, lambda: plan, "us-east-2",
                          lambda content: lambda address: about(case.get("more", {})))  # fmt: skip
    first = examine(incident(), Collected(Window(), (done,), (), (), ()), around, "test", CLOCK).items[0]
    assert first.verdict == case["verdict"], first.why
    assert case.get("says", "") in first.why
    assert bool(first.address) is (first.verdict == "managed by Terraform")


@pytest.mark.parametrize(
    ("made_at", "says"),
    [
        ("2026-11-28T12:00:05Z", ""),
        ("2026-11-28T12:00:04Z", "before the last of these calls (2026-11-28T12:00:05Z): make a fresh one"),
        ("2026-11-28T13:00:04+01:00", "before the last of these calls"),
        ("soon", "cannot be read"),
    ],
)
def test_a_plan_from_before_the_last_call_tells_nothing(made_at: str, says: str) -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    calls = [record("iam:AttachRolePolicy", {"roleName": "mw", "policyArn": arn}, seconds=second) for second in (0, 5)]
    plan = plan_of("aws_iam_role_policy_attachment", {"role": "mw", "policy_arn": arn}, []) | {"timestamp": made_at}
    live = {"ListAttachedRolePolicies": {"AttachedPolicies": [{"PolicyArn": arn}]}}
    around = Surroundings(Fake(live), NO_BEFORE, NO_BEFORE, lambda: plan, "us-east-2")
    found = examine(incident(), Collected(Window(), tuple(calls), (), (), ()), around, "test", CLOCK)
    assert found.items[0].verdict == ("still open" if says else "managed by Terraform")
    assert says in found.terraform and bool(says) is bool(found.terraform)


def test_a_plan_file_that_does_not_tell_when_it_was_made_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    content = {"format_version": "1.2", "terraform_version": "1.10.0", "resource_changes": [],
               "planned_values": {"root_module": {}}, "configuration": {"root_module": {}}}  # fmt: skip
    path.write_text(json.dumps(content))
    found = evidence_wiring.plan_of(tmp_path, "prod", False, str(path), print)
    assert isinstance(found, Unknown) and found.reason == f"{path} does not tell when it was made"
    path.write_text(json.dumps(content | {"timestamp": "2026-11-28T12:00:05Z"}))
    assert isinstance(evidence_wiring.plan_of(tmp_path, "prod", False, str(path), print), dict)


ONLY_THERE = {
    *(f"attached-policy-of-{one}" for one in ("group", "role", "user")), "egress-rule", "ingress-rule", "group", "role",
    "user", "instance-profile", "key-grant", "managed-policy", "membership", "oidc-client-id", "policy-version",
    "role-in-instance-profile", "secret-rotates", "security-group", "subscription", "tag-of-role", "tag-of-user",
}  # fmt: skip
"""Kinds of which a resource tells that they are there, or with what name; nothing of them is set."""


def test_of_every_other_kind_somebody_said_which_argument_holds_what_a_call_sets() -> None:
    kinds = {call.kind.name: call.kind for call in ALL if call.kind.terraform}
    assert {name for name in kinds if not tells_what_is_set(name)} == ONLY_THERE
    of_one_value = [(name, type_) for name in VALUES for type_, _ in kinds[name].terraform]
    assert all(arguments_of(name, type_, WHOLE) for name, type_ in of_one_value)


def beside(folder: Path, text: str, source: str = "./modules/m") -> Beside:
    """What is known of aws_iam_role.own, and of module.m.aws_iam_role.own."""
    (folder / "main.tf").write_text('resource "aws_iam_role" "own" {\n  name = "mw"\n' + text + "}\n")
    (folder / "modules" / "m").mkdir(parents=True)
    (folder / "modules" / "m" / "main.tf").write_text('resource "aws_iam_role" "own" {}\n')
    one = {"address": "aws_iam_role.own", "mode": "managed", "type": "aws_iam_role", "name": "own", "values": {}}
    inner = {"address": "module.m", "resources": [one | {"address": "module.m.aws_iam_role.own"}]}
    config = {"address": "aws_iam_role.own", "provider_config_key": "aws.second"}
    call = {"source": source, "module": {"resources": [config]}}
    provider = {"expressions": {"region": {"constant_value": "eu-west-1"}}}
    return Beside(
        {"planned_values": {"root_module": {"resources": [one], "child_modules": [inner]}},
         "configuration": {"root_module": {"resources": [config], "module_calls": {"m": call}},
                           "provider_config": {"aws.second": provider}}},
        folder, "us-east-2", "333333333333",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        ("", set()),
        ("lifecycle {\n prevent_destroy = true\n}\n", set()),
        ("lifecycle {\n ignore_changes = [tags, inline_policy[0].name] # why\n}\n", {"tags", "inline_policy"}),
        ("lifecycle {\n ignore_changes = [\n  # assume_role_policy\n  description,\n ]\n}\n", {"description"}),
        ("lifecycle {\n ignore_changes = all\n}\n", {"all"}),
        ("lifecycle {\n ignore_changes = [[]]\n}\n", {"all"}),
    ],
)
def test_what_the_text_leaves_alone(tmp_path: Path, text: str, ignored: set[str]) -> None:
    assert beside(tmp_path, text)("aws_iam_role.own") == About("eu-west-1", "333333333333", frozenset(ignored))


def test_text_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    found = beside(tmp_path, "", "company/m/aws")
    assert found("module.m.aws_iam_role.own").ignored == Unknown(
        "its module comes from company/m/aws, not from this repository"
    )
    assert isinstance(found("aws_iam_role.other").ignored, Unknown)


def test_a_module_of_this_repository_is_read(tmp_path: Path) -> None:
    assert beside(tmp_path, "")("module.m.aws_iam_role.own").ignored == frozenset()
