"""The typed decode of CloudTrail's files: every record is parsed, whatever it says; nothing is picked by its bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

import deflate
import msgspec
from msgspec import Raw

from iam_guardrails.adapters.trail_bytes import PACKED_TWICE, Damage, pieces_of
from iam_guardrails.adapters.trail_engine.event import Event, File, RawFile
from iam_guardrails.model.trail.facts import loaded
from iam_guardrails.model.trail.record import is_enveloped

if TYPE_CHECKING:
    from iam_guardrails.adapters.trail_values import Broken

_INSIGHT = "AwsCloudTrailInsight"
_GZIP = b"\x1f\x8b"
_FIRST_YEAR, _LAST_YEAR = 1970, 9998  # of what a time can be; at the edges of the calendar nothing can be reckoned
_MOST_PACKED = 1032  # deflate makes nothing smaller than a part in so many (zlib, "Technical Details")
_END = struct.Struct("<II")
_PLAIN_HEADER = b"\x1f\x8b\x08\x00"  # deflate, and no name, comment or extra field: ten bytes (RFC 1952)


NOT_READ = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What a decoder raises for what it cannot read: no JSON, another type, bytes that are no UTF-8, too deep."""
LARGE, PART = 16 << 20, 2 << 20
"""Ours: what unpacks to more than the first, where a trail writes files of some megabytes, is never in memory as a
whole, but read in parts of about so many bytes as the second."""
FILES = msgspec.json.Decoder(File)
_RECORDS, _EVENT_ID = b'"Records"', b'"eventID"'
_BETWEEN = 8  # a colon, a quote and blanks
_BEGINNING = b'{"eventVersion":'
_START, _NEXT = b'{"Records":[', b"}," + _BEGINNING
EVENTS = msgspec.json.Decoder(Event)
_RAW_FILES = msgspec.json.Decoder(RawFile)


def inflate(packed: bytes) -> bytes | bytearray | None:
    """The content of a file, gzipped or plain; None where it is larger than LARGE: `pieces_of` gives it then.

    Raises Damage where it is cut off or damaged.
    """
    if not packed.startswith(_GZIP):
        return packed if len(packed) <= LARGE else None
    # The last eight bytes are the checksum and the length of the last member. Where they are those of what the fast way
    # unpacks, which is the first member, that is the whole. Several members, padding or damage: the slow way knows
    # which (RFC 1952).
    checksum, length = _END.unpack_from(packed, len(packed) - _END.size) if len(packed) > 18 else (0, 0)
    if LARGE < length <= _MOST_PACKED * len(packed):
        return None
    if 0 < length <= LARGE:
        try:
            if packed.startswith(_PLAIN_HEADER):
                content = deflate.deflate_decompress(memoryview(packed)[10:-8], length)
            else:
                content = deflate.gzip_decompress(packed)
            if len(content) == length and deflate.crc32(content) == checksum:
                if content.startswith(_GZIP):
                    raise Damage(PACKED_TWICE)
                return content
        except (deflate.DeflateError, MemoryError):
            pass
    unpacked = bytearray()
    for piece in pieces_of(packed):
        unpacked += piece
        if len(unpacked) > LARGE:
            return None
    return unpacked


def is_whole(content: bytes | bytearray, events: Sequence[Event]) -> bool:
    """Whether these are all the records: False, to be read slowly, where another list may stand before theirs.

    JSON may name "Records" twice, and decoders take the last. To search every byte for it would take a seventh of all
    the time, so what is looked at is whether the first of the events is also the first in the content.
    """
    at = content.find(_EVENT_ID)
    if at < 0 or not events or not events[0].eventID:
        return content.find(_RECORDS, content.find(_RECORDS) + 1) < 0
    name = events[0].eventID.encode()
    return content.find(name, at, at + len(_EVENT_ID) + len(name) + _BETWEEN) >= 0


def parts_of(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, Iterator[bytes | bytearray]]]:
    """A large file as CloudTrail writes it, in parts that are such files themselves.

    With each part goes what is to be read instead of it and of all parts after it, where it turns out to be no such
    file; it is b"" where that is seen here. Nothing but the records' own list can be cut without that: cut at another
    depth, or behind the list, a part is no JSON or holds more than records.
    """
    held = bytearray()
    try:
        for piece in pieces:
            held += piece
            if len(held) < PART:
                continue
            cut = held.rfind(_NEXT)
            if cut < 0 or not held.startswith(_START):
                yield b"", chain((bytes(held),), pieces)
                return
            yield bytes(held[: cut + 1]) + b"]}", chain[bytes | bytearray]((held,), pieces)
            held = bytearray(_START) + held[cut + 2 :]
    except Damage as damage:
        yield b"", chain((bytes(held),), _damaged(str(damage)))
        return
    yield bytes(held), iter((bytes(held),))


def _damaged(why: str) -> Iterator[bytes]:
    """Only raises; not what was caught, which would hold itself by this frame, and with it all that was read."""
    raise Damage(why)
    yield b""


def raw_records(content: bytes | bytearray) -> list[Raw]:
    """The records of a file that `FILES` read, as they stand there."""
    return _RAW_FILES.decode(content).Records


def raw_record(content: bytes | bytearray, event: Event) -> bytes | None:
    """The JSON of one event of `content`, where CloudTrail's usual layout shows it; None where it does not.

    What is cut out counts only where it is one JSON object that reads as the same event, its id included; nobody knows
    that id before CloudTrail gives it, so nothing inside another record's parameters can pass for it.
    """
    if not event.eventID:
        return None
    at = content.find(f'"eventID":"{event.eventID}"'.encode())
    start = content.rfind(_BEGINNING, 0, at) if at >= 0 else -1
    if start < 0:
        return None
    end = content.find(b"}," + _BEGINNING, at)
    cut = bytes(content[start : end + 1 if end >= 0 else len(content) - 2])
    try:
        return cut if EVENTS.decode(cut) == event else None
    except NOT_READ:
        return None


def decode_any(pieces: Iterable[bytes | bytearray]) -> Iterator[tuple[Event, bytes] | Broken]:
    """The same for what is not as CloudTrail writes it: one event, an array, lines, or a file with broken records.

    It comes in pieces, of which one and a record are in memory.
    Gives each record with its JSON, and a Broken for each that cannot be read, at most MAXIMUM_TOLD of those.
    """
    # here, because it is rare that a file is read so, and they cost milliseconds
    from iam_guardrails.adapters.trail_files import MAXIMUM_TOLD, records_of
    from iam_guardrails.adapters.trail_values import Broken, values

    told = 0
    for value in values(bytes(piece) for piece in pieces):
        for found in records_of(value):
            item = found if isinstance(found, Broken) else _typed(found)
            if isinstance(item, Broken):
                told += 1
                if told > MAXIMUM_TOLD:
                    yield Broken(0, f"more than {MAXIMUM_TOLD} records cannot be read; the rest is left out")
                    return
            yield item


def _typed(record: Any) -> tuple[Event, bytes] | Broken:
    from iam_guardrails.adapters.trail_values import Broken

    if is_enveloped(record):
        record = record["detail"]
    try:
        content = written(record)
        event = EVENTS.decode(content)
    except NOT_READ as error:
        return Broken(0, f"it is no CloudTrail event: {str(error)[:1].lower()}{str(error)[1:]}")
    return (event, content) if is_reckonable(event.eventTime) else Broken(0, f"{UNRECKONABLE} ({event.eventTime.year})")


def written(record: Any) -> bytes:
    """A record as JSON. Half a character (a lone surrogate, which JSON's escapes can write) becomes a question mark."""
    try:
        return msgspec.json.encode(record)
    except UnicodeEncodeError:  # such a text is the caller's to choose, and must not hide the record
        return json.dumps(record, ensure_ascii=False).encode(errors="replace")


def decoded_again(content: bytes) -> Any:
    """JSON that was read already, with what decoders pass over: bytes that are no UTF-8, and half characters."""
    try:
        return msgspec.json.decode(content)
    except NOT_READ:
        return loaded(content)


def is_insight(record: str) -> bool:
    """Whether a record is one of CloudTrail Insights, which a trail sends to its log group among the others.

    It is about a rate of calls and no call itself. Source: AWS CloudTrail User Guide, "CloudTrail record contents for
    Insights events".
    """
    if _INSIGHT not in record:
        return False
    try:
        found = msgspec.json.decode(record)
    except NOT_READ:
        return False
    return isinstance(found, dict) and found.get("eventType") == _INSIGHT


UNRECKONABLE = "its eventTime is of a year in which CloudTrail wrote nothing"


def is_reckonable(time: datetime) -> bool:
    """Whether the days around a time can be reckoned with."""
    return _FIRST_YEAR <= time.year <= _LAST_YEAR
