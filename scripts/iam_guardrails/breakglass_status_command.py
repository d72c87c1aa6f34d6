"""`guardrails breakglass status`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]


def declare(made: argparse.ArgumentParser) -> None:
    """Its arguments."""
    made.add_argument("env", metavar="ENV", nargs="?", help="dev, staging or prod (default: all)")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")
    made.add_argument("--output", metavar="FILE", help="write it there instead of to stdout")


def run(given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Tell, put: Put) -> int:
    """Show what is open or late; 1 where something is late, 2 where a record is broken. Raises Problem."""
    from iam_guardrails.incident_wiring import every, now, output_style
    from iam_guardrails.model.incident.standing import lines_of
    from iam_guardrails.reports.incident import status_json, status_text

    found, broken = every(find_root(given), given.env, given.sandbox)
    lines = lines_of((item.incident for item in found), now())
    if given.format == "json":
        put(status_json(lines, broken), given.output)
    else:
        put(status_text(lines, broken, len(found), output_style(given.output)), given.output)
    return 2 if broken else 1 if any(item.wrong for item in lines) else 0
