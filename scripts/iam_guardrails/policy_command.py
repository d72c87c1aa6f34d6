"""`guardrails policy …`: questions about IAM policies, answered offline."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from iam_guardrails import policy_prove_command

Progress = Callable[[str], None]
Put = Callable[[str, str | None], None]
Declare = Callable[[argparse.ArgumentParser], None]
Run = Callable[[argparse.Namespace, Progress, Put], int]


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `policy` and its actions."""
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=argparse.ArgumentParser)
    for name, (text, epilog, declared, _) in ACTIONS.items():
        action = actions.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=epilog,
            formatter_class=made.formatter_class,
        )  # fmt: skip
        declared(action)
        action.add_argument("--output", metavar="FILE", help="write the result there instead of to stdout")


def run(given: argparse.Namespace, progress: Progress, put: Put) -> int:
    """Carry out the action; returns the exit code. Raises Problem."""
    return ACTIONS[given.action][3](given, progress, put)


def _declare_evaluate(made: argparse.ArgumentParser) -> None:
    made.add_argument("file", metavar="FILE", help="the request and the policies, as JSON")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")


def _evaluate(given: argparse.Namespace, progress: Progress, put: Put) -> int:
    from iam_guardrails.adapters.policy_request import read_question
    from iam_guardrails.model.iam.evaluate import RequestError, decide
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.reports.policy import render_decision

    asked = read_question(given.file)
    for text in asked.warnings:
        progress(f"warning: {text}")
    try:
        decision = decide(asked.request, asked.policies, asked.reading)
    except RequestError as error:
        raise Problem(f"{given.file}: {error}") from None
    put(render_decision(decision, asked.reading, given.format), given.output)
    return 0


_DECIDED = "Exit codes: 0 a decision was made (depends is one), 2 bad input."
ACTIONS: dict[str, tuple[str, str, Declare, Run]] = {
    "evaluate": ("does AWS allow one request, and why", _DECIDED, _declare_evaluate, _evaluate),
    **policy_prove_command.ACTIONS,
}
