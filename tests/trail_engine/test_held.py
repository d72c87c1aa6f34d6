"""What a process holds while it reads is bounded by bytes, whatever the records name and however long it is."""

from __future__ import annotations

import gc
import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from iam_guardrails.adapters.trail_engine import decode, one_record, reading, store
from iam_guardrails.adapters.trail_engine.known import Known
from iam_guardrails.adapters.trail_engine.reading import Reader
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.model.trail import principal

ACCOUNT = "111122223333"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
MOST = 70 << 20
"""How many bytes Python may hold, beside some 20 MiB for the program itself."""


def record(number: int, name: str = "DescribeInstances", source: str = "ec2", **other: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "arn": BOB}, "eventName": name,
        "eventTime": f"2026-01-10T10:00:{number % 60:02}Z", "eventSource": f"{source}.amazonaws.com",
        "eventID": f"e{number}", "recipientAccountId": ACCOUNT,
    } | other  # fmt: skip


def parameters(number: int) -> dict[str, Any]:
    names = [f"/{number}/{one}/{'x' * 2_000}" for one in range(10)]
    return record(number, "GetParameters", "ssm", requestParameters={"names": names})


def one_call(number: int) -> dict[str, Any]:
    names = [f"{number}_{one}" for one in range(150_000)]
    return record(number, "GetParameters", "ssm", requestParameters={"names": names})


def caller(number: int) -> dict[str, Any]:
    return record(number, userIdentity={"type": "IAMUser", "arn": f"{BOB}{number}{'x' * 20_000}"})


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize(
    ("made", "files", "each"), [(parameters, 30, 100), (parameters, 1, 3_000), (one_call, 2, 1), (caller, 30, 100)]
)
def test_a_process_holds_little(
    made: Callable[[int], dict[str, Any]], files: int, each: int, table: bool, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(reading, "Known", lambda: Known(table=Known().table is not None and table))
    for number in range(files):
        records = [made(number * each + one) for one in range(each)]
        content = json.dumps({"Records": records}, separators=(",", ":")).encode()
        name = f"{ACCOUNT}_CloudTrail_us-east-1_20260110T0910Z_{number:016}.json.gz"
        (tmp_path / name).write_bytes(gzip.compress(content, 1))
    del records, content
    keys = sorted(path.name for path in tmp_path.iterdir())
    tracemalloc.start()
    try:
        found = Reader(FolderObjects(str(tmp_path)), frozenset()).read(keys)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MOST
    facts = msgspec.msgpack.decode(found, type=reading.Found).facts
    reads, callers = set[str](), set[str]()
    for _, part in store.facts_of(facts):
        reads.update(read.secret for read in part.reads)
        callers.update(part.uses)
    expected = {"parameters": (30_000, 1), "one_call": (300_000, 1), "caller": (0, 3_000)}
    assert (len(reads), len(callers)) == expected[made.__name__]


def file_of(*records: dict[str, Any]) -> bytes:
    return json.dumps({"Records": records}, separators=(",", ":")).encode()


USES = file_of(*map(record, range(100)))
READS = file_of(*map(parameters, range(100)))
LEFT = {
    "uses": gzip.compress(USES),
    "reads": gzip.compress(READS),
    "changes": gzip.compress(file_of(*(record(number, "CreateUser", "iam", readOnly=False) for number in range(100)))),
    "corrections": file_of(record(1, addendum={"originalEventID": "e0"})),
    "lines": b"\n".join(json.dumps(record(number)).encode() for number in range(100)),
    "no event": b'{"Records":[{"eventName":1},' + USES[12:],
    "no time": file_of(record(1, eventTime="0001-01-01T00:00:00+10:00")),
    "no UTF-8": READS[:-100] + b"\xff" + READS[-100:],
    "no JSON": READS[:-100],
    "too deep": b'{"Records":[' + b"[" * 100_000,
    "cut off": gzip.compress(USES)[:-9],
    "large, cut off": gzip.compress(READS)[:-9],
    "large, damaged": gzip.compress(READS)[:-8] + bytes(8),
}


@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("content", LEFT.values(), ids=list(LEFT))
def test_a_batch_leaves_nothing(content: bytes, table: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that reads looks for no cycles, and so may leave none."""
    monkeypatch.setattr(reading, "Known", lambda: Known(table=Known().table is not None and table))
    monkeypatch.setattr(decode, "LARGE", 1 << 20)
    monkeypatch.setattr(decode, "PART", 1 << 19)
    (tmp_path / "a.json.gz").write_bytes(content)
    reader = Reader(FolderObjects(str(tmp_path)), frozenset({(ACCOUNT, "r")}))
    reader.read(["a.json.gz", "missing.json.gz"])  # loads what is rare, and learns
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(3):
            reader.read(["a.json.gz", "missing.json.gz"])
        left = gc.collect()  # it lets go, too, what Python holds for the next tuples
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        gc.enable()
    assert left == 0
    assert held < 1 << 16


def test_long_texts_are_not_remembered() -> None:
    for cached in (one_record._caller_class, one_record._call_class, principal._pathless, principal._subject_of):
        cached.cache_clear()
    known = Known()
    for number in range(9):
        known.class_of((f"arn:aws:iam::{ACCOUNT}:user/{number}{'x' * (1 << 20)}", f"n{'x' * 1_000}", "s", None),
                       frozenset({(ACCOUNT, "r")}))  # fmt: skip
        known.class_of((f"{number}{'x' * 1_000}", "n", "s", "x" * 600), frozenset())
    for cached in (one_record._caller_class, one_record._call_class, principal._pathless, principal._subject_of):
        assert cached.cache_info().currsize == 0
    assert known.is_full
