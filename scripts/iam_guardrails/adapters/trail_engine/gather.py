"""From records to the facts of days: the one loop over every record of every file.

What a record counts as depends on its principal, source, name and error code; it is worked out once for each such
combination, so that the loop itself only looks up and compares times. Where it could be built, `alike.c` does so for
those that count as a use and nothing more (tabled.py), and only the others are decoded one by one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from iam_guardrails.adapters.trail_bytes import Damage, pieces_of, unpacked
from iam_guardrails.adapters.trail_engine.day import EPOCH, Day, take_read
from iam_guardrails.adapters.trail_engine.decode import (
    EVENTS,
    FILES,
    NOT_READ,
    PART,
    decode_any,
    inflate,
    is_insight,
    is_reckonable,
    is_whole,
    parts_of,
    raw_record,
    raw_records,
)
from iam_guardrails.adapters.trail_engine.event import Event
from iam_guardrails.adapters.trail_engine.kept_record import as_shared, without_secrets
from iam_guardrails.adapters.trail_engine.known import Known
from iam_guardrails.adapters.trail_engine.one_record import (
    ASSUME_ROOT,
    ASSUMING,
    KEEP,
    MAY_CHANGE,
    SECRET,
    WHOLE,
    Asked,
    Class,
    Key,
    asked_of,
    caller,
    edge_key,
    edge_of,
    key_in,
    key_of,
    letters_of,
    may_be_shared,
    named,
    seconds,
    session_asked,
)
from iam_guardrails.adapters.trail_engine.packed import Piece
from iam_guardrails.adapters.trail_engine.packed import unpacked as unpacked_records
from iam_guardrails.adapters.trail_engine.tabled import Tabled
from iam_guardrails.model.trail.facts import (
    AMENDS,
    CROSS_ACCOUNT,
    ENTRY,
    FAILED,
    IAM_CHANGE,
    DayFacts,
    Kept,
    add_edge,
    merge,
)
from iam_guardrails.model.trail.principal import LONG, role_in_message, role_name, root_of


class Unreadable(Struct, array_like=True):
    """What could not be read: the file, where in it ("" for the whole), and why."""

    key: str
    record: str
    reason: str


class Amended(Struct, array_like=True, frozen=True, order=True):
    """That another record corrects one.

    time: of the event.  part: that of the facts (model.trail.facts.PARTS) in which what it said before is, beside the
    uses.  event_id: of the one that is corrected.  fields: that are, "" where none is named.

    Source: AWS CloudTrail User Guide, "CloudTrail record contents", addendum.
    """

    time: int
    part: str
    event_id: str
    fields: str


class Unreckonable(ValueError):
    """A time that nothing can be reckoned with."""


MOST_HELD = 24 << 20
"""About how many bytes a gathering holds before it hands them over to be packed."""
_CELL_BYTES, _EDGE_BYTES, _KEPT_BYTES = 2_000, 2_500, 500
"""About how many bytes one of these takes until it is packed, beside its texts; these are then there four times."""
Parts = dict[str, tuple[Iterator[DayFacts], list[Piece]]]
"""For each day (YYYY-MM-DD) its facts (Day.facts), and the records that are kept whole and packed."""


class Gathering:
    """Facts gathered file by file.

    targets: (account, name) of the roles of which everything is kept.  since, until: leave out what happened before, or
    at or after; None for no limit.  known: from gatherings before this one, for the same targets; it is added to.
    pack: takes what was gathered where that is much, and gives what is known from then on; None where all is held.
    """

    def __init__(
        self, targets: frozenset[tuple[str, str]], since: datetime | None = None, until: datetime | None = None,
        known: Known | None = None, pack: Callable[[Parts], Known] | None = None,
    ) -> None:  # fmt: skip
        self._targets, self._since, self._until, self._pack = targets, since, until, pack
        self._begin(known or Known())
        self.events = self.insights = 0
        self.bytes = 0
        self.unreadable: list[Unreadable] = []
        self.amended: list[Amended] = []

    def _begin(self, known: Known) -> None:
        """Hold nothing but counts and what cannot be read."""
        self._days: dict[datetime, Day] = {}
        self._latest = Day(EPOCH)
        self._latest.end = EPOCH  # no day yet: it holds no time, so that the first record finds its own
        self._known = known
        table = known.table if self._since is None and self._until is None else None
        self._tabled = Tabled(known, table, self._targets) if table is not None else None
        self._held = 0  # bytes, about; counted where something new is held

    def _ease(self) -> None:
        """Hand over what is held where that is much."""
        if self._pack:
            held = self._held + (self._tabled.held if self._tabled else 0)
            if held > MOST_HELD or self._known.is_full:
                self._begin(self._pack(self.parts()))

    def take(self, key: str, packed: bytes | Iterator[bytes]) -> None:
        """Read one file, as stored; what cannot be read of it goes to `unreadable`."""
        if not isinstance(packed, bytes):
            self._take_parts(key, unpacked(packed))
            return
        try:
            content = inflate(packed)
        except Damage as damage:
            self.unreadable.append(Unreadable(key, "", str(damage)))
            return
        if content is None:
            self._take_parts(key, pieces_of(packed))
            return
        self.bytes += len(content)
        if not (len(content) > 2 * PART and self._take_in_parts(content)) and not self._take_usual(content):
            self._take_slowly(key, (content,))
        self._ease()

    def _take_in_parts(self, content: bytes | bytearray) -> bool:
        """Take a file part by part, as one may hold very much; False where it is to be taken as a whole."""
        before = self.events
        for part, _ in parts_of(bytes(content[at : at + PART]) for at in range(0, len(content), PART)):
            if not part or not self._take_usual(part):
                self.events = before  # what was gathered till then may be gathered again
                return False
            self._ease()
        return True

    def _take_parts(self, key: str, pieces: Iterator[bytes]) -> None:
        """Take a file that is never in memory as a whole."""
        before = self.events
        for part, rest in parts_of(self._counted(pieces)):
            if not part or not self._take_usual(part):
                self._take_slowly(key, rest, self.events - before)
                return
            self._ease()

    def _take_usual(self, content: bytes | bytearray) -> bool:
        """Take a file as CloudTrail writes it; False for any other."""
        if self._tabled and (found := self._tabled.read(content)):
            number, events, texts = found
            if events:
                self._keep_all(events, texts)
            self.events += number
            return True
        try:
            events = FILES.decode(content).Records
        except NOT_READ:
            return False
        return is_whole(content, events) and self._take_decoded(content, events)

    def _keep_all(self, events: Sequence[Event], texts: Sequence[bytes | bytearray]) -> None:
        """Gather events that stand in one text each. Raises Unreckonable."""
        kept = self._gather(events)
        numbers = {id(event): number for number, event in enumerate(events)} if kept else {}
        for event, reasons in kept:
            self._keep(event, reasons, bytes(texts[numbers[id(event)]]))

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.bytes += len(piece)
            yield piece

    def take_records(self, where: str, records: Sequence[str]) -> None:
        """Read records that come without a file; `where` is for messages.

        Each is decoded by itself, as whoever may write into a log group writes what he likes: no text of one record can
        end the list that others stand in.
        """
        texts = [record.encode("utf-8", "surrogatepass") for record in records]
        self.bytes += sum(map(len, texts))
        try:
            events = [EVENTS.decode(text) for text in texts]
            self._keep_all(events, texts)
        except (*NOT_READ, Unreckonable):
            for number, record in enumerate(records):
                if is_insight(record):
                    self.insights += 1
                    continue
                self._take_slowly(f"{where}, record {number}", texts[number : number + 1])
            return
        self.events += len(events)

    def _take_decoded(self, content: bytes | bytearray, events: list[Event]) -> bool:
        """Take events that were read at once; False, for now, where the time of one cannot be reckoned with."""
        try:
            kept = self._gather(events)
        except Unreckonable:  # what was gathered till then may be gathered again
            return False
        self.events += len(events)
        alone = len({event.eventID for event, _ in kept}) == len(kept)  # else the first would be found for all of them
        records: list[msgspec.Raw] | None = None
        for event, reasons in kept:
            record = raw_record(content, event) if alone else None
            if record is None:
                records = records or raw_records(content)
                number = next(number for number, item in enumerate(events) if item is event)
                record = bytes(records[number])
            self._keep(event, reasons, record)
        return True

    def _take_slowly(self, key: str, pieces: Iterable[bytes | bytearray], first: int = 0) -> None:
        """Take what is not as CloudTrail writes it. first: how many records of the file were read already."""
        from iam_guardrails.adapters.trail_values import Broken  # rare, and it costs milliseconds

        try:
            for index, item in enumerate(decode_any(pieces), first):
                if isinstance(item, Broken):
                    line = f", line {item.line}" if item.line else ""
                    self.unreadable.append(Unreadable(key, f"record {index}{line}", item.reason))
                    continue
                self.events += 1
                for event, reasons in self._gather([item[0]]):
                    self._keep(event, reasons, item[1])
                self._ease()
        except Damage as damage:
            self.unreadable.append(Unreadable(key, "", str(damage)))

    def _gather(self, events: Sequence[Event]) -> list[tuple[Event, int]]:
        """The loop. Gives the records that are to be kept, with the reasons."""
        kept: list[tuple[Event, int]] = []
        if self._since is not None or self._until is not None:
            events = [event for event in events if self._within(event.eventTime)]
        day = self._latest
        start, end, get = day.start, day.end, day.cells.get
        for event in events:
            identity = event.userIdentity
            if identity is None:
                who = None
            else:
                context = identity.sessionContext
                if context is None or (issuer := context.sessionIssuer) is None or not (who := issuer.arn):
                    # a user's session may have an empty sessionIssuer
                    who = identity.arn or named(identity)
            error = event.errorCode
            if error is None and event.errorMessage:
                error = FAILED
            cell = get(key := (who, event.eventName, event.eventSource, error))
            time = event.eventTime
            if cell is None or (time >= end if cell[0] < time else time < start):
                if not start <= time < end:
                    day = self._latest = self._day(time)
                    start, end, get = day.start, day.end, day.cells.get
                cell = self._cell(day, key, time)
            elif cell[0] < time:
                cell[0] = time
            if (counted := cell[1]) and (reasons := self._special(day, cell, event, counted)):
                kept.append((event, reasons))
        for event in [event for event in events if event.addendum is not None]:
            self._amend(event, kept)
        return kept

    def _amend(self, event: Event, kept: list[tuple[Event, int]]) -> None:
        """Keep a record that corrects another one."""
        said = event.addendum
        if said is None or not said.originalEventID:
            return
        kept.append((event, AMENDS))
        counted = self._class(key_of(event))[0]
        part = "reads" if counted & SECRET else "edges" if counted & ASSUMING and not _is_shared(event) else "uses"
        self.amended.append(Amended(seconds(event.eventTime), part, said.originalEventID, said.updatedFields or ""))

    def _within(self, time: datetime) -> bool:
        return (self._since is None or time >= self._since) and (self._until is None or time < self._until)

    def _day(self, time: datetime) -> Day:
        if not is_reckonable(time):
            raise Unreckonable
        start = datetime(*time.astimezone(UTC).timetuple()[:3], tzinfo=UTC)
        found = self._days.get(start)
        if found is None:
            found = self._days[start] = Day(start)
        return found

    def _cell(self, day: Day, key: Key, time: datetime) -> list[Any]:
        """The cell of a combination, made where the day has none yet, with the event's time in it."""
        here = day.cells.get(key)
        if here is not None:
            here[0] = max(here[0], time)
            return here
        known = self._class(key)
        made = day.cells[key] = [time, known[0], {} if known[0] & SECRET else None, known]
        self._held += _CELL_BYTES + 4 * letters_of(key)
        return made

    def _class(self, key: Key) -> Class:
        return self._known.class_of(key, self._targets)

    def _special(self, day: Day, cell: list[Any], event: Event, counted: int) -> int:
        """Put what is more than a use where it belongs; gives the reasons for which the record is kept."""
        if counted & SECRET and not counted & WHOLE:
            self._held += take_read(cell[2], event)
        reasons = counted & KEEP
        if counted & ASSUMING:
            reasons |= self._assuming(day, event)
        if counted & MAY_CHANGE and event.readOnly is False:
            reasons |= IAM_CHANGE
        return reasons

    def _assuming(self, day: Day, event: Event) -> int:
        asked = asked_of(event.requestParameters)
        as_root = event.eventName == ASSUME_ROOT
        role = _role(event, asked)
        role = root_of(asked.targetPrincipal or "", caller(event)) if as_root else role
        key = edge_key(event, asked, role)
        reasons = 0
        if self._targets and not as_root and (not role or role_name(role) in self._targets):
            reasons |= ENTRY  # some refused calls name their role nowhere
        if _is_shared(event):
            return reasons | CROSS_ACCOUNT
        here = day.edges.get(key)
        time = seconds(event.eventTime)
        address = event.sourceIPAddress
        if (
            here and here.last > time >= here.first and (not address or here.addresses.get(address, -1) >= time)
            and (here.more_sessions or here.session == session_asked(event, asked))
        ):  # fmt: skip
            return reasons
        edge = edge_of(event, asked, key, time)
        texts = sum(len(text) for text in key if isinstance(text, str)) if here is None else 0
        long = len(edge.session) + len(edge.event_id) + len(address or "")
        if here is None or long > LONG:
            self._held += _EDGE_BYTES + 4 * (texts + long)
        add_edge(day.edges, edge)
        return reasons

    def _keep(self, event: Event, reasons: int, record: bytes) -> None:
        day = self._day(event.eventTime)
        told = without_secrets(record)
        if reasons == CROSS_ACCOUNT and not (event.addendum and event.addendum.originalEventID):
            told = as_shared(told)
        here = Kept(event.eventID or "", seconds(event.eventTime), reasons, told)
        self._held += day.keep(here) + _KEPT_BYTES
        if reasons & WHOLE:
            known = self._class(key := key_in(event, record))
            day.others.append((here.time, known))
            if known[0] & SECRET:
                self._held += take_read(self._cell(day, key, event.eventTime)[2], event)

    def facts(self) -> dict[str, DayFacts]:
        """What was gathered: day (YYYY-MM-DD) -> facts."""
        found = {}
        for start, (several, pieces) in self.parts().items():
            facts = found[start] = next(several)
            facts.kept = [*(record for piece in pieces for record in unpacked_records(piece)), *facts.kept]
            for more in several:
                merge(facts, more)
        return found

    def parts(self) -> Parts:
        """The same in parts."""
        if self._tabled:
            self._tabled.put(self._day)
        return {f"{start:%Y-%m-%d}": (day.facts(), day.pieces) for start, day in self._days.items() if not day.is_empty}


def _role(event: Event, asked: Asked) -> str:
    """The role that an assumption is about; "" where the record does not tell."""
    return asked.roleArn or (role_in_message(event.errorMessage) if event.errorMessage else "")


def _is_shared(event: Event) -> bool:
    """Whether an assumption is kept whole, to be joined with what another account recorded of it."""
    if not event.sharedEventID:
        return False
    role = "" if event.eventName == ASSUME_ROOT else _role(event, asked_of(event.requestParameters))
    return may_be_shared(event, role)
