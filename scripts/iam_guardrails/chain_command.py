"""`guardrails chain`: from which plan or account the chain is read, and where the picture goes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from iam_guardrails.model.account import Account
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.problem import Problem
from iam_guardrails.reports.chain import render
from iam_guardrails.rules.chain_report import report_of

FindRoot = Callable[[argparse.Namespace], Path]
Progress = Callable[[str], None]
Put = Callable[[str, str | None], None]


def run(given: argparse.Namespace, find_root: FindRoot, tell: Progress, put: Put) -> int:
    """Follow the chain and show it; 0 when everybody is told, 1 with findings, 2 when it cannot be said."""
    account, expected, title = read(given, find_root, tell, "chain")
    report = report_of(account, expected, datetime.now(UTC).date(), title)
    put(render(report, given.format), given.output)
    return report.verdict.exit_code


def read(given: argparse.Namespace, find_root: FindRoot, tell: Progress, name: str) -> tuple[Account, Expected, str]:
    """The account that the arguments name, what is expected of it, and a title. Raises Problem."""
    if given.plan or given.config:
        return _from_file(given, name)
    if not given.env:
        raise Problem(f"name an environment (guardrails {name} prod), or --plan FILE with --config FILE")
    from iam_guardrails.wiring import Wiring

    wiring = Wiring.make(find_root(given), given.env, given.sandbox, tell)
    if given.live:
        tell("reading the live account")
        return wiring.live(), wiring.expected, f"{name} {given.env}, live"
    return wiring.planned(name), wiring.expected, f"{name} {given.env}, as planned"


def _from_file(given: argparse.Namespace, name: str) -> tuple[Account, Expected, str]:
    if not (given.plan and given.config) or given.env or given.live:
        raise Problem("a plan file goes with --plan FILE and --config FILE, without an environment and without --live")
    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.plan_json import account_from_plan, read_plan
    from iam_guardrails.journeys.validate import refuse_another_account

    expected = read_expectations(given.config)
    plan = read_plan(given.plan)
    refuse_another_account(plan, expected)
    return account_from_plan(plan, expected), expected, f"{name} {given.plan}"
