"""`guardrails trail …`: what CloudTrail recorded, and the patterns that pick from it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping

from iam_guardrails import trail_ask_command

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from pathlib import Path

    from iam_guardrails.journeys.trail_match import Judge

Progress = Callable[[str], None]
ACTIONS = {
    "match": "which recorded events a pattern matches, and why",
    "verify": "are stored CloudTrail files complete and unchanged, by CloudTrail's digest files",
    "settle": "ask AWS what its documentation of filter patterns leaves open, and keep the answers",
    **trail_ask_command.ACTIONS,
    "export": "write CloudTrail's files as Parquet, for SQL of one's own in DuckDB",
}
_MATCH = "Exit codes: 0 everything was read and evaluated (undetermined is an answer), 2 otherwise."
_SETTLE = "Exit codes: 0 every case is answered, 2 otherwise. It asks logs:TestMetricFilter and changes nothing."


def declare(made: argparse.ArgumentParser, chosen: str = "") -> None:
    """The arguments of `trail` and its actions. chosen: the action, where it is known: the others need no parser."""
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=argparse.ArgumentParser,
                                  prog=made.prog)  # fmt: skip
    for name in (chosen,) if chosen in ACTIONS else ACTIONS:
        text = ACTIONS[name]
        epilog, declare_action = _declared(name)
        action = actions.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=epilog,
            formatter_class=made.formatter_class,
        )  # fmt: skip
        declare_action(action)


def _declared(name: str) -> tuple[str, Callable[[argparse.ArgumentParser], None]]:
    """What stands under an action's help, and what declares its arguments: that of others is not loaded."""
    if name == "verify":
        from iam_guardrails import trail_verify_command

        return trail_verify_command.EPILOG, trail_verify_command.declare
    if name == "export":
        from iam_guardrails import trail_export_command

        return trail_export_command.EPILOG, trail_export_command.declare
    return {
        "match": (_MATCH, _declare_match),
        "settle": (_SETTLE, _declare_settle),
        "ask": (trail_ask_command.EPILOGS["ask"], trail_ask_command.declare_ask),
        "questions": (trail_ask_command.EPILOGS["questions"], trail_ask_command.declare_questions),
    }[name]


def _declare_match(made: argparse.ArgumentParser) -> None:
    pattern = made.add_mutually_exclusive_group(required=True)
    pattern.add_argument("--pattern", metavar="TEXT", help="a filter pattern of CloudWatch Logs")
    pattern.add_argument("--pattern-file", metavar="FILE", help="the same, in a file")
    pattern.add_argument("--event-pattern", metavar="FILE", help="an event pattern of EventBridge, in a file")
    made.add_argument(
        "--events", metavar="FILE", nargs="+", required=True,
        help="CloudTrail files, single events, arrays or JSON lines, gzipped or plain; - is stdin",
    )  # fmt: skip
    made.add_argument("--answers", metavar="FILE", help="what AWS answered, as `guardrails trail settle` wrote it")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how the result is written")
    made.add_argument("--output", metavar="FILE", help="write the result there instead of to stdout")


def _declare_settle(made: argparse.ArgumentParser) -> None:
    made.add_argument("env", metavar="ENV", help="dev, staging or prod")
    made.add_argument("--sandbox", action="store_true", help="refused: the embedded AWS answers with our own evaluator")


def run(given: argparse.Namespace, root_of: Callable[[argparse.Namespace], Path], progress: Progress) -> int:
    """Carry out the action; returns the exit code. Raises Problem."""
    if given.action == "match":
        return _match(given)
    if given.action == "verify":
        from iam_guardrails import trail_verify_command

        return trail_verify_command.run(given, progress)
    if given.action == "export":
        from iam_guardrails import trail_export_command

        return trail_export_command.run(given, progress)
    if given.action == "ask":
        return trail_ask_command.ask(given, root_of, progress)
    if given.action == "questions":
        return trail_ask_command.questions(given)
    return _settle(root_of(given), given, progress)


def _match(given: argparse.Namespace) -> int:
    from iam_guardrails.adapters.trail_files import read_events
    from iam_guardrails.journeys.trail_match import match
    from iam_guardrails.reports.trail_match import render

    pattern, judge = _judge(given)
    found = match(pattern, judge, read_events(given.events))
    text = render(found, given.format)
    if given.output:
        from pathlib import Path

        from iam_guardrails.adapters.files import write_atomic

        write_atomic(Path(given.output), text, mode=0o644)
    else:
        sys.stdout.write(text)
        sys.stdout.flush()
    return found.exit_code


def _judge(given: argparse.Namespace) -> tuple[str, Judge]:
    from iam_guardrails.adapters.files import read_text
    from iam_guardrails.adapters.filter_answers import read_answers
    from iam_guardrails.journeys.trail_match import event_judge, filter_judge
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.model.trail.answers import NONE

    if given.event_pattern:
        if given.answers:
            raise Problem("--answers are about filter patterns; leave them out with --event-pattern")
        text = read_text(given.event_pattern, "the event pattern")
        return text, event_judge(text)
    text = given.pattern if given.pattern is not None else read_text(given.pattern_file, "the pattern").rstrip("\r\n")
    return text, filter_judge(text, read_answers(given.answers) if given.answers else NONE)


def _settle(root: Path, given: argparse.Namespace, progress: Progress) -> int:
    import os
    from datetime import UTC, datetime

    from iam_guardrails.adapters.aws import session
    from iam_guardrails.adapters.aws.account import check_account
    from iam_guardrails.adapters.aws.filter_answers import ask
    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.filter_answers import ANSWERS, write_answers
    from iam_guardrails.adapters.place import environment_folder
    from iam_guardrails.model.problem import Problem

    if given.sandbox:
        raise Problem("the embedded AWS answers with our own evaluator, so it settles nothing; ask a real account")
    folder = environment_folder(root, given.env)
    expected = read_expectations(folder / "guardrails.toml")
    region = expected.home_region
    signed_in = session(dict(os.environ), region)
    check_account(signed_in, expected.account_id, region)
    asked = ask(signed_in, expected.account_id, region, progress)
    _tell_refusals(asked.refused, progress, nothing=not asked.answers)
    write_answers(folder / ANSWERS, asked.answers, datetime.now(UTC), expected.account_id, region)
    print(f"{len(asked.answers)} cases are settled, {len(asked.refused)} are not; commit envs/{given.env}/{ANSWERS}")
    return 2 if asked.refused else 0


def _tell_refusals(refused: Mapping[str, str], progress: Progress, *, nothing: bool) -> None:
    from iam_guardrails.model.problem import Problem

    for case, reason in refused.items():
        progress(f"not settled: {case}, because {reason}")
    if nothing:
        raise Problem(f"AWS answered none of the questions: {next(iter(refused.values()))}")
