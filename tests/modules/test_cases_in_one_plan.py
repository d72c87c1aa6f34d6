"""The module breakglass-role over more than a hundred cases: one plan, every break-glass rule over every case.

What is expected of each case stands beside it in tests/cases/modules/breakglass-role.yaml.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.modules.case_root import combined, merged, plan_cases, plan_of_case, resources_of

from iam_guardrails.adapters.plan_json import PlanFile, account_from_plan, read_plan
from iam_guardrails.model.codec import decode
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Verdict
from iam_guardrails.rules import breakglass
from iam_guardrails.rules.engine import judge_all
from iam_guardrails.rules.registry import RULES

pytestmark = pytest.mark.terraform
MODULE = "breakglass-role"
DATA = Path(__file__).parent.parent / "cases" / "modules" / f"{MODULE}.yaml"
PARTS = ("inputs", "expected")


def load() -> dict[str, dict[str, Any]]:
    """All cases by name, `inputs` and `expected` complete."""
    content = yaml.safe_load(DATA.read_text())
    base = content["base"]
    made = {case["name"]: case | {part: merged(base[part], case.get(part)) for part in PARTS}
            for case in content["cases"]}  # fmt: skip
    assert len(made) == len(content["cases"]), "two cases have the same name"
    for name, choices in combined(content["axes"]):
        made[name] = {part: merged(base[part], *(choice.get(part) for choice in choices)) for part in PARTS}
    return made


CASES = load()


@pytest.fixture(scope="module")
def planned(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which all cases were planned at once."""
    folder = tmp_path_factory.mktemp("cases")
    plan_cases(MODULE, {name: case["inputs"] for name, case in CASES.items()}, folder, provider)
    return folder


@cache
def read(folder: Path) -> PlanFile:
    """The plan of all cases."""
    return read_plan(folder / "plan.json")


def judged(folder: Path, name: str) -> Verdict:
    """The break-glass rules over one case, which sees nothing of its neighbours."""
    expected = decode(Expected, CASES[name]["expected"], "expected")
    plan = read(folder)
    account = account_from_plan(PlanFile(**{**vars(plan), "content": plan_of_case(plan.content, name)}), expected)
    return judge_all(breakglass.RULES, account, expected)


def test_there_are_enough_cases_and_every_outcome_is_among_them() -> None:
    by_hand = yaml.safe_load(DATA.read_text())["cases"]
    assert len(CASES) >= 100
    assert sum(not case.get("findings") for case in by_hand) >= 20
    known = {item.id for item in RULES}
    assert {rule for case in CASES.values() for rule in case.get("findings", ())} <= known


@pytest.mark.parametrize("name", CASES)
def test_the_rules_say_what_the_case_expects(name: str, planned: Path) -> None:
    verdict = judged(planned, name)
    assert sorted({item.rule for item in verdict.findings}) == CASES[name].get("findings", [])
    looked = {item.rule: item.subjects for item in verdict.clean}
    if "breakglass-role-exists" in CASES[name].get("findings", ()):
        assert "breakglass-mfa-required" not in looked, "a rule was content with a role it never saw"
        return
    assert looked["breakglass-session-one-hour"] == 1, "the case was clean because its role was not seen"
    for item in verdict.not_judged:  # the guardrails are in no plan of these cases
        assert item.rule == "breakglass-boundary-denies-silencers"
        assert all("is not known: the plan shows none" in part for part in item.reason.split("; "))
    if not verdict.not_judged:
        assert looked["breakglass-boundary-denies-silencers"] == 1


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "trust" in case])
def test_aws_sees_exactly_this_trust_policy(name: str, planned: Path) -> None:
    role = resources_of(read(planned).content, name)["aws_iam_role.breakglass"]
    assert json.loads(role["assume_role_policy"]) == CASES[name]["trust"]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "values" in case])
def test_aws_sees_exactly_these_values(name: str, planned: Path) -> None:
    resources = resources_of(read(planned).content, name)
    wanted = CASES[name]["values"]
    assert {address: {key: resources[address][key] for key in values} for address, values in wanted.items()} == wanted
