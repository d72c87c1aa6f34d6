"""Incidents with their edges: where their records lie, the clock, and who is at the machine."""

from __future__ import annotations

import getpass
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from iam_guardrails.adapters.incidents import FOLDER, IncidentRecords
from iam_guardrails.adapters.place import ENVIRONMENTS, environment_folder
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

WORK = ".guardrails"


@frozen
class Found:
    """An incident, the environment it belongs to and the records it stands in."""

    environment: str
    records: IncidentRecords
    incident: Incident


def now() -> datetime:
    """The time (aware UTC)."""
    return datetime.now(UTC)


def by() -> str:
    """Who is at this machine, "user@host"."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def records_of(root: Path, environment: str, sandbox: bool) -> IncidentRecords:
    """The incidents of an environment; those of the embedded AWS lie in the work folder. Raises Problem."""
    folder = environment_folder(root, environment)
    base = root / WORK
    work = base / "sandbox" / environment if sandbox else base / environment
    return IncidentRecords((work if sandbox else folder) / "records", work, now, by())


def find(root: Path, wanted: str | None, sandbox: bool) -> Found:
    """The incident with that id, or the beginning or end of one; without, the only one that is open. Raises Problem."""
    places = [(name, records_of(root, name, sandbox)) for name in _environments(root)]
    if wanted is None:
        return _only_open(places)
    hits = [
        (name, records, item)
        for name, records in places
        for item in records.ids()
        if item == wanted or (len(wanted) >= 4 and (item.startswith(wanted) or item.endswith(wanted)))
    ]
    exact = [hit for hit in hits if hit[2] == wanted]
    if len(exact or hits) != 1:
        there = ", ".join(hit[2] for hit in hits) or "none that fits"
        kind = " of the embedded AWS" if sandbox else ""
        raise Problem(
            f"{wanted[:80]!r} names no single incident{kind} ({there}); `guardrails breakglass list` shows them"
        )
    name, records, item = (exact or hits)[0]
    return Found(name, records, records.load(item))


def _only_open(places: list[tuple[str, IncidentRecords]]) -> Found:
    found = [
        Found(name, records, item) for name, records in places for item in map(records.load, records.ids())
        if item.is_open
    ]  # fmt: skip
    if len(found) != 1:
        there = ", ".join(item.incident.id for item in found)
        raise Problem(
            f"several incidents are open ({there}): name the one that is meant" if found
            else "no incident is open; begin with: guardrails breakglass open ENV --reason WHY --minutes 30"
        )  # fmt: skip
    return found[0]


def _environments(root: Path) -> list[str]:
    there = {path.parent.name for path in (root / "envs").glob("*/main.tf")}
    return [name for name in ENVIRONMENTS if name in there] + sorted(there - set(ENVIRONMENTS))


__all__ = ["FOLDER", "Found", "by", "find", "now", "records_of"]
