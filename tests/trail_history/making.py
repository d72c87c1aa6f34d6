"""The log files of a tree, one after another."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from iam_guardrails.model.trail.record import Place
from tests.trail_history.everyday_calls import Principal, Template, agents, principals, templates, uuid_of
from tests.trail_history.planting import Planted, Sown, clock, sow
from tests.trail_history.truth import Truth
from tests.trail_history.wanted import Wanted

_DAY = 86_400
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_FAILED = 0.03


class TrailFile(NamedTuple):
    """A file: its key, its unpacked and packed content, when it was delivered, and its user-defined metadata.

    oldest, newest: the times of its events; "" for a digest file.  hashed: the SHA-256 of a text that was let go.
    """

    key: str
    text: bytes
    packed: bytes
    delivered: datetime
    account_id: str
    region: str
    oldest: str = ""
    newest: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    hashed: str = ""


def files(wanted: Wanted, truth: Truth) -> Iterator[TrailFile]:
    """Every log file, by account, Region and delivery time; fills `truth` as it goes."""
    sown = sow(wanted, truth)
    for place in (Place(account, region) for account in wanted.accounts for region in wanted.regions):
        kinds = templates(place)
        for day in range(wanted.days):
            is_there = (place.account_id, day) not in wanted.absent
            if is_there and (wanted.only_days is None or day in wanted.only_days):
                yield from _Day(wanted, truth, place, day).files(kinds, sown)


class _Day:
    """One account, Region and day: all chance comes from them and the seed."""

    def __init__(self, wanted: Wanted, truth: Truth, place: Place, day: int) -> None:
        self.wanted, self.truth, self.place, self.day = wanted, truth, place, day
        self.random = Random(f"{wanted.seed} {place.account_id} {place.region} {day}")
        self.lateness = Random(f"{wanted.seed} late {place.account_id} {place.region} {day}")
        self.date = wanted.day(day)
        self.people = principals(place, self.random)
        self.seen: set[str] = set()
        self.agents = agents()
        self.values: dict[str, str] = {}

    def files(self, kinds: tuple[list[Template], list[int]], sown: Sown) -> Iterator[TrailFile]:
        planted = sorted(sown.get((self.place.account_id, self.place.region, self.day), ()), key=lambda one: one[0])
        number = max(0, self._share(sown) - len(planted))
        count = max(2, round((number + len(planted)) / self.wanted.per_file))  # a second one may repeat the first
        self.chosen = self.random.choices(kinds[0], kinds[1], k=number)
        again: list[tuple[str, str, str]] = []
        late: list[tuple[str, str, str]] = []
        for at in range(count):
            begin, end = _DAY * at // count, _DAY * (at + 1) // count
            own = [one for one in planted if begin <= one[0] < end]
            found = self._ordinary(number * at // count, number * (at + 1) // count, begin, end)
            found += [self._plant(*one) for one in own]
            if self.wanted.late:
                late += (held := [one for one in found if self.lateness.random() < self.wanted.late])
                found = [one for one in found if one not in held]
            repeated, again = again, self._twice(found)
            if found:
                yield self._file([*found, *repeated], end)
            else:
                again = repeated
        if late:
            yield self._file(late, _DAY * self.lateness.choice((1, 2)) + self.lateness.randrange(80_000))

    def _share(self, sown: Sown) -> int:
        """How many distinct events the day has; the first units take what does not divide."""
        units = len(self.wanted.accounts) * len(self.wanted.regions) * self.wanted.days
        account = self.wanted.accounts.index(self.place.account_id)
        at = (account * len(self.wanted.regions) + self.wanted.regions.index(self.place.region)) * self.wanted.days
        return self.wanted.events // units + (at + self.day < self.wanted.events % units)

    def _ordinary(self, first: int, last: int, begin: int, end: int) -> list[tuple[str, str, str]]:
        """Events as (time, id, JSON)."""
        random, values, made = self.random, self.values, []
        times = sorted(random.randrange(begin, end) for _ in range(last - first))
        for kind, second in zip(self.chosen[first:last], times, strict=True):
            who: Principal = self.people[int(random.random() * len(self.people))]
            bits = random.getrandbits(320)
            time = clock(self.date, second)
            values["identity"], values["arn"], values["time"] = who.identity, who.arn, time
            values["id"] = event_id = uuid_of(bits & ((1 << 128) - 1))
            values["request"] = values["uuid"] = uuid_of(bits >> 128 & ((1 << 128) - 1))
            values["hex"] = f"{bits >> 256 & 0xFFFFFFFFFFFF:017x}"
            values["long"] = f"{random.getrandbits(256):064x}"
            values["digit"] = str(bits >> 304 & 7)
            values["ip"] = f"10.{bits >> 307 & 3}.{bits >> 309 & 127}.{bits >> 300 & 255}"
            values["agent"] = self.agents[(bits >> 256) % len(self.agents)]
            failed = random.random() < _FAILED
            text = kind.failed[bits & 1] if failed else kind.text
            made.append((time, event_id, text % values))
            self.truth.used(self.place.account_id, who.issuer, kind.service, kind.action, time)
        return made

    def _plant(self, second: int, text: str, planted: Planted) -> tuple[str, str, str]:
        self.truth.planted.append(planted)
        record = planted.record
        who = record["userIdentity"]
        arn = who.get("sessionContext", {}).get("sessionIssuer", {}).get("arn") or who.get("arn", "")
        if arn:
            service = record["eventSource"].partition(".")[0]
            self.truth.used(planted.account_id, arn, service, record["eventName"], planted.time)
        return planted.time, planted.event_id, text

    def _twice(self, found: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        """Those that come once more in the next file, as CloudTrail may deliver them."""
        return [one for one in found if self.random.random() < self.wanted.twice]

    def _file(self, found: list[tuple[str, str, str]], end: int) -> TrailFile:
        wanted, place, truth = self.wanted, self.place, self.truth
        found.sort(key=lambda one: one[0])
        text = f'{{"Records":[{",".join(one[2] for one in found)}]}}'.encode()
        delivered = datetime.fromisoformat(self.date).replace(tzinfo=UTC) + timedelta(seconds=end + 300)
        unique = "".join(self.random.choices(_LETTERS, k=16))
        name = f"{place.account_id}_CloudTrail_{place.region}_{delivered:%Y%m%dT%H%MZ}_{unique}.json.gz"
        key = f"{wanted.folder(place.account_id, 'CloudTrail')}{place.region}/{delivered:%Y/%m/%d}/{name}"
        truth.written += len(found)
        truth.keys.append(key)
        self._count(found)
        newest = max(one[0] for one in found)
        packed = pack(text, wanted.level)
        return TrailFile(key, text, packed, delivered, place.account_id, place.region, found[0][0], newest)

    def _count(self, found: list[tuple[str, str, str]]) -> None:
        for _time, event_id, _text in found:
            if event_id in self.seen:
                self.truth.twice.append(event_id)
            else:
                self.truth.distinct += 1
        self.seen = {one[1] for one in found}


def pack(text: bytes, level: int) -> bytes:
    """The gzip file of a text, without a time in it, so that it is the same every time."""
    made = zlib.compressobj(level, wbits=31)
    return made.compress(text) + made.flush()
