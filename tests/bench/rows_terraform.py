"""Module tests: many cases in one plan, and `terraform test`, with a provider that is kept warm."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import tftest

from iam_guardrails.adapters.terraform import Terraform
from iam_guardrails.adapters.terraform_home import find_binary
from tests.bench.measure import ROOT, Row, in_turns
from tests.modules.case_root import plan_cases
from tests.modules.joined_root import files_of, joined_root, outcomes, run_tests
from tests.modules.test_cases_in_one_plan import CASES, MODULE
from tests.modules.test_terraform_tests import ONE
from tests.terraform_tools import OFFLINE, copy_module, environment

ALONE = "breakglass-role"
PER_CASE = "tftest: setup() and plan(output=True) of one case"


class Folders:
    """A fresh folder for every measurement, so that none finds what an earlier one left."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._numbers = itertools.count()

    def next(self) -> Path:
        """The next empty folder."""
        made = self._base / str(next(self._numbers))
        made.mkdir(parents=True)
        return made


def _one_case(folder: Path) -> None:
    """What tftest does for one case: init, plan and show of the module alone, provider started by Terraform."""
    copy = copy_module(MODULE, folder)
    (copy / "offline.tf").write_text(OFFLINE)
    tool = tftest.TerraformTest(str(copy), binary=str(find_binary(os.environ, ROOT)))
    tool.env = environment(copy / ".data")
    tool.setup(cleanup_on_exit=False)
    plan = tool.plan(output=True, tf_vars=next(iter(CASES.values()))["inputs"])
    assert "aws_iam_role.breakglass" in plan.resources


def _terraform_test(tool: Terraform) -> int:
    """`terraform test` of a joined root; returns the number of runs, all passed."""
    ended = [status for runs in outcomes(run_tests(tool)).values() for status in runs.values()]
    assert set(ended) == {"pass"}
    return len(ended)


def terraform_rows(base: Path, reattach: str) -> Iterator[Row]:
    """All rows about Terraform. `reattach`: the warm provider."""
    folders = Folders(base)
    inputs = {name: case["inputs"] for name, case in CASES.items()}

    def all_cases() -> None:
        plan = plan_cases(MODULE, inputs, folders.next(), reattach)
        assert len(plan["planned_values"]["root_module"]["child_modules"]) == len(CASES)

    warm = joined_root(ONE, folders.next() / "root", reattach)
    cold = joined_root(files_of(ALONE), folders.next() / "root", "")
    modules = len({path.parent.parent for path in ONE})
    runs, cold_runs = _terraform_test(warm), _terraform_test(cold)
    medians = in_turns(
        {
            "all": all_cases,
            "one": lambda: _one_case(folders.next()),
            "warm": lambda: _terraform_test(warm),
            "cold": lambda: _terraform_test(cold),
        },
        2,
        warm_up=False,
    )
    case, run, alone = medians["all"] / len(CASES), medians["warm"] / runs, medians["cold"] / cold_runs
    peer = f"{PER_CASE} ({medians['one']:.1f} s: two measured, each case taken to cost that)"
    for what, seconds in (
        (f"{len(CASES)} cases of {MODULE} in one plan and show, per case", case),
        (
            f"terraform test of {modules} modules in one root ({runs} runs), warm provider, per run",
            run,
        ),
    ):
        ratio = medians["one"] / seconds
        figure = f"{ratio:.0f}x less ({seconds * 1000:.0f} ms)"
        yield Row(what, figure, "at least 50x less", ratio >= 50, peer)
    figure = f"{alone / run:.1f}x less ({run * 1000:.0f} ms)"
    peer = f"terraform test of {ALONE} ({cold_runs} runs), the provider started by Terraform ({alone * 1000:.0f} ms)"
    yield Row("the same, per run", figure, "-", None, peer)
