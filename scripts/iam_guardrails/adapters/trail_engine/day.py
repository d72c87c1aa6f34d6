"""What is gathered of one day, and the facts it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, TypeVar

import msgspec

from iam_guardrails.adapters.trail_engine.event import Event
from iam_guardrails.adapters.trail_engine.one_record import (
    WHOLE,
    Class,
    Key,
    account_of,
    asked_of,
    seconds,
    secrets_of,
)
from iam_guardrails.adapters.trail_engine.packed import Piece, packed
from iam_guardrails.model.trail.facts import DayFacts, Edge, Kept, Read, add_kept, add_read
from iam_guardrails.model.trail.principal import LONG, resource_in_message

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
DAY_SECONDS = 86_400
NO_PARAMETERS = (b"", b"null")
HELD_BYTES = 4 << 20
"""How much of the records that are kept whole is held as it is; more is packed."""
READ_BYTES, READS_BYTES = 500, 16 << 20
"""About how many bytes one of those that are alike takes, and of how many reads are made at once: as many as
are packed by themselves (store.LARGE)."""


Where = TypeVar("Where")
Alike = dict[Where, list[Any]]
"""Reads by what they are alike in: [first, last, address and event id of the latest, and whether that id is of another
one, too, from another address]; the times in seconds since 1970."""
Asked = tuple[str, bytes]
"""Account and requestParameters."""


class Day:
    """What is gathered of one day.

    cells: for each combination its latest time, what it counts as, Alike[Asked] where it reads secrets, else None, and
    its class.  others: latest times, in seconds since 1970, and the classes of what came so beside the cells, as all
    uses of WHOLE do.  readings: combination, class, account, requestParameters and the read (Alike) of those that came
    beside the cells.  kept, kept_bytes: records kept whole, and their size.  pieces: more of these, packed.
    """

    __slots__ = ("cells", "edges", "end", "kept", "kept_bytes", "others", "pieces", "readings", "start")

    def __init__(self, start: datetime) -> None:
        self.start, self.end = start, start + _DAY
        self.cells: dict[Key, list[Any]] = {}
        self.others: list[tuple[int, Class]] = []
        self.readings: list[tuple[Key, Class, str, bytes, list[Any]]] = []
        self.edges: dict[tuple[object, ...], Edge] = {}
        self.kept: dict[object, Kept] = {}
        self.kept_bytes = 0
        self.pieces: list[Piece] = []

    def keep(self, record: Kept) -> int:
        """Keep a record whole; gives how many bytes of records are held more, less than none where some were packed."""
        add_kept(self.kept, record)
        size = len(record.record)
        self.kept_bytes += size
        if self.kept_bytes > HELD_BYTES:
            made = list(packed(self.kept.values()))
            size += sum(len(content) for _, content in made) - self.kept_bytes
            self.pieces += made
            self.kept.clear()
            self.kept_bytes = 0
        return size

    @property
    def is_empty(self) -> bool:
        """Whether nothing was gathered."""
        return not (self.cells or self.others or self.readings or self.kept or self.pieces)

    def facts(self) -> Iterator[DayFacts]:
        """The facts, of the records that are kept whole those that are not packed; more than one where many secrets
        were read, so that all reads are never there at once."""
        reads = _reads(self)
        yield DayFacts(_uses(self), list(self.edges.values()), next(reads, []), list(self.kept.values()))
        yield from (DayFacts({}, [], more, []) for more in reads)


def take_read(reads: Alike[Asked], event: Event) -> int:
    """Put one read of secrets among those that are alike; what they ask for is worked out once, in the end. Gives about
    how many bytes are held more.

    A refused one may have no parameters, and name the secret in its message only.
    """
    parameters = bytes(event.requestParameters)
    if event.errorMessage and parameters in NO_PARAMETERS and (secret := resource_in_message(event.errorMessage)):
        parameters = msgspec.json.encode({"secretId": secret})
    where, when = (account_of(event), parameters), seconds(event.eventTime)
    address, event_id = event.sourceIPAddress or "", event.eventID or ""
    more = put_read(reads, where, when, address, event_id)
    return bytes_of_read(where[0], parameters, address, event_id) if more else 0


def bytes_of_read(account_id: str, parameters: bytes, address: str, event_id: str) -> int:
    """About how many bytes are held of reads that are alike until they are packed; a comma parts what is named."""
    texts = len(account_id) + len(parameters) + len(address) + len(event_id)
    return READ_BYTES + 100 * parameters.count(b",") + 4 * texts


def put_read(reads: Alike[Where], where: Where, when: int, address: str, event_id: str) -> bool:
    """The same with what the record says; whether more is held than before, as by a long text in a short one's place.

    where: what it is alike in.  when: seconds since 1970.
    """
    here = reads.get(where)
    if here is None:
        reads[where] = [when, when, address, event_id, False]
        return True
    if when > here[1] or (when == here[1] and event_id > here[3]):
        here[1], here[2], here[3], here[4] = when, address, event_id, False
        return len(address) + len(event_id) > LONG
    if when == here[1] and event_id == here[3]:
        here[2], here[4] = max(address, here[2]), here[4] or (address != here[2] and event_id != "")
    elif when < here[0]:
        here[0] = when
    return False


def _uses(day: Day) -> dict[str, dict[str, int]]:
    """See DayFacts."""
    uses: dict[str, dict[str, int]] = {}
    start, begin = day.start, seconds(day.start)
    latest = [(begin + (last - start).seconds, known) for last, counted, _, known in day.cells.values()
              if not counted & WHOLE]  # fmt: skip
    readings = ((last, known) for _, known, _, _, (_, last, *_) in day.readings)
    for when, (_, _, use, user) in chain(latest, day.others, readings):
        mine = uses.get(user)
        if mine is None:
            mine = uses[user] = {}
        if when > mine.get(use, -1):  # sessions of one role may come under two texts
            mine[use] = when
    return uses


def _reads(day: Day) -> Iterator[list[Read]]:
    """See DayFacts; lists of not too many at once."""
    size = 0
    found: dict[tuple[object, ...], Read] = {}
    asked: dict[bytes, Sequence[str]] = {}
    cells = (
        (key, known, *where, read)
        for key, (_, _, reads, known) in day.cells.items() if reads
        for where, read in reads.items()
    )  # fmt: skip
    for (_, name, source, error), known, account_id, parameters, read in chain(cells, day.readings):
        secrets = asked.get(parameters)
        if secrets is None:
            secrets = asked[parameters] = secrets_of(asked_of(parameters))
        action = f"{source.partition('.')[0]}:{name}"
        more = READ_BYTES + len(known[1])
        for secret in secrets:
            add_read(found, Read(account_id, known[1], action, secret, error or "", *read))
            size += more + len(secret)
            if size > READS_BYTES:
                yield list(found.values())
                found.clear()
                asked.clear()
                size = 0
    if found:
        yield list(found.values())
