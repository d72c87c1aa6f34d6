"""Each module's own tests (tests/*.tftest.hcl), with the real provider, offline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.modules.joined_root import complaints, files_of, joined_root, number_of_runs, outcomes, run_tests
from tests.terraform_tools import ROOT

pytestmark = pytest.mark.terraform
MODULES = sorted({path.parent.parent.name for path in ROOT.glob("modules/*/tests/*.tftest.hcl")})
# One warm process holds one provider configuration: a module with two of them would see one Region twice.
SEVERAL = [name for name in MODULES if any(re.search(r"(?m)^\s+alias\s+=", p.read_text()) for p in files_of(name))]
ONE = [name for name in MODULES if name not in SEVERAL]
Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def together(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """What one `terraform test` of all modules with one provider configuration said."""
    return run_tests(joined_root(ONE, tmp_path_factory.mktemp("joined") / "root", provider))


def judge(module: str, lines: Lines) -> None:
    ended = outcomes(lines).get(module, {})
    wrong = {run: status for run, status in ended.items() if status != "pass"}
    assert (wrong, complaints(lines, module) if wrong else []) == ({}, [])
    assert len(ended) == number_of_runs(module) >= 2


@pytest.mark.parametrize("module", ONE)
def test_module(module: str, together: Lines) -> None:
    judge(module, together)


@pytest.mark.parametrize("module", SEVERAL)
def test_module_with_two_regions(module: str, tmp_path: Path) -> None:
    judge(module, run_tests(joined_root([module], tmp_path / "root", "")))


def test_a_run_that_fails_is_seen(tmp_path: Path, provider: str) -> None:
    """The joined root reports a broken assertion as the module's own failure, not as a pass."""
    tool = joined_root(["access-analyzer"], tmp_path / "root", provider)
    path = tmp_path / "root" / "tests" / "access-analyzer--analyzers.tftest.hcl"
    broken, changed = re.subn(
        r"condition(\s*)= .*", r"condition\1= length(var.environment) == 0", path.read_text(), count=1
    )
    assert changed == 1
    path.write_text(broken)
    lines = run_tests(tool)
    assert "fail" in outcomes(lines)["access-analyzer"].values()
    assert complaints(lines, "access-analyzer")
