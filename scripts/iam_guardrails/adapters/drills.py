"""Drill records on disk: one JSON file per drill in an environment's records folder, written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import read_text, write_atomic
from iam_guardrails.model.codec import decode, encode
from iam_guardrails.model.drill import DrillRecord
from iam_guardrails.model.problem import Problem

FOLDER = "drills"


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
