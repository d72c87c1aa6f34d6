"""`guardrails breakglass reverted`: somebody's word, with evidence, for what no call can look at, and for what was
taken away or closed and is to stay so."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments."""
    made.add_argument("id", metavar="ID", nargs="?", help="the incident (default: the one that is open)")
    made.add_argument(
        "item", metavar="ITEM", help="what is undone or to stay, as `guardrails breakglass close` calls it"
    )
    made.add_argument("--evidence", metavar="TEXT", required=True, help="where that can be seen")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")


def run(
    given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Callable[[str], None],
    put: Callable[[str, str | None], None],
) -> int:  # fmt: skip
    """Write it into the record; returns the exit code. Raises Problem."""
    from iam_guardrails.incident_wiring import find
    from iam_guardrails.model.incident.examined import OPEN, STATED
    from iam_guardrails.model.incident.settle import item_named, last_items, statement

    found = find(find_root(given), given.id, given.sandbox, given.store, tell)
    item = item_named(last_items(found.incident), given.item)
    incident = found.records.append(found.incident.id, STATED, statement(item, given.evidence))
    if given.format == "json":
        from iam_guardrails.incident_wiring import now
        from iam_guardrails.reports.incident import opened_json

        put(opened_json(incident, str(found.records.path(incident.id)), now()), None)
        return 0
    flags = ("" if found.incident.is_open else " --again") + (" --sandbox" if given.sandbox else "")
    what = "is to stay as it is" if item.verdict == OPEN else "is undone"
    put(f"{item.id} {what}, as you say\nnext: guardrails breakglass close {found.incident.id}{flags}\n", None)
    return 0
