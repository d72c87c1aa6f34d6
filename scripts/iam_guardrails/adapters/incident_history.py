"""All records of incidents of an environment, those that are broken too."""

from __future__ import annotations

import json
from pathlib import Path

from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.model.incident import step as kinds
from iam_guardrails.model.incident.against import BrokenRecord
from iam_guardrails.model.incident.incident import Incident, content_of, incident_of
from iam_guardrails.model.problem import Problem

_HEAD = ".head.json"
_CONTENTS = {
    kinds.ENTERED: kinds.Entered, kinds.LEFT: kinds.Left, kinds.EXITED: kinds.Exited, kinds.EXTENDED: kinds.Extended,
}  # fmt: skip


def history(records: IncidentRecords) -> tuple[tuple[Incident, ...], tuple[BrokenRecord, ...]]:
    """The incidents, oldest first, and the records that cannot be trusted; one that is gone leaves its head behind."""
    found: list[Incident] = []
    broken: list[BrokenRecord] = []
    for incident_id in records.ids():
        item = _read(records, incident_id)
        if isinstance(item, Incident):
            found.append(item)
        else:
            broken.append(item)
    broken += _gone(records)
    return tuple(sorted(found, key=lambda item: (item.opened_at, item.id))), tuple(broken)


def _read(records: IncidentRecords, incident_id: str) -> Incident | BrokenRecord:
    path = str(records.path(incident_id).name)
    try:
        checked = records.check(incident_id)
        if checked.broken:
            first = checked.broken[0]
            return BrokenRecord(incident_id, f"{path}, line {first.line}" if first.line else path, first.why)
        made = incident_of(checked.steps, path)
        for item in made.steps:
            if item.kind in _CONTENTS:
                content_of(item, _CONTENTS[item.kind])
    except Problem as problem:
        return BrokenRecord(incident_id, path, str(problem))
    if made.id != incident_id:
        return BrokenRecord(incident_id, path, f"it is the record of {made.id}")
    return made


def _gone(records: IncidentRecords) -> list[BrokenRecord]:
    """Records of which only the head is left; a head of no lines belongs to one that was never begun."""
    listed = set(records.ids())
    found = []
    for path in sorted(records.folder.glob(f"*{_HEAD}")):
        incident_id = path.name.removesuffix(_HEAD)
        if incident_id not in listed and _lines(path):
            found.append(BrokenRecord(incident_id, path.name, "the record it belongs to is gone"))
    return found


def _lines(path: Path) -> int:
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["lines"])
    except (OSError, ValueError, KeyError, TypeError):
        return 1
