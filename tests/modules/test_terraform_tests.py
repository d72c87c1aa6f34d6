"""Each module's own tests (tests/*.tftest.hcl), with the real provider, offline."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from python_terraform import IsFlagged
from tests.terraform_tools import ROOT, copy_module, terraform

pytestmark = pytest.mark.terraform
MODULES = sorted(path.parent.parent.name for path in ROOT.glob("modules/*/tests/*.tftest.hcl"))


@pytest.mark.parametrize("module", sorted(set(MODULES)))
def test_module(module: str, provider: str, tmp_path: Path) -> None:
    folder = copy_module(module, tmp_path)
    # One warm process holds one provider configuration: a module with two of them would see one Region twice.
    several = any(re.search(r"(?m)^\s+alias\s+=", path.read_text()) for path in folder.glob("tests/*.hcl"))
    tool = terraform(folder, "" if several else provider)
    tool.init(lockfile=None)
    ran = tool.run("test", json=IsFlagged)
    lines = [json.loads(line) for line in ran.out.splitlines() if line.startswith("{")]
    wrong = [line for line in lines if line["type"] == "diagnostic" and line["diagnostic"]["severity"] == "error"]
    summary = next(line["test_summary"] for line in lines if line["type"] == "test_summary")
    failed = [
        line["test_run"]["run"]
        for line in lines
        if line["type"] == "test_run" and line["test_run"].get("status") in ("fail", "error")
    ]
    assert (failed, [line["diagnostic"]["detail"] for line in wrong if failed]) == ([], [])
    assert summary["status"] == "pass"
    assert summary["passed"] >= 2
    assert summary["skipped"] == 0
