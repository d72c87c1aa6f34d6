"""Runs inside checkov's own environment, never imported by the package: plans in, records out, both as JSON.

Standard input: {"plans": [path, …]}. Standard output: one object per plan with passed, failed, parsing_errors,
resource_count and addresses. One process and one runner serve all plans (starting checkov is most of its time).
"""

import contextlib
import io
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Read the request, run the plan framework once over all plans, print the answer."""
    request = json.load(sys.stdin)
    os.environ["LOG_LEVEL"] = "CRITICAL"
    logging.disable(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()):
        from checkov.runner_filter import RunnerFilter
        from checkov.terraform.plan_runner import Runner

        only = RunnerFilter(framework=["terraform_plan"])
        report = Runner().run(root_folder=None, files=request["plans"], runner_filter=only)
    json.dump([describe(report, path) for path in request["plans"]], sys.stdout)


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


main()
