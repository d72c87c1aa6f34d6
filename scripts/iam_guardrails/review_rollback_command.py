"""`guardrails review rollback`: give back what a removal took away."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from iam_guardrails.model.problem import Problem
from iam_guardrails.removal_wiring import LOCK, access_of, agreed, declare_common, expected_of, removals_of

WORD = "roll back"
EPILOG = (
    "Exit codes: 0 everything is as it was, 1 something is not, or nobody said the word, 2 could not. A role or user is"
    " made again under another unique id: policies elsewhere that named the old one must be written anew. Passwords,"
    " MFA devices and deleted keys do not come back."
)


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `review rollback`."""
    made.epilog = EPILOG
    made.add_argument("env", metavar="ENV", help="dev, staging or prod")
    made.add_argument("record", metavar="RECORD", nargs="?",
                      help="the id of the removal, as it was printed (default: show which there are)")  # fmt: skip
    declare_common(made, WORD)


def run(
    given: argparse.Namespace,
    find_root: Callable[[argparse.Namespace], Path],
    tell: Callable[[str], None],
    put: Callable[[str, str | None], None],
) -> int:
    """Show what is to be given back, ask, give it back; returns the exit code. Raises Problem."""
    from iam_guardrails.adapters.review_records import locked
    from iam_guardrails.journeys.review_rollback import give_back, look
    from iam_guardrails.reports.review_removal import as_back, as_given_back, as_list
    from iam_guardrails.review_wiring import desk_of

    root = find_root(given)
    desk, expected = desk_of(root, given.env, given.sandbox), expected_of(root, given.env)
    records = removals_of(desk)
    if given.record is None:
        put(as_list(records.all(), given.env), None)
        return 0
    if given.record not in records.ids():
        there = ", ".join(records.ids()) or "none"
        raise Problem(f"there is no removal {given.record[:80]!r} of {given.env}; there are: {there}")
    with locked(desk.work, LOCK):
        record = records.load(given.record)
        access = access_of(root, expected, given)
        planned = look(access, record)
        put(as_back(planned), None)
        if not agreed(given, WORD, tell):
            return 1
        outcome = give_back(access, records, record, planned, tell)
        put(as_given_back(outcome.record, outcome.left), None)
    return 1 if outcome.left else 0
