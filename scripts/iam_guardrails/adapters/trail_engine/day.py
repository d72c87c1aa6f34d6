"""What is gathered of one day, and the facts it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, TypeVar

import msgspec

from iam_guardrails.adapters.trail_engine.decode import Event
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
from iam_guardrails.model.trail.principal import resource_in_message

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
DAY_SECONDS = 86_400
NO_PARAMETERS = (b"", b"null")
HELD_BYTES = 4 << 20
"""How much of the records that are kept whole is held as it is; more is packed."""


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

    def keep(self, record: Kept) -> None:
        """Keep a record whole."""
        add_kept(self.kept, record)
        self.kept_bytes += len(record.record)
        if self.kept_bytes > HELD_BYTES:
            self.pieces += packed(self.kept.values())
            self.kept.clear()
            self.kept_bytes = 0

    def facts(self) -> DayFacts:
        """The facts, of the records that are kept whole those that are not packed."""
        return DayFacts(_uses(self), list(self.edges.values()), _reads(self), list(self.kept.values()))


def take_read(reads: Alike[Asked], event: Event) -> None:
    """Put one read of secrets among those that are alike; what they ask for is worked out once, in the end.

    A refused one may have no parameters, and name the secret in its message only.
    """
    parameters = bytes(event.requestParameters)
    if event.errorMessage and parameters in NO_PARAMETERS and (secret := resource_in_message(event.errorMessage)):
        parameters = msgspec.json.encode({"secretId": secret})
    where, when = (account_of(event), parameters), seconds(event.eventTime)
    put_read(reads, where, when, event.sourceIPAddress or "", event.eventID or "")


def put_read(reads: Alike[Where], where: Where, when: int, address: str, event_id: str) -> None:
    """The same with what the record says. where: what it is alike in.  when: seconds since 1970."""
    here = reads.get(where)
    if here is None:
        reads[where] = [when, when, address, event_id, False]
    elif when > here[1] or (when == here[1] and event_id > here[3]):
        here[1:] = when, address, event_id, False
    elif when == here[1] and event_id == here[3]:
        here[2], here[4] = max(address, here[2]), here[4] or (address != here[2] and event_id != "")
    elif when < here[0]:
        here[0] = when


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


def _reads(day: Day) -> list[Read]:
    """See DayFacts."""
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
        for secret in secrets:
            add_read(found, Read(account_id, known[1], action, secret, error or "", *read))
    return list(found.values())
