"""The review that ends a use: from options, from a file, or asked for on the terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from iam_guardrails.adapters import terminal
from iam_guardrails.adapters.review_file import ReviewFile, read_review
from iam_guardrails.incident_wiring import today
from iam_guardrails.model.incident.examined import Closed, Examined, Prevention
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.review import prevention_of
from iam_guardrails.model.incident.step import EXAMINED
from iam_guardrails.model.problem import Problem
from iam_guardrails.reports.dossier.outcome import Outcome, lacking
from iam_guardrails.reports.escaping import shown


def review_of(given: argparse.Namespace, incident: Incident) -> Closed | Outcome:
    """The review, or what it still lacks. given: the options of `close`. Raises Problem where something is wrong."""
    told = read_review(given.review) if given.review else ReviewFile()
    actions = actions_of(given, told.prevention)
    happened, none = given.happened or told.what_happened, given.no_prevention or told.no_prevention
    if terminal.can_ask():
        happened = happened or _asked("What happened, and what was done? ")
        actions = actions or (() if none else _asked_actions())
        none = none or ("" if actions else _asked("Nothing to prevent? Why not: "))
    prevention = bool(actions or none.strip())
    if not happened.strip() or not prevention:
        return lacking(incident, bool(happened.strip()), prevention)
    return Closed(
        happened.strip(), incident.of(EXAMINED)[-1].number, tuple(actions), none.strip() if not actions else "",
        _why_incomplete(given, incident), given.alarms or told.alarms, given.told or told.told_to,
    )  # fmt: skip


def _why_incomplete(given: argparse.Namespace, incident: Incident) -> str:
    """Why it is closed although records may be missing; "" where none is known to be."""
    said = str(given.incomplete).strip()
    if said or not incident.contents(EXAMINED, Examined)[-1].incomplete:
        return said
    waited = given.wait and not given.no_wait
    return f"it was closed after a wait of {given.wait} s only" if waited else "it was closed without waiting"


def actions_of(given: argparse.Namespace, more: Sequence[tuple[str, str, str]]) -> tuple[Prevention, ...]:
    """The prevention actions of the options, and `more`: text, owner and day of each. Raises Problem."""
    if not len(given.prevent) == len(given.owner) == len(given.due):
        raise Problem("every --prevent needs an --owner and a --due of its own, and none stands without a --prevent")
    listed = [*zip(given.prevent, given.owner, given.due, strict=True), *more]
    return tuple(prevention_of(text, owner, due, today()) for text, owner, due in listed)


def _asked(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise Problem("no answer was given: the review is not written; repeat, or give it as options or --review FILE")
    return line.strip()


def _asked_actions() -> tuple[Prevention, ...]:
    found: list[Prevention] = []
    while text := _asked("What makes the next use unnecessary (empty: no more)? "):
        owner = _asked("  Who does it? ")
        while True:  # a slip of the pen loses no answer
            try:
                found.append(prevention_of(text, owner, _asked("  Until which day (2026-03-31)? "), today()))
                break
            except Problem as problem:
                sys.stderr.write(f"  {shown(str(problem))}\n")
                if not owner.strip():
                    owner = _asked("  Who does it? ")
    return tuple(found)
