"""Each environment plans offline with the real provider, and our rules, Terraform's checks and checkov are content."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.environment_plans import Planned, copied
from tests.prod_filters import filters_of, kept
from tests.terraform_tools import ROOT, terraform

from iam_guardrails.adapters.checkov import find_python, judge_plans
from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.place import ENVIRONMENTS
from iam_guardrails.adapters.plan_json import plan_addresses, read_plan
from iam_guardrails.adapters.terraform import TerraformProblem
from iam_guardrails.journeys.validate import judge_plan

pytestmark = pytest.mark.terraform
TODAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def plans(planned: Planned) -> dict[str, Path]:
    return {environment: planned(environment) for environment in ENVIRONMENTS}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_environment_is_clean(environment: str, plans: dict[str, Path]) -> None:
    expected = read_expectations(ROOT / "envs" / environment / "guardrails.toml")
    verdict = judge_plan(plans[environment], expected, TODAY)
    assert (verdict.findings, verdict.not_judged) == ((), ())
    assert len(verdict.clean) >= 90, "rules fell silent"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_plan_holds_what_the_issue_is_about(environment: str, plans: dict[str, Path]) -> None:
    addresses = plan_addresses(read_plan(plans[environment]))
    for kind, least in {"aws_cloudwatch_log_metric_filter": 14, "aws_cloudwatch_metric_alarm": 15, "aws_cloudtrail": 1,
                        "aws_cloudwatch_event_rule": 4, "aws_config_config_rule": 8, "aws_accessanalyzer_analyzer": 3,
                        "aws_sns_topic": 2, "aws_iam_role": 3}.items():  # fmt: skip
        assert sum(f".{kind}." in item for item in addresses) >= least, kind


def test_the_kept_patterns_of_prods_filters_are_the_planned_ones(plans: dict[str, Path]) -> None:
    assert kept() == filters_of(plans["prod"]), "write them anew: python -m tests.prod_filters"


def test_checkov_agrees_on_all_three_at_once(plans: dict[str, Path]) -> None:
    skips = {
        skip
        for name in ENVIRONMENTS
        for skip in read_expectations(ROOT / "envs" / name / "guardrails.toml").checkov_skips
    }
    wanted = {path: plan_addresses(read_plan(path)) for path in plans.values()}
    for path, answer in judge_plans(find_python({}, ROOT), wanted, tuple(skips)).items():
        assert (answer.findings, answer.not_judged) == ((), ()), path
        assert answer.passed > 100


def test_a_folder_of_another_name_refuses_the_plan(tmp_path: Path) -> None:
    folder = copied("prod", tmp_path, name="production")
    tool = terraform(folder)
    tool.init(lockfile=None)
    with pytest.raises(TerraformProblem, match=r"folder"):
        tool.plan(folder / "tfplan")
