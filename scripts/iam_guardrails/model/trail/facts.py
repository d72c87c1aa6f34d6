"""What the questions about CloudTrail work from: facts of one day, gathered from its records, that can be merged.

Every fact is a latest time, an earliest time or a record kept by its id, so that merging is idempotent: a record that
CloudTrail delivered twice, or a file that was read twice, changes nothing (AWS CloudTrail User Guide, "How CloudTrail
works": duplicates are possible). There are no counts, for that reason. Times are seconds since 1970, UTC.

msgspec's structs, not our own frozen classes, because a review reads hundreds of thousands of them from its cache.
"""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

MAXIMUM_ADDRESSES = 5
PARTS = ("uses", "edges", "reads", "kept")
"""The parts of the facts of a day."""

# the reasons for which a record is kept whole
IAM_CHANGE, SILENCER, ROOT, CONSOLE, SESSION, ENTRY, CROSS_ACCOUNT, MAKES = (1 << bit for bit in range(8))
AMENDS = 1 << 11
"""It corrects the record of another event id (its `addendum` says so); the numbers between are what counting needs."""


class Edge(Struct, gc=False, array_like=True):
    """Assumptions of a role that are alike but for session, address and time.

    principal: who asked (model.trail.principal).  kind: the type of its userIdentity: a user and a session that it
    gave out are one principal.  role: the role's ARN as the caller wrote it, "" where the record does not tell.  mfa:
    model.trail.principal.had_mfa.  source_identity: of the session that was given out: what was asked for, else what
    the answer tells, else the caller's.  via: the AWS service in between.  error: "" on success.
    addresses: address -> when it was last seen, the latest MAXIMUM_ADDRESSES.  session, event_id: of the latest.
    more_addresses, more_sessions: whether there were others than these.  doubled: whether the latest one's event id is
    of another one, too, with another session.
    """

    account_id: str
    action: str
    principal: str
    kind: str
    role: str
    mfa: bool | None
    source_identity: str
    via: str
    error: str
    first: int
    last: int
    session: str
    event_id: str
    addresses: dict[str, int]
    more_addresses: bool = False
    more_sessions: bool = False
    doubled: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two edges alike."""
        return (self.account_id, self.action, self.principal, self.kind, self.role, self.mfa, self.source_identity,
                self.via, self.error)  # fmt: skip


class Read(Struct, gc=False, array_like=True):
    """Reads of one secret by one principal. secret: as the caller named it.  address, event_id: of the latest.

    doubled: whether that event id is of another one, too, from another address.
    """

    account_id: str
    principal: str
    action: str
    secret: str
    error: str
    first: int
    last: int
    address: str
    event_id: str
    doubled: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two reads alike."""
        return (self.account_id, self.principal, self.action, self.secret, self.error)


class Kept(Struct, gc=False, array_like=True):
    """A record kept whole. reasons: a sum of the constants above; record: its JSON."""

    event_id: str
    time: int
    reasons: int
    record: bytes


class DayFacts(Struct):
    """The facts of one day (UTC, by the time of the event, not of its delivery).

    uses: principal, then "source action error" (see use_of) -> when last.  A role whose path a record does not tell
    goes by model.trail.principal.pathless.
    """

    uses: dict[str, dict[str, int]]
    edges: list[Edge]
    reads: list[Read]
    kept: list[Kept]


FAILED = "Failure"
"""Stands for the error code of a record that has none: of one with a message only, and of a sign-in that failed by its
own answer (sign_ins)."""


def use_of(source: str, action: str, error: str) -> str:
    """How a use is written: event source, event name and error code ("" on success), parted by spaces.

    A space in a source or a name, which no service of AWS's has, becomes an underscore.
    """
    return f"{source.replace(' ', '_')} {action.replace(' ', '_')} {error}"


class Latest:
    """uses: see DayFacts, of all days that were taken; for each the latest time."""

    def __init__(self) -> None:
        self.uses: dict[str, dict[str, int]] = {}
        self._until: dict[str, str] = {}

    def take(self, day: str, uses: Mapping[str, Mapping[str, int]]) -> None:
        """The uses of one day, or those of several days before anything else, `day` then being the last of them."""
        for principal, actions in uses.items():
            mine = self.uses.setdefault(principal, {})
            if day > self._until.get(principal, ""):  # every time of a later day is later
                self._until[principal] = day
                mine.update(actions)
                continue
            for action, last in actions.items():
                if last > mine.get(action, -1):
                    mine[action] = last


def empty() -> DayFacts:
    """A day about which nothing is known."""
    return DayFacts({}, [], [], [])


def merge(into: DayFacts, more: DayFacts) -> None:
    """Put `more` into `into`; in any order, and as often as one likes."""
    for principal, actions in more.uses.items():
        mine = into.uses.setdefault(principal, {})
        for action, last in actions.items():
            if last > mine.get(action, -1):
                mine[action] = last
    edges = {item.key: item for item in into.edges}
    for edge in more.edges:
        add_edge(edges, edge)
    into.edges = list(edges.values())
    reads = {item.key: item for item in into.reads}
    for read in more.reads:
        add_read(reads, read)
    into.reads = list(reads.values())
    kept: dict[object, Kept] = {}
    for item in (*into.kept, *more.kept):
        add_kept(kept, item)
    into.kept = list(kept.values())


def add_kept(kept: dict[object, Kept], item: Kept) -> None:
    """Put one record among others: what says the same under one event id is one, what says something else is another.

    An event id is given once (AWS CloudTrail User Guide, "CloudTrail record contents"), but whoever can write to the
    source can write it again: what he writes must not take the place of what stands there.
    """
    key: object = item.event_id or item.record
    here = kept.get(key)
    if here is not None and here.record != item.record and (says := _said(item.record)) != _said(here.record):
        here = kept.get(key := (item.event_id, says))
    if here is not None:
        item = Kept(item.event_id, item.time, here.reasons | item.reasons, min(here.record, item.record))
    kept[key] = item


def _said(record: bytes) -> bytes:
    return said(loaded(record))


def said(record: Mapping[str, Any]) -> bytes:
    """What a record says, however it is written; that CloudTrail delivered it late is no part of it."""
    addendum = record.get("addendum")
    if not isinstance(addendum, dict) or not addendum.get("originalEventID"):
        record = {name: value for name, value in record.items() if name != "addendum"}
    return json.dumps(record, sort_keys=True, ensure_ascii=False).encode(errors="replace")


def loaded(record: bytes) -> Any:
    """The JSON of a record that was read before, with all that decoders pass over; a number of thousands of digits,
    which Python takes for an attack, is infinite."""
    text = record.decode(errors="replace")
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return json.loads(text, strict=False, parse_int=float)


def add_edge(edges: dict[tuple[object, ...], Edge], edge: Edge) -> None:
    """Put one edge among others that are kept by their key."""
    here = edges.get(edge.key)
    if here is None:
        edges[edge.key] = edge
        return
    if edge.first < here.first:
        here.first = edge.first
    here.more_addresses = here.more_addresses or edge.more_addresses
    here.more_sessions = here.more_sessions or edge.more_sessions or edge.session != here.session
    if (edge.last, edge.event_id) > (here.last, here.event_id):
        here.last, here.session, here.event_id, here.doubled = edge.last, edge.session, edge.event_id, edge.doubled
    elif (edge.last, edge.event_id) == (here.last, here.event_id):
        here.doubled = here.doubled or edge.doubled or (edge.session != here.session and bool(edge.event_id))
        here.session = max(here.session, edge.session)
    for address, last in edge.addresses.items():
        if last > here.addresses.get(address, -1):
            here.addresses[address] = last
    if len(here.addresses) > MAXIMUM_ADDRESSES:
        latest = sorted(here.addresses.items(), key=lambda pair: (pair[1], pair[0]), reverse=True)
        here.addresses, here.more_addresses = dict(latest[:MAXIMUM_ADDRESSES]), True


def add_read(reads: dict[tuple[object, ...], Read], read: Read) -> None:
    """Put one read among others that are kept by their key."""
    here = reads.get(read.key)
    if here is None:
        reads[read.key] = read
        return
    if read.first < here.first:
        here.first = read.first
    if (read.last, read.event_id) > (here.last, here.event_id):
        here.last, here.address, here.event_id, here.doubled = read.last, read.address, read.event_id, read.doubled
    elif (read.last, read.event_id) == (here.last, here.event_id):
        here.doubled = here.doubled or read.doubled or (read.address != here.address and bool(read.event_id))
        here.address = max(here.address, read.address)


__all__ = [
    "AMENDS", "CONSOLE", "CROSS_ACCOUNT", "ENTRY", "FAILED", "IAM_CHANGE", "MAKES", "MAXIMUM_ADDRESSES", "PARTS",
    "ROOT", "SESSION", "SILENCER", "DayFacts", "Edge", "Kept", "Latest", "Read", "add_edge", "add_kept", "add_read",
    "empty", "loaded", "merge", "said", "use_of",
]  # fmt: skip
