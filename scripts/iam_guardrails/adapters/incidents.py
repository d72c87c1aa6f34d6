"""Records of incidents on disk: one file of hash-chained lines for each, and a head beside it.

A line is added by writing the whole file anew (temporary file, fsync, rename), under a lock that the kernel lets go of
however the process ends: a reader sees the record with the line or without it, and two people on one machine never
write at once. The head, written last, shows a tail that was cut off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import read_text, write_atomic
from iam_guardrails.adapters.record_stores import IncidentStore
from iam_guardrails.adapters.writing_lock import writing
from iam_guardrails.model.incident.chain import (
    Broken,
    Head,
    against_head,
    head_of,
    line_of,
    new_step,
    read_steps,
)
from iam_guardrails.model.incident.clocks import HERE, ahead
from iam_guardrails.model.incident.contents import fit
from iam_guardrails.model.incident.fetching import fetch_command, lines_to_add
from iam_guardrails.model.incident.incident import Incident, incident_of
from iam_guardrails.model.incident.step import NOTED, OPENED, Noted, Opened, Step
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen
from iam_guardrails.model.visible import visible

FOLDER = "incidents"
_HEAD = ".head.json"
_BESIDE = (".before.json.gz", ".dossier.html", ".dossier.md")


class NotWritten(Problem):
    """A step that could not be kept; `line` is what the record lacks."""

    def __init__(self, message: str, line: str) -> None:
        super().__init__(message)
        self.line = line


def _silent(_text: str) -> None:
    """Where nobody listens."""


@frozen
class Checked:
    """A record as it lies on disk: its steps as far as they can be trusted, and what is wrong with it."""

    path: Path
    steps: tuple[Step, ...]
    broken: tuple[Broken, ...]


@frozen
class IncidentRecords:
    """The incidents of one environment.

    records: envs/<env>/records.  work: a folder for the lock.  now: the clock (aware UTC).  by: "user@host".
    store: a second place for every line; when it does not answer, `tell` says so, and the next step sends the line too.
    """

    records: Path
    work: Path
    now: Callable[[], datetime]
    by: str
    store: IncidentStore | None = None
    tell: Callable[[str], None] = _silent

    @property
    def folder(self) -> Path:
        """Where the records lie."""
        return self.records / FOLDER

    def ids(self) -> tuple[str, ...]:
        """The ids of all incidents, oldest first."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.jsonl")))

    def heads(self) -> tuple[str, ...]:
        """The ids of all incidents of which there is a head."""
        return tuple(sorted(path.name.removesuffix(_HEAD) for path in self.folder.glob(f"*{_HEAD}")))

    def strays(self) -> tuple[tuple[str, str], ...]:
        """The ids of which a file that belongs to a record is there, and how its name ends."""
        return tuple((path.name.removesuffix(end), end) for end in _BESIDE for path in self.folder.glob(f"*{end}"))

    def sent_at(self, incident_id: str) -> datetime | None:
        """When the store got the declaration, by the store's clock; None where there is none, or it does not tell."""
        try:
            return self.store.sent_at(incident_id) if self.store else None
        except Problem as problem:
            self.tell(f"when the store got the declaration is not known: {problem}")
            return None

    def expected_lines(self, incident_id: str) -> int | None:
        """How many lines the head speaks of; None where it tells nothing."""
        head = _read_head(self._head(incident_id))
        return head.lines if isinstance(head, Head) else None

    def path(self, incident_id: str) -> Path:
        """The record of an incident; it need not exist."""
        return self.folder / f"{incident_id}.jsonl"

    def load(self, incident_id: str) -> Incident:
        """An incident. Raises Problem where there is none, or its record is broken."""
        checked = self.check(incident_id)
        if checked.broken:
            first = checked.broken[0]
            raise Problem(
                f"{checked.path}, line {first.line}: {first.why}; restore the record from version control or the store"
            )
        return incident_of(checked.steps, str(checked.path))

    def all(self) -> tuple[Incident, ...]:
        """Every incident, oldest first. Raises Problem naming the record that is broken."""
        return tuple(sorted((self.load(item) for item in self.ids()), key=lambda item: item.opened_at))

    def readable(self) -> tuple[tuple[Incident, ...], tuple[str, ...]]:
        """Every incident whose record is whole, oldest first, and what is wrong with the others, a sentence each.

        A record of which only the head is left counts among the others.
        """
        found, wrong = [], []
        for name in self.ids():
            try:
                found.append(self.load(name))
            except Problem as problem:
                wrong.append(str(problem))
        lost = (name for name in self.heads() if not self.path(name).exists() and self.expected_lines(name) != 0)
        said = "is missing, though its head tells of lines; restore it from version control or the store"
        wrong += [f"{self.path(name)} {said}" for name in lost]
        return tuple(sorted(found, key=lambda item: item.opened_at)), tuple(wrong)

    def check(self, incident_id: str) -> Checked:
        """The record of an incident and what is wrong with it. Raises Problem where it cannot be read."""
        path = self.path(incident_id)
        steps, broken = read_steps(read_text(path, "the record of the incident"))
        head = _read_head(self._head(incident_id))
        if isinstance(head, Head):
            late = against_head(steps, head) if not broken else None
            return Checked(path, steps, (*broken, late) if late else broken)
        return Checked(path, steps, (*broken, head))

    def open(self, opened: Opened) -> Incident:
        """Begin a record. Raises Problem where an incident is open, here or in the store, or it cannot be written.

        A broken record of another incident stops no emergency: that nobody knows whether it is open is noted.
        """
        with self._locked():
            there, broken = self.readable()
            for item in there:
                if stands_in_the_way(item, self.now()):
                    raise already_open(item)
            unsure = [f"whether another incident is open is not known, because {text}" for text in broken]
            unsure += [f"{item.id} is open too, and dated ahead: close it" for item in there if item.is_open]
            unsure += self._claim(opened.incident_id)
            if self.path(opened.incident_id).exists():
                raise Problem(f"there is a record of {opened.incident_id} already; repeat, to get another id")
            self._write_head(opened.incident_id, Head(0, ""))  # first, so that a record never lacks one
            incident = self._write(opened.incident_id, (), OPENED, opened)
            for text in unsure:
                self.tell(text)
                incident = self._write(incident.id, incident.steps, NOTED, Noted(text))
            return incident

    def _claim(self, incident_id: str) -> list[str]:
        """Ask the store whether another machine has an incident open; returns why that is not known, if it is not.

        Raises Problem where it has. A store that does not answer stops no emergency.
        """
        if self.store is None:
            return []
        try:
            holder = self.store.claim(incident_id)
        except Problem as problem:
            return [f"whether another machine has an incident open is not known, because of the store: {problem}"]
        if holder is None:
            return []
        if stands_in_the_way(holder, self.now()):
            raise already_open(holder, "" if holder.id in self.ids() else self.store.url)
        return [f"{holder.id} is open in the store, and dated ahead: close it, and send this one's record again"]

    def take_over(self, incident_id: str, steps: Sequence[Step]) -> int:
        """Write a record as another place has it; returns how many lines that adds, negative where there are more here.

        steps: whole in themselves. Nothing that is here is written over. Raises Problem.
        """
        with self._locked():
            here: tuple[Step, ...] = ()
            head = _read_head(self._head(incident_id))
            if self.path(incident_id).exists():
                checked = self.check(incident_id)
                if checked.broken:
                    first = checked.broken[0]
                    raise Problem(f"{checked.path}, line {first.line}: {first.why}; keep it elsewhere as evidence, with"
                                  " its head, and repeat: nothing was written over it")  # fmt: skip
                here = checked.steps
            added = lines_to_add(incident_id, here, steps, head if isinstance(head, Head) else None)
            if added > 0:
                if not isinstance(head, Head):
                    self._write_head(incident_id, Head(0, ""))  # first, so that a record never lacks one
                self._keep(incident_id, steps)
            return added

    def append(self, incident_id: str, kind: str, content: Any) -> Incident:
        """Add a step. Raises Problem where the record is broken, NotWritten where it cannot be written."""
        with self._locked():
            return self._write(incident_id, self.load(incident_id).steps, kind, content)

    def append_finished(self, incident_id: str, kind: str, content: Any, finish: Callable[[Incident], Any]) -> Incident:
        """Add a step to an incident that is open, else return it as it is.

        finish: gets the incident with the step as `content` has it, at the very time it will bear, and returns what is
        written instead. Raises as `append`.
        """
        with self._locked():
            there, at = self.load(incident_id), self.now()
            if not there.is_open:
                return there
            draft = incident_of((*there.steps, new_step(there.steps, at, kind, self.by, content)), incident_id)
            return self._write(incident_id, there.steps, kind, finish(draft), at)

    def keep_beside(self, incident_id: str, name: str, content: bytes) -> Path:
        """Write a file that belongs to an incident, named <id>.<name>; returns its path. Raises Problem."""
        path = self.folder / f"{incident_id}.{name}"
        write_atomic(path, content, mode=0o644)
        return path

    def _write(
        self, incident_id: str, before: Sequence[Step], kind: str, content: Any, at: datetime | None = None
    ) -> Incident:
        step = new_step(before, at or self.now(), kind, self.by, content)
        fit(step)
        steps = (*before, step)
        try:
            self._keep(incident_id, steps)
        except Problem as problem:
            raise NotWritten(f"the step was not kept: {problem}", line_of(step)) from None
        self._send(incident_id, steps)
        return incident_of(steps, incident_id)

    def _keep(self, incident_id: str, steps: Sequence[Step]) -> None:
        write_atomic(self.path(incident_id), "".join(f"{line_of(item)}\n" for item in steps), mode=0o644)
        self._write_head(incident_id, head_of(steps))

    def _send(self, incident_id: str, steps: Sequence[Step]) -> None:
        if self.store is None:
            return
        try:
            self.store.send(incident_id, steps)
        except Problem as problem:
            self.tell(f"kept here, but not in the store yet (the next step sends it too): {problem}")

    def _write_head(self, incident_id: str, head: Head) -> None:
        text = json.dumps({"lines": head.lines, "hash": head.hash}) + "\n"
        write_atomic(self._head(incident_id), text, mode=0o644)

    def _head(self, incident_id: str) -> Path:
        return self.folder / f"{incident_id}{_HEAD}"

    def _locked(self) -> AbstractContextManager[None]:
        return writing(self.work / "incidents.lock")


def stands_in_the_way(item: Incident, now: datetime) -> bool:
    """Whether an incident is open, so that no other is to be opened; one that is dated ahead admits nobody."""
    return item.is_open and not ahead(item, ((HERE, now),))


def already_open(item: Incident, url: str = "") -> Problem:
    """That an incident stands in the way of a new one, and how to go on. url: of the store, where only that has it."""
    told = (
        f"{item.id} is open already ({visible(item.opened.person)}, {item.opened_at:%Y-%m-%d %H:%M} UTC:"
        f" {visible(item.opened.reason)})"
    )
    if url:
        fetch = fetch_command(item.id, url, item.opened.simulated)
        return Problem(f"{told} on another machine; go on with it there, or bring its record here first: {fetch}")
    flag = " --sandbox" if item.opened.simulated else ""
    return Problem(
        f"{told}; go on with it: guardrails breakglass enter {item.id}{flag}; or end it:"
        f" guardrails breakglass close {item.id}{flag}"
    )


def _read_head(path: Path) -> Head | Broken:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Head(int(values["lines"]), str(values["hash"]))
    except FileNotFoundError:
        return Broken(0, f"{path.name}, which tells how many lines there are, is missing")
    except (OSError, ValueError, KeyError, TypeError):
        return Broken(0, f"{path.name}, which tells how many lines there are, cannot be read")
