"""Records of removals on disk: envs/<env>/records/removals/<id>.jsonl, each with a head that shows a cut tail."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import read_text, write_atomic
from iam_guardrails.model.incident.chain import Broken, Head, against_head, head_of, line_of, new_step, read_steps
from iam_guardrails.model.incident.step import Step
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.record import BEGUN, Begun, Removal, removal_of
from iam_guardrails.model.value import changed, frozen

FOLDER = "removals"
_HEAD = ".head.json"


@frozen
class RemovalRecords:
    """The removals of one environment. records: envs/<env>/records.  now: the clock (aware UTC).  by: "user@host"."""

    records: Path
    now: Callable[[], datetime]
    by: str

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.records / FOLDER

    def ids(self) -> tuple[str, ...]:
        """The ids of all, oldest first; also of those of which only the head is left."""
        lines = {path.stem for path in self.folder.glob("*.jsonl")}
        return tuple(sorted(lines | {path.name.removesuffix(_HEAD) for path in self.folder.glob(f"*{_HEAD}")}))

    def path(self, removal_id: str) -> Path:
        """The file of a record; it need not exist."""
        return self.folder / f"{removal_id}.jsonl"

    def check(self, removal_id: str) -> tuple[tuple[Step, ...], tuple[Broken, ...]]:
        """The steps as far as they can be trusted, and what is wrong. Raises Problem where there is no such file."""
        steps, broken = read_steps(read_text(self.path(removal_id), "the record of the removal"))
        try:
            values = json.loads(read_text(self._head(removal_id), "the head of the record"))
            late = against_head(steps, Head(int(values["lines"]), str(values["hash"])))
        except (Problem, ValueError, KeyError, TypeError):
            late = Broken(0, f"{self._head(removal_id).name}, which tells how many lines there are, cannot be read")
        return steps, (*broken, late) if late and not broken else broken

    def load(self, removal_id: str) -> Removal:
        """A removal. Raises Problem where there is none, or its record is broken."""
        steps, broken = self.check(removal_id)
        path = self.path(removal_id)
        if broken:
            raise Problem(f"{path}, line {broken[0].line}: {broken[0].why}; restore it from version control")
        return removal_of(steps, str(path))

    def all(self) -> tuple[Removal, ...]:
        """Every removal, oldest first. Raises Problem naming the one that is broken."""
        return tuple(self.load(name) for name in self.ids())

    def begin(self, begun: Begun) -> Removal:
        """Write the first line; the record gets a name of its own. Raises Problem."""
        stem = f"removal-{self.now():%Y%m%d-%H%M%S}"
        there, name, number = set(self.ids()), stem, 1
        while name in there:
            number += 1
            name = f"{stem}-{number}"
        step = new_step((), self.now(), BEGUN, self.by, changed(begun, id=name))
        return self._write(name, (step,))

    def append(self, removal: Removal, kind: str, content: Any) -> Removal:
        """Add a step to a record; `removal` is how it was read. Raises Problem where it cannot be written."""
        step = new_step(removal.steps, self.now(), kind, self.by, content)
        return self._write(removal.begun.id, (*removal.steps, step))

    def _write(self, name: str, steps: Sequence[Step]) -> Removal:
        head = head_of(steps)
        if len(steps) == 1:  # first, so that a record never lacks one
            self._write_head(name, Head(0, ""))
        write_atomic(self.path(name), "".join(f"{line_of(step)}\n" for step in steps), mode=0o644)
        self._write_head(name, head)
        return removal_of(steps, str(self.path(name)))

    def _write_head(self, name: str, head: Head) -> None:
        write_atomic(self._head(name), json.dumps({"lines": head.lines, "hash": head.hash}) + "\n", mode=0o644)

    def _head(self, name: str) -> Path:
        return self.folder / f"{name}{_HEAD}"
