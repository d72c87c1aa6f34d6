"""Two modules planned by the tftest package with the real provider: outputs and changes as its users see them.

tftest deletes lock files and data folders when it is done, so it is only ever given a copy.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import tftest
from tests.terraform_tools import OFFLINE, ROOT, copy_module, environment

from iam_guardrails.adapters.terraform_home import find_binary

pytestmark = pytest.mark.terraform
ACCOUNT = "333333333333"
PEOPLE = [f"arn:aws:iam::{ACCOUNT}:user/breakglass/prod-breakglass-{name}" for name in ("primary", "backup")]


def planned(module: str, folder: Path, provider: str, variables: dict[str, Any]) -> Any:
    """tftest's plan of a copy of the module."""
    copy = copy_module(module, folder)
    (copy / "offline.tf").write_text(OFFLINE)
    tool = tftest.TerraformTest(str(copy), binary=str(find_binary(os.environ, ROOT)))
    tool.env = environment(copy / ".data", provider)  # exactly this: tftest itself would only add to its own
    tool.setup(cleanup_on_exit=False)
    return tool.plan(output=True, tf_vars={"environment": "prod", "account_id": ACCOUNT, **variables})


@pytest.fixture(scope="module")
def role(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    variables = {
        "iam_user_lane": dict(zip(("primary", "backup"), PEOPLE, strict=True)),
        "operator": {"secret_name_patterns": ["prod/mw/*"]},
    }
    return planned("breakglass-role", tmp_path_factory.mktemp("role"), provider, variables)


@pytest.fixture(scope="module")
def topic(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    variables = {
        "region": "us-east-2",
        "subscriptions": {
            "primary": {"protocol": "email", "endpoint": "owner@example.com"},
            "backup": {"protocol": "sms", "endpoint": "+15555550123"},
        },
    }
    return planned("alert-topic", tmp_path_factory.mktemp("topic"), provider, variables)


def test_the_role_announces_what_is_known_before_it_exists(role: Any) -> None:
    assert role.outputs["role_arn"] == f"arn:aws:iam::{ACCOUNT}:role/prod-breakglass-admin"
    assert role.outputs["people"]["iam_users"] == PEOPLE
    trust = json.loads(role.outputs["trust_policy_json"])
    assert trust["Statement"][0]["Principal"] == {"AWS": PEOPLE}
    assert trust["Statement"][0]["Condition"]["Bool"] == {"aws:MultiFactorAuthPresent": "true"}


def test_everything_of_the_role_is_created_and_nothing_else_happens(role: Any) -> None:
    assert {tuple(item["change"]["actions"]) for item in role.resource_changes.values()} == {("create",)}
    change = role.resource_changes["aws_iam_role.breakglass"]["change"]["after"]
    assert change["max_session_duration"] == 3600
    assert change["permissions_boundary"] == f"arn:aws:iam::{ACCOUNT}:policy/prod-breakglass-boundary"
    owners = {name for name in role.resource_changes if name.startswith("aws_iam_user.owner[")}
    assert owners == {f'aws_iam_user.owner["prod-breakglass-{name}"]' for name in ("primary", "backup")}
    kinds = {item["type"] for item in role.resource_changes.values()}
    assert not kinds & {"aws_iam_access_key", "aws_iam_user_login_profile"}, "an owner would begin with a credential"


def test_the_topic_is_encrypted_by_its_own_key(topic: Any) -> None:
    assert topic.outputs["topic_arn"] == f"arn:aws:sns:us-east-2:{ACCOUNT}:prod-security-alerts"
    key = topic.resource_changes["aws_kms_key.topic"]["change"]["after"]
    services = {
        name
        for statement in json.loads(key["policy"])["Statement"]
        for name in [statement["Principal"].get("Service", [])]
        for name in ([name] if isinstance(name, str) else name)
    }
    assert {"cloudwatch.amazonaws.com", "events.amazonaws.com"} <= services
    # the key's id is AWS's choice, so the plan must leave the link open instead of naming another key
    assert topic.resource_changes["aws_kms_key.topic"]["change"]["after_unknown"]["arn"] is True
    assert "alias/aws/sns" not in json.dumps(topic.resources["aws_sns_topic.alerts"]["values"])


def test_both_people_are_subscribed(topic: Any) -> None:
    endpoints = {
        item["change"]["after"]["endpoint"]
        for item in topic.resource_changes.values()
        if item["type"] == "aws_sns_topic_subscription"
    }
    assert endpoints == {"owner@example.com", "+15555550123"}


def test_the_repository_is_left_as_it_was(role: Any, topic: Any) -> None:
    left = [path for name in ("breakglass-role", "alert-topic") for path in (ROOT / "modules" / name).glob(".*")]
    assert left == []
    assert role.variables["environment"] == topic.variables["environment"] == "prod"
