"""The patch for a repository's own Terraform, and what the real Terraform plans after it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.model.estates import ACCOUNT, IAM
from tests.model.tightening import CREATED, SERVICE, asked, everyday, record
from tests.terraform_tools import OFFLINE, plan_of, terraform

from iam_guardrails.adapters.authorization_details import read_authorization_details
from iam_guardrails.adapters.terraform_source.fmt import formatter
from iam_guardrails.adapters.terraform_source.patch import Root
from iam_guardrails.adapters.trail_engine.gather import Gathering
from iam_guardrails.journeys.policy_tighten import Request, tighten_policies
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.tightening.outcome import Outcome
from iam_guardrails.model.iam.tightening.patches import Patches
from iam_guardrails.model.iam.tightening.propose import TIGHTER, Proposal
from iam_guardrails.model.trail.answer import Answerable, Coverage
from iam_guardrails.model.trail.window import Window

pytestmark = pytest.mark.terraform
CASES = Path(__file__).parents[1] / "cases" / "tightening"
CASE = yaml.safe_load((CASES / "terraform.yaml").read_text())
Doc = dict[str, Any]


def resources(module: Mapping[str, Any]) -> Iterator[Doc]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from resources(child)


def policies(plan: Mapping[str, Any]) -> dict[str, tuple[str, Doc]]:
    """Policy name -> (role, document), as a plan makes them."""
    found = {}
    for item in resources(plan["planned_values"]["root_module"]):
        values = item["values"]
        if item["type"] == "aws_iam_role_policy":
            found[values["name"]] = (values["role"], json.loads(values["policy"]))
        elif item["type"] == "aws_iam_policy":
            found[values["name"]] = ("", json.loads(values["policy"]))
    return found


def account(plan: Mapping[str, Any]) -> Doc:
    """The account as GetAccountAuthorizationDetails would print it after an apply of the plan."""
    made = policies(plan)
    roles = [
        {"RoleName": name, "Path": "/", "Arn": f"{IAM}:role/{name}", "RoleId": f"AROA{name.upper():0>17}",
         "CreateDate": CREATED, "AssumeRolePolicyDocument": SERVICE,
         "RolePolicyList": [{"PolicyName": own, "PolicyDocument": text} for own, (role, text) in made.items()
                            if role == name],
         "AttachedManagedPolicies": [{"PolicyName": "file", "PolicyArn": f"{IAM}:policy/file"}] * (name == "app")}
        for name in ("app", "worker")
    ]  # fmt: skip
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": made["file"][1]}
    managed = {"PolicyName": "file", "Path": "/", "Arn": f"{IAM}:policy/file", "DefaultVersionId": "v1",
               "PolicyVersionList": [version]}  # fmt: skip
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": [managed]}


def alike(document: PolicyDocument) -> list[tuple[object, ...]]:
    """The statements, whatever the order of texts and whether one stands in a list."""
    return [(one.effect, one.sid, sorted(one.actions), sorted(one.not_actions), sorted(one.resources),
             sorted(map(str, one.conditions))) for one in document.statements]  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    root = folder / "infra"
    shutil.copytree(CASES / "root", root)
    (root / "provider.tf").write_text(OFFLINE)
    plan_of(root, provider)
    return root


@pytest.fixture(scope="module")
def proposed(repository: Path) -> tuple[Outcome, Patches]:
    plan = json.loads((repository / "plan.json").read_text())
    path = repository.parent / "account.json"
    path.write_text(json.dumps(account(plan)))
    estate = read_authorization_details(str(path), lambda text: None)
    tool = terraform(repository)
    root = Root(str(repository / "plan.json"), repository, formatter(tool.binary, tool.environ))
    question = asked(CASE, estate)
    request = Request(
        Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)), datetime(2026, 7, 2, tzinfo=UTC),
        last_accessed=question.last_accessed, aggressive=True, root=root,
    )  # fmt: skip
    found = tighten_policies(estate, lambda roles: (Source(roles), "trail"), request, lambda text: None)
    assert found.patches is not None
    return found.outcome, found.patches


class Source:
    """An engine that gives the facts of the case."""

    def __init__(self, roles: frozenset[tuple[str, str]]) -> None:
        self.gathering = Gathering(roles)
        made = [record(one, number) for number, one in enumerate(CASE["events"])]
        self.gathering.take_records("the case", list(map(json.dumps, made + everyday(CASE["since"], CASE["until"]))))

    def ask(self, window: Window) -> Answerable:
        return Answerable(iter(self.gathering.facts().items()), Coverage(1, 1, 1, 1, 0, ()))


def by_name(outcome: Outcome) -> dict[str, Proposal]:
    return {item.subject.name: item for item in outcome.of(TIGHTER)}


def test_each_policy_is_patched_or_refused_with_its_reason(proposed: tuple[Outcome, Patches]) -> None:
    outcome, patches = proposed
    told = {key[1].rpartition("/")[2]: place for key, place in patches.places.items()}
    assert sorted(name for name, place in told.items() if not place.reason) == sorted(CASE["patched"])
    for name, reason in CASE["refused"].items():
        assert reason in told[name].reason
    assert set(told) == {item.subject.name for item in outcome.of(TIGHTER)}


def test_git_takes_the_patch_and_terraform_plans_what_was_proposed(
    repository: Path, proposed: tuple[Outcome, Patches], provider: str
) -> None:
    outcome, patches = proposed
    before = policies(json.loads((repository / "plan.json").read_text()))
    assert patches.base == str(repository.parent)
    subprocess.run(["git", "apply", "--whitespace=error-all", "-"], input=patches.text, text=True, check=True,
                   cwd=patches.base)  # fmt: skip
    after = policies(plan_of(repository, provider))
    found = by_name(outcome)
    assert len(after) == len(before)
    for name, (_, document) in after.items():
        expected = found[name].new if name in CASE["patched"] else before[name][1]
        assert expected is not None
        assert alike(parse(document)) == alike(parse(expected)), name
    assert terraform(repository).unformatted() == []
    text = (repository / "main.tf").read_text()
    assert "# who starts what" in text
    assert "nobody remembers why" not in text
    assert f":{ACCOUNT}:" in text
