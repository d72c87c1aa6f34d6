"""`guardrails trail ask` and `guardrails trail questions`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator

from iam_guardrails.trail_source import (
    BASELINE_DAYS,
    LAKE_OPTIONS,
    SANDBOX_HELP,
    declare_engine,
    declare_source,
    is_folder,
    is_within,
    keeps_facts,
    open_kept,
    refuse_empty,
)

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from pathlib import Path

    from iam_guardrails.model.trail.questions.all import Question
    from iam_guardrails.model.trail.window import Window

Progress = Callable[[str], None]
MOST_BASELINE_DAYS = 3650
ACTIONS = {
    "ask": "answer a question from CloudTrail's files",
    "questions": "the questions that `trail ask` answers",
}
EPILOGS = {
    "ask": "Exit codes: 0 answered, 2 not, or not wholly: something could not be read or judged, which is said. What"
    " was read is kept as facts (--cache), so that the next question reads only new files.",
    "questions": "Exit code: 0.",
}


def declare_ask(made: argparse.ArgumentParser) -> None:
    """The arguments of `trail ask`."""
    made.add_argument("question", metavar="NAME", help="one of `guardrails trail questions`")
    declare_source(made)
    made.add_argument("--since", metavar="TIME", help="a day or a time, UTC (default: the beginning)")
    made.add_argument("--until", metavar="TIME", help="up to there, not included (default: the end);"
                      " of files delivered more than two days later only what was read before counts")  # fmt: skip
    made.add_argument("--config", metavar="FILE", help="guardrails.toml: names the break-glass roles")
    made.add_argument("--role", metavar="ARN", action="append", default=[], help="a break-glass role; may be repeated")
    made.add_argument("--session", metavar="ID",
                      help="of breakglass-session: one session name or source identity (the incident id)")  # fmt: skip
    made.add_argument("--baseline-days", metavar="DAYS", type=int,
                      help="of unusual-principals: how long before --since counts as usual"
                      f" (default: {BASELINE_DAYS})")  # fmt: skip
    made.add_argument("--format", choices=("text", "json", "csv"), default="text", help="default: text")
    made.add_argument("--output", metavar="FILE", help="write the answer there instead of to stdout")
    made.add_argument("--sandbox", metavar="ENV", help=SANDBOX_HELP)
    declare_engine(made)


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


def ask(given: argparse.Namespace, root_of: Callable[[argparse.Namespace], Path], progress: Progress) -> int:
    """Answer a question. root_of: finds the project, for --sandbox. Returns the exit code. Raises Problem."""
    import gc

    from iam_guardrails.model.problem import Problem

    refuse_empty(given)
    gc.set_threshold(100_000)  # facts are many and hold no cycles; to look for some every 700 objects costs time
    variables = _sandbox(given, root_of(given)) if given.sandbox else dict(os.environ)
    roles = _roles(given)
    if given.output and is_folder(given) and is_within(os.path.dirname(given.output), given.source):  # noqa: PTH120
        raise Problem(f"--output {given.output} lies in the source and would be read as its file; choose another")
    kept, engine, source = open_kept(given, lambda: _asked(given), roles, progress, variables)
    asked, when = _asked(given)
    for line in _without_effect(given, asked):
        progress(line)
    from iam_guardrails.reports.trail_ask import coverage_of, render_answer

    answer = kept.get() if kept else None
    if answer is None:
        from datetime import timedelta

        from iam_guardrails.journeys import trail_ask

        answer = trail_ask.ask(
            asked, engine(), source, when, baseline=timedelta(days=given.baseline_days or BASELINE_DAYS),
            roles=roles, session=given.session or "",
        )  # fmt: skip
        if kept:
            try:
                kept.keep(answer)
            except Problem as problem:  # the answer itself needs no cache that can be written
                progress(f"the answer is not kept for the next time: {problem}")
    text = render_answer(answer, given.format)
    if given.output:
        from pathlib import Path

        from iam_guardrails.adapters.files import write_atomic

        write_atomic(Path(given.output), text, mode=0o600)
    else:
        sys.stdout.write(text)
        sys.stdout.flush()
    if given.format == "csv" or (given.engine == "athena" and given.format == "json"):
        for line in coverage_of(answer):
            progress(line)
    return answer.exit_code


def _asked(given: argparse.Namespace) -> tuple[Question, Window]:
    """The question and its window, and what keeps and shows an answer loaded. Raises Problem."""
    from iam_guardrails.adapters import trail_answers  # noqa: F401 - loaded while the files are listed
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.model.quick_datetime import UTC, datetime
    from iam_guardrails.model.trail.questions.all import question
    from iam_guardrails.model.trail.window import window
    from iam_guardrails.reports import trail_ask  # noqa: F401 - as above

    asked, when = question(given.question), window(given.since, given.until)
    if when.since and when.since > (now := datetime.now(UTC)):
        raise Problem(f"--since {given.since} is after now ({now:%Y-%m-%dT%H:%M:%SZ} by this machine's clock), when"
                      " nothing was done yet; give an earlier time")  # fmt: skip
    days = given.baseline_days
    if days is not None and not 1 <= days <= MOST_BASELINE_DAYS:
        raise Problem(f"--baseline-days {days} is no number of days from 1 to {MOST_BASELINE_DAYS}")
    for option, is_given, is_taken in (
        ("--session", given.session, asked.of_roles),
        ("--baseline-days", days is not None, asked.compares),
        *((f"--{name}", getattr(given, name.replace("-", "_")), given.engine == "athena") for name in LAKE_OPTIONS),
    ):
        if is_given and not is_taken:
            what = "the embedded engine" if option[2:] in LAKE_OPTIONS else asked.name
            raise Problem(f"{what} takes no {option}, so the answer would be another than that asks for; leave it out")
    return asked, when


def _without_effect(given: argparse.Namespace, asked: Question) -> Iterator[str]:
    """A sentence for each option that changes nothing of the answer."""
    if given.role and not asked.of_roles:
        yield f"--role limits nothing here: {asked.name} is answered of all roles and users"
    if not keeps_facts(given):
        for option, is_given in (("--cache", given.cache), ("--processes", given.processes)):
            if is_given:
                yield f"{option} changes nothing here: only facts of files are kept, and only files read by several"


def _sandbox(given: argparse.Namespace, root: Path) -> dict[str, str]:
    """The process environment for the embedded AWS; --config becomes the environment's own where none is named."""
    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.place import environment_folder
    from iam_guardrails.wiring import WORK, sandbox_variables

    config = environment_folder(root, given.sandbox) / "guardrails.toml"
    given.config = given.config or str(config)
    variables, _ = sandbox_variables(root / WORK / "sandbox", read_expectations(config))
    return variables


def _roles(given: argparse.Namespace) -> frozenset[tuple[str, str]]:
    """(account, name) of the break-glass roles."""
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.model.trail.principal import is_role, role_name

    found = set()
    if given.config:
        from iam_guardrails.adapters.expectations import read_expectations

        expected = read_expectations(given.config)
        found |= {(expected.account_id, name) for name in expected.role_names}
    for arn in given.role:
        if not is_role(arn):
            raise Problem(f"--role {arn[:200]!r} is not the ARN of a role")
        found.add(role_name(arn))
    return frozenset(found)
