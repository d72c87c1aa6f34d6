"""`guardrails policy …`: questions about IAM policies, answered offline."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from iam_guardrails import (
    policy_diff_command,
    policy_escalations_command,
    policy_prove_command,
    policy_tighten_command,
)

if TYPE_CHECKING:
    from iam_guardrails.model.expected import Expected

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


def _declare_callers(made: argparse.ArgumentParser) -> None:
    made.add_argument("--trust", metavar="FILE", required=True, help="the role's trust policy, as JSON")
    made.add_argument("--config", metavar="FILE", required=True, help="who may enter (guardrails.toml)")
    made.add_argument("--role-arn", metavar="ARN", help="the role (default: the first of breakglass.role_names)")
    made.add_argument("--format", choices=("text", "json", "markdown"), default="text",
                      help="how it is shown (default: text)")  # fmt: skip


def _callers(given: argparse.Namespace, progress: Progress, put: Put) -> int:
    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.policy_request import read_trust
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.model.unknown import NotKnown
    from iam_guardrails.reports.policy_callers import render_callers
    from iam_guardrails.rules.callers import holes, locked_out, open_answers, rows

    expected = read_expectations(given.config)
    role_arn = _role_arn(given.role_arn, expected)
    document, warnings = read_trust(given.trust)
    for text in warnings:
        progress(f"warning: {text}")
    try:
        found = tuple(rows(document, role_arn, expected, now=datetime.now(UTC)))
    except NotKnown as missing:
        raise Problem(f"{given.trust}: not judged, because {missing.reason}; {missing.remedy}") from None
    findings, unsure = (*locked_out(found), *holes(found)), open_answers(found)
    put(render_callers(role_arn, found, findings, unsure, given.format), given.output)
    return 1 if findings else 2 if unsure else 0


def _role_arn(told: str | None, expected: Expected) -> str:
    from iam_guardrails.model.iam.caller import ROLE, RequestError, read_caller
    from iam_guardrails.model.problem import Problem

    if not expected.people and expected.identity_center is None:
        raise Problem("guardrails.toml declares nobody who may enter (breakglass.people, breakglass.identity_center)")
    if told is None:
        if not expected.role_names:
            raise Problem("guardrails.toml names no role (breakglass.role_names); give --role-arn ARN")
        return f"arn:{expected.partition}:iam::{expected.account_id}:role/{expected.role_names[0]}"
    try:
        kind = read_caller(told).kind
    except RequestError:
        kind = ""
    if kind != ROLE:
        raise Problem(f"--role-arn {told[:200]!r} is not the ARN of a role")
    return told


_FOUND = (
    "Exit codes: 0 the right people get in, 1 somebody is locked out or a hole is open, 2 whether somebody gets in "
    "could not be judged, or bad input."
)
_DECIDED = "Exit codes: 0 a decision was made (depends is one), 2 bad input."
ACTIONS: dict[str, tuple[str, str, Declare, Run]] = {
    "evaluate": ("does AWS allow one request, and why", _DECIDED, _declare_evaluate, _evaluate),
    "callers": ("who gets in by a trust policy, caller by caller", _FOUND, _declare_callers, _callers),
    **policy_prove_command.ACTIONS,
    **policy_diff_command.ACTIONS,
    **policy_escalations_command.ACTIONS,
    **policy_tighten_command.ACTIONS,
}
