"""`guardrails breakglass note`: a sentence for the review, while it is fresh."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]


def declare(made: argparse.ArgumentParser) -> None:
    """Its arguments."""
    made.add_argument("id", metavar="ID", nargs="?", help="the incident (default: the one that is open)")
    made.add_argument("text", metavar="TEXT", help="what is to be remembered; no secrets")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")


def run(given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Tell, put: Put) -> int:
    """Keep a note. Raises Problem."""
    from iam_guardrails.incident_wiring import find, near, now
    from iam_guardrails.model.incident.declaring import note_of
    from iam_guardrails.model.incident.naming import is_id
    from iam_guardrails.model.incident.step import NOTED, Noted
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.reports.fitting import wrapped
    from iam_guardrails.reports.incident import last_line

    if given.id is None and is_id(given.text):
        raise Problem(f"{given.text} is an incident, and no note: say what is to be remembered of it, in quotes")
    found = find(find_root(given), given.id, given.sandbox, given.store, tell)
    incident = found.records.append(found.incident.id, NOTED, Noted(note_of(given.text)))
    if given.format == "json":
        from iam_guardrails.reports.incident import opened_json

        put(opened_json(incident, str(found.records.path(incident.id)), now()), None)
        return 0
    kept = "\n".join(wrapped("kept in ", near(found.records.path(incident.id))))
    put(f"{kept}\n{last_line(incident, now())}\n", None)
    return 0
