"""`guardrails drill`: offline on a plan or an account, live on the account, and the state of all drills."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iam_guardrails.adapters import drills
from iam_guardrails.model.drill import LIVE, OFFLINE, DrillRecord, is_over
from iam_guardrails.model.expected import require_role
from iam_guardrails.model.problem import Problem
from iam_guardrails.reports import drill as report

if TYPE_CHECKING:
    from iam_guardrails.adapters.aws.drill_world import Mfa
    from iam_guardrails.wiring import Wiring

FindRoot = Callable[[argparse.Namespace], Path]
Progress = Callable[[str], None]
Put = Callable[[str, str | None], None]


def run(given: argparse.Namespace, find_root: FindRoot, tell: Progress, put: Put) -> int:
    """Run or show drills; 0 passed, 1 failed (or one is due), 2 could not be tried or judged."""
    if given.role and not given.live:
        raise Problem("--role goes with --live: every other drill looks at all roles")
    if not (given.live or given.status):
        return _offline(given, find_root, tell, put)
    if given.plan or given.config or not given.env:
        raise Problem("--live and --status need an environment: guardrails drill prod --live")
    from iam_guardrails.wiring import Wiring

    wiring = Wiring.make(find_root(given), given.env, given.sandbox, tell)
    return _status(wiring, put, given) if given.status else _live(wiring, given, tell, put)


def _offline(given: argparse.Namespace, find_root: FindRoot, tell: Progress, put: Put) -> int:
    from iam_guardrails.chain_command import read
    from iam_guardrails.journeys.drill import first_record, run_offline

    given.live = given.account  # what chain calls --live
    account, expected, _ = read(given, find_root, tell, "drill")
    environment = given.env or expected.environment or "plan"
    record = first_record(OFFLINE, environment, account.account_id, datetime.now(UTC), bool(given.sandbox))
    done, outcomes = run_offline(account, expected, record)
    path = str(drills.save(_records(given, find_root), done)) if given.env else "not kept (no environment)"
    put(report.as_json(done) if given.format == "json" else report.offline_text(done, outcomes, path), given.output)
    return report.exit_code(done)


def _records(given: argparse.Namespace, find_root: FindRoot) -> Path:
    from iam_guardrails.wiring import WORK

    name = str(given.env)
    root = find_root(given)
    return (root / WORK / "sandbox" / name if given.sandbox else root / "envs" / name) / "records"


def _live(wiring: Wiring, given: argparse.Namespace, tell: Progress, put: Put) -> int:
    record, path = live_drill(wiring, given.wait, _mfa(given), given.owner_profile, tell, given.role)
    put(report.as_json(record) if given.format == "json" else report.live_text(record, str(path)), given.output)
    return report.exit_code(record)


def live_drill(
    wiring: Wiring, wait_seconds: int, mfa: Mfa | None, owner_profile: str | None, tell: Progress, role_name: str = ""
) -> tuple[DrillRecord, Path]:
    """Plan, run and keep a live drill; returns its record and where it is kept.

    role_name: which role, needed where the account holds several. Raises Problem.
    """
    from iam_guardrails.adapters.aws import session
    from iam_guardrails.adapters.aws.drill_world import AwsWorld
    from iam_guardrails.adapters.aws.mailbox import SqsMailbox
    from iam_guardrails.journeys.drill import first_record, run_live
    from iam_guardrails.journeys.drill_plan import plan_live

    tell("reading the live account")
    expected, place = wiring.expected, wiring.place
    plan = plan_live(wiring.live(), expected, place.environment, role_name)
    now = datetime.now(UTC)
    record = first_record(LIVE, place.environment, expected.account_id, now, place.sandbox, plan)
    ended = drills.ended(place.records, place.work)
    mine = session(place.variables, expected.home_region)
    owner = session(_as(owner_profile, place.variables), expected.home_region) if owner_profile else mine
    world = AwsWorld(mine, owner, expected.home_region, mfa)
    mailbox = SqsMailbox(mine, record.id, lambda drill_id: is_over(drill_id, now, ended), tell)

    def save(item: DrillRecord) -> None:
        drills.save(place.records, item)

    with drills.running(place.work, record.id), _term_is_interrupt():
        done = run_live(plan, record, world, mailbox, wait_seconds, tell, save)
    return done, place.records / drills.FOLDER / f"{record.id}.json"


def _as(profile: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The environment with a profile's credentials instead of the keys it may hold."""
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return {name: value for name, value in variables.items() if name not in keys} | {"AWS_PROFILE": profile}


@contextmanager
def _term_is_interrupt() -> Iterator[None]:
    """A polite kill is treated as Ctrl-C, so that the test subscription is removed."""

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _mfa(given: argparse.Namespace) -> Mfa | None:
    """The device and its code: from the command of --mfa-command, else asked for on the terminal."""
    if not given.mfa_serial:
        return None
    from iam_guardrails.adapters.aws.drill_world import Mfa

    if given.mfa_command:
        ran = subprocess.run(given.mfa_command, shell=True, capture_output=True, text=True, check=False)
        code, source = ran.stdout.strip(), "what the command of --mfa-command printed"
    elif sys.stdin.isatty():
        print(f"code of {given.mfa_serial}: ", end="", file=sys.stderr, flush=True)
        code, source = sys.stdin.readline().strip(), "what was typed"
    else:
        raise Problem("there is no terminal to ask for the MFA code: give --mfa-command, a command that prints it")
    if not (len(code) == 6 and code.isdigit()):
        raise Problem(f"{source} is no MFA code: six digits are expected")
    return Mfa(given.mfa_serial, code)


def _status(wiring: Wiring, put: Put, given: argparse.Namespace) -> int:
    from iam_guardrails.rules.drill import judge_drills

    place, now = wiring.place, datetime.now(UTC)
    records = drills.load(place.records)
    expected = wiring.expected
    require_role(expected)
    put(report.status_text(records, expected, place.environment, now, place.sandbox), given.output)
    findings, _, _ = judge_drills(records, now, place.environment, expected, place.sandbox)
    return 1 if findings else 0
