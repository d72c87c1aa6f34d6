"""Files of CloudTrail events: what CloudTrail writes to its bucket, one event, an array, JSON lines; gzipped or plain.

An event may also come in the envelope of EventBridge ("detail-type" and "detail"). What cannot be read is told with
the file and the record, and the rest is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.trail_bytes import Damage, pieces
from iam_guardrails.adapters.trail_values import Broken, values
from iam_guardrails.model.trail.record import is_enveloped
from iam_guardrails.model.trail.recorded import NotRead, TrailRecord

MAXIMUM_DEPTH = 100  # ours: no service nests its parameters half as deep
MAXIMUM_TOLD = 20
_TOO_MANY = f"more than {MAXIMUM_TOLD} records cannot be read; the rest is left out"


def read_events(names: Iterable[str]) -> Iterator[TrailRecord | NotRead]:
    """Every event of the files, in order, and everything that could not be read."""
    for name in names:
        yield from _file(name)


def _file(name: str) -> Iterator[TrailRecord | NotRead]:
    index = told = 0
    try:
        for value in values(pieces(name)):
            for found in records_of(value):
                if isinstance(found, Broken):
                    told += 1
                    if told > MAXIMUM_TOLD:
                        yield NotRead(name, "", _TOO_MANY)
                        return
                    line = f", line {found.line}" if found.line else ""
                    yield NotRead(name, f"record {index}{line}", found.reason)
                else:
                    yield TrailRecord(name, index, found)
                index += 1
    except Damage as damage:  # before the first value
        yield NotRead(name, "", str(damage))


def records_of(value: Any) -> Iterator[Mapping[str, Any] | Broken]:
    """The event a value is, the events of a whole CloudTrail file, or what is wrong with it."""
    if isinstance(value, Broken):
        yield value
    elif isinstance(value, dict) and isinstance(value.get("Records"), list) and "eventName" not in value:
        for item in value["Records"]:
            yield _checked(item)
    else:
        yield _checked(value)


def _checked(value: Any) -> Mapping[str, Any] | Broken:
    if isinstance(value, Broken):
        return value
    if not isinstance(value, dict):
        return Broken(0, "it is JSON, but no object, so it is no CloudTrail event")
    record = value["detail"] if is_enveloped(value) else value
    missing = [key for key in ("eventSource", "eventName") if not isinstance(record.get(key), str)]
    if missing:
        return Broken(0, f"it is no CloudTrail event: it has no {' and no '.join(missing)}")
    if _depth(value) > MAXIMUM_DEPTH:
        return Broken(0, f"it is nested deeper than {MAXIMUM_DEPTH} levels")
    return value


def _depth(value: Any) -> int:
    """How deep lists and objects are nested, up to one more than what is allowed."""
    depth, level = 0, [value]
    while level and depth <= MAXIMUM_DEPTH:
        depth += 1
        level = [
            item
            for outer in level
            for item in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(item, (dict, list))
        ]
    return depth
