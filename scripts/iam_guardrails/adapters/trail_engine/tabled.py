"""Files read by the table of `alike.c`: of records that are alike only the times are taken, and what readings of
secrets say; what is new in a file, or more than a use, is decoded and handed back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from iam_guardrails.adapters.trail_engine.day import DAY_SECONDS, EPOCH, Alike, Day, bytes_of_read, put_read
from iam_guardrails.adapters.trail_engine.decode import EVENTS, NOT_READ
from iam_guardrails.adapters.trail_engine.event import Event
from iam_guardrails.adapters.trail_engine.known import Known
from iam_guardrails.adapters.trail_engine.one_record import SECRET, key_of
from iam_guardrails.model.trail.principal import LONG

if TYPE_CHECKING:
    from datetime import datetime

    from iam_guardrails.adapters.trail_engine._alike import Table, Told

FEW_KINDS = 2_000
"""How many new kinds a table may see before it is asked whether it helps."""
_TIME_BYTES = 300
"""About how many bytes a kind's time of a day takes until it is packed."""
Texts = list[bytes | bytearray]


class Tabled:
    """What one gathering takes by a table.

    known: with what its table's kinds are; it is added to.  targets: as known's classes have them.  held: about how
    many bytes of what was taken are held beside the table.
    """

    def __init__(self, known: Known, table: Table, targets: frozenset[tuple[str, str]]) -> None:
        self._known, self._table, self._targets = known, table, targets
        table.take()  # what a gathering before this one left, which did not come to its end
        self._apart, self._kinds = 0, table.kinds
        self.held = 0
        self._latest: dict[int, dict[int, int]] = {}
        self._readings: dict[int, Alike[tuple[int, str, bytes]]] = {}  # by day
        self._readings_of: tuple[int, int, Alike[tuple[int, str, bytes]]] = (0, 0, {})  # those of the day at hand

    def read(self, content: bytes | bytearray) -> tuple[int, list[Event], Texts] | None:
        """Take a file as CloudTrail writes it: how many records it has, and those that are to be gathered, with their
        texts; None for any other file, or where the table does not help."""
        if not self._pays() or (found := self._table.read(content)) is None:
            return None
        number = self._table.records
        known = self._known
        self._apart += number
        events, texts = list[Event](), Texts()
        try:
            for kind, when, begin, end in found[0]:
                if kind in known.plain:
                    self._note(kind, when)
                    continue
                event = EVENTS.decode(text := content[begin:end])
                if kind not in known.special and not self._learn(kind, when, event):
                    continue
                events.append(event)
                texts.append(text)
        except NOT_READ:  # what was noted till then may be noted again
            return None
        if found[1]:
            self._take_readings(found[1])
        return number, events, texts

    def _pays(self) -> bool:
        """Whether the table helps: where every other record is of a kind of its own, to decode all is faster."""
        new = self._table.kinds - self._kinds
        return new < FEW_KINDS or new * 2 < self._apart

    def _learn(self, kind: int, when: int, event: Event) -> bool:
        """Learn what a kind of the table is by one of its events; whether that is to be gathered still."""
        key = key_of(event)
        found = self._known.class_of(key, self._targets)
        if not found[0]:
            self._known.plain[kind] = found
            self._table.plain(kind)
            self._note(kind, when)
            return False
        if found[0] == SECRET and key[3] is None:  # an error's message may name the secret
            self._known.readings[kind] = key, found
            self._table.readings(kind)
        else:
            self._known.special.add(kind)
        return True

    def _take_readings(self, told: Sequence[Told]) -> None:
        """Take records that are reads of secrets and nothing else."""
        begin, end, reads = self._readings_of
        for where, when, address, event_id in told:
            if not begin <= when < end:
                number = when // DAY_SECONDS
                begin, end = number * DAY_SECONDS, (number + 1) * DAY_SECONDS
                reads = self._readings.setdefault(number, {})
                self._readings_of = begin, end, reads
            here = reads.get(where)
            if here is not None and when > here[1] and len(address) + len(event_id) <= LONG:
                here[1], here[2], here[3], here[4] = when, address, event_id, False  # as put_read does, without a call
            elif put_read(reads, where, when, address, event_id):
                self.held += bytes_of_read(where[1], where[2], address, event_id)

    def _note(self, kind: int, when: int) -> None:
        """Note a time of a plain kind."""
        latest = self._latest.setdefault(when // DAY_SECONDS, {})
        before = latest.get(kind, -1)
        if when > before:
            latest[kind] = when
            self.held += _TIME_BYTES if before < 0 else 0

    def put(self, day_of: Callable[[datetime], Day]) -> None:
        """Put all that was taken where it belongs; none of it is held any more. day_of: gives the day of a time."""
        plain, readings = self._known.plain, self._known.readings
        for number, latest in (*self._table.take().items(), *self._latest.items()):
            day_of(EPOCH + timedelta(number)).others += ((when, plain[kind]) for kind, when in latest.items())
        for number, reads in self._readings.items():
            day_of(EPOCH + timedelta(number)).readings += (
                (*readings[kind], account, asked, read) for (kind, account, asked), read in reads.items()
            )
        self._latest.clear()
        self._readings.clear()
        self.held = 0
        self._readings_of = (0, 0, {})
