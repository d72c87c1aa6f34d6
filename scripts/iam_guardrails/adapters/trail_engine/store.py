"""The kept facts of one account and day of files, with the list of the files that they were made from.

A file of the cache is written whole or not at all (write_atomic), so after a kill it holds either what it held or what
was new; and because merging facts is idempotent, a file of CloudTrail that is read twice changes nothing. A file that
cannot be read, is damaged (it begins with a checksum of the rest) or is of another version, is as if it were not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from iam_guardrails.adapters.files import write_atomic
from iam_guardrails.adapters.trail_engine.gather import Unreadable
from iam_guardrails.adapters.trail_objects import StoredObject
from iam_guardrails.model.trail.facts import DayFacts

FORMAT = "trail-facts 2"
_MAGIC = FORMAT.encode() + b"\n"
_SUM_BYTES = 16


class Header(Struct):
    """What a file of the cache says before its facts.

    listing: a hash of the names, sizes and tags of the files they were made from.  events, bytes: how much was read, of
    each file once.  days: the days there are facts of.
    """

    listing: str
    events: int
    bytes: int
    days: list[str]
    unreadable: list[Unreadable]


class Stored(Struct):
    """A file of the cache: header, facts (day -> facts) and files (key -> size and tag), the latter two encoded."""

    header: Header
    facts: msgspec.Raw
    files: msgspec.Raw


_STORED = msgspec.msgpack.Decoder(Stored)
_FACTS = msgspec.msgpack.Decoder(dict[str, DayFacts])
_FILES = msgspec.msgpack.Decoder(dict[str, tuple[int, str]])


def read(path: Path) -> Stored | None:
    """What is kept there; None where there is nothing that can be used."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + _SUM_BYTES
    if not content.startswith(_MAGIC) or _sum(content[start:]) != content[len(_MAGIC) : start]:
        return None
    try:
        return _STORED.decode(memoryview(content)[start:])
    except msgspec.MsgspecError:
        return None


def facts_of(encoded: msgspec.Raw) -> dict[str, DayFacts] | None:
    """Facts, day by day; None where they cannot be read."""
    try:
        return _FACTS.decode(encoded)
    except msgspec.MsgspecError:
        return None


def files_of(stored: Stored) -> dict[str, tuple[int, str]] | None:
    """The files they were made from; None where that cannot be read."""
    try:
        return _FILES.decode(stored.files)
    except msgspec.MsgspecError:
        return None


def encoded(facts: dict[str, DayFacts]) -> msgspec.Raw:
    """Facts as they are kept."""
    return msgspec.Raw(msgspec.msgpack.encode(facts))


def write(path: Path, header: Header, facts: msgspec.Raw, objects: Iterable[StoredObject]) -> None:
    """Keep facts. Raises Problem where the folder cannot be written."""
    files = {item.key: (item.size, item.etag) for item in objects}
    stored = Stored(header, facts, msgspec.Raw(msgspec.msgpack.encode(files)))
    content = msgspec.msgpack.encode(stored)
    write_atomic(path, _MAGIC + _sum(content) + content, mode=0o600, durable=False)


def _sum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_SUM_BYTES).digest()
