"""Each command wired: edges are made here and handed to a journey; nothing below knows about arguments or stdout."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable

from iam_guardrails.model.problem import Problem

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from pathlib import Path

    from iam_guardrails.model.finding import Verdict

Handler = Callable[[argparse.Namespace], int]


def run(given: argparse.Namespace) -> int:
    """Run the command `given.command` names; returns the exit code. Raises Problem."""
    if given.command in OFFLINE or _asks_a_folder(given):
        return _at_once(HANDLERS[given.command], given)
    return HANDLERS[given.command](given)


def _asks_a_folder(given: argparse.Namespace) -> bool:
    """Whether files are listed and read from a folder: that makes many objects, and none that hold each other."""
    if given.command != "trail" or given.action != "ask":
        return False
    from iam_guardrails.trail_source import is_folder

    return is_folder(given)


def _at_once(handler: Handler, given: argparse.Namespace) -> int:
    """Run a command that leaves no garbage to speak of without looking for any, on the way or at the end."""
    import gc

    gc.disable()
    try:
        return handler(given)
    finally:
        gc.freeze()
        gc.enable()


def root_of(given: argparse.Namespace) -> Path:
    """The project the command works on. Raises Problem."""
    from pathlib import Path

    from iam_guardrails.adapters.place import find_root

    return find_root(Path(given.root).resolve() if given.root else Path.cwd())


def tell(text: str) -> None:
    """A line of progress, to stderr: no sign in it steers a terminal, and on one it fits the width."""
    from iam_guardrails.reports.escaping import shown

    said = shown(text)
    line = f"  {said}"
    if sys.stderr.isatty():
        from iam_guardrails.reports.fitting import sentence  # it costs milliseconds that a pipe need not pay

        line = sentence("  ", said)
    print(f"{line}\n", end="", file=sys.stderr, flush=True)  # at once: several may tell at a time


def show(verdict: Verdict, title: str, given: argparse.Namespace) -> int:
    """Render the verdict where the arguments say; returns its exit code."""
    from iam_guardrails.reports import render

    put(render(verdict, title, given.format), given.output)
    return verdict.exit_code


def put(text: str | Iterable[str], output: str | None) -> None:
    """Write a result, whole or in parts, to the file of --output, whole or not at all, or to stdout.

    Half a letter, as the name of a folder may hold, is written as an escape: on stdout cli.main sees to it.
    """
    parts = (text,) if isinstance(text, str) else text
    if output:
        from pathlib import Path

        from iam_guardrails.adapters.files import write_atomic

        write_atomic(Path(output), (part.encode(errors="backslashreplace") for part in parts), mode=0o644)
    else:
        for part in parts:
            sys.stdout.write(part)
        sys.stdout.flush()


def refuse(given: argparse.Namespace, said: str) -> None:
    """Where breakglass and records were asked for JSON, say in JSON too why there is no result."""
    if given.command not in ("breakglass", "records") or getattr(given, "format", "") != "json":
        return
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.reports.escaping import as_json

    text = as_json({"exit_code": 2, "error": said})
    try:
        put(text, getattr(given, "output", None))
    except (OSError, Problem):  # that file may be the very thing that is wrong
        put(text, None)


def _bootstrap(given: argparse.Namespace) -> int:
    from iam_guardrails.wiring import Wiring

    bucket = Wiring.make(root_of(given), given.env, given.sandbox, tell).bootstrap()
    print(f"the state of {given.env} will live in s3://{bucket}; next: guardrails validate {given.env}")
    return 0


def _plan(given: argparse.Namespace) -> int:
    from iam_guardrails.wiring import Wiring

    wiring = Wiring.make(root_of(given), given.env, given.sandbox, tell)
    changes = wiring.plan()
    print(f"{'changes are planned' if changes else 'nothing to change'}; the plan is in {wiring.place.plan}")
    print(f"next: guardrails validate {given.env} (it plans again and judges what it planned)")
    print(f"the report to open: {wiring.plan_report()}")
    return 0


def _validate(given: argparse.Namespace) -> int:
    if given.plan or given.config:
        return _validate_file(given)
    if not given.env:
        raise Problem("name an environment (guardrails validate prod), or --plan FILE with --config FILE")
    from iam_guardrails.wiring import Wiring

    wiring = Wiring.make(root_of(given), given.env, given.sandbox, tell)
    verdict = wiring.validate(given.checkov is not False)
    code = show(verdict, f"validate {given.env}", given)
    if given.format == "text" and not given.output:
        print(f"the report to open: {wiring.validate_report(verdict)}")
    return code


def _validate_file(given: argparse.Namespace) -> int:
    if not (given.plan and given.config) or given.env:
        raise Problem("a plan file is judged with both --plan FILE and --config FILE, and without an environment")
    from datetime import UTC, datetime

    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.journeys.validate import judge_plan

    expected = read_expectations(given.config)
    checkov = None
    if given.checkov:
        from pathlib import Path

        from iam_guardrails.wiring import checkov_judge

        checkov = checkov_judge(os.environ, Path(__file__).resolve().parents[2], expected)
    verdict = judge_plan(given.plan, expected, datetime.now(UTC).date(), checkov)
    return show(verdict, f"validate {given.plan}", given)


def _apply(given: argparse.Namespace) -> int:
    from iam_guardrails.wiring import Wiring

    wiring = Wiring.make(root_of(given), given.env, given.sandbox, tell)
    contract = wiring.apply()
    print(f"{given.env} is applied: {len(contract)} parts in the contract; next: guardrails verify {given.env}")
    return 0


def _verify(given: argparse.Namespace) -> int:
    from iam_guardrails.wiring import Wiring

    wiring = Wiring.make(root_of(given), given.env, given.sandbox, tell)
    return show(wiring.verify(), f"verify {given.env}", given)


def _drift(given: argparse.Namespace) -> int:
    from iam_guardrails.wiring import Wiring

    wiring = Wiring.make(root_of(given), given.env, given.sandbox, tell)
    return show(wiring.drift(), f"drift {given.env}", given)


def _chain(given: argparse.Namespace) -> int:
    from iam_guardrails import chain_command

    return chain_command.run(given, root_of, tell, put)


def _drill(given: argparse.Namespace) -> int:
    from iam_guardrails import drill_command

    return drill_command.run(given, root_of, tell, put)


def _unlock(given: argparse.Namespace) -> int:
    from iam_guardrails.wiring import Wiring

    Wiring.make(root_of(given), given.env, given.sandbox, tell).unlock(given.lock_id)
    print(f"the state lock of {given.env} is released")
    return 0


def _owner_policy(given: argparse.Namespace) -> int:
    from iam_guardrails.wiring import Wiring

    print(Wiring.make(root_of(given), given.env, given.sandbox, tell).owner_policy(given.drill))
    return 0


def _sandbox(given: argparse.Namespace) -> int:
    from iam_guardrails import sandbox_command

    return sandbox_command.run(root_of(given), given.action, given.env, tell)


def _demo(given: argparse.Namespace) -> int:
    from iam_guardrails.demo_command import run_demo

    return run_demo(root_of(given), keep=given.keep)


def _rules(given: argparse.Namespace) -> int:
    from iam_guardrails.reports.rule_table import render_rules

    sys.stdout.write(render_rules(given.format))
    return 0


def _trail(given: argparse.Namespace) -> int:
    from iam_guardrails import trail_command

    return trail_command.run(given, root_of, tell)


def _policy(given: argparse.Namespace) -> int:
    from iam_guardrails import policy_command

    return policy_command.run(given, tell, put)


def _access(given: argparse.Namespace) -> int:
    from iam_guardrails import access_command

    return access_command.run(given, tell, put)


def _breakglass(given: argparse.Namespace) -> int:
    from iam_guardrails import breakglass_command

    return breakglass_command.run(given, root_of, tell, put)


def _records(given: argparse.Namespace) -> int:
    from iam_guardrails import records_command

    return records_command.run(given, root_of, tell, put)


def _capture(given: argparse.Namespace) -> int:
    from iam_guardrails import capture_command

    return capture_command.run(given, root_of, put)


def _review(given: argparse.Namespace) -> int:
    from iam_guardrails import review_command

    return review_command.run(given, root_of, tell, put)


def _secrets(given: argparse.Namespace) -> int:
    from iam_guardrails import secrets_command

    return secrets_command.run(given, root_of, tell, put)


def _fmt_check(given: argparse.Namespace) -> int:
    from iam_guardrails.wiring import check_format

    wrong = check_format(root_of(given), os.environ, tell)
    for name in wrong:
        print(f"{name}: not formatted; run: terraform fmt -recursive modules envs")
    return 1 if wrong else 0


OFFLINE = frozenset({"rules", "validate", "chain", "policy", "access"})
HANDLERS: dict[str, Handler] = {
    "bootstrap": _bootstrap, "plan": _plan, "validate": _validate, "apply": _apply, "verify": _verify,
    "drift": _drift, "chain": _chain, "drill": _drill, "unlock": _unlock, "owner-policy": _owner_policy,
    "sandbox": _sandbox, "demo": _demo, "rules": _rules, "trail": _trail, "policy": _policy,
    "access": _access, "breakglass": _breakglass, "capture": _capture, "records": _records, "review": _review,
    "secrets": _secrets, "fmt-check": _fmt_check,
}  # fmt: skip
