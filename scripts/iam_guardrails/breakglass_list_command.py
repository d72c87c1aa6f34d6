"""`guardrails breakglass list`."""

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
    """List the incidents; 2 where a record is broken. Raises Problem."""
    from iam_guardrails.incident_wiring import now, output_style
    from iam_guardrails.overview_wiring import every, fetches
    from iam_guardrails.reports.escaping import as_json
    from iam_guardrails.reports.incident import list_text, values

    found, wrong = every(find_root(given), given.env, given.sandbox, given.store)
    away = fetches(found, given.sandbox)
    for text in wrong:
        tell(f"BROKEN: {text}")
    if given.format == "json":
        listed = [
            values(item.incident, "" if item.elsewhere else str(item.records.path(item.incident.id)), now(),
                   away.get(item.incident.id))
            for item in found
        ]  # fmt: skip
        put(as_json(listed), given.output)
    else:
        put(list_text((item.incident for item in found), now(), output_style(given.output), away), given.output)
    return 2 if wrong else 0
