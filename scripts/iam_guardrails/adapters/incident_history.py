"""All records of incidents of an environment, on disk and in the store, those that are broken too."""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.adapters.record_stores import IncidentStore
from iam_guardrails.model.incident.against import BrokenRecord
from iam_guardrails.model.incident.chain import against_earlier, read_steps
from iam_guardrails.model.incident.incident import Incident, incident_of
from iam_guardrails.model.incident.step import Step
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

_STORE = "the store"


@frozen
class History:
    """incidents: oldest first.  broken: records that cannot be trusted.  unread: why the store was not read, or ""."""

    incidents: tuple[Incident, ...]
    broken: tuple[BrokenRecord, ...]
    unread: str = ""


def history(records: IncidentRecords) -> History:
    """The incidents of an environment. One whose record is gone leaves its head behind, and counts as broken.

    An incident of another machine may be in the store only, and one that went on there has more lines there.
    """
    stored, unread = _stored(records.store)
    found: list[Incident] = []
    broken: list[BrokenRecord] = []
    local = records.ids()
    for incident_id in dict.fromkeys((*local, *stored)):
        text = stored.get(incident_id, "")
        item = _both(records, incident_id, text) if incident_id in local else _of_text(incident_id, text, _STORE)
        if isinstance(item, Incident):
            found.append(item)
        else:
            broken.append(item)
    for incident_id in records.heads():
        if incident_id not in local and incident_id not in stored and records.expected_lines(incident_id) != 0:
            broken.append(BrokenRecord(incident_id, f"{incident_id}.jsonl", "the record is gone, its head is there"))
    return History(tuple(sorted(found, key=lambda item: (item.opened_at, item.id))), tuple(broken), unread)


def _stored(store: IncidentStore | None) -> tuple[dict[str, str], str]:
    """What the store has, by id, and why it could not be read."""
    if store is None:
        return {}, ""
    try:
        return {incident_id: store.text(incident_id) for incident_id in store.ids()}, ""
    except Problem as problem:
        return {}, f"the store of records cannot be read, so incidents of other machines are not known: {problem}"


def _both(records: IncidentRecords, incident_id: str, text: str) -> Incident | BrokenRecord:
    """A record on disk, and as far as it goes on in the store."""
    where = records.path(incident_id).name
    try:
        checked = records.check(incident_id)
    except Problem as problem:
        return BrokenRecord(incident_id, where, str(problem))
    if checked.broken:
        first = checked.broken[0]
        return BrokenRecord(incident_id, f"{where}, line {first.line}" if first.line else where, first.why)
    steps = checked.steps
    if text:
        stored, faults = read_steps(text)
        if faults:
            return BrokenRecord(incident_id, f"{incident_id} in {_STORE}, line {faults[0].line}", faults[0].why)
        longer, shorter = (stored, steps) if len(stored) > len(steps) else (steps, stored)
        if apart := against_earlier(longer, shorter, _STORE):
            return BrokenRecord(incident_id, f"{where}, line {apart.line}", apart.why)
        steps = longer
    return _made(incident_id, steps, where)


def _of_text(incident_id: str, text: str, where: str) -> Incident | BrokenRecord:
    steps, faults = read_steps(text)
    if faults:
        return BrokenRecord(incident_id, f"{incident_id} in {where}, line {faults[0].line}", faults[0].why)
    return _made(incident_id, steps, where)


def _made(incident_id: str, steps: Sequence[Step], where: str) -> Incident | BrokenRecord:
    try:
        made = incident_of(steps, where)
    except Problem as problem:
        return BrokenRecord(incident_id, where, str(problem))
    return made if made.id == incident_id else BrokenRecord(incident_id, where, f"it is the record of {made.id}")
