"""`guardrails trail ask` and `guardrails trail questions`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from iam_guardrails.adapters.aws.session import Session
    from iam_guardrails.journeys import trail_ask

Progress = Callable[[str], None]
ACTIONS = {
    "ask": "answer a question from CloudTrail's files",
    "questions": "the questions that `trail ask` answers",
}
LAKE_OPTIONS = {
    "workgroup": "Athena's workgroup, which limits what a query may read",
    "database": "the database of the table",
    "table": "the table of CloudTrail's files",
    "region": "the Region of the workgroup",
    "lake-account": "an account to read; may be repeated",
    "lake-region": "a Region whose events to read; may be repeated",
}
EPILOGS = {
    "ask": "Exit codes: 0 answered, 2 not, or not wholly: something could not be read or judged, which is said. What"
    " was read is kept as facts (--cache), so that the next question reads only new files.",
    "questions": "Exit code: 0.",
}


def declare_ask(made: argparse.ArgumentParser) -> None:
    """The arguments of `trail ask`."""
    made.add_argument("question", metavar="NAME", help="one of `guardrails trail questions`")
    made.add_argument("--source", metavar="SOURCE",
                      help="a folder of CloudTrail's files, s3://bucket/prefix, lookup:REGION,… (LookupEvents) or"
                      " logs:GROUP@REGION (a trail's log group)")  # fmt: skip
    made.add_argument("--since", metavar="TIME", help="a day or a time, UTC (default: the beginning)")
    made.add_argument("--until", metavar="TIME", help="up to there, not included (default: the end)")
    made.add_argument("--config", metavar="FILE", help="guardrails.toml: names the break-glass roles")
    made.add_argument("--role", metavar="ARN", action="append", default=[], help="a break-glass role; may be repeated")
    made.add_argument("--session", metavar="ID", default="",
                      help="of breakglass-session: one session name or source identity (the incident id)")  # fmt: skip
    made.add_argument("--baseline-days", metavar="DAYS", type=int, default=30,
                      help="of unusual-principals: how long before --since counts as usual (default: 30)")  # fmt: skip
    made.add_argument("--format", choices=("text", "json", "csv"), default="text", help="default: text")
    made.add_argument("--output", metavar="FILE", help="write the answer there instead of to stdout")
    made.add_argument("--cache", metavar="FOLDER", help="where facts are kept (default: the user's cache folder)")
    made.add_argument("--engine", choices=("embedded", "athena"), default="embedded",
                      help="embedded reads --source itself; athena asks the module trail-lake's table")  # fmt: skip
    lake = made.add_argument_group("of --engine athena", "each else from the table [trail_lake] of --config")
    for name, meaning in LAKE_OPTIONS.items():
        repeated = name.startswith("lake-")
        lake.add_argument(f"--{name}", metavar="NAME", help=meaning, action="append" if repeated else "store")
    made.add_argument("--processes", metavar="N", type=int, default=0, help="how many read (default: one per core)")


def declare_questions(made: argparse.ArgumentParser) -> None:
    """The arguments of `trail questions`: how it is shown."""
    made.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def questions(given: argparse.Namespace) -> int:
    """Print the list. Returns the exit code."""
    from iam_guardrails.model.trail.questions.all import QUESTIONS

    if given.format == "json":
        import json

        listed = [{"name": item.name, "about": item.about, "columns": item.columns} for item in QUESTIONS]
        sys.stdout.write(json.dumps(listed, indent=2) + "\n")
        return 0
    width = max(len(item.name) for item in QUESTIONS)
    for item in QUESTIONS:
        print(f"{item.name:<{width}}  {item.about}")
        print(f"{'':<{width}}  {', '.join(item.columns)}")
    return 0


def ask(given: argparse.Namespace, progress: Progress) -> int:
    """Answer a question. Returns the exit code. Raises Problem."""
    from datetime import timedelta

    from iam_guardrails.journeys import trail_ask
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.model.trail.questions.all import question
    from iam_guardrails.model.trail.window import window
    from iam_guardrails.reports.trail_ask import coverage_of, render_answer

    asked, when, roles = question(given.question), window(given.since, given.until), _roles(given)
    if given.baseline_days < 1:
        raise Problem(f"--baseline-days {given.baseline_days} is no number of days")
    engine, source = _engine(given, roles, progress)
    answer = trail_ask.ask(
        asked, engine, source, when, baseline=timedelta(days=given.baseline_days),
        roles=roles, session=given.session,
    )  # fmt: skip
    text = render_answer(answer, given.format)
    if given.format == "csv" or (given.engine == "athena" and given.format == "json"):
        for line in coverage_of(answer):
            progress(line)
    if given.output:
        from pathlib import Path

        from iam_guardrails.adapters.files import write_atomic

        write_atomic(Path(given.output), text, mode=0o600)
    else:
        sys.stdout.write(text)
        sys.stdout.flush()
    return answer.exit_code


def _engine(
    given: argparse.Namespace, roles: frozenset[tuple[str, str]], progress: Progress
) -> tuple[trail_ask.Engine, str]:
    """What answers, and what the answer calls its source."""
    from iam_guardrails.model.problem import Problem

    if given.engine == "athena":
        return _athena(given, roles, progress)
    if not given.source:
        raise Problem("say with --source what to read: a folder of CloudTrail's files, or s3://bucket/prefix")
    if given.source.startswith(("lookup:", "logs:")):
        from iam_guardrails.adapters.aws.trail_records import record_source
        from iam_guardrails.adapters.trail_engine.records import RecordEngine

        return RecordEngine(record_source(given.source, _session, progress), roles), given.source
    from iam_guardrails.adapters.trail_engine.engine import Engine
    from iam_guardrails.adapters.trail_objects import open_objects

    objects = open_objects(given.source)
    return Engine(objects, _cache(given.cache, given.source), roles, progress, max(given.processes, 0)), given.source


def _athena(
    given: argparse.Namespace, roles: frozenset[tuple[str, str]], progress: Progress
) -> tuple[trail_ask.Engine, str]:
    from datetime import UTC, datetime
    from time import sleep

    from iam_guardrails.adapters.aws.athena import Athena
    from iam_guardrails.adapters.trail_sql.config import lake_of
    from iam_guardrails.adapters.trail_sql.engine import AthenaEngine
    from iam_guardrails.model.problem import Problem

    if given.source:
        raise Problem("--engine athena reads its table and no --source; leave one of them out")
    options = {
        "workgroup": given.workgroup, "database": given.database, "table": given.table, "region": given.region,
        "accounts": given.lake_account, "regions": given.lake_region,
    }  # fmt: skip
    lake = lake_of(given.config, options)
    asked = Athena(_session(lake.region), lake.region, lake.workgroup, lake.database, progress, sleep)
    engine = AthenaEngine(asked, lake, given.question, roles, datetime.now(UTC))
    return engine, f"Athena's table {lake.database}.{lake.table}"


def _session(region: str) -> Session:
    from iam_guardrails.adapters.aws import session

    return session(dict(os.environ), region)


def _roles(given: argparse.Namespace) -> frozenset[tuple[str, str]]:
    """(account, name) of the break-glass roles."""
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.model.trail.principal import role_name

    found = set()
    if given.config:
        from iam_guardrails.adapters.expectations import read_expectations

        expected = read_expectations(given.config)
        found |= {(expected.account_id, name) for name in expected.role_names}
    for arn in given.role:
        named = role_name(arn)
        if not all(named) or not arn.startswith("arn:"):
            raise Problem(f"--role {arn[:200]!r} is not the ARN of a role")
        found.add(named)
    return frozenset(found)


def _cache(told: str | None, source: str) -> Path:
    """The folder of kept facts. Raises Problem where it lies in the source, whose files it would then be among."""
    from pathlib import Path

    if told:
        kept = Path(told).resolve()
        if not source.startswith("s3://") and Path(source).resolve() in (kept, *kept.parents):
            from iam_guardrails.model.problem import Problem

            raise Problem(f"--cache {told} lies in the source and would be read as its files; choose another folder")
        return Path(told)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "iam-guardrails" / "trail"
