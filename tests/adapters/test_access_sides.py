"""Plans compared: before and after of one, what stands after each of two, and files that cannot be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from iam_guardrails.adapters.access_pairs import paired
from iam_guardrails.adapters.access_sides import subjects_of_plan, subjects_of_plans
from iam_guardrails.adapters.plan_json.access import Standing
from iam_guardrails.model.iam.difference.compare import Difference, difference
from iam_guardrails.model.iam.difference.subject import Side, Subject
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed
from iam_guardrails.reports.policy_diff import Report, rank_of, told

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "diffs" / "plans.yaml").read_text())
ONE_PLAN = {"actions", "computed", "unknown", "moved", "forgotten", "plan"}  # what only one plan tells
Resources = Mapping[str, Mapping[str, Any]]


def made(case: Mapping[str, Any], before: str = "before", after: str = "after") -> dict[str, Any]:
    """A plan in Terraform's JSON form, from a case."""
    old, new = case.get(before) or {}, case.get(after) or {}
    unknown, computed, references = (case.get(name) or {} for name in ("unknown", "computed", "references"))
    was = case.get("moved") or {}  # the old address by the new one
    configured = {
        address: {
            **{name: {"constant_value": value} for name, value in values.items()
               if name not in computed.get(address, ()) and name not in ("arn", "id", "url", "key_id")},
            **{name: {"references": listed} for name, listed in references.get(address, {}).items()},
        }
        for address, values in new.items()
    }  # fmt: skip
    return {
        "format_version": "1.2", "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": resources(new)}},
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"resources": resources(old)}}},
        "resource_changes": [
            {**resource(address), "change": {"actions": (_of(case, address)
                                                         or _actions(old.get(address), new.get(address))),
                                             "before": old.get(address), "after": new.get(address),
                                             "after_unknown": unknown.get(address, {})},
             **({"previous_address": was[address]} if address in was else {})}
            for address in {**old, **new} if address not in was.values()
        ],
        "configuration": {"root_module": {"resources": [
            {**resource(address), "provider_config_key": "aws.b" if address in case.get("in_b", ()) else "aws",
             "expressions": expressions}
            for address, expressions in configured.items()
        ]}, "provider_config": {"aws": {"name": "aws"}, "aws.b": {"name": "aws", "alias": "b", "expressions": {
            "assume_role": [{"role_arn": {"constant_value": "arn:aws:iam::444455556666:role/terraform"}}]}}}},
        **case.get("plan", {}),
    }  # fmt: skip


def _of(case: Mapping[str, Any], address: str) -> list[str]:
    told: list[str] = (case.get("actions") or {}).get(address, [])
    return told or (["forget"] if address in case.get("forgotten", ()) else [])


def resource(address: str) -> dict[str, Any]:
    kind, _, name = address.partition(".")
    return {"address": address, "mode": "managed", "type": kind, "name": name}


def resources(listed: Resources) -> list[dict[str, Any]]:
    return [{**resource(address), "values": values} for address, values in listed.items()]


def _actions(old: object, new: object) -> list[str]:
    if old is None:
        return ["create"]
    return ["delete"] if new is None else ["no-op"] if old == new else ["update"]


def lines(found: Difference) -> list[str]:
    return [
        *(f"+ {item.rank}: {told(item)}" for item in found.gained),
        *(f"- {rank_of(item, lost=True)}: {told(item)}" for item in found.lost),
        *(f"? {item.what}, because {item.reason}" for item in found.not_judged),
    ]


def told_of(found: tuple[Subject, ...]) -> tuple[str, dict[str, list[str]]]:
    subjects = [changed(item, address=item.address.rpartition("/")[2]) for item in found]
    report = Report(tuple(map(difference, subjects)))
    told: dict[str, list[str]] = {}
    for item in report.changed:
        where = f"{item.subject.what} {item.subject.address}"
        two = sum((one.what, one.address) == (item.subject.what, item.subject.address) for one in subjects) > 1
        told[f"{where}, {item.subject.state}" if two else where] = lines(item)
    return report.verdict, told


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_before_and_after_of_one_plan(case: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(made(case)))
    expect = case["expect"]
    assert told_of(subjects_of_plan(str(tmp_path / "plan.json"))) == (expect["verdict"], expect["subjects"])


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES
                                  if not ONE_PLAN & set(case)])  # fmt: skip
def test_what_stands_after_each_of_two_plans(case: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(json.dumps(made(case, "before", "before")))
    (tmp_path / "new.json").write_text(json.dumps(made(case)))
    found = told_of(subjects_of_plans(str(tmp_path / "old.json"), str(tmp_path / "new.json")))
    assert found == (case["expect"]["verdict"], case["expect"]["subjects"])


def test_a_deposed_object_is_there_until_a_plan_deletes_it(tmp_path: Path) -> None:
    def document(effect: str, action: str, **more: Any) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, **more}]})

    trusted = document("Allow", "sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"})
    role = {"name": "worker", "arn": "arn:aws:iam::333333333333:role/worker", "path": "/", "id": "worker"}
    role |= {"assume_role_policy": trusted}
    full, never = document("Allow", "xray:*", Resource="*"), document("Deny", "xray:Put*", Resource="*")
    standing = {"aws_iam_role.worker": role, "aws_iam_role_policy.own": {"name": "b", "role": "worker", "policy": full}}
    plan = made({"before": standing, "after": standing})
    old = {**resource("aws_iam_role_policy.own"), "deposed_key": "4b1d",
           "values": {"name": "a", "role": "worker", "policy": never}}  # fmt: skip
    plan["prior_state"]["values"]["root_module"]["resources"].append(old)
    change = {**resource("aws_iam_role_policy.own"), "deposed": "4b1d", "change": {"actions": ["delete"]}}
    for changes, expected in (([], "no new access"), ([change], "new access")):
        told = {**plan, "resource_changes": [*plan["resource_changes"], *changes]}
        (tmp_path / "plan.json").write_text(json.dumps(told))
        verdict, subjects = told_of(subjects_of_plan(str(tmp_path / "plan.json")))
        assert verdict == expected
        assert subjects == ({"role aws_iam_role.worker": ["+ other: xray:Put* on *"]} if changes else {})


def test_what_is_known_only_after_the_apply_is_told_with_how_to_make_it_known(tmp_path: Path) -> None:
    case = next(item for item in CASES if item["name"] == "policies of every kind known only after the apply")
    (tmp_path / "plan.json").write_text(json.dumps(made(case)))
    found = [item for one in subjects_of_plan(str(tmp_path / "plan.json")) for item in difference(one).not_judged]
    remedy = "build the ARNs in it from names and the account id, or compare again after the apply"
    assert [item.remedy for item in found] == [remedy] * 6


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "does not tell what becomes of aws_iam_role_policy.own"),
        ({"change": None}, "does not tell what becomes of aws_iam_role_policy.own"),
        ({"change": {"after_unknown": {"policy": True}}}, "does not tell what becomes of aws_iam_role_policy.own"),
        (7, "resource_changes is no list of changes"),
    ],
)
def test_a_change_that_does_not_tell_what_it_does_is_refused(change: Any, says: str, tmp_path: Path) -> None:
    plan = made(next(item for item in CASES if item["name"] == "known only after the apply"))
    others = [item for item in plan["resource_changes"] if item["address"] != "aws_iam_role_policy.own"]
    cut = {**resource("aws_iam_role_policy.own"), **change} if isinstance(change, dict) else change
    (tmp_path / "old.json").write_text(json.dumps(plan))
    (tmp_path / "plan.json").write_text(json.dumps({**plan, "resource_changes": [*others, cut]}))
    for read in (partial(subjects_of_plan, str(tmp_path / "plan.json")),
                 partial(subjects_of_plans, str(tmp_path / "old.json"), str(tmp_path / "plan.json"))):  # fmt: skip
        with pytest.raises(Problem, match=says):
            read()


def test_a_plan_that_changes_nothing_adds_nothing(tmp_path: Path) -> None:
    for case in CASES:
        (tmp_path / "plan.json").write_text(json.dumps(made(case, "before", "before")))
        assert told_of(subjects_of_plan(str(tmp_path / "plan.json")))[0] in ("no new access", "not judged")


def test_a_plan_without_what_stands_now_is_refused(tmp_path: Path) -> None:
    plan = {**made(CASES[0]), "prior_state": None}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    with pytest.raises(Problem, match="holds no prior state"):
        subjects_of_plan(str(tmp_path / "plan.json"))


@pytest.mark.parametrize("broken", [[1], [{"mode": "managed"}], [{"address": 1, "mode": "managed", "type": []}], "x"])
def test_a_misshapen_plan_is_one_sentence(broken: Any, tmp_path: Path) -> None:
    plan = made(CASES[0])
    plan["planned_values"]["root_module"]["resources"] = broken
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    with pytest.raises(Problem, match="not a well-formed Terraform plan"):
        subjects_of_plan(str(tmp_path / "plan.json"))


def test_a_policy_nested_without_end_is_no_policy(tmp_path: Path) -> None:
    case = {"after": {"aws_iam_role_policy.own": {"name": "own", "role": "there", "policy": "[" * 100_000}}}
    (tmp_path / "plan.json").write_text(json.dumps(made(case)))
    (found,) = subjects_of_plan(str(tmp_path / "plan.json"))
    assert found.new.policies[0].reason == "it is not a valid policy document: the policy is nested too deeply"


def test_a_planned_document_tells_the_actions_that_it_will_allow() -> None:
    plan = Path(__file__).parent.parent / "cases" / "plans" / "reference-shapes" / "plan.json"
    found = {f"{item.what} {item.address}": item for item in subjects_of_plan(str(plan))}
    told = difference(found["user aws_iam_user.owner"]).not_judged[0]
    assert told.reason.endswith("(from aws_kms_key.one.arn); the actions that it will allow are kms:DescribeKey")
    assert told.remedy


def test_a_plan_that_terraform_made_of_a_stack_that_stands(tmp_path: Path) -> None:
    path = Path(__file__).parent.parent / "cases" / "plans" / "second-plan" / "plan.json"
    verdict, told = told_of(subjects_of_plan(str(path)))
    assert (verdict, list(told)) == ("no new access", ["topic policy aws_sns_topic.retired[0]"])
    plan = json.loads(path.read_text())
    for item in plan["planned_values"]["root_module"]["resources"]:
        if item["address"] == "aws_iam_role_policy_attachment.breakglass":
            item["values"]["policy_arn"] = "arn:aws:iam::aws:policy/AdministratorAccess"
        if item["address"] == "aws_iam_role.breakglass":
            trust = json.loads(item["values"]["assume_role_policy"])
            trust["Statement"][0]["Principal"] = {"AWS": ["arn:aws:iam::333333333333:user/owner", "444455556666"]}
            item["values"]["assume_role_policy"] = json.dumps(trust)
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    verdict, told = told_of(subjects_of_plan(str(tmp_path / "plan.json")))
    assert verdict == "new access"
    assert told["role aws_iam_role.breakglass"] == ["+ administrator: * on *"]
    assert told["trust policy aws_iam_role.breakglass"] == ["+ trust widened: 444455556666 may sts:AssumeRole"]


def test_the_same_thing_is_told_by_its_name_and_by_its_address_where_that_is_not_known() -> None:
    def there(*places: tuple[str, str]) -> tuple[Standing, ...]:
        return tuple(Standing("topic policy", "resource", address, name, Side()) for address, name in places)

    def states(old: tuple[Standing, ...], new: tuple[Standing, ...]) -> list[tuple[str, str]]:
        return sorted((item.address, item.state) for item in paired(old, new))

    assert states(there(("a", "x"), ("b", "y")), there(("a", "y"), ("c", "z"))) == [
        ("a", "deleted"), ("a", "kept"), ("c", "created")]  # fmt: skip
    assert states(there(("a", "x")), there(("b", "x"))) == [("b", "kept")]
    assert states(there(("a", "x"), ("b", "x")), there(("c", "x"))) == [
        ("a", "deleted"), ("b", "deleted"), ("c", "created")]  # fmt: skip
    assert states(there(("a", "")), there(("b", ""))) == [("a", "deleted"), ("b", "created")]
    assert states(there(("a", "x")), there(("a", ""))) == [("a", "kept")]


def spoiled(r: Random, value: Any) -> Any:
    """The value with one thing somewhere in it replaced or taken out."""
    if isinstance(value, dict) and value and r.random() < 0.9:
        key = r.choice(sorted(value))
        if r.random() < 0.1:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: spoiled(r, value[key])}
    if isinstance(value, list) and value and r.random() < 0.9:
        at = r.randrange(len(value))
        return [*value[:at], spoiled(r, value[at]), *value[at + 1 :]]
    return r.choice([None, True, 7, "", "x", "{", [], {}, [1], {"x": 1}, [[]], "*", '{"Statement": [{}]}'])


def test_whatever_is_wrong_in_a_plan_ends_in_a_verdict_or_one_sentence(tmp_path: Path) -> None:
    whole = json.loads((Path(__file__).parent.parent / "cases" / "diffs" / "pull-request.json").read_text())
    ends = set()
    for number in range(400):
        r = Random(number)
        plan = whole
        for _ in range(r.randint(1, 3)):
            plan = spoiled(r, plan)
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        try:
            ends.add(told_of(subjects_of_plan(str(tmp_path / "plan.json")))[0])
        except Problem as problem:
            assert "\n" not in str(problem)
            ends.add("problem")
    assert ends >= {"new access", "problem"}
