"""The patch that takes stale access out of a repository's Terraform, and what the real Terraform plans after it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.breakglass_project import guardrails, make
from tests.review_making import decision, review
from tests.review_world import IAM, ID, basis_of
from tests.terraform_tools import OFFLINE, plan_of, terraform

from iam_guardrails.adapters.review_drafts import save_draft
from iam_guardrails.adapters.terraform_source.fmt import formatter
from iam_guardrails.adapters.terraform_source.patch import Root
from iam_guardrails.adapters.terraform_source.remove import NOT_MANAGED, removal_patch
from iam_guardrails.model.removal.patches import Place, RemovalPatch
from iam_guardrails.model.removal.target import KEY, PASSWORD, ROLE, USER, Target
from iam_guardrails.model.review.review import KEEP
from iam_guardrails.model.value import changed
from iam_guardrails.rules.review import stale

pytestmark = pytest.mark.terraform
CASES = Path(__file__).parents[1] / "cases" / "removal"


def target(kind: str, name: str, path: str = "/") -> Target:
    where = "role" if kind == ROLE else "user"
    return Target(f"stale-{name}", kind, name, f"{IAM}:{where}{path}{name}", f"{kind} {name}")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    root = folder / "infra"
    shutil.copytree(CASES / "root", root)
    (root / "provider.tf").write_text(OFFLINE)
    plan_of(root, provider)
    return root


def patch(repository: Path, *targets: Target) -> RemovalPatch:
    tool = terraform(repository)
    root = Root(str(repository / "plan.json"), repository, formatter(tool.binary, tool.environ))
    return removal_patch(targets, root, ID)


def addresses(plan: Path) -> set[str]:
    return {item["address"] for item in json.loads(plan.read_text())["resource_changes"] if item["mode"] == "managed"}


def test_blocks_go_with_what_hangs_on_them_and_terraform_plans_the_rest(
    repository: Path, tmp_path: Path, provider: str
) -> None:
    found = patch(repository, target(ROLE, "app"), target(USER, "ann"), target(ROLE, "job", "/team/"))
    app, ann, job = found.places
    assert set(app.addresses) == {
        "aws_iam_role.app", "aws_iam_role_policy.app", "aws_iam_instance_profile.app",
        'aws_iam_role_policy_attachment.app["arn:aws:iam::aws:policy/ReadOnlyAccess"]',
        'aws_iam_role_policy_attachment.app["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"]',
    }  # fmt: skip
    assert app.dangling == ("infra/outputs.tf:2: value = aws_iam_role.app.arn",)
    assert app.notes == ("aws_iam_role.app has prevent_destroy, which goes with its block",)
    assert ann.notes == ("aws_iam_group_membership.devs names it among others: take it out there",)
    assert job.addresses == ("module.job.aws_iam_role.job",) and not job.dangling
    assert "-# Nobody uses it.\n" in found.text and "modules/job/main.tf" in found.text
    copy = shutil.copytree(repository.parent, tmp_path / "copy")
    subprocess.run(["git", "-C", str(copy), "apply", "--check", "-"], input=found.text, text=True, check=True)
    subprocess.run(["git", "-C", str(copy), "apply", "-"], input=found.text, text=True, check=True)
    told = subprocess.run(["grep", "-rn", "aws_iam_role.app", "--include=*.tf", str(copy)], capture_output=True,
                          text=True)  # fmt: skip
    assert sorted(line.rpartition("/")[2] for line in told.stdout.splitlines()) == [
        "outputs.tf:2:  value = aws_iam_role.app.arn", "outputs.tf:5:# aws_iam_role.app is told above"]  # fmt: skip
    outputs = copy / "infra" / "outputs.tf"
    outputs.write_text(outputs.read_text().partition("\n}\n")[2])  # what was named is edited by hand
    before = addresses(repository / "plan.json")
    plan_of(copy / "infra", provider)
    gone = {one for place in found.places for one in place.addresses}
    assert gone < before and addresses(copy / "infra" / "plan.json") == before - gone


def only(repository: Path, *targets: Target) -> Place:
    return patch(repository, *targets).places[0]


def test_what_no_patch_is_made_of_says_why(repository: Path) -> None:
    one = only(repository, target(ROLE, "each-one"))
    assert 'makes aws_iam_role.each["each-two"] too, which stays' in one.reason
    both = patch(repository, target(ROLE, "each-one"), target(ROLE, "each-two"))
    assert not any(place.reason for place in both.places) and both.text.count('-resource "aws_iam_role" "each"') == 1
    for strange in (target(ROLE, "by-hand"), target(ROLE, "job"), target(KEY, "ann"), target(PASSWORD, "ann")):
        found = patch(repository, strange)
        assert found.places[0].reason == NOT_MANAGED and not found.text


def test_a_file_that_holds_nothing_else_is_left_empty(repository: Path, tmp_path: Path) -> None:
    found = patch(repository, target(ROLE, "alone"), target(ROLE, "job", "/team/"))
    copy = shutil.copytree(repository.parent, tmp_path / "copy")
    subprocess.run(["git", "-C", str(copy), "apply", "-"], input=found.text, text=True, check=True)
    assert (copy / "infra" / "alone.tf").read_text() == ""
    assert (copy / "infra" / "modules" / "job" / "main.tf").read_text() == 'variable "trust" {\n  type = string\n}\n'


def test_the_command_takes_the_draft_without_what_is_kept(repository: Path, tmp_path: Path) -> None:
    root = make(tmp_path / "project")
    words = ("review", "patch", "prod", "--cadence", "monthly")
    none = guardrails(root, *words)
    assert none.returncode == 2 and "there is no monthly review of prod" in none.stderr
    unsigned = guardrails(root, "review", "remove", *words[2:])
    assert unsigned.returncode == 2 and unsigned.stderr.rstrip().endswith("review prod --cadence monthly")
    box = stale.box(basis_of({"roles": {"app": {}, "job": {"path": "/team/"}, "prod-breakglass-admin": {}}}))
    items = tuple(
        changed(item, decision=decision(item, KEEP)) if item.subject.endswith("job") else item for item in box.items
    )
    save_draft(root / ".guardrails" / "prod", review(changed(box, items=items)), ())
    no_plan = guardrails(root, *words)
    assert no_plan.returncode == 2 and "there is no plan" in no_plan.stderr
    unsigned = guardrails(root, "review", "remove", *words[2:])
    assert unsigned.returncode == 2 and "next: guardrails review sign prod --cadence monthly" in unsigned.stderr
    plan = ("--plan", str(repository / "plan.json"), "--root", str(repository))
    made = guardrails(root, *words, *plan, "--format", "patch", variables=dict(os.environ))
    assert made.returncode == 1 and "edit too, since it names what goes: infra/outputs.tf:2" in made.stderr
    assert made.stdout.startswith("--- a/infra/main.tf\n") and "job" not in made.stdout.replace("job-function", "")
    text = guardrails(root, *words, *plan, variables=dict(os.environ))
    assert "patch     stale-" in text.stdout and "the patch, for git apply in" in text.stdout
    assert json.loads(guardrails(root, *words, *plan, "--format", "json").stdout)["places"][0]["addresses"]
    assert guardrails(root, *words, *plan, "--item", "stale-0").returncode == 2
