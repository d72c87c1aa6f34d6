"""`guardrails breakglass extend`: more time, said aloud."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]


def declare(made: argparse.ArgumentParser) -> None:
    """Its arguments."""
    made.add_argument("id", metavar="ID", nargs="?", help="the incident (default: the one that is open)")
    made.add_argument("--minutes", metavar="N", required=True, help="how much longer from now, 1 to 60")
    made.add_argument("--reason", metavar="TEXT", required=True, help="why it takes longer")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")
    made.add_argument("--output", metavar="FILE", help="write it there instead of to stdout")


def run(given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Tell, put: Put) -> int:
    """Extend an incident that is open. Raises Problem."""
    from iam_guardrails.incident_wiring import find, near, now, output_style
    from iam_guardrails.model.incident.declaring import minutes_typed, reason_of
    from iam_guardrails.model.incident.entry import flag_of
    from iam_guardrails.model.incident.incident import ENDED_STATE
    from iam_guardrails.model.incident.step import EXTENDED, Extended
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.reports.incident import opened_json, show_text

    found = find(find_root(given), given.id, given.sandbox, given.store, tell)
    flag, id_ = flag_of(found.incident), found.incident.id
    anew = f"guardrails breakglass open {found.environment} --reason WHY --minutes 30{flag}"
    if not found.incident.is_open:
        raise Problem(f"{id_} is closed; declare a new one: {anew}")
    if found.incident.state == ENDED_STATE:
        close = f"guardrails breakglass close {id_}{flag}"
        raise Problem(f"{id_} was exited, so nobody enters any more; close it ({close}), and declare a new one: {anew}")
    step = Extended(minutes_typed(given.minutes), reason_of(given.reason))
    incident = found.records.append(found.incident.id, EXTENDED, step)
    path = found.records.path(incident.id)
    if given.format == "json":
        put(opened_json(incident, str(path), now()), given.output)
    else:
        put(show_text(incident, near(path), now(), output_style(given.output)), given.output)
    return 0
