"""The project's own Terraform, read as text: every name of IAM is told, so that its own apply is explained."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.merging import maker
from tests.terraform_tools import ROOT

from iam_guardrails.adapters.terraform_source.changes import differences
from iam_guardrails.adapters.terraform_source.configuration import Configuration, configuration_of
from iam_guardrails.adapters.terraform_source.sources import Sources
from iam_guardrails.model.review.weekly import Commit
from iam_guardrails.model.trail.questions.rows import Change
from iam_guardrails.rules.review.merged import unsure

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
PROD = "arn:aws:iam::333333333333"
PLAN = f"{PROD}:policy/prod-guardrails-plan"
PASSWORDS = {"minimumPasswordLength": "14", "maxPasswordAge": "90", "passwordReusePrevention": "24",
             **dict.fromkeys(("requireSymbols", "requireNumbers", "requireUppercaseCharacters",
                              "requireLowercaseCharacters", "allowUsersToChangePassword"), "true")}  # fmt: skip
MADE: tuple[tuple[str, dict[str, str]], ...] = (
    ("CreateRole", {"roleName": "prod-breakglass-admin",
                    "permissionsBoundary": f"{PROD}:policy/prod-breakglass-boundary"}),
    ("CreateRole", {"roleName": "prod-guardrails-plan"}),
    ("CreateRole", {"roleName": "prod-guardrails-reader"}),
    ("CreateRole", {"roleName": "prod-trail-delivery"}),
    ("CreatePolicy", {"policyName": "prod-guardrails-read-detection"}),
    ("CreatePolicy", {"policyName": "prod-emergency-operator"}),
    ("AttachRolePolicy", {"roleName": "prod-guardrails-plan", "policyArn": f"{PLAN}-state"}),
    ("AttachRolePolicy", {"roleName": "prod-breakglass-admin", "policyArn": f"{PROD}:policy/prod-emergency-operator"}),
    ("PutRolePolicy", {"roleName": "prod-breakglass-admin", "policyName": "AWSRevokeOlderSessions"}),
    ("CreateUser", {"userName": "prod-breakglass-primary"}),
    ("CreateGroup", {"groupName": "prod-breakglass-owners"}),
    ("AddUserToGroup", {"groupName": "prod-breakglass-owners", "userName": "prod-breakglass-backup"}),
    ("CreateOpenIDConnectProvider", {"url": "https://token.actions.githubusercontent.com"}),
    ("CreateServiceLinkedRole", {"aWSServiceName": "config.amazonaws.com"}),
    ("UpdateAccountPasswordPolicy", PASSWORDS),
)  # fmt: skip
BY_HAND: tuple[tuple[str, dict[str, str]], ...] = (
    ("AttachRolePolicy", {"roleName": "prod-breakglass-admin", "policyArn": ADMINISTRATOR}),
    ("PutRolePolicy", {"roleName": "prod-guardrails-reader", "policyName": "backdoor"}),
    ("CreateUser", {"userName": "prod-breakglass-third"}),
    ("CreateAccessKey", {"userName": "prod-breakglass-primary"}),
    ("DeleteRole", {"roleName": "prod-guardrails-plan"}),
    ("CreateRole", {"roleName": "prod-breakglass-admin"}),
    ("CreateRole", {"roleName": "prod-guardrails-plan", "tags": '[{"key": "access", "value": "admin"}]'}),
    ("UpdateAccountPasswordPolicy", {**PASSWORDS, "minimumPasswordLength": "6"}),
    ("UpdateAccountPasswordPolicy", {**PASSWORDS, "requireSymbols": "false"}),
    ("UpdateAccountPasswordPolicy", {"minimumPasswordLength": "14"}),
)  # fmt: skip


def declared(environment: str) -> Configuration:
    folders = (ROOT / "modules", ROOT / "envs" / environment)
    files = [path for folder in folders for path in folder.rglob("*.tf*") if ".terraform" not in path.parts]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text() for path in files if path.suffix in (".tf", ".tfvars")}
    broken: dict[str, str] = {}
    found = configuration_of(
        Sources(texts, {"aws_partition": {"partition": "aws"}}, broken), f"envs/{environment}", "aws_iam_"
    )
    assert broken == {}
    return found


@pytest.fixture(scope="module")
def commit() -> Commit:
    return Commit("0" * 40, datetime(2026, 11, 24, tzinfo=UTC), "s", "", differences(Configuration(), declared("prod")))


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_every_name_is_told(environment: str) -> None:
    found = declared(environment)
    assert len(found.resources) > 20
    for one in differences(Configuration(), found):
        for name in ("name", "role", "user", "group", "policy_arn", "role_name", "group_name", "user_name", "users"):
            texts = [text for text in one.after.get(name, ()) if one.type != "aws_iam_service_linked_role"]
            assert not [text for text in texts if "*" in text], (one.address, name, texts)


@pytest.mark.parametrize(("action", "parameters"), MADE)
def test_an_apply_of_it_is_explained(action: str, parameters: dict[str, str], commit: Commit) -> None:
    assert maker(commit, call(action, parameters)) is not None


@pytest.mark.parametrize(("action", "parameters"), BY_HAND)
def test_what_it_does_not_declare_is_not(action: str, parameters: dict[str, str], commit: Commit) -> None:
    row = call(action, parameters)
    assert maker(commit, row) is None and not list(unsure(commit, row))


def call(action: str, parameters: dict[str, str]) -> Change:
    return Change("2026-11-25T10:00:00Z", f"iam:{action}", "", f"{PROD}:role/ci", "", "", "", "ok", "333333333333",
                  "us-east-1", "e1", parameters)  # fmt: skip
