"""Which block makes a role, user or key, by a plan of an account that has them: ARNs and days are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.review_world import IAM, ID

from iam_guardrails.adapters.terraform_source.callers import Callers
from iam_guardrails.adapters.terraform_source.patch import Root
from iam_guardrails.adapters.terraform_source.remove import NOT_MANAGED, removal_patch
from iam_guardrails.adapters.terraform_source.statements import Refused
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


@pytest.mark.parametrize(("files", "others"), [
    ({"envs/prod/main.tf": 'module "job" {\n  source = "../../modules/outer"\n}\n'}, ()),
    ({"envs/dev/main.tf": 'module "job" {\n  source = "../../modules/outer"\n}\n'}, ("envs/dev",)),
    ({"envs/dev/main.tf": 'module "job" {\n  source = "../../modules/job"\n}\n'}, ("envs/dev",)),
    ({"envs/dev/main.tf": '# module "job" {\n#   source = "../../modules/job"\n# }\n'}, ()),
    ({"envs/dev/main.tf": 'resource "x" "job" {\n  source = "../../modules/job"\n}\n# module\n'}, ()),
    ({"envs/dev/main.tf": 'module "job" {\n  source = "./job"\n}\n'}, ()),
    ({"envs/dev/main.tf": 'module "job" {\n  source = "../../modules/job"\n  broken = {\n'}, ("envs/dev",)),
    ({"envs/dev/main.tf.json": '{"module": {"job": {"source": "../../modules/job"}}}'}, ("envs/dev",)),
    ({"envs/dev/main.tf.json": '{"module": [{"job": [{"source": "../../modules/job"}]}]}'}, ("envs/dev",)),
    ({"envs/dev/main.tf.json": '{"module": {"job": {"source": "app.terraform.io/x/job/aws"}}, "locals": 3}'}, ()),
    ({"envs/dev/.terraform/main.tf": 'module "job" {\n  source = "../../../modules/job"\n}\n'}, ()),
    ({"other/main.tf": 'module "job" {\n  source = "../modules/job"\n}\n', "other/.git": ""}, ()),
    ({f"envs/{name}/main.tf": 'module "job" {\n  source = "../../modules/job"\n}\n' for name in "abcde"},
     ("envs/a", "envs/b", "envs/c", "envs/d", "envs/e")),
])  # fmt: skip
def test_other_root_modules_that_call_a_module_are_found(
    tmp_path: Path, files: dict[str, str], others: tuple[str, ...]
) -> None:
    usual = {"envs/prod/main.tf": 'module "job" {\n  source = "../../modules/outer"\n}\n',
             "modules/outer/main.tf": 'module "job" {\n  source = "../job"\n}\n',
             "modules/job/main.tf": TEXT}  # fmt: skip
    for name, text in (usual | files).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    callers, job, prod = Callers(tmp_path), tmp_path / "modules/job", tmp_path / "envs/prod"
    assert callers.others(job, prod) == tuple(tmp_path / name for name in others)
    if not others:
        callers.refuse_shared(job, prod, "aws_iam_role.job")
        return
    with pytest.raises(Refused) as refusal:
        callers.refuse_shared(job, prod, "aws_iam_role.job")
    assert f"the text in modules/job makes aws_iam_role.job for {', '.join(others[:3])}" in str(refusal.value)
    assert ("and 2 more" in str(refusal.value)) == (len(others) == 5)


def test_a_block_that_another_root_of_the_repository_uses_stays(tmp_path: Path) -> None:
    (tmp_path / "envs" / "dev").mkdir(parents=True)
    (tmp_path / "envs" / "dev" / "main.tf").write_text('module "all" {\n  source = "../.."\n}\n')
    found = patch(tmp_path, target(ROLE, "job"))
    assert not found.text and not found.places[0].addresses and "for envs/dev too" in found.places[0].reason


@pytest.mark.parametrize(("files", "notes"), [
    ({}, ()),
    ({"terraform.tfvars": "", "a.auto.tfvars": "", "prod.tfvars": "", ".terraform/dev.tfvars": ""}, ()),
    ({"dev.tfvars": "", "env/prod.tfvars.json": ""},
     ("there are dev.tfvars, env/prod.tfvars.json: where the root is applied with another one, it goes too",)),
    ({"w.tf": 'locals {\n  a = "${terraform.workspace}-x"\n}\n'},
     ("the root's text asks for terraform.workspace: it goes in each workspace",)),
    ({"w.tf": "# terraform.workspace\n"}, ()),
])  # fmt: skip
def test_a_root_that_is_applied_several_times_is_told(
    tmp_path: Path, files: dict[str, str], notes: tuple[str, ...]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert patch(tmp_path, target(ROLE, "job")).places[0].notes == notes
