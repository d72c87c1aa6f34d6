"""The tests of many modules in one root, so that one `terraform test` pays once for its start and the schema.

Terraform takes about two seconds before the first run; eleven modules would pay that eleven times. Every `run` block
is pointed at its module (`module { source = … }`), or, where it begins with another module of ours (`../NAME`), at
that; nothing else of the files changes.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from python_terraform import IsFlagged
from tests.terraform_tools import ROOT, terraform

from iam_guardrails.adapters.terraform import Terraform

_RUN = re.compile(r'^(run "\w+" \{\n)', re.MULTILINE)
_OWN_RUN = re.compile(rf"{_RUN.pattern}(?!  module)", re.MULTILINE)
_OTHER = re.compile(r'^(    source = ")\.\./', re.MULTILINE)
_REQUIRED = """terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}
"""


def files_of(module: str) -> list[Path]:
    """The test files of a module."""
    return sorted((ROOT / "modules" / module / "tests").glob("*.tftest.hcl"))


def number_of_runs(module: str) -> int:
    """How many `run` blocks a module's tests have."""
    return sum(len(_RUN.findall(path.read_text())) for path in files_of(module))


def joined_root(files: Iterable[Path], folder: Path, reattach: str) -> Terraform:
    """An initialised root in `folder` that holds these test files of modules, each as MODULE--FILE."""
    shutil.copytree(ROOT / "modules", folder / "modules")
    (folder / "main.tf").write_text(_REQUIRED)
    (folder / "tests").mkdir()
    for path in files:
        module = path.parent.parent.name
        source = f'  module {{\n    source = "./modules/{module}"\n  }}\n'
        text = _OTHER.sub(r"\g<1>./modules/", path.read_text())
        (folder / "tests" / f"{module}--{path.name}").write_text(_OWN_RUN.sub(rf"\g<1>{source}", text))
        for expected in path.parent.glob("*.expected"):
            shutil.copy(expected, folder / "tests")
    tool = terraform(folder, reattach)
    tool.init(lockfile=None)
    return tool


def run_tests(tool: Terraform) -> list[dict[str, Any]]:
    """What `terraform test -json` prints, line by line."""
    ran = tool.run("test", json=IsFlagged)
    return [json.loads(line) for line in ran.out.splitlines() if line.startswith("{")]


def outcomes(lines: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """module -> "FILE: RUN" -> status of every finished run."""
    found: dict[str, dict[str, str]] = {}
    for line in lines:
        ended = line.get("test_run", {})
        if line["type"] == "test_run" and ended.get("status"):
            module, _, file = ended["path"].removeprefix("tests/").partition("--")
            found.setdefault(module, {})[f"{file}: {ended['run']}"] = ended["status"]
    return found


def complaints(lines: Iterable[Mapping[str, Any]], module: str) -> list[str]:
    """The error messages about one module's runs."""
    found = []
    for line in lines:
        said = line.get("diagnostic", {})
        if said.get("severity") == "error" and str(line.get("@testfile", "")).startswith(f"tests/{module}--"):
            found.append(f"{line['@testfile']} {line.get('@testrun', '')}: {said['summary']}: {said['detail']}")
    return found
