"""The saved plans are what Terraform and the provider make of the stacks beside them, today as then."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.adapters.plans import PLANS, account, made
from tests.terraform_tools import plan_of

pytestmark = pytest.mark.terraform
OFFLINE = (
    "twelve-defects",
    "twelve-repaired",
    "foreign-nested",
    "foreign-unknown",
    "application-only",
    "reference-shapes",
)


@pytest.mark.parametrize("name", OFFLINE)
def test_a_new_plan_reads_as_the_saved_one(name: str, provider: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    shutil.copytree(PLANS / name, folder)
    (folder / "plan.json").unlink()
    assert made(plan_of(folder, provider)) == account(name)
