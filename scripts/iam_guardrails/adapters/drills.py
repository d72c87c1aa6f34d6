"""Drill records on disk: one JSON file per drill in an environment's records folder, written whole or not at all.

A drill that runs holds a lock in the work folder. The kernel lets go of it however the process ends, so that the next
drill on this machine knows that one which was killed is over.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import read_text, write_atomic
from iam_guardrails.model.codec import decode, encode
from iam_guardrails.model.drill import RUNNING, DrillRecord
from iam_guardrails.model.problem import Problem

FOLDER = "drills"
LOCKS = "drills-running"


def save(folder: Path, record: DrillRecord) -> Path:
    """Write a record (again); returns its path. Raises Problem when the folder cannot be written."""
    path = folder / FOLDER / f"{record.id}.json"
    write_atomic(path, json.dumps(encode(record), indent=2, ensure_ascii=False) + "\n", mode=0o644)
    return path


def load(folder: Path) -> tuple[DrillRecord, ...]:
    """Every record, oldest first. Raises Problem naming the file that is no drill record."""
    return tuple(_read(path) for path in sorted((folder / FOLDER).glob("DRILL-*.json")))


def _read(path: Path) -> DrillRecord:
    text = read_text(path, "the drill record")
    try:
        content: Any = json.loads(text)
        record: DrillRecord = decode(DrillRecord, content, path.name)
        return record
    except (ValueError, TypeError, KeyError) as error:
        raise Problem(f"{path} is no drill record ({error}); restore it from version control or remove it") from None


@contextmanager
def running(work: Path, drill_id: str) -> Iterator[None]:
    """Hold the lock of a drill. Raises Problem when the work folder cannot be written."""
    path = work / LOCKS / drill_id
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}; free the folder or choose another") from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def ended(records: Path, work: Path) -> frozenset[str]:
    """The drills that are known to be over: their record says so, or nobody holds their lock any more.

    A record that says "running" and has no lock here may be another machine's. Raises Problem as `load` does.
    """
    listed = load(records)
    over = {item.id for item in listed if item.outcome != RUNNING}
    return frozenset(over | {item.id for item in listed if item.outcome == RUNNING and _let_go(work / LOCKS / item.id)})


def _let_go(path: Path) -> bool:
    """Whether there is a lock file that no process holds. Looking takes a shared lock for a moment."""
    try:
        file = path.open("r")
    except OSError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
