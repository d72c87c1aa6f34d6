"""`guardrails review sign`: close a review into a hash-chained record, with an entry in Change_Log.md."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.review import CADENCES, REMOVE

if TYPE_CHECKING:
    from iam_guardrails.journeys.review_sign import Outcome, Signature
    from iam_guardrails.model.review.calling import Calling

EPILOG = (
    "Exit codes: 0 signed, 1 refused, because something is open, not judged, or too old, 2 could not. A signing that"
    " was killed is finished by the same command; record and entry are written once."
)
_MOST_LETTERS = 200


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `review sign`."""
    made.epilog = EPILOG
    made.add_argument("env", metavar="ENV", nargs="?", help="dev, staging or prod (default: where a review waits)")
    made.add_argument("--as", dest="name", metavar="NAME", required=True, help="who signs, e.g. the person's e-mail")
    made.add_argument("--second", metavar="NAME", default="", help="the second person who has seen it")
    made.add_argument("--cadence", choices=CADENCES, help="which review (default: the only one that waits)")
    made.add_argument("--old", metavar="REASON", default="", help="why it may be signed on a capture older than 7 days")
    made.add_argument("--sandbox", action="store_true", help="the reviews of the embedded AWS")


def run(
    given: argparse.Namespace,
    find_root: Callable[[argparse.Namespace], Path],
    tell: Callable[[str], None],
    put: Callable[[str, str | None], None],
) -> int:
    """Sign; returns the exit code. Raises Problem."""
    from iam_guardrails.journeys.review_sign import Signature, sign
    from iam_guardrails.review_wiring import find_draft, is_known

    by = Signature(*(_line(given, name) for name in ("name", "second", "old")))
    if by.name.casefold() == by.second.casefold():
        raise Problem("--second must be another person than --as: one person alone is not two")
    root = find_root(given)
    desk, cadence = find_draft(root, given.env, given.cadence, given.sandbox)
    for name in (by.name, by.second):
        if name and not is_known(root, desk.environment, name):
            tell(f"{name} is not named in envs/{desk.environment}/guardrails.toml (breakglass.people, identity_center)")
    outcome = sign(desk, cadence, by)
    if outcome.record is None:
        put(
            _refused(outcome, desk.calling.review(desk.environment, cadence, "decide" if outcome.undecided else "")),
            None,
        )
        return 1
    put(_signed(outcome, by, str(desk.log), desk.calling), None)
    return 0 if outcome.record.signed_by == by.name else 1


def _line(given: argparse.Namespace, name: str) -> str:
    text = str(getattr(given, name)).strip()
    if not text.isprintable() or len(text) > _MOST_LETTERS or (name == "name" and not text):
        flag = "as" if name == "name" else name
        raise Problem(f"--{flag} must be one line of 1 to {_MOST_LETTERS} letters")
    return text


def _refused(outcome: Outcome, step: str) -> str:
    from iam_guardrails.reports.escaping import shown

    lines = [f"not signed: {shown(text)}" for text in outcome.refused]
    return "\n".join([*lines, f"next: {step}"]) + "\n"


def _signed(outcome: Outcome, by: Signature, log: str, calling: Calling) -> str:
    record = outcome.record
    assert record is not None
    if record.signed_by != by.name:
        return (
            f"{record.name} was signed already, by {record.signed_by} at {record.signed_at:%Y-%m-%d %H:%M} UTC:"
            f" {outcome.path}; {by.name} did not sign\n"
        )
    lines = [f"{record.name} is signed by {record.signed_by}: {outcome.path}"]
    if outcome.finished:
        lines[0] = f"{record.name} was signed already, and what was missing is done: {outcome.path}"
    if not record.review.evidence.capture_sha256:
        lines.append("note: no hash of a capture is known, so nothing shows later what was looked at")
    lines.append(f"an entry stands in {log}" if outcome.entered else f"the entry in {log} was there already")
    if any(made.choice == REMOVE for made in record.decisions):
        place = (record.review.environment, record.review.cadence)
        lines += [f"what is to be removed, where Terraform makes it: {calling.review(*place, 'patch')}",
                  f"what is to be removed, elsewhere: {calling.review(*place, 'remove')}"]  # fmt: skip
    return "\n".join([*lines, "next: commit both, and have a second person see them in a pull request"]) + "\n"
