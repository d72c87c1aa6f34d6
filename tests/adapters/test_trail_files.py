"""Files of events, whole and damaged: what can be read is read, what cannot is told with its place."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import sys
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from iam_guardrails.adapters import trail_bytes, trail_files, trail_text, trail_values
from iam_guardrails.adapters.trail_files import read_events
from iam_guardrails.model.trail.recorded import NotRead, TrailRecord


def event(number: int, **more: Any) -> dict[str, Any]:
    return {"eventSource": "sts.amazonaws.com", "eventName": f"E{number}", "requestParameters": {"é": "[{"}, **more}


ONE, TWO, THREE = (event(number) for number in (1, 2, 3))


def read(path: Path, content: bytes | str) -> tuple[list[str], list[str]]:
    """The names of the events, and what was not read as "record: reason"."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = list(read_events([str(path)]))
    assert all(item.file == str(path) for item in found)
    names = [item.event.get("eventName", "enveloped") for item in found if isinstance(item, TrailRecord)]
    return names, [f"{item.record}: {item.reason}" for item in found if isinstance(item, NotRead)]


def lines(*items: Any) -> str:
    return "".join(json.dumps(item) + "\n" for item in items)


SOUND = {
    "a CloudTrail file": json.dumps({"Records": [ONE, TWO]}),
    "with indentation": json.dumps({"Records": [ONE, TWO]}, indent=4),
    "with more keys": json.dumps({"Records": [ONE, TWO], "x": {"y": [1]}, "z": None}),
    "records are not its first key": json.dumps({"x": 1, "Records": [ONE, TWO]}),
    "an array": json.dumps([ONE, TWO]),
    "JSON lines": lines(ONE, TWO),
    "JSON lines with empty lines": "\n\n" + lines(ONE) + "\r\n \n" + lines(TWO),
    "no end of line": lines(ONE, TWO).rstrip(),
    "one after another": json.dumps(ONE) + json.dumps(TWO),
    "mixed": lines({"Records": [ONE]}) + lines([TWO]),
    "a byte order mark": "\ufeff" + lines(ONE, TWO),
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND)
def test_every_form_is_read_plain_and_gzipped(text: str, tmp_path: Path) -> None:
    assert read(tmp_path / "plain", text) == (["E1", "E2"], [])
    assert read(tmp_path / "packed", gzip.compress(text.encode(), mtime=0)) == (["E1", "E2"], [])
    half = len(text.encode()) // 2
    members = gzip.compress(text.encode()[:half], mtime=0) + b"\0\0" + gzip.compress(text.encode()[half:], mtime=0)
    assert read(tmp_path / "members", members) == (["E1", "E2"], [])


@given(some.sampled_from(list(SOUND.values())), some.lists(some.integers(0, 400), max_size=6))
def test_where_the_pieces_end_does_not_matter(text: str, cuts: list[int]) -> None:
    data = text.encode()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = (data[start:end] for start, end in itertools.pairwise(places) if start < end)
    assert list(trail_values.values(pieces)) == list(trail_values.values(iter([data])))


@given(some.sampled_from(list(SOUND.values())), some.integers(0, 400), some.sampled_from(list('{}[]",:x\n\\1')))
def test_a_damaged_file_never_ends_in_an_error_of_python(text: str, at: int, mark: str) -> None:
    at = min(at, len(text))
    for damaged in (text[:at], text[:at] + mark + text[at:], text[:at] + mark + text[at + 1 :]):
        try:
            list(trail_values.values(iter([damaged.encode()])))
        except trail_bytes.Damage:
            assert not damaged.strip("\ufeff \r\n\t")


def test_an_empty_list_of_records_is_no_error(tmp_path: Path) -> None:
    assert read(tmp_path / "f", '{"Records": []}') == ([], [])


def test_indices_count_the_records_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text(lines({"Records": [ONE, TWO]}, THREE))
    assert [item.index for item in read_events([str(tmp_path / "f")] * 2) if isinstance(item, TrailRecord)] == [
        0, 1, 2, 0, 1, 2,
    ]  # fmt: skip


def test_envelopes_are_kept(tmp_path: Path) -> None:
    whole = {"detail-type": "AWS API Call via CloudTrail", "source": "aws.sts", "detail": ONE}
    assert read(tmp_path / "f", lines(whole)) == (["enveloped"], [])
    whole["detail"] = {"state": "running"}
    assert read(tmp_path / "f", lines(whole))[1] == [
        "record 0: it is no CloudTrail event: it has no eventSource and no eventName"
    ]


CUT = "the JSON ends too early: the file is cut off"
NO_OBJECT = "it is JSON, but no object, so it is no CloudTrail event"
DEEP = '{"eventName":"X","eventSource":"y","p":' + "[" * 100_000 + "]" * 100_000 + "}\n"
WIDE = json.dumps(event(0, requestParameters={"a": [[]] * 120}))
NESTED = json.dumps(event(0, p=json.loads("[" * 120 + "]" * 120)))
RECORDS = json.dumps({"Records": [ONE, TWO]})
OPEN = json.dumps({"Records": [ONE]})[:-1]
LETTER = json.dumps(ONE, ensure_ascii=False).encode().partition(b"\xa9")[0]
TWICE = OPEN + ", " + json.dumps({"Records": [TWO]})[1:]
REST = ", and what follows it in this file is not read either"
DAMAGED: dict[str, tuple[str | bytes, list[str], list[str]]] = {
    "nothing": ("", [], [": it is empty: there is no event in it"]),
    "white space": (" \n ", [], [": it is empty: there is no event in it"]),
    "an empty gzip file": (gzip.compress(b"", mtime=0), [], [": it is empty: there is no event in it"]),
    "a broken line": (
        lines(ONE) + '{"eventName": "x", broken\n' + lines(TWO),
        ["E1", "E2"],
        ["record 1, line 2: it is not JSON (Expecting property name enclosed in double quotes, at 'broken')"],
    ),
    "a line of words": (
        lines(ONE) + "hello\n" + lines(TWO),
        ["E1", "E2"],
        ["record 1, line 2: it is not JSON (Expecting value, at 'hello')"],
    ),
    "words after an event": (
        json.dumps(ONE) + " x\n" + lines(TWO),
        ["E1", "E2"],
        ["record 1, line 1: it is not JSON (Expecting value, at 'x')"],
    ),
    "a file that is cut off": (RECORDS[:-40], ["E1"], [f"record 1, line 1: {CUT}"]),
    "a file without its last brackets": (RECORDS[:-2], ["E1", "E2"], [f"record 2, line 1: {CUT}"]),
    "no comma": (
        RECORDS.replace("}, {", "} {"),
        ["E1"],
        [
            'record 1, line 1: it is not JSON (expected a comma or the end of the list, not \'{"eventSource": "sts\')'
            + REST
        ],
    ),
    "words after the records": (
        OPEN + "x}",
        ["E1"],
        ["record 1, line 1: it is not JSON (expected the end of the object after its records, not 'x}')" + REST],
    ),
    "two lists of records": (TWICE, ["E1", "E2"], []),
    "two lists of records behind something else": (
        TWICE.replace("{", '{"x": {}, ', 1),
        [],
        ['record 0, line 1: it has "Records" twice'],
    ),
    "no colon after the records": (
        OPEN + ', "x" 1}',
        ["E1"],
        ["record 1, line 1: it is not JSON (expected a colon, not '1}')" + REST],
    ),
    "bytes that are no text": (
        lines(ONE).encode() + b"\xff\xfe\n",
        ["E1"],
        ["record 1, line 2: it is not UTF-8 text" + REST],
    ),
    "no text from the start": (b"\xff\xfe{", [], [": it is not UTF-8 text"]),
    "an event that is cut in a letter": (LETTER, [], ["record 0, line 1: it is not UTF-8 text" + REST]),
    "nested too deep": (DEEP + lines(ONE), ["E1"], ["record 0, line 1: it is nested too deep to be read"]),
    "nested deep": (NESTED + "\n" + lines(ONE), ["E1"], ["record 0: it is nested deeper than 100 levels"]),
    "many lists that are not deep": (WIDE, ["E0"], []),
    "JSON that is no event": (
        lines({"a": 1}, ONE, [1], "x", None),
        ["E1"],
        [
            "record 0: it is no CloudTrail event: it has no eventSource and no eventName",
            *(f"record {number}: {NO_OBJECT}" for number in (2, 3, 4)),
        ],
    ),
    "an event without a name": (
        lines({"eventSource": "x"}),
        [],
        ["record 0: it is no CloudTrail event: it has no eventName"],
    ),
    "not a number": (
        '{"eventSource": "x", "eventName": "y", "z": NaN}',
        [],
        ["record 0, line 1: it is not JSON (NaN is no JSON number)"],
    ),
}


@pytest.mark.parametrize(("content", "names", "told"), DAMAGED.values(), ids=DAMAGED)
def test_damage_is_told_with_its_place(content: str | bytes, names: list[str], told: list[str], tmp_path: Path) -> None:
    assert read(tmp_path / "f", content) == (names, told)


def test_a_truncated_gzip_file_gives_the_events_before_the_cut(tmp_path: Path) -> None:
    noise = [event(number, requestID=f"{zlib.crc32(bytes([number]))}") for number in range(200)]
    packed = gzip.compress(json.dumps({"Records": noise}).encode(), mtime=0)
    names, told = read(tmp_path / "f", packed[: len(packed) // 2])
    assert names == [f"E{number}" for number in range(len(names))]
    assert 20 < len(names) < 180
    assert told == [f"record {len(names)}, line 1: its gzip data ends too early: the file is cut off"]
    names, told = read(tmp_path / "f", packed[:-4])
    assert len(names) == 200
    assert told == ["record 200, line 1: its gzip data ends too early: the file is cut off"]


def test_damaged_gzip_data(tmp_path: Path) -> None:
    names, told = read(tmp_path / "f", gzip.compress(lines(ONE).encode(), mtime=0) + b"rest")
    assert (names, len(told)) == (["E1"], 1)
    assert told[0].startswith("record 1, line 2: its gzip data is damaged (")
    names, told = read(tmp_path / "f", b"\x1f\x8bnothing of the kind")
    assert names == []
    assert told[0].startswith(": its gzip data is damaged (")


@pytest.mark.parametrize(
    ("start", "more", "reason"),
    [
        (b'{"eventName": "', b"x", "it is longer than 2 MiB; a CloudTrail event has at most 1 MB"),
        (b'{"eventName": [', b"1, ", "it is longer than 2 MiB; a CloudTrail event has at most 1 MB"),
        (lines(TWO).encode(), b" ", "more than 2 MiB of white space"),
    ],
)
def test_memory_is_bounded_however_long_a_line_is(start: bytes, more: bytes, reason: str) -> None:
    piece = more * ((1 << 18) // len(more))
    tracemalloc.start()
    found = list(trail_values.values(itertools.chain([start], [piece] * 400, [b"\n" + lines(ONE).encode()])))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [item.reason for item in found if isinstance(item, trail_values.Broken)] == [reason]
    assert found[-1] == ONE
    assert peak < 40 << 20 < 400 * len(piece)  # decoding what it holds takes some of it


def test_a_long_line_of_records_is_no_long_event(tmp_path: Path) -> None:
    many = [event(number, userAgent="x" * 2000) for number in range(3000)]
    text = json.dumps({"Records": many})
    assert len(text) > 2 * trail_text.MAXIMUM_VALUE
    names, told = read(tmp_path / "f", gzip.compress(text.encode(), mtime=0))
    assert (len(names), told) == (3000, [])


def test_an_event_within_the_limit_is_read_and_one_beyond_is_not(tmp_path: Path) -> None:
    room = trail_text.MAXIMUM_VALUE - len(json.dumps(event(1, p="")))
    assert read(tmp_path / "f", lines(event(1, p="x" * room)))[0] == ["E1"]
    names, told = read(tmp_path / "f", lines(event(1, p="x" * (room + 1)), TWO))
    assert (names, told) == (["E2"], ["record 0, line 1: it is longer than 2 MiB; a CloudTrail event has at most 1 MB"])


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail_bytes, "MAXIMUM_FILE_BYTES", 1 << 20)
    content = gzip.compress(lines(*[ONE] * 20_000).encode(), mtime=0)
    assert len(content) < 1 << 16
    names, told = read(tmp_path / "f", content)
    assert 0 < len(names) < 20_000
    assert told == [f"record {len(names)}, line {len(names) + 1}: it holds more than 1 MiB; split it"]


def test_too_many_broken_records_are_not_all_told(tmp_path: Path) -> None:
    names, told = read(tmp_path / "f", lines(*[{"a": 1}] * 50, ONE))
    assert (names, len(told)) == ([], trail_files.MAXIMUM_TOLD + 1)
    assert told[-1] == ": more than 20 records cannot be read; the rest is left out"


def test_what_is_no_file(tmp_path: Path) -> None:
    missing, folder = str(tmp_path / "missing"), str(tmp_path)
    assert list(read_events([missing, folder, "a\0b"])) == [
        NotRead(missing, "", "there is no such file"), NotRead(folder, "", "it is a folder; name the files in it"),
        NotRead("a\0b", "", "it cannot be opened (embedded null byte)"),
    ]  # fmt: skip


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(gzip.compress(lines(ONE).encode(), mtime=0)))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert list(read_events(["-"])) == [TrailRecord("-", 0, ONE)]
