"""Removals with their edges: where their records lie, the account, and the person who says the word."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from iam_guardrails.adapters.removal_records import RemovalRecords
from iam_guardrails.incident_wiring import by, now, variables_of
from iam_guardrails.journeys.review_sign import Desk

if TYPE_CHECKING:
    from iam_guardrails.adapters.aws.access_calls import AwsAccess
    from iam_guardrails.model.expected import Expected

LOCK = "removals.lock"


def declare_common(made: argparse.ArgumentParser, word: str) -> None:
    """The arguments that removing and giving back share. word: what somebody types to go on."""
    made.add_argument("--yes", action="store_true", help=f"do it without asking for the word {word!r} at a terminal")
    made.add_argument("--profile", metavar="PROFILE",
                      help="AWS profile that may change IAM (default: the credentials in use)")  # fmt: skip
    made.add_argument("--sandbox", action="store_true", help="use the embedded AWS, and its records")


def removals_of(desk: Desk) -> RemovalRecords:
    """The records of the removals of an environment."""
    return RemovalRecords(desk.records, now, by())


def expected_of(root: Path, environment: str) -> Expected:
    """What guardrails.toml of an environment says. Raises Problem."""
    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.place import environment_folder

    return read_expectations(environment_folder(root, environment) / "guardrails.toml")


def access_of(root: Path, expected: Expected, given: argparse.Namespace) -> AwsAccess:
    """The account, signed in to. Raises Problem."""
    from iam_guardrails.adapters.aws import session
    from iam_guardrails.adapters.aws.access_calls import AwsAccess

    variables = variables_of(root, expected, given.sandbox, given.profile)
    return AwsAccess(session(variables, expected.home_region), expected.account_id, expected.home_region, time.sleep)


def agreed(given: argparse.Namespace, word: str, tell: Callable[[str], None]) -> bool:
    """Whether it is to be done: --yes, or the word at a terminal. Raises Problem where the terminal is closed."""
    from iam_guardrails.adapters.terminal import ask, can_ask

    if given.yes:
        return True
    if not can_ask():
        tell(f"there is no terminal to type {word!r} on: nothing was done; --yes does it")
        return False
    return ask(f"type {word!r} to do this") == word
