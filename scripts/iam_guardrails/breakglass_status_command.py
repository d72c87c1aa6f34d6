"""`guardrails breakglass status`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_guardrails.incident_wiring import Found
    from iam_guardrails.model.incident.standing import Line

Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]


def declare(made: argparse.ArgumentParser) -> None:
    """Its arguments."""
    made.add_argument("env", metavar="ENV", nargs="?", help="dev, staging or prod (default: all)")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")
    made.add_argument("--output", metavar="FILE", help="write it there instead of to stdout")


def run(given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Tell, put: Put) -> int:
    """Show what is open or late; 1 where something is late, 2 where a record is broken. Raises Problem."""
    from iam_guardrails.incident_wiring import now, output_style
    from iam_guardrails.model.incident.standing import lines_of, of_another
    from iam_guardrails.overview_wiring import every, fetches
    from iam_guardrails.reports.incident import status_json, status_text

    root = find_root(given)
    found, broken = every(root, given.env, given.sandbox, given.store)
    lines = [*lines_of((item.incident for item in found), now()), *_unlogged(found, root, given.sandbox)]
    away = fetches(found, given.sandbox)
    lines = [of_another(item, away[item.incident_id]) if item.incident_id in away else item for item in lines]
    if given.format == "json":
        put(status_json(lines, broken), given.output)
    else:
        put(status_text(lines, broken, len(found), output_style(given.output)), given.output)
    return 2 if broken else 1 if any(item.wrong for item in lines) else 0


def _unlogged(found: list[Found], root: Path, sandbox: bool) -> Iterator[Line]:
    """Closed incidents without an entry in the change log: their close was stopped before its end."""
    from iam_guardrails.adapters.change_log import entries, lacks
    from iam_guardrails.incident_wiring import change_log_of
    from iam_guardrails.model.incident.standing import Line

    for item in found:
        if item.incident.is_open or item.elsewhere:
            continue
        path = change_log_of(root, item.records, sandbox)
        there = entries(path).get(f"break-glass · {item.environment} · {item.incident.id}")
        lost = lacks(there) if there is not None else ()
        flag = " --sandbox" if sandbox else ""
        if there is None:
            yield Line(item.environment, item.incident.id, f"closed, but {path.name} has no entry for it", True,
                       f"guardrails breakglass close {item.incident.id}{flag}")  # fmt: skip
        elif lost:
            yield Line(item.environment, item.incident.id, f"its entry in {path.name} lacks: {', '.join(lost)}", True,
                       "" if sandbox else f"git log --patch -- {path.name}")  # fmt: skip
