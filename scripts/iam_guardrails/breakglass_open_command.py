"""`guardrails breakglass open`."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from iam_guardrails.model.problem import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from iam_guardrails.adapters.incidents import IncidentRecords
    from iam_guardrails.model.account import Account
    from iam_guardrails.model.expected import Expected
    from iam_guardrails.model.incident.declaring import Declaration

Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]
QUESTION_WIDTH = 54
"""Columns that a question takes, so that the answer fits beside it."""


def declare(made: argparse.ArgumentParser) -> None:
    """Its arguments; on a terminal, what is missing is asked for."""
    made.add_argument("env", metavar="ENV", nargs="?", help="dev, staging or prod")
    made.add_argument("--reason", metavar="TEXT", help="why the role is needed, in a sentence")
    made.add_argument("--minutes", metavar="N", help="how long it will take, 1 to 60")
    made.add_argument("--person", metavar="NAME", help="who enters, as guardrails.toml names the people"
                      " (default: $GUARDRAILS_PERSON, or whom this machine's user is there)")  # fmt: skip
    made.add_argument("--purpose", metavar="PURPOSE",
                      help="rotate-secret, safe-mode, rollback, fix-iam or other (default: other)")  # fmt: skip
    made.add_argument("--ticket", metavar="ID", default="", help="the ticket, where there is one already")
    made.add_argument("--reader-profile", metavar="PROFILE",
                      help="the AWS profile that reads the state before (default: the credentials in use)")  # fmt: skip
    made.add_argument("--no-capture", action="store_true", help="do not read the state before: nothing is asked of AWS")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")
    made.add_argument("--output", metavar="FILE", help="write it there instead of to stdout")


def run(given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Tell, put: Put) -> int:
    """Open an incident; 0 where it is open. Raises Problem."""
    from iam_guardrails.adapters.expectations import read_expectations
    from iam_guardrails.adapters.place import environment_folder
    from iam_guardrails.incident_wiring import near, now, output_style, records_of
    from iam_guardrails.journeys.breakglass_open import capture_before
    from iam_guardrails.model.incident import declaring
    from iam_guardrails.reports.incident import opened_json, opened_text

    root = find_root(given)
    environment = given.env or _ask_environment(root)
    expected = read_expectations(environment_folder(root, environment) / "guardrails.toml")
    records = records_of(root, environment, given.sandbox, given.store, tell)
    _refuse_second(records)
    said = _declaration(given, expected)
    opened = declaring.opened(said, _new_id(expected, now()), environment, expected, bool(given.sandbox))
    incident = records.open(opened)
    tell(f"{incident.id} is declared and kept; reading the state before (Ctrl-C skips it)")
    incident = capture_before(records, incident, lambda: _read(given, root, environment, tell))
    path = records.path(incident.id)
    if given.format == "json":
        put(opened_json(incident, str(path), now()), given.output)
    else:
        put(opened_text(incident, near(path), now(), output_style(given.output)), given.output)
    return 0


def _new_id(expected: Expected, at: datetime) -> str:
    from iam_guardrails.model.incident.naming import ALPHABET, LETTERS, incident_id

    letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    return incident_id(expected.incident_id_pattern, at.strftime("%Y%m%d-%H%M"), letters)


def _refuse_second(records: IncidentRecords) -> None:
    """Before anything is asked: one that is open already ends it. Raises Problem."""
    from iam_guardrails.adapters.incidents import already_open, stands_in_the_way
    from iam_guardrails.incident_wiring import now

    for item in records.readable()[0]:
        if stands_in_the_way(item, now()):
            raise already_open(item)


def _ask_environment(root: Path) -> str:
    from iam_guardrails.adapters import terminal
    from iam_guardrails.adapters.place import ENVIRONMENTS, environment_folder

    if not terminal.can_ask():
        raise Problem("name the environment and say why: guardrails breakglass open prod --reason TEXT --minutes 30")
    question = f"environment ({', '.join(ENVIRONMENTS)})"
    return _until(question, "prod", lambda name: environment_folder(root, name).name)


def _declaration(given: argparse.Namespace, expected: Expected) -> Declaration:
    """What the options say, and on a terminal the answers to what they leave out. Raises Problem."""
    from iam_guardrails.adapters import terminal
    from iam_guardrails.model.incident import declaring
    from iam_guardrails.model.incident.step import OTHER, PURPOSES

    bare = given.reason is None and given.minutes is None
    if not terminal.can_ask():
        missing = [name for name, value in (("--reason", given.reason), ("--minutes", given.minutes)) if value is None]
        if missing:
            raise Problem(f"give {' and '.join(missing)}: there is no terminal to ask on")
    reason = given.reason if given.reason is not None else _until("why is the role needed", "", declaring.reason_of)
    reason = declaring.reason_of(reason)
    minutes = given.minutes or _until("for how many minutes", "30", lambda text: str(declaring.minutes_typed(text)))
    made = declaring.minutes_typed(minutes)
    purpose = given.purpose or OTHER
    if bare and given.purpose is None:
        purpose = _until(f"purpose ({', '.join(PURPOSES)})", OTHER, declaring.purpose_of)
    return declaring.Declaration(reason, made, given.person or _person(expected), purpose, given.ticket)


def _until(question: str, default: str, check: Callable[[str], str]) -> str:
    """Ask until the answer does, three times at most. Raises Problem."""
    from iam_guardrails.adapters import terminal
    from iam_guardrails.reports.escaping import shown
    from iam_guardrails.reports.fitting import fitted, sentence

    question = fitted(shown(question), QUESTION_WIDTH)
    for _ in range(2):
        try:
            return check(terminal.ask(question, default))
        except Problem as problem:
            if not terminal.can_ask():
                raise
            print(sentence("  ", shown(str(problem))), file=sys.stderr)
    return check(terminal.ask(question, default))


def _person(expected: Expected) -> str:
    """Who enters: told by the environment, known as this machine's user, or asked for. Raises Problem."""
    from iam_guardrails.adapters import terminal
    from iam_guardrails.adapters.login import login_names
    from iam_guardrails.model.incident.declaring import person_of
    from iam_guardrails.model.incident.people import names, recognised

    known = names(expected)
    if made := os.environ.get("GUARDRAILS_PERSON", "").strip() or recognised(login_names(), known):
        return made
    there = ", ".join(known) or "nobody is named in guardrails.toml"
    if not terminal.can_ask():
        raise Problem(f"say who enters: --person NAME; who may: {there}")
    return _until(f"who enters ({there})", "", person_of)


def _read(given: argparse.Namespace, root: Path, environment: str, tell: Tell) -> Account:
    """The live account. Raises Problem."""
    if given.no_capture:
        raise Problem("it was left out with --no-capture")
    from iam_guardrails.incident_wiring import read_account

    return read_account(root, environment, given.sandbox, given.reader_profile, tell)
