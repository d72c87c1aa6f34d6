"""Where a resource lives: the Region and account of its provider configuration."""

from __future__ import annotations

from typing import Any

import pytest
from tests.adapters.plans import content, made

from iam_guardrails.model.account import Topic

LOCAL = {"references": ["local.region"]}


def topic(expressions: dict[str, Any], **more: Any) -> Topic:
    values = content("twelve-defects")
    configuration = values["configuration"]
    configuration["provider_config"]["aws"]["expressions"] = expressions
    values["variables"] = more.pop("variables", {})
    values["prior_state"] = more.pop("prior_state", {})
    for resource in values["planned_values"]["root_module"]["resources"]:
        if resource["type"] == "aws_sns_topic":
            resource["values"].update(more)
    return made(values).topics[0]


@pytest.mark.parametrize(
    ("expression", "variables"),
    [
        ({"constant_value": "eu-west-1"}, {}),
        ({"references": ["var.region"]}, {"region": {"value": "eu-west-1"}}),
        ({"references": ["var.at.home", "var.at"]}, {"at": {"value": {"home": "eu-west-1"}}}),
    ],
)
def test_a_region_that_is_written_down(expression: dict[str, Any], variables: dict[str, Any]) -> None:
    found = topic({"region": expression}, variables=variables)
    assert (found.region, found.arn) == (
        "eu-west-1",
        "arn:aws:sns:eu-west-1:333333333333:prod-security-alerts",
    )


@pytest.mark.parametrize("expressions", [{}, {"region": LOCAL}, {"region": {"references": ["var.region", "local.x"]}}])
def test_a_region_that_is_not_in_the_plan_is_the_home_region(expressions: dict[str, Any]) -> None:
    assert topic(expressions).region == "us-east-2"


def test_evidence_beats_the_home_region() -> None:
    values = content("twelve-defects")
    values["configuration"]["provider_config"]["aws"]["expressions"] = {"region": LOCAL}
    block = {"address": "data.aws_region.here", "mode": "data", "type": "aws_region", "name": "here"}
    values["configuration"]["root_module"]["resources"].append({**block, "provider_config_key": "aws"})
    read = {**block, "values": {"name": "eu-central-1"}}
    values["prior_state"] = {"values": {"root_module": {"resources": [read]}}}
    assert made(values).topics[0].region == "eu-central-1"


def test_a_resource_that_names_its_own_region() -> None:
    assert topic({"region": {"constant_value": "eu-west-1"}}, region="us-east-1").region == "us-east-1"


def test_a_provider_that_assumes_a_role_works_in_the_account_of_that_role() -> None:
    assumed = [{"role_arn": {"constant_value": "arn:aws:iam::444444444444:role/deploy"}}]
    found = topic({"region": {"constant_value": "us-east-2"}, "assume_role": assumed})
    assert found.arn == "arn:aws:sns:us-east-2:444444444444:prod-security-alerts"


def test_a_provider_inside_a_module_gets_its_region_from_the_call() -> None:
    values = content("twelve-defects")
    root = values["configuration"].pop("root_module")
    for block in root["resources"]:
        block["provider_config_key"] = "module.stack:aws"
    call = {"expressions": {"where": {"references": ["var.region"]}}, "module": root}
    values["configuration"]["root_module"] = {"module_calls": {"stack": call}}
    values["configuration"]["provider_config"] = {
        "module.stack:aws": {
            "name": "aws",
            "module_address": "module.stack",
            "expressions": {"region": {"references": ["var.where"]}},
        }
    }
    values["variables"] = {"region": {"value": "eu-north-1"}}
    resources = values["planned_values"]["root_module"]["resources"]
    for resource in resources:
        resource["address"] = f"module.stack.{resource['address']}"
    values["planned_values"]["root_module"] = {"child_modules": [{"address": "module.stack", "resources": resources}]}
    assert made(values).topics[0].region == "eu-north-1"
