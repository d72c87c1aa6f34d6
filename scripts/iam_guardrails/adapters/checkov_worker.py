"""Runs inside checkov's own environment, never imported by the package: plans in, records out, both as JSON.

Standard input: {"plans": [path, …]}. Standard output: one object per plan with passed, failed, parsing_errors,
resource_count and addresses. checkov is started once for all plans (starting is most of its time).
"""

import contextlib
import io
import json
import logging
import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Read the request, run the plan framework over each plan, print the answers in the order asked."""
    request = json.load(sys.stdin)
    os.environ["LOG_LEVEL"] = "CRITICAL"
    logging.disable(logging.CRITICAL)
    load()
    json.dump(answers(request["plans"]), sys.stdout)


def answers(plans: list[str]) -> list[dict[str, object]]:
    """One answer per plan. Several plans share the processors: checkov is loaded once, then the process forks."""
    workers = min(len(plans), os.cpu_count() or 1)
    if workers < 2 or sys.platform != "linux":  # elsewhere a fork of a loaded process is not safe
        return [judge(path) for path in plans]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        return pool.map(judge, plans, chunksize=1)


def load() -> tuple[Any, Any]:
    """checkov's plan runner and its filter; importing them is most of checkov's time."""
    with contextlib.redirect_stdout(io.StringIO()):
        from checkov.runner_filter import RunnerFilter
        from checkov.terraform.plan_runner import Runner
    return Runner, RunnerFilter


def judge(path: str) -> dict[str, object]:
    """What checkov says of one plan file."""
    runner, runner_filter = load()
    with contextlib.redirect_stdout(io.StringIO()):
        only = runner_filter(framework=["terraform_plan"])
        report = runner().run(root_folder=None, files=[path], runner_filter=only)
    return describe(report, path)


def describe(report: Any, path: str) -> dict[str, object]:
    """What the report says of one plan file."""
    base = str(Path(path).absolute())

    def mine(record: Any) -> bool:
        return str(Path(record.file_abs_path).absolute()) == base

    prefix = base + ":"
    resources = sorted(name.removeprefix(prefix) for name in report.resources if name.startswith(prefix))
    return {
        "plan": path,
        "passed": sum(mine(item) for item in report.passed_checks),
        "failed": [
            {
                "check": item.check_id,
                "name": item.check_name,
                "address": item.resource_address or item.resource,
            }
            for item in report.failed_checks
            if mine(item)
        ],
        "addresses": resources,
        "resource_count": len(resources),
        "parsing_errors": [error for error in report.parsing_errors if str(Path(error).absolute()) == base],
    }


if __name__ == "__main__":
    main()
