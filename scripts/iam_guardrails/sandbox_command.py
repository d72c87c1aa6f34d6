"""`guardrails sandbox up|down|status|env|company`: the embedded AWS of this project."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from iam_guardrails.adapters import sandbox
from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.place import ENVIRONMENTS, environment_folder
from iam_guardrails.emulator.limits import LIMITS
from iam_guardrails.model.problem import Problem
from iam_guardrails.wiring import WORK

Progress = Callable[[str], None]


def run(root: Path, action: str, environment: str | None, progress: Progress) -> int:
    """Carry out one action; returns the exit code (status: 0 running, 1 not). Raises Problem."""
    state_dir = root / WORK / "sandbox"
    if action == "up":
        progress("starting the embedded AWS")
        _describe(root, sandbox.up(state_dir))
        return 0
    if action == "down":
        print("the embedded AWS is stopped" if sandbox.down(state_dir) else "the embedded AWS was not running")
        return 0
    running = sandbox.status(state_dir)
    if running is None:
        print("the embedded AWS is not running; start it with: guardrails sandbox up")
        return 1
    if action == "company":
        return _company(root)
    if action == "env":
        return _print_variables(root, running, environment)
    _describe(root, running)
    return 0


def _company(root: Path) -> int:
    """Put the company that does not exist into prod, and say how to review it."""
    from datetime import UTC, datetime

    from iam_guardrails.adapters.company import ACCOUNT_ID, PLANTED, build, history_place, with_problems, write_history
    from iam_guardrails.wiring import sandbox_variables

    expected = read_expectations(environment_folder(root, "prod") / "guardrails.toml")
    if expected.account_id != ACCOUNT_ID:
        raise Problem(f"the company lives in account {ACCOUNT_ID}, and prod is account {expected.account_id}")
    variables, _ = sandbox_variables(root / WORK / "sandbox", expected)
    company, now = with_problems(), datetime.now(UTC)
    history_place(variables)  # first: without a trail nothing is put in
    print(f"{build(variables, company, now)}; {len(PLANTED)} problems are planted")
    print(f"next: make review ENV=prod SANDBOX=1 SOURCE={write_history(variables, company, now)}")
    return 0


def _describe(root: Path, running: sandbox.Sandbox) -> None:
    print(f"the embedded AWS (moto {running.version}) answers at {running.endpoint} since {running.started_at}")
    for name in ENVIRONMENTS:
        expected = read_expectations(environment_folder(root, name) / "guardrails.toml")
        print(f"  {name:8} account {expected.account_id}   try: guardrails bootstrap {name} --sandbox")
    print("what it cannot do, and therefore never counts as verified:")
    for limit in LIMITS:
        print(f"  - {limit.what} {limit.consequence}")


def _print_variables(root: Path, running: sandbox.Sandbox, environment: str | None) -> int:
    if environment is None:
        raise Problem("name the environment: guardrails sandbox env prod")
    expected = read_expectations(environment_folder(root, environment) / "guardrails.toml")
    for name, value in sandbox.environment(running, expected.account_id, expected.home_region).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0
