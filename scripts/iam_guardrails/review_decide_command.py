"""`guardrails review decide`: keep, remove or accept what is open, at a terminal or from a file."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.answer import MAX_ACCEPT_DAYS, MOST_ACCEPT_DAYS
from iam_guardrails.model.review.review import CADENCES

if TYPE_CHECKING:
    from iam_guardrails.journeys.review_decide import Deciding
    from iam_guardrails.model.review.review import Review

EPILOG = (
    "Exit codes: 0 nothing is open, 1 something is, 2 could not. keep: it stays as it is. remove: it must go; while it"
    " is there, each review asks again. accept: it may stay until a day, with a ticket. Every decision has an owner."
)
Put = Callable[[str, str | None], None]


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `review decide`."""
    made.epilog = EPILOG
    made.add_argument("env", metavar="ENV", nargs="?", help="dev, staging or prod (default: where a review waits)")
    made.add_argument("--cadence", choices=CADENCES, help="which review (default: the only one that waits)")
    made.add_argument("--sandbox", action="store_true", help="the reviews of the embedded AWS")
    made.add_argument("--all", action="store_true", help="what is decided, too: a new answer replaces the one before")
    made.add_argument("--accept-days", metavar="DAYS", type=_days, default=MAX_ACCEPT_DAYS,
                      help=f"longest acceptance, 1 to {MOST_ACCEPT_DAYS} (default: {MAX_ACCEPT_DAYS})")  # fmt: skip
    way = made.add_mutually_exclusive_group()
    way.add_argument("--from", dest="answers", metavar="FILE", help="take the decisions from a TOML file, all or none")
    way.add_argument("--export", metavar="FILE", help="write what is open as such a file, to fill in")


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_ACCEPT_DAYS):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number of days from 1 to {MOST_ACCEPT_DAYS}")
    return int(text)


def run(
    given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Callable[[str], None], put: Put
) -> int:
    """Decide; returns the exit code. Raises Problem."""
    from iam_guardrails.incident_wiring import by, now
    from iam_guardrails.journeys.review_decide import Deciding
    from iam_guardrails.review_wiring import find_draft

    desk, cadence = find_draft(find_root(given), given.env, given.cadence, given.sandbox)
    deciding = Deciding(desk.work, desk.environment, cadence, by(), now, given.accept_days, desk.calling)
    if given.export:
        return _export(deciding, given, put)
    review = _from_file(deciding, given.answers, tell) if given.answers else _walk(deciding, given.all)
    return _told(review, put, deciding)


def _again(deciding: Deciding, *more: str, action: str = "decide") -> str:
    return deciding.calling.review(deciding.environment, deciding.cadence, action, *more)


def _export(deciding: Deciding, given: argparse.Namespace, put: Put) -> int:
    from iam_guardrails.model.review.answer import questions
    from iam_guardrails.reports.review_answers import as_toml

    review = deciding.draft().review
    asked = questions(review, decided=given.all)
    again = _again(deciding, "--from", shlex.quote(given.export))
    put(as_toml(review, asked, again, deciding.max_accept_days), given.export)
    said = f"{len(asked)} {'items' if given.all else 'open'}, written to {given.export}"
    put(f"{said}; fill it in, then: {again}\n", None)
    return 1 if questions(review) else 0


def _from_file(deciding: Deciding, file: str, tell: Callable[[str], None]) -> Review:
    from iam_guardrails.adapters.review_answers import read_answers
    from iam_guardrails.journeys.review_decide import put_all

    answers, waiting = read_answers(file)
    if waiting:
        tell(f'{waiting} entries of {file} have no choice (choice = ""): left open')
    review = put_all(deciding, answers, file).review
    tell(f"{len(answers)} decisions kept")
    return review


def _walk(deciding: Deciding, everything: bool) -> Review:
    from iam_guardrails.adapters.terminal import ask, can_ask
    from iam_guardrails.journeys.review_walk import Voice, walk
    from iam_guardrails.reports.review_card import card

    deciding.draft()  # that there is none is told before anything else
    if not can_ask():
        raise Problem(
            "there is no terminal to ask on; write what is open to a file, fill it in and give it back with --from:"
            f" {_again(deciding, '--export', 'decisions.toml')}"
        )
    try:
        return walk(deciding, Voice(ask, lambda text: print(text, file=sys.stderr, flush=True), card), everything)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        raise Problem(f"interrupted; every decision up to here is kept; go on with: {_again(deciding)}") from None


def _told(review: Review, put: Put, deciding: Deciding) -> int:
    from iam_guardrails.model.review.answer import questions

    still, every = len(questions(review)), len(questions(review, decided=True))
    if still:
        put(f"{still} of {every} still open; next: {_again(deciding)}\n", None)
        return 1
    signing = _again(deciding, "--as", "NAME", action="sign")
    put(f"everything is decided ({every}); next: {signing}\n", None)
    return 0
