"""Which block makes a role, user or key, by a plan of an account that has them: ARNs and days are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.review_world import IAM, ID

from iam_guardrails.adapters.terraform_source.patch import Root
from iam_guardrails.adapters.terraform_source.remove import NOT_MANAGED, removal_patch
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.patches import RemovalPatch
from iam_guardrails.model.removal.target import KEY, PASSWORD, ROLE, USER, Target

TEXT = """resource "aws_iam_role" "app" {
  name_prefix = "app"
}

resource "aws_iam_role" "job" {
  name = "job"
}

resource "aws_iam_user" "ann" {
  name = "ann"
}

resource "aws_iam_user_login_profile" "ann" {
  user = "ann"
}

resource "aws_iam_access_key" "old" {
  user = "ann"
} # the old one

resource "aws_iam_access_key" "new" {
  user = "ann"
}
"""
KNOWN: dict[str, dict[str, Any]] = {
    "aws_iam_role.app": {"name": "app-x7", "path": "/", "arn": f"{IAM}:role/app-x7"},
    "aws_iam_role.job": {"name": "job", "path": "/", "arn": f"{IAM}:role/job"},
    "aws_iam_user.ann": {"name": "ann", "path": "/", "arn": f"{IAM}:user/ann"},
    "aws_iam_user_login_profile.ann": {"user": "ann"},
    "aws_iam_access_key.old": {"user": "ann", "create_date": "2020-01-01T08:00:00Z"},
    "aws_iam_access_key.new": {"user": "ann", "create_date": "2026-01-01T08:00:00Z"},
}


def patch(folder: Path, target: Target, text: str = TEXT) -> RemovalPatch:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "main.tf").write_text(text)
    parts = [(address, *address.split(".")) for address in KNOWN]
    named = [{"address": address, "mode": "managed", "type": kind, "name": name,
              "provider_name": "registry.terraform.io/hashicorp/aws", "provider_config_key": "aws"}
             for address, kind, name in parts]  # fmt: skip
    plan = {
        "format_version": "1.2", "terraform_version": "1.14.0",
        "planned_values": {"root_module": {"resources": [{**one, "values": KNOWN[one["address"]]} for one in named]}},
        "configuration": {"root_module": {"resources": [{**one, "expressions": {}} for one in named]}},
        "resource_changes": [{**one, "change": {"actions": ["no-op"], "after": KNOWN[one["address"]],
                                                "after_unknown": {}}} for one in named],
    }  # fmt: skip
    (folder / "plan.json").write_text(json.dumps(plan))
    return removal_patch([target], Root(str(folder / "plan.json"), folder), ID)


def target(kind: str, name: str, created: str = "") -> Target:
    return Target("stale-1", kind, name, f"{IAM}:{'role' if kind == ROLE else 'user'}/{name}", "", created)


def test_a_role_is_found_by_its_arn(tmp_path: Path) -> None:
    assert patch(tmp_path, target(ROLE, "app-x7")).places[0].addresses == ("aws_iam_role.app",)
    assert patch(tmp_path, target(ROLE, "app")).places[0].reason == NOT_MANAGED


def test_a_user_goes_with_its_credentials(tmp_path: Path) -> None:
    found = patch(tmp_path, target(USER, "ann"))
    assert set(found.places[0].addresses) == {address for address in KNOWN if ".ann" in address or "key" in address}
    assert [line for line in found.text.splitlines() if line.startswith("+")] == ["+++ b/main.tf"]


@pytest.mark.parametrize(("created", "gone", "why"), [
    ("2020-01-01", ("aws_iam_access_key.old",), ""), ("2026-01-01", ("aws_iam_access_key.new",), ""),
    ("2025-01-01", (), "2 aws_iam_access_key are the user's, and 0 of them were made on 2025-01-01"),
    ("", (), "a day that is not told"),
])  # fmt: skip
def test_a_key_is_found_by_its_day(tmp_path: Path, created: str, gone: tuple[str, ...], why: str) -> None:
    place = patch(tmp_path, target(KEY, "ann", created)).places[0]
    assert place.addresses == gone and why in place.reason and bool(why) == bool(place.reason)


def test_a_password_goes_alone(tmp_path: Path) -> None:
    assert patch(tmp_path, target(PASSWORD, "ann")).places[0].addresses == ("aws_iam_user_login_profile.ann",)


def test_a_text_that_does_not_hold_the_block_is_no_patch(tmp_path: Path) -> None:
    found = patch(tmp_path, target(ROLE, "job"), TEXT.replace('"job"', '"jab"'))
    assert "no .tf file" in found.places[0].reason and not found.text
    one_line = TEXT.replace('  name = "job"\n}', '  name = "job"\n} locals {}')
    assert "something else stands in the last line" in patch(tmp_path, target(ROLE, "job"), one_line).places[0].reason
    with pytest.raises(Problem, match="is no folder"):
        removal_patch([], Root("plan.json", tmp_path / "none"), ID)
