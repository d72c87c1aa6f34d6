"""The kept facts of one account and day of files, with the list of the files that they were made from.

A file of the cache is written whole or not at all, so after a kill it holds either what it held or what was new; and
because merging facts is idempotent, a file of CloudTrail that is read twice changes nothing. Uses are kept as numbers
into lists of principals and actions, as most days name the same ones; each part of the facts can be read alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec
from msgspec import Raw, Struct

from iam_guardrails.adapters import sealed
from iam_guardrails.adapters.trail_engine.gather import Amended, Unreadable
from iam_guardrails.adapters.trail_objects import StoredObject
from iam_guardrails.model.trail.facts import PARTS, DayFacts, Edge, Kept, Read

FORMAT = "trail-facts 10"
_MAGIC = FORMAT.encode() + b"\n"


class Header(Struct):
    """What a file of the cache says before its facts.

    listing: a hash of the names, sizes and tags of the files they were made from.  events, bytes: how much was read, of
    each file once.  days: the days there are facts of.  amended: which records others correct.
    """

    listing: str
    events: int
    bytes: int
    days: list[str]
    unreadable: list[Unreadable]
    amended: list[Amended]


class Stored(Struct):
    """A file of the cache: header, facts (day -> facts) and files (key -> size and tag), the latter two encoded."""

    header: Header
    facts: Raw
    files: Raw


class Uses(Struct, gc=False):
    """principals, actions: the texts.  last: one after another, the numbers of two texts and when last."""

    principals: list[str]
    actions: list[str]
    last: list[int]


class _Day(Struct, gc=False):
    """The facts of a day, part by part."""

    uses: Raw
    edges: Raw
    reads: Raw
    kept: Raw


_STORED = msgspec.msgpack.Decoder(Stored)
_DAYS = msgspec.msgpack.Decoder(dict[str, _Day])
_USES = msgspec.msgpack.Decoder(Uses)
_EDGES = msgspec.msgpack.Decoder(list[Edge])
_READS = msgspec.msgpack.Decoder(list[Read])
_KEPT = msgspec.msgpack.Decoder(list[Kept])
_FILES = msgspec.msgpack.Decoder(dict[str, tuple[int, str]])


def read(path: str) -> Stored | None:
    """What is kept there; None where there is nothing that can be used."""
    content = sealed.read(path, _MAGIC)
    try:
        return _STORED.decode(content) if content else None
    except msgspec.MsgspecError:
        return None


def facts_of(encoded: Raw, parts: Collection[str] = PARTS) -> dict[str, DayFacts] | None:
    """Facts, day by day, the other parts than `parts` empty; None where they cannot be read."""
    try:
        return {
            day: DayFacts(
                uses_of(_USES.decode(it.uses)) if "uses" in parts else {},
                _EDGES.decode(it.edges) if "edges" in parts else [],
                _READS.decode(it.reads) if "reads" in parts else [],
                _KEPT.decode(it.kept) if "kept" in parts else [],
            )
            for day, it in _DAYS.decode(encoded).items()
        }
    except (msgspec.MsgspecError, IndexError):
        return None


def files_of(stored: Stored) -> dict[str, tuple[int, str]] | None:
    """The files they were made from; None where that cannot be read."""
    try:
        return _FILES.decode(stored.files)
    except msgspec.MsgspecError:
        return None


def encoded(facts: Mapping[str, DayFacts]) -> Raw:
    """Facts as they are kept."""
    days = {
        day: {"uses": numbered(it.uses), "edges": it.edges, "reads": it.reads, "kept": it.kept}
        for day, it in facts.items()
    }
    return Raw(msgspec.msgpack.encode(days))


def write(path: str, header: Header, facts: Raw, objects: Iterable[StoredObject]) -> None:
    """Keep facts. Raises Problem where the folder cannot be written."""
    files = {key: (size, tag) for key, size, tag in objects}
    stored = Stored(header, facts, Raw(msgspec.msgpack.encode(files)))
    sealed.write(path, _MAGIC, msgspec.msgpack.encode(stored))


def numbered(uses: Mapping[str, Mapping[str, int]]) -> Uses:
    """Uses as they are kept."""
    actions: dict[str, int] = {}
    last: list[int] = []
    for number, mine in enumerate(uses.values()):
        for action, when in mine.items():
            last += number, actions.setdefault(action, len(actions)), when
    return Uses(list(uses), list(actions), last)


def uses_of(told: Uses) -> dict[str, dict[str, int]]:
    """Uses that were kept."""
    uses: dict[str, dict[str, int]] = {principal: {} for principal in told.principals}
    mine, actions = list(uses.values()), told.actions
    numbers = iter(told.last)
    for number, action, when in zip(numbers, numbers, numbers, strict=True):
        mine[number][actions[action]] = when
    return uses
