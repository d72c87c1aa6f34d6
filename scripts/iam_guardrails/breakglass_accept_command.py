"""`guardrails breakglass accept`: something temporary may stay until a day, and somebody answers for it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments."""
    made.add_argument("id", metavar="ID", nargs="?", help="the incident (default: the one that is open)")
    made.add_argument("item", metavar="ITEM", help="what may stay, as `guardrails breakglass close` calls it")
    for name, text in (("owner", "who answers for it"), ("ticket", "where it is followed"),
                       ("until", "the last day on which it may stay; at most 90 days"), ("reason", "why")):  # fmt: skip
        made.add_argument(f"--{name}", metavar="DAY" if name == "until" else "TEXT", required=True, help=text)
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")


def run(
    given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Callable[[str], None],
    put: Callable[[str, str | None], None],
) -> int:  # fmt: skip
    """Write it into the record; returns the exit code. Raises Problem."""
    from iam_guardrails.incident_wiring import find, today
    from iam_guardrails.model.incident.settle import acceptance, item_named, last_items
    from iam_guardrails.model.incident.step import ACCEPTED

    found = find(find_root(given), given.id, given.sandbox, given.store, tell)
    item = item_named(last_items(found.incident), given.item)
    accepted = acceptance(item, given.owner, given.ticket, given.until, given.reason, today())
    incident = found.records.append(found.incident.id, ACCEPTED, accepted)
    if given.format == "json":
        from iam_guardrails.incident_wiring import now
        from iam_guardrails.reports.incident import opened_json

        put(opened_json(incident, str(found.records.path(incident.id)), now()), None)
        return 0
    flags = ("" if found.incident.is_open else " --again") + (" --sandbox" if given.sandbox else "")
    put(
        f"{item.id} may stay until {accepted.until}\nnext: guardrails breakglass close {found.incident.id}{flags}\n",
        None,
    )
    return 0
