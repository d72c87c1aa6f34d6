"""The kept facts of one account and day of files, with the list of the files that they were made from.

A file of the cache is written whole or not at all, so after a kill it holds either what it held or what was new; and
because merging facts is idempotent, a file of CloudTrail that is read twice changes nothing. Uses are kept as numbers
into lists of principals and actions, as most days name the same ones; each part of the facts can be read alone.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

import msgspec
from msgspec import Raw, Struct

from iam_guardrails.adapters import sealed
from iam_guardrails.adapters.blake2 import blake2b
from iam_guardrails.adapters.trail_engine.gather import Amended, Unreadable
from iam_guardrails.adapters.trail_engine.packed import Piece, closed, joined, opened, packed, unpacked
from iam_guardrails.adapters.trail_objects import StoredObject
from iam_guardrails.model.trail.facts import PARTS, DayFacts, Edge, Read, empty, merge

FORMAT = "trail-facts 15"
LARGE = 1 << 20
"""From how many bytes on facts of a day are packed, and no longer merged with others."""
MARK_BYTES, MOST_IN_SET = 16, 250_000
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
    """A file of the cache: header, facts (day -> facts), encoded, and the marks of the files (Marks)."""

    header: Header
    facts: Raw
    files: bytes


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
    kept: list[Piece]


_STORED = msgspec.msgpack.Decoder(Stored)
_DAYS = msgspec.msgpack.Decoder(dict[str, list[tuple[int, bytes]]])
_DAY = msgspec.msgpack.Decoder(_Day)
_USES = msgspec.msgpack.Decoder(Uses)
_EDGES = msgspec.msgpack.Decoder(list[Edge])
_READS = msgspec.msgpack.Decoder(list[Read])


def read(path: str) -> Stored | None:
    """What is kept there; None where there is nothing that can be used."""
    content = sealed.read(path, _MAGIC)
    try:
        return _STORED.decode(content) if content else None
    except msgspec.MsgspecError:
        return None


def facts_of(encoded: Raw, parts: Collection[str] = PARTS) -> Iterator[tuple[str, DayFacts]]:
    """Facts, day by day, the other parts than `parts` empty. Raises ValueError where they cannot be read.

    Of a day with very much they come a piece at a time, each as facts of that day.
    """
    try:
        for day, it in _each_day(encoded):
            pieces = it.kept if "kept" in parts else []
            facts = _decoded(it, parts)
            for piece in pieces[:1]:
                facts.kept = unpacked(piece)
            yield day, facts
            for piece in pieces[1:]:
                yield day, DayFacts({}, [], [], unpacked(piece))
    except (msgspec.MsgspecError, IndexError) as error:
        raise ValueError(str(error)) from None


def _each_day(encoded: Raw) -> Iterator[tuple[str, _Day]]:
    for day, several in _DAYS.decode(encoded).items():
        for packed_one in several:
            yield day, _DAY.decode(opened(packed_one))


def _decoded(day: _Day, parts: Collection[str] = PARTS) -> DayFacts:
    """The facts of a day but for records that are kept whole."""
    return DayFacts(
        uses_of(_USES.decode(day.uses)) if "uses" in parts else {},
        _EDGES.decode(day.edges) if "edges" in parts else [],
        _READS.decode(day.reads) if "reads" in parts else [],
        [],
    )


def merged(several: Iterable[Raw]) -> Raw:
    """Facts that were encoded one by one as one. Raises ValueError where they cannot be read.

    What is large already stays as it is, so that little is in memory of a day on which very many called.
    """
    large: dict[str, list[Piece]] = {}
    small: dict[str, list[_Day]] = {}
    try:
        for encoded in several:
            for day, pieces in _DAYS.decode(encoded).items():
                large.setdefault(day, []).extend(piece for piece in pieces if piece[0])
                small.setdefault(day, []).extend(_DAY.decode(content) for size, content in pieces if not size)
        return Raw(msgspec.msgpack.encode({
            day: [*pieces, *([_piece(_merged(small[day]))] if small[day] else [])] for day, pieces in large.items()
        }))  # fmt: skip
    except (msgspec.MsgspecError, IndexError) as error:
        raise ValueError(str(error)) from None


def _piece(day: Mapping[str, object]) -> Piece:
    """Facts of a day, packed where they are large."""
    return closed(msgspec.msgpack.encode(day), LARGE)


def _merged(alike: Sequence[_Day]) -> dict[str, object]:
    """Several facts of one day as those of one; records kept whole are not looked into, as questions take each once."""
    whole, others = empty(), empty()
    for it in alike:
        one = _decoded(it)
        others.edges += one.edges
        others.reads += one.reads
        merge(whole, DayFacts(one.uses, [], [], []))
    merge(whole, others)  # at once, as each merging looks at all that is there
    return _told(whole, joined(piece for it in alike for piece in it.kept))


def _told(facts: DayFacts, kept: Iterable[Piece]) -> dict[str, object]:
    """As _Day."""
    return {"uses": numbered(facts.uses), "edges": facts.edges, "reads": facts.reads, "kept": list(kept)}


def days_in(encoded: Raw) -> list[str]:
    """The days that facts are of."""
    return list(_DAYS.decode(encoded))


def mark_of(item: StoredObject) -> bytes:
    """What a file is known by: a hash of its key, size and tag."""
    told = f"{item[0]}\0{item[1]}\0{item[2]}"
    return blake2b(told.encode("utf-8", "surrogateescape"), digest_size=MARK_BYTES).digest()


class Marks(Sequence[bytes]):
    """Marks of files one after another, sorted: a group may have a million files, of which only this is in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __len__(self) -> int:
        return len(self._content) // MARK_BYTES

    def __getitem__(self, at: Any) -> Any:
        return self._content[at * MARK_BYTES : (at + 1) * MARK_BYTES]

    def __contains__(self, mark: object) -> bool:
        at = bisect_left(self, mark)
        return at < len(self) and self[at] == mark


def marks_of(content: bytes) -> Set[bytes] | Marks:
    """The marks that are kept in a file of the cache: a set, which is faster, where they are not very many."""
    if len(content) > MOST_IN_SET * MARK_BYTES:
        return Marks(content)
    return frozenset(content[at : at + MARK_BYTES] for at in range(0, len(content), MARK_BYTES))


def encoded(facts: Mapping[str, tuple[Iterable[DayFacts], Sequence[Piece]]]) -> Raw:
    """Facts of each day, and records that are kept whole and packed already, as they are kept."""
    days = {
        day: [
            _piece(_told(it, (*(() if number else pieces), *packed(it.kept)))) for number, it in enumerate(several)
        ]
        for day, (several, pieces) in facts.items()
    }  # fmt: skip
    return Raw(msgspec.msgpack.encode(days))


def write(path: str, header: Header, facts: Raw, marks: bytes | bytearray) -> None:
    """Keep facts. marks: of their files, in any order. Raises Problem where the folder cannot be written."""
    ordered = sorted(marks[at : at + MARK_BYTES] for at in range(0, len(marks), MARK_BYTES))
    stored = Stored(header, facts, b"".join(ordered))
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
