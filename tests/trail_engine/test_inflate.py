"""Unpacking: the fast way gives what the slow one gives, or leaves the file to it."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from iam_guardrails.adapters import trail_bytes
from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_engine import decode
from iam_guardrails.adapters.trail_engine.decode import inflate
from iam_guardrails.adapters.trail_engine.gather import Gathering


def named(content: bytes) -> bytes:
    """As `gzip FILE` writes it: with the file's name in the header."""
    written = io.BytesIO()
    with gzip.GzipFile("events.json", "wb", fileobj=written, mtime=1) as file:
        file.write(content)
    return written.getvalue()


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=3), st.booleans(), st.integers(0, 20))
def test_whatever_the_members_all_of_it_is_unpacked(parts: list[bytes], name: bool, padding: int) -> None:
    if len(parts) > 1 and zlib.crc32(parts[0]) == zlib.crc32(parts[-1]):
        return  # the same member again holds the same records, which change nothing
    pack = named if name else gzip.compress
    assume(not b"".join(parts).startswith(b"\x1f\x8b"))  # packed twice: that is refused, as its own test shows
    assert inflate(b"".join(map(pack, parts)) + bytes(padding)) == b"".join(parts)


@pytest.mark.parametrize("pack", [gzip.compress, named])
def test_the_fast_way_is_taken(pack: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(pack)
    monkeypatch.setattr(decode, "pieces_of", None)
    assert inflate(pack(b"records" * 99)) == b"records" * 99


@given(st.data())
def test_a_damaged_file_is_named_unless_nothing_is_lost(data: st.DataObject) -> None:
    content = b'{"Records":[]}' * 40
    packed = bytearray(gzip.compress(content))
    at = data.draw(st.integers(10, len(packed) - 1))  # the fields of the header mean nothing here
    packed[at] ^= data.draw(st.integers(1, 255))
    try:
        assert inflate(bytes(packed)) == content  # the bits after the last symbol fill up a byte
    except Damage:
        return
    assert at < len(packed) - 8


@pytest.mark.parametrize("at", [12, -8, -4])
def test_a_damaged_file_is_named(at: int) -> None:
    packed = bytearray(gzip.compress(b'{"Records":[]}' * 40))
    packed[at] ^= 0x55
    with pytest.raises(Damage):
        inflate(bytes(packed))


EVENT = {"eventTime": "2026-01-10T09:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}
WHOLE = json.dumps({"Records": [{**EVENT, "eventID": str(number)} for number in range(40)]}).encode()


@pytest.mark.parametrize("packed", [gzip.compress(WHOLE), gzip.compress(WHOLE[:99]) + gzip.compress(WHOLE[99:]), WHOLE],
                         ids=["one", "two members", "plain"])  # fmt: skip
def test_what_is_large_is_read_a_piece_at_a_time(packed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    gathered = []
    for large in (decode.LARGE, 1000):
        monkeypatch.setattr(decode, "LARGE", large)
        assert (inflate(packed) is None) is (large == 1000)
        gathering = Gathering(frozenset())
        gathering.take("k", packed)
        ((_, day),) = gathering.facts().items()
        gathered.append(
            (gathering.events, gathering.bytes, gathering.unreadable, sorted(it.event_id for it in day.kept))
        )
    assert gathered[0] == gathered[1] and gathered[0][0] == 40


def test_a_small_file_that_unpacks_to_very_much_costs_no_memory() -> None:
    written = io.BytesIO()
    with gzip.GzipFile("", "wb", 6, written) as file:
        file.write(b'{"Records":[')
        for _ in range(2 * decode.LARGE >> 20):
            file.write(b" " * (1 << 20))
        file.write(b"]}")
    gathering = Gathering(frozenset())
    tracemalloc.start()
    gathering.take("k", written.getvalue())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * decode.PART
    assert [(item.key, item.reason[:31]) for item in gathering.unreadable] == [("k", "more than 2 MiB of white space,")]


def _file(*records: dict[str, Any], more: str = "") -> str:
    told = ",".join(json.dumps(record, separators=(",", ":")) for record in records)
    return f'{{"Records":[{told}]{more}}}'


def _event(number: int, **more: Any) -> dict[str, Any]:
    return {"eventVersion": "1.11", **EVENT, "eventID": f"e{number}"} | more


NESTED = {"list": [{"x": 1}, {"eventVersion": "1.11"}, {"eventVersion": "2"}]}
MORE = json.dumps([_event(90), _event(91), _event(92)], separators=(",", ":"))
ODD = {
    "usual": _file(*map(_event, range(9))),
    "nested": _file(*(_event(number, requestParameters=NESTED) for number in range(9))),
    "another list": _file(*map(_event, range(9)), more=f',"Other":{MORE}'),
    "another list first": _file(*map(_event, range(9))).replace("{", f'{{"Other":{MORE},', 1),
    "records twice": _file(*map(_event, range(9)), more=f',"Records":{MORE}'),
    "one is none": _file(_event(1), _event(2), {"eventVersion": "1.11"}, _event(3), _event(4)),
    "blanks": json.dumps({"Records": [_event(number) for number in range(9)]}, indent=1),
    "lines": "\n".join(json.dumps(_event(number)) for number in range(9)),
    "no JSON": _file(*map(_event, range(9)))[:-9],
    "something behind it": _file(*map(_event, range(9))) + "x",
    "one long": _file(_event(1), _event(2, requestParameters={"x": "y" * 900}), _event(3)),
    "nothing": "", "no records": '{"Records":[]}',
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("form", ["plain", "packed", "cut off", "in pieces"])
@pytest.mark.parametrize("part", [1, 150, 400])
def test_a_file_read_in_parts_says_what_it_says_as_a_whole(
    name: str, form: str, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = ODD[name].encode()
    if form != "plain":
        content = gzip.compress(content)[: -9 if form == "cut off" else None]
    gathered = []
    whole_from = 0 if form == "cut off" else decode.LARGE  # of a small one that is cut off nothing is read
    for large, size in ((whole_from, decode.PART), (0, part)):
        monkeypatch.setattr(decode, "LARGE", large)
        monkeypatch.setattr(decode, "PART", size)
        monkeypatch.setattr(trail_bytes, "PIECE", 10 if size == part else 1 << 18)
        gathering = Gathering(frozenset())
        whole = form != "in pieces" or size != part
        gathering.take("k", content if whole else (content[at : at + 7] for at in range(0, len(content), 7)))
        facts = gathering.facts()
        gathered.append((
            gathering.events, [(item.key, item.record, item.reason[:40]) for item in gathering.unreadable],
            {day: (it.uses, sorted((item.event_id, str(json.loads(item.record))) for item in it.kept))
             for day, it in facts.items()},
        ))  # fmt: skip
    assert gathered[0] == gathered[1]
