"""`guardrails breakglass reconcile`: CloudTrail against the records, both ways."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from iam_guardrails.trail_source import declare_engine, declare_source, refuse_empty

if TYPE_CHECKING:
    from pathlib import Path

    from iam_guardrails.journeys.reconcile import Records
    from iam_guardrails.model.expected import Expected
    from iam_guardrails.model.finding import Verdict
    from iam_guardrails.model.trail.window import Window

Progress = Callable[[str], None]
FORMATS = ("text", "json", "markdown", "sarif", "junit")
DAYS = 7
"""A week, as the weekly review asks for."""


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `breakglass reconcile`."""
    made.add_argument("env", metavar="ENV", help="dev, staging or prod")
    made.add_argument("--since", metavar="TIME", help=f"a day or a time, UTC (default: {DAYS} days ago)")
    made.add_argument("--until", metavar="TIME", help="up to there, not included (default: now)")
    declare_source(made, " (default: lookup: of every enabled Region)")
    made.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    made.add_argument("--output", metavar="FILE", help="write the result there instead of to stdout")
    declare_engine(made, "guardrails.toml")


def run(
    given: argparse.Namespace,
    find_root: Callable[[argparse.Namespace], Path],
    tell: Progress,
    put: Callable[[str, str | None], None],
) -> int:
    """Judge; 0 clean, 1 findings, 2 something could not be judged. Raises Problem."""
    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.place import environment_folder
    from iam_guardrails.incident_wiring import fitting
    from iam_guardrails.reports import render
    from iam_guardrails.reports.reconcile_next import next_lines

    refuse_empty(given)
    root = find_root(given)
    given.config = str(environment_folder(root, given.env) / "guardrails.toml")
    expected = read_expectations(given.config)
    now = datetime.now(UTC).replace(microsecond=0)
    window = _window(given, now)
    records = _records(root, given, tell)
    verdict = _judge(given, root, expected, records, window, now, tell)
    text = render(verdict, f"breakglass reconcile {given.env}, {window}", given.format)
    if given.format == "text":
        text = fitting(text + next_lines(verdict, given.env, records.incidents, _again(given)), given.output)
    put(text, given.output)
    return verdict.exit_code


def _judge(
    given: argparse.Namespace, root: Path, expected: Expected, records: Records, window: Window, now: datetime,
    tell: Progress,
) -> Verdict:  # fmt: skip
    from iam_guardrails.journeys.reconcile import QUESTION, reconcile
    from iam_guardrails.trail_source import opener, reach_of

    variables = _variables(given, root, expected)
    source, reach = reach_of(given, given.source, expected, variables)
    return reconcile(opener(given, source, QUESTION, tell, variables), expected, records, window, now, reach)


def _variables(given: argparse.Namespace, root: Path, expected: Expected) -> Mapping[str, str]:
    """The process environment, pointed at the embedded AWS where that is asked for and is going to be read."""
    from iam_guardrails.incident_wiring import variables_of

    reads_aws = not given.source or given.source.startswith(("lookup:", "logs:"))
    return variables_of(root, expected, bool(given.sandbox) and reads_aws)


def _records(root: Path, given: argparse.Namespace, tell: Progress) -> Records:
    from iam_guardrails.adapters import drills
    from iam_guardrails.adapters.incident_history import history
    from iam_guardrails.incident_wiring import environments, records_of
    from iam_guardrails.journeys.reconcile import Records

    mine = records_of(root, given.env, given.sandbox, given.store, tell)
    found = history(mine)
    others = [name for name in environments(root) if name != given.env]
    elsewhere = {item: name for name in others for item in records_of(root, name, given.sandbox).ids()}
    kept = tuple(item for item in found.incidents if item.opened.simulated is bool(given.sandbox))
    tried = tuple(item for item in drills.load(mine.records) if item.simulated is bool(given.sandbox))
    return Records(kept, found.broken, tried, elsewhere, found.unread)


def _window(given: argparse.Namespace, now: datetime) -> Window:
    """The window; it begins at midnight, so that what was read of a day is of use the next time. Raises Problem."""
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.model.trail.window import Window, moment

    midnight = now.replace(hour=0, minute=0, second=0)
    since = moment(given.since, "--since") if given.since else midnight - timedelta(days=DAYS)
    until = min(moment(given.until, "--until"), now) if given.until else now
    if since >= until:
        raise Problem(
            f"--since {since:%Y-%m-%dT%H:%M:%SZ} is not before {until:%Y-%m-%dT%H:%M:%SZ}, the window's end:"
            " give an earlier one"
        )
    return Window(since, until)


def _again(given: argparse.Namespace) -> str:
    """The same command once more; a window that was asked for is asked for again."""
    import shlex

    options = [("--since", given.since), ("--until", given.until), ("--source", given.source), ("--store", given.store)]
    words = [word for name, value in options if value for word in (name, shlex.quote(value))]
    flags = ["--sandbox"] if given.sandbox else []
    return " ".join(["guardrails breakglass reconcile", given.env, *words, *flags])
