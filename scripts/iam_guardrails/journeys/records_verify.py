"""records verify: is every line of every record the one that was written, and none missing?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from iam_guardrails.adapters.incidents import Checked, IncidentRecords
from iam_guardrails.model.incident.chain import Broken, against_earlier, read_steps
from iam_guardrails.model.incident.contents import content_of
from iam_guardrails.model.incident.incident import Incident, incident_of, kept_files
from iam_guardrails.model.incident.step import BEFORE, Before, Step
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen


@frozen
class Verified:
    """One record. lines: how many there are.  broken: what is wrong.  notes: what is odd and proves nothing."""

    environment: str
    incident_id: str
    lines: int
    broken: tuple[Broken, ...]
    notes: tuple[str, ...] = ()


Texts = Mapping[str, str]
"""Incident ids to records as another place has them."""


def verify_records(
    environment: str, records: IncidentRecords, elsewhere: Iterable[tuple[str, Texts]],
    remembered: Mapping[str, str] | None = None,
) -> list[Verified]:  # fmt: skip
    """Judge every record of an environment. elsewhere: places with copies, by how they are called.

    remembered: incidents that there were, and what tells of each: git's history, the change log. Raises Problem.
    """
    places, traces = tuple(elsewhere), remembered or {}
    ids = dict.fromkeys([*records.ids(), *records.heads(), *(name for _, texts in places for name in texts), *traces])
    return [_verify(environment, records, name, places, traces.get(name, "")) for name in ids]


def _verify(
    environment: str, records: IncidentRecords, incident_id: str, places: Iterable[tuple[str, Texts]], trace: str
) -> Verified:
    if not records.path(incident_id).exists():
        return _missing(environment, records, incident_id, places, trace)
    try:
        checked = records.check(incident_id)
    except Problem as problem:
        return Verified(environment, incident_id, 0, (Broken(0, str(problem)),))
    broken = list(checked.broken)
    for place, texts in places:
        if incident_id in texts:
            broken += _against(checked.steps, texts[incident_id], place)
    notes: list[str] = []
    if not checked.broken:
        broken += _as_incident(checked, incident_id, records.folder, notes)
    return Verified(environment, incident_id, len(checked.steps), tuple(broken), tuple(notes))


def _missing(
    environment: str, records: IncidentRecords, incident_id: str, places: Iterable[tuple[str, Texts]], trace: str
) -> Verified:
    there = [place for place, texts in places if incident_id in texts]
    if not there and not trace and records.expected_lines(incident_id) == 0:
        note = "an incident was about to be declared and the program was stopped: nothing was lost"
        return Verified(environment, incident_id, 0, (), (note,))
    where = f"; it is in {', '.join(there)}" if there else f"; {trace}" if trace else ""
    return Verified(environment, incident_id, 0, (Broken(0, f"the whole record is missing{where}"),))


def _against(steps: tuple[Step, ...], text: str, place: str) -> Iterator[Broken]:
    earlier, theirs = read_steps(text)
    if theirs:
        yield Broken(theirs[0].line, f"the copy in {place} is broken: {theirs[0].why}")
    elif late := against_earlier(steps, earlier, place):
        yield late


def _as_incident(checked: Checked, incident_id: str, folder: Path, notes: list[str]) -> Iterator[Broken]:
    try:
        incident = incident_of(checked.steps, str(checked.path))
    except Problem as problem:
        yield Broken(1, str(problem))
        return
    if incident.id != incident_id:
        yield Broken(1, f"it is the record of {incident.id} under another name")
    notes += [f"the clock went back {seconds} s before line {number}" for number, seconds in incident.jumps()]
    if not incident.is_open and not any(name.endswith(".dossier.md") for name in kept_files(incident)):
        notes.append("no hash of its dossier is on record; `guardrails breakglass close` with its id writes one")
    yield from _files(incident, folder)


def _files(incident: Incident, folder: Path) -> Iterator[Broken]:
    for item in incident.of(BEFORE):
        said = content_of(item, Before)
        if said.file:
            yield from _file(item.number, folder / Path(said.file).name, said.sha256)
    numbers = {name: item.number for item in incident.steps for name in item.content.get("files") or ()}
    for name, sha256 in kept_files(incident).items():
        yield from _file(numbers[name], folder / Path(name).name, sha256)


def _file(number: int, path: Path, wanted: str) -> Iterator[Broken]:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        yield Broken(number, f"{path.name}, which the line speaks of, cannot be read ({error.strerror})")
        return
    if found != wanted:
        yield Broken(number, f"{path.name} is not the file the line speaks of: it was changed")


def copies(ids: Iterable[str], text: Callable[[str], str]) -> dict[str, str]:
    """The records of a place, by id. Raises Problem."""
    return {name: text(name) for name in ids}
