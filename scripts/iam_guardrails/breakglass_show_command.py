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
    """Show an incident; 2 where the store, which may know more of it, could not be read. Raises Problem."""
    from iam_guardrails.incident_wiring import near, now, output_style
    from iam_guardrails.overview_wiring import fetches, seen
    from iam_guardrails.reports.incident import opened_json, show_text

    found, whole = seen(find_root(given), given.id, given.sandbox, given.store, tell)
    path = found.records.path(found.incident.id)
    away = fetches((found,), given.sandbox).get(found.incident.id, "")
    if away:
        tell("another machine has its record: this is what the store has of it")
    if given.format == "json":
        put(opened_json(found.incident, "" if away else str(path), now(), away or None), given.output)
    else:
        where = "only in the store" if away else near(path)
        put(show_text(found.incident, where, now(), output_style(given.output), away), given.output)
    return 0 if whole else 2
