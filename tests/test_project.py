"""What must be true of the repository itself."""

from __future__ import annotations

import html
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.place import ENVIRONMENTS
from iam_guardrails.version import VERSION

ROOT = Path(__file__).parent.parent
CODE = ("main.tf", "variables.tf", "outputs.tf", "versions.tf", ".terraform.lock.hcl")
MODULES = sorted(path.parent.name for path in ROOT.glob("modules/*/variables.tf"))


def tracked() -> list[Path]:
    ran = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in ran.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("name", CODE)
def test_environments_share_their_code_byte_for_byte(name: str) -> None:
    contents = {(ROOT / "envs" / environment / name).read_bytes() for environment in ENVIRONMENTS}
    assert len(contents) == 1


def test_environments_have_accounts_of_their_own() -> None:
    accounts = {read_expectations(ROOT / "envs" / name / "guardrails.toml").account_id for name in ENVIRONMENTS}
    assert len(accounts) == len(ENVIRONMENTS)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_expectations_and_variables_agree(environment: str) -> None:
    folder = ROOT / "envs" / environment
    expected = read_expectations(folder / "guardrails.toml")
    variables = (folder / "terraform.tfvars").read_text()
    assert f'"{expected.account_id}"' in variables
    assert f'"{expected.home_region}"' in variables
    for person in expected.people:
        assert f'"{person}"' in variables
    assert expected.role_names == (f"{environment}-breakglass-admin",)


def test_there_are_the_modules() -> None:
    assert MODULES == [
        "access-analyzer", "account-guardrails", "account-hygiene", "alert-topic", "audit-trail", "breakglass-role",
        "config-rules", "event-rules", "harness-access", "record-store", "state-backend", "trail-alarms",
        "trail-lake",
    ]  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_whole(module: str) -> None:
    folder = ROOT / "modules" / module
    for name in ("variables.tf", "outputs.tf", "versions.tf", "README.md"):
        assert (folder / name).is_file(), name
    assert list(folder.glob("tests/*.tftest.hcl"))
    assert 'required_version = ">= 1.10.0"' in (folder / "versions.tf").read_text()
    assert '"~> 5.100"' in (folder / "versions.tf").read_text()


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("file", "kind", "heading"),
    [("variables.tf", "variable", "## Inputs"), ("outputs.tf", "output", "## Outputs")],
)
def test_every_module_readme_has_the_tables_of_its_code(module: str, file: str, kind: str, heading: str) -> None:
    folder = ROOT / "modules" / module
    code = (folder / file).read_text()
    declared = {}
    for name, body in re.findall(rf'^{kind} "(\w+)" \{{\n(.*?)^\}}', code, re.MULTILINE | re.DOTALL):
        described = re.search(r'^\s*description\s*=\s*"((?:[^"\\]|\\.)*)"', body, re.MULTILINE)
        declared[name] = re.sub(r"[`\\]", "", described.group(1)) if described else ""
    section = (folder / "README.md").read_text().partition(heading + "\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line.startswith("|")
    ]
    told = {row[0].strip("` "): re.sub(r"[`\\]", "", html.unescape(row[-1])) for row in rows[2:]}
    assert told == declared


@pytest.mark.parametrize("module", MODULES)
def test_every_refusal_of_a_module_has_a_failing_run(module: str) -> None:
    """As many distinct error messages as there are validations and preconditions must be provoked by a run."""
    folder = ROOT / "modules" / module
    code = "\n".join(path.read_text() for path in folder.glob("*.tf"))
    refusals = len(re.findall(r"^\s*(?:validation|precondition) \{", code, re.MULTILINE))
    tests = "\n".join(path.read_text() for path in folder.glob("tests/*.tftest.hcl"))
    assert len(re.findall(r"expect_failures", tests)) >= refusals


def test_the_version_is_told_once() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_lock_files_are_hashed_and_name_no_host() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        pinned = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
        assert all("==" in line for line in pinned)


def test_no_file_names_a_place_on_one_machine() -> None:
    wrong = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        if re.search(r"/(?:root|home/\w+|Users/\w+)/|/work(?:/main|/shared)", text) and path != Path(__file__):
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


def test_the_top_level_holds_nothing_else() -> None:
    allowed = {
        "modules",
        "envs",
        "scripts",
        "tests",
        "requirements",
        "Makefile",
        "README.md",
        "pyproject.toml",
        "Change_Log.md",
    }
    tops = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in tops if not name.startswith(".")} <= allowed
