"""trail verify: the log files that digests name, and those that no digest names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from iam_guardrails.adapters.trail_ahead import ahead, content_of
from iam_guardrails.adapters.trail_bytes import Damage, pieces_of
from iam_guardrails.adapters.trail_ledger import Ledger, Named
from iam_guardrails.adapters.trail_objects import Absent, TrailObjects
from iam_guardrails.model.trail.digest import HASH_ALGORITHM
from iam_guardrails.model.trail.integrity import ADDED, ALTERED, INVALID, MISSING, MOVED, VALID, Book, Period, Told
from iam_guardrails.model.trail.object_keys import LOG
from iam_guardrails.model.trail.places import Places
from iam_guardrails.model.value import frozen

# Ours: CloudTrail delivers a log file within about five minutes, and its digest file once an hour.
LATE = timedelta(minutes=15)
PENDING = timedelta(hours=2)


class Altered(Exception):
    """The content cannot be unpacked; the message is a clause."""


def hash_of(store: TrailObjects, key: str) -> str | Damage | Altered:
    """The SHA-256, in hex, of a file's unpacked content, or why there is none: Damage is the store's, e.g. Absent."""
    content = content_of(store, key)
    if isinstance(content, Damage):
        return content
    total = hashlib.sha256()
    try:
        for piece in pieces_of(content):
            total.update(piece)
    except Damage as damage:
        return Altered(str(damage))
    return total.hexdigest()


def judge_logs(
    store: TrailObjects, ledger: Ledger, number: int, period: Period, book: Book, progress: Callable[[], None]
) -> None:
    """Judge the log files that the digests of a chain name, as far as the digests' hours are in the period."""
    for named, hashed in ahead(
        store, _named(ledger, number, period),
        lambda one: hash_of(store, one.key) if _is_read(one) else "", lambda one: one.size,
    ):  # fmt: skip
        progress()
        told = _log(ledger, named, hashed)
        if told is None and named.state != VALID:
            book.unsure()
        else:
            book.count_log(told)
        if told:
            ledger.spoil(named.digest)


def _named(ledger: Ledger, number: int, period: Period) -> Iterator[Named]:
    hours: dict[int, bool] = {}
    for named in ledger.logs(number):
        if named.digest not in hours:
            hours = {named.digest: period.overlaps(*ledger.hour(named.digest))}
        if hours[named.digest]:
            yield named


def _is_read(named: Named) -> bool:
    return named.stored and named.algorithm == HASH_ALGORITHM


def _log(ledger: Ledger, named: Named, found: str | Damage | Altered) -> Told | None:
    if not named.key:
        return Told("", f"s3://{named.bucket}/{named.object_key}", "it is outside of what was given")
    if named.algorithm != HASH_ALGORITHM:
        return Told("", named.key, f"its digest file has a hash by {named.algorithm[:40]}, not {HASH_ALGORITHM}")
    if not named.stored or isinstance(found, Absent):
        return _missing(ledger, named)
    if not isinstance(found, str):
        return Told(ALTERED if isinstance(found, Altered) else "", named.key, str(found))
    if found == named.hash:
        return None
    if other := ledger.named_with(found):
        return Told(MOVED, named.key, f"its content is that of {other[1]}")
    return Told(ALTERED, named.key, "its content is not what its digest file says it was")


def _missing(ledger: Ledger, named: Named) -> Told:
    moved = ledger.stray_with(named.hash)
    where = f", and its content is in {moved}" if moved else ""
    return Told(MISSING, named.key, f"a digest file names it, but it is not here{where}")


@frozen
class _Added:
    """A log file that a digest of a chain should name, but none does. size: in bytes."""

    key: str
    account: str
    region: str
    time: str
    size: int
    chain: int


class Unnamed:
    """Judges stored log files that no digest names; `books` are those of the chains, by number, `rest` for no chain.

    onward: the chain that each one goes on in, 0 for none; such chains are judged like one.
    """

    def __init__(
        self, store: TrailObjects, ledger: Ledger, places: Places, books: Mapping[int, Book], rest: Book,
        onward: Mapping[int, int],
    ) -> None:  # fmt: skip
        self._store, self._ledger, self._places, self._books, self._rest = store, ledger, places, books, rest
        self._onward = onward
        self._spans = {place: self._joined(spans) for place, spans in ledger.spans().items()}
        self._many: dict[tuple[int, str], list[str]] = {}
        self._others: dict[str, int] = {}

    def judge(self, period: Period, newest: str) -> None:
        """Judge each; those that are no finding are told together. newest: see Asked."""
        added = self._unnamed(period, newest)
        for one, hashed in ahead(self._store, added, lambda one: hash_of(self._store, one.key), lambda one: one.size):
            self._added(one, hashed)
        self._tell()

    def _joined(self, spans: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
        """The spans of chains, with those that go on in others as one."""
        made: dict[int, tuple[int, str, str]] = {}
        for number, first, last in spans:
            line = self._line(number)
            _, begin, end = made.get(line, (line, first, last))
            made[line] = line, min(begin, first), max(end, last)
        return list(made.values())

    def _line(self, number: int) -> int:
        """The chain that one goes on in at the end."""
        while self._onward[number]:
            number = self._onward[number]
        return number

    def _unnamed(self, period: Period, newest: str) -> Iterator[_Added]:
        """Those that were added; the others are noted on the way."""
        here, why = ("", "", ""), ""
        for key, kind, account, region, time, size in self._ledger.unnamed():
            if not period.holds(time):
                continue
            if kind != LOG:
                self._others[kind] = self._others.get(kind, 0) + 1
                continue
            chains = self._spans.get((account, region), [])
            if here != (account, region, time):  # they come by these
                here = (account, region, time)
                why = self._why(account, region, time, chains, newest)
                if why:
                    self._ledger.clip(account, region, time)
            if why:
                entry = self._many.setdefault((chains[0][0] if chains else 0, why), [time, time, "0"])
                entry[1], entry[2] = time, str(int(entry[2]) + 1)
            else:
                yield _Added(key, account, region, time, size, chains[0][0])

    def _why(self, account: str, region: str, time: str, chains: list[tuple[int, str, str]], newest: str) -> str:
        """Why no digest needs to name a file of this time; "" when one should.

        A digest that is still to come is waited for only where CloudTrail delivers: in a bucket whose last one is new.
        A chain that ended long before another of the same place gets no digest any more: the last one of a trail that
        was stopped or deleted comes within the hour (CloudTrail API Reference, UpdateTrail, EnableLogFileValidation).
        """
        if not chains:
            return f"no digest file of {account} {region} is here"
        holes = covered = False
        alive = later(max(last for _number, _first, last in chains), -PENDING)
        for number, first, last in chains:
            if last >= alive and later(last, -LATE) <= time <= later(last, PENDING):
                if newest and last >= newest and time <= later(newest, PENDING):
                    return _PENDING
                ends = f"--until {later(last, -LATE)} leaves them out"
                return f"only a digest file after {last} could name them, and none is here; {ends}"
            if first <= time < last:
                covered = True
                hours = (self._ledger.at(account, region, moment) for moment in (time, later(time, LATE)))
                sound = (
                    any(self._line(one.chain) == number and one.state != INVALID for one in hour) for hour in hours
                )
                holes = holes or not all(sound)
        if covered:
            return "their digest file is missing, altered, or was never made" if holes else ""
        if all(time < first for _number, first, _last in chains):
            return "they are older than the oldest digest file"
        return "they are newer than the newest digest file"

    def _added(self, one: _Added, content: str | Damage | Altered) -> None:
        for digest in self._ledger.at(one.account, one.region, one.time):
            self._ledger.spoil(digest.id)
        reason = "no digest file names it: it was added, or a trail without log file validation delivers here too"
        kind = ADDED
        if not isinstance(content, str):
            reason += f"; {content}"
        else:
            self._ledger.stray(content, one.key)
            if other := self._ledger.named_with(content):
                here = self._ledger.has(self._places.stored(*other))
                kind = ADDED if here else MOVED
                reason = (
                    f"it is {'a copy of ' if here else ''}{other[1]}{'' if here else ', not where it was delivered'}"
                )
        self._books[one.chain].find(Told(kind, one.key, reason))

    def _tell(self) -> None:
        for (number, why), (first, last, count) in self._many.items():
            book = self._books.get(number, self._rest)
            what = f"{count} log files of {first} to {last}" if count != "1" else f"1 log file of {first}"
            if why == _PENDING:
                book.note(f"{what}: no digest file covers them yet, it comes once an hour")
            else:
                book.open(what, why)
        for kind, number in self._others.items():
            stand, it = ("file of {} stands", "it") if number == 1 else ("files of {} stand", "them")
            self._rest.note(f"{number} {stand.format(kind)} in no digest file, so nothing is said about {it}")


_PENDING = "pending"


def later(time: str, by: timedelta) -> str:
    """A time moved, both as YYYY-MM-DDTHH:MM:SSZ."""
    return f"{datetime.fromisoformat(time) + by:%Y-%m-%dT%H:%M:%SZ}"
