"""`guardrails review status`: what is due, overdue, in progress, and signed by whom."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

EPILOG = (
    "Weekly: within 7 days of the last one's capture. Monthly and quarterly: once in each calendar month or quarter."
    " Exit codes: 0 nothing is overdue, 1 something is, or was never signed, 2 something cannot be read."
)


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `review status`."""
    made.epilog = EPILOG
    made.add_argument("env", metavar="ENV", nargs="?", help="dev, staging or prod (default: all)")
    made.add_argument("--sandbox", action="store_true", help="the reviews of the embedded AWS")
    made.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    made.add_argument("--output", metavar="FILE", help="write it there instead of to stdout")


def run(
    given: argparse.Namespace,
    find_root: Callable[[argparse.Namespace], Path],
    _tell: Callable[[str], None],
    put: Callable[[str, str | None], None],
) -> int:
    """Show how it stands; returns the exit code. Raises Problem."""
    from iam_guardrails.incident_wiring import now, output_style
    from iam_guardrails.journeys.review_status import status_of
    from iam_guardrails.model.review.standing import exit_code, merged, next_step
    from iam_guardrails.removal_wiring import removals_of
    from iam_guardrails.reports.review_status import as_json, as_text
    from iam_guardrails.review_wiring import calling_of, desks

    today = now().date()
    root = find_root(given)
    there = desks(root, given.env, given.sandbox)
    status = merged(
        status_of(desk.environment, desk.records, desk.work, today, removals_of(desk).all, desk.calling)
        for desk in there
    )
    step = next_step(status, calling_of(root, given.sandbox))
    text = as_json(status, step) if given.format == "json" else as_text(status, step, output_style(given.output))
    put(text, given.output)
    return exit_code(status)
