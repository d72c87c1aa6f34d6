"""`guardrails breakglass show`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]


def declare(made: argparse.ArgumentParser) -> None:
    """Its arguments."""
    made.add_argument("id", metavar="ID", nargs="?", help="the incident (default: the one that is open)")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")
    made.add_argument("--output", metavar="FILE", help="write it there instead of to stdout")


def run(given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Tell, put: Put) -> int:
    """Show an incident. Raises Problem."""
    from iam_guardrails.incident_wiring import near, now, output_style
    from iam_guardrails.overview_wiring import seen
    from iam_guardrails.reports.incident import opened_json, show_text

    found = seen(find_root(given), given.id, given.sandbox, given.store, tell)
    path = found.records.path(found.incident.id)
    if found.elsewhere:
        tell("another machine has its record: this is what the store has of it")
    if given.format == "json":
        record, following = ("", "") if found.elsewhere else (str(path), None)
        put(opened_json(found.incident, record, now(), following), given.output)
    else:
        put(
            show_text(
                found.incident,
                "only in the store" if found.elsewhere else near(path),
                now(),
                output_style(given.output),
                found.elsewhere,
            ),
            given.output,
        )
    return 0
