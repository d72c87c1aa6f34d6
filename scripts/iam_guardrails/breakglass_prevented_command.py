"""`guardrails breakglass prevented`: a prevention action of a review is done."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments."""
    made.add_argument("id", metavar="ID", help="the incident")
    made.add_argument("number", metavar="NUMBER", type=int, help="of the action, as the dossier lists them")
    made.add_argument("--evidence", metavar="TEXT", required=True, help="where that can be seen, e.g. a commit")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")


def run(
    given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Callable[[str], None],
    put: Callable[[str, str | None], None],
) -> int:  # fmt: skip
    """Write it into the record; returns the exit code. Raises Problem."""
    from iam_guardrails.incident_wiring import find
    from iam_guardrails.model.incident.entry import flag_of
    from iam_guardrails.model.incident.examined import PREVENTED
    from iam_guardrails.model.incident.review import done, prevention

    found = find(find_root(given), given.id, given.sandbox, given.store, tell)
    made = done(found.incident, given.number, given.evidence)
    incident = found.records.append(found.incident.id, PREVENTED, made)
    if given.format == "json":
        from iam_guardrails.incident_wiring import now
        from iam_guardrails.reports.incident import opened_json

        put(opened_json(incident, str(found.records.path(incident.id)), now()), None)
        return 0
    left = [number for number, _, one in prevention(incident) if one is None]
    told = f"action {given.number} of {incident.id} is done; {len(left)} left"
    flag = flag_of(incident)
    after = f"prevented {incident.id} {left[0]} --evidence TEXT" if left else f"status {incident.opened.environment}"
    put(f"{told}\nnext: guardrails breakglass {after}{flag}\n", None)
    return 0
