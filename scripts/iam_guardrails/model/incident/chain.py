"""The lines of a record, each bound to the one before by a SHA-256.

A chain shows any line that was changed, left out or moved. A tail that was cut off, or a record written anew from some
line on, is whole in itself: that shows only against something that was kept elsewhere, a head (how many lines there
were, and the hash of the last), an earlier commit, or the store.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from iam_guardrails.model.codec import encode
from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.step import Step
from iam_guardrails.model.value import frozen

_FIELDS = ("number", "at", "kind", "by", "content", "previous")


@frozen
class Broken:
    """Where a record is not what was written. line: from 1, 0 where no line is meant."""

    line: int
    why: str


@frozen
class Head:
    """What a record held when it was last written: its number of lines, and the hash of the last."""

    lines: int
    hash: str


def new_step(before: Sequence[Step], at: datetime, kind: str, by: str, content: Any) -> Step:
    """The next step of a record. content: a value of model.incident.step, or JSON values; `at` to the second, UTC."""
    previous = before[-1].hash if before else ""
    number = len(before) + 1
    plain = encode(content)
    values = {"number": number, "at": _stamp(at), "kind": kind, "by": by, "content": plain, "previous": previous}
    return Step(number, at.replace(microsecond=0), kind, by, plain, previous, _hash(values))


def line_of(step: Step) -> str:
    """A step as a line of JSON, without a line end."""
    values = {name: getattr(step, name) for name in _FIELDS} | {"at": _stamp(step.at), "hash": step.hash}
    return json.dumps(values, ensure_ascii=False, separators=(", ", ": "))


def read_steps(text: str) -> tuple[tuple[Step, ...], tuple[Broken, ...]]:
    """The steps of a record up to the first broken line, and what is broken."""
    steps: list[Step] = []
    broken: list[Broken] = []
    lines = text.split("\n")
    if lines[-1]:
        broken.append(Broken(len(lines), "the line is not ended: it was cut off while it was written"))
    for index, line in enumerate(lines[:-1], start=1):
        found = _step(line, index, steps[-1] if steps else None)
        if isinstance(found, Broken):
            return tuple(steps), (found, *broken)
        steps.append(found)
    if not steps and not broken:
        broken.append(Broken(0, "the record is empty"))
    return tuple(steps), tuple(broken)


def head_of(steps: Sequence[Step]) -> Head:
    """What is kept apart from the record, so that a cut tail shows."""
    return Head(len(steps), steps[-1].hash if steps else "")


def against_head(steps: Sequence[Step], head: Head) -> Broken | None:
    """Whether the record still holds every line the head speaks of. More lines are fine: the head is written last."""
    if head.lines > len(steps):
        return Broken(len(steps) + 1, f"{head.lines - len(steps)} of {head.lines} lines are missing at the end")
    if head.lines and steps[head.lines - 1].hash != head.hash:
        return Broken(head.lines, "the line is not the one that was written: the record was rewritten")
    return None


def against_earlier(steps: Sequence[Step], earlier: Sequence[Step], where: str) -> Broken | None:
    """Whether `earlier`, the same record as it is kept at `where`, is the beginning of it."""
    for mine, theirs in zip(steps, earlier, strict=False):
        if mine.hash != theirs.hash:
            return Broken(mine.number, f"the line differs from the one in {where}")
    if len(earlier) > len(steps):
        return Broken(len(steps) + 1, f"it lacks {counted(len(earlier) - len(steps), 'line')} that {where} has")
    return None


def _step(line: str, index: int, before: Step | None) -> Step | Broken:
    try:
        values: Any = json.loads(line)
    except (ValueError, RecursionError):
        return Broken(index, "the line is no JSON")
    if not isinstance(values, Mapping) or set(values) != {*_FIELDS, "hash"}:
        return Broken(index, "the line is no step of a record: its fields are others")
    plain = {name: values[name] for name in _FIELDS}
    if _hash(plain) != values["hash"]:
        return Broken(index, "the line was changed: its hash does not fit")
    if values["number"] != index or values["previous"] != (before.hash if before else ""):
        return Broken(index, "the line does not follow the one before: a line is missing, or they were moved")
    try:
        at = datetime.fromisoformat(values["at"])
        step = Step(index, at, str(values["kind"]), str(values["by"]), dict(values["content"]), values["previous"],
                    values["hash"])  # fmt: skip
    except (ValueError, TypeError):
        return Broken(index, "the line is no step of a record: its time or its content is none")
    if line_of(step) != line:  # a name that stands twice, or other white space: the hash does not tell
        return Broken(index, "the line was changed: it holds what was written in another form")
    return step


def _hash(values: Mapping[str, Any]) -> str:
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
