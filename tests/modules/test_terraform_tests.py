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
FILES = [path for name in MODULES for path in files_of(name)]
# One warm process holds one provider configuration: a file with two real ones would see one Region twice.
SEVERAL = [path for path in FILES if len(re.findall(r'(?m)^provider "', path.read_text())) > 1]
ONE = [path for path in FILES if path not in SEVERAL]
Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def said(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """What one `terraform test` of all files with one provider configuration said, and one of the others."""
    folder = tmp_path_factory.mktemp("joined")
    warm, cold = (ONE, provider), (SEVERAL, "")
    return [
        line
        for number, (files, reattach) in enumerate((warm, cold))
        for line in run_tests(joined_root(files, folder / str(number), reattach))
    ]


def judge(module: str, lines: Lines) -> None:
    ended = outcomes(lines).get(module, {})
    wrong = {run: status for run, status in ended.items() if status != "pass"}
    assert (wrong, complaints(lines, module) if wrong else []) == ({}, [])
    assert len(ended) == number_of_runs(module) >= 2


@pytest.mark.parametrize("module", MODULES)
def test_module(module: str, said: Lines) -> None:
    judge(module, said)


def test_a_run_that_fails_is_seen(tmp_path: Path, provider: str) -> None:
    """The joined root reports a broken assertion as the module's own failure, not as a pass."""
    tool = joined_root(files_of("access-analyzer"), tmp_path / "root", provider)
    path = tmp_path / "root" / "tests" / "access-analyzer--analyzers.tftest.hcl"
    broken, changed = re.subn(
        r"condition(\s*)= .*", r"condition\1= length(var.environment) == 0", path.read_text(), count=1
    )
    assert changed == 1
    path.write_text(broken)
    lines = run_tests(tool)
    assert "fail" in outcomes(lines)["access-analyzer"].values()
    assert complaints(lines, "access-analyzer")
