"""Security events, everyday events, break-glass sessions and cross-account pairs: where and when, and their truth."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from iam_guardrails.model.trail.assuming import assume, iam_user
from iam_guardrails.model.trail.catalogue import Scope, catalogue
from iam_guardrails.model.trail.entering import CROSS_ACCOUNT
from iam_guardrails.model.trail.everyday import ordinary
from iam_guardrails.model.trail.guarded import Targets
from iam_guardrails.model.trail.record import TIME, Place, TrailEvent, call, session
from tests.trail_history.everyday_calls import uuid_of
from tests.trail_history.rarer import SHARED, scenes
from tests.trail_history.truth import Pair, Planted, Session, Truth
from tests.trail_history.wanted import Wanted

EVERYDAY = "everyday"
SESSION = "session"
RARER = "rarer"
_FOREIGN = "999999999999"
Unit = tuple[str, str, int]  # account, Region, day
Sown = dict[Unit, list[tuple[int, str, Planted]]]  # second of the day, JSON text


def sow(wanted: Wanted, truth: Truth) -> Sown:
    """All that is planted, by the unit it is delivered in; sessions and pairs go to the truth at once."""
    made: Sown = defaultdict(list)
    sowing = _Sowing(wanted, made)
    number = max(8, wanted.events // 100) if wanted.security is None else wanted.security
    for at, account in enumerate(wanted.accounts):
        share = number // len(wanted.accounts) + (at < number % len(wanted.accounts))
        sowing.events(account, share)
        truth.sessions += [sowing.session(account, one) for one in range(wanted.sessions)]
        truth.pairs += sowing.pair(account)
        sowing.rarer(account)
    return made


class _Sowing:
    def __init__(self, wanted: Wanted, made: Sown) -> None:
        self.wanted = wanted
        self.made = made

    def events(self, account: str, number: int) -> None:
        """`number` events of the catalogue and of every day, half of each until the everyday ones are used up."""
        home = Place(account, self.wanted.regions[0])
        second = self.wanted.regions[-1]
        random = Random(f"{self.wanted.seed} plants {account}")
        scope = Scope(home, second, (self.wanted.role_arn(account),), Targets())
        every = [item for item in catalogue(scope) if item.here and item.region in self.wanted.regions]
        daily = [item for item in ordinary(home) if item.region in self.wanted.regions]
        random.shuffle(every)
        random.shuffle(daily)
        for at in range(number):
            item = daily[at // 2] if at % 2 and at // 2 < len(daily) else every[at % len(every)]
            self._sow(item, account, random, item.family or EVERYDAY)

    def session(self, account: str, number: int) -> Session:
        """An entry by an IAM user with MFA, and calls with the key it returned, within one hour of one day."""
        random = Random(f"{self.wanted.seed} session {account} {number}")
        place = Place(account, self.wanted.regions[number % len(self.wanted.regions)])
        role, incident = self.wanted.role_arn(account), f"INC-{number:04d}"
        user = iam_user(place)
        entry = assume(role, place, user, incident=incident, mfa_device=user["arn"].replace(":user/", ":mfa/"))
        key = f"ASIA{random.getrandbits(64):016X}"
        entry["responseElements"]["credentials"]["accessKeyId"] = key
        inside = session(role, place, "owner", source_identity=incident) | {"accessKeyId": key}
        day, second = random.randrange(self.wanted.days), random.randrange(80_000)
        ids = [self._put(TrailEvent("", place.region, entry, "entry", SESSION, role), account, day, second, random)]
        for name in random.choices(("StopInstances", "DescribeInstances", "GetConsoleOutput"), k=random.randint(2, 9)):
            second += random.randint(5, 300)
            record = call("ec2", name, place, inside, {"instanceId": "i-1"}, read_only=name[0] in "DG")
            item = TrailEvent("", place.region, record, "inside", SESSION, role)
            ids.append(self._put(item, account, day, second, random))
        return Session(account, role, user["arn"], incident, key, ids[0], tuple(ids[1:]))

    def pair(self, account: str) -> Iterator[Pair]:
        """An AssumeRole into `account` from the account before it, when there is one."""
        if len(self.wanted.accounts) < 2:
            return
        other = self.wanted.accounts[self.wanted.accounts.index(account) - 1]
        random = Random(f"{self.wanted.seed} pair {account}")
        home = Place(account, self.wanted.regions[0])
        scope = Scope(home, home.region, (self.wanted.role_arn(account),), Targets())
        both = {item.id: item for item in catalogue(scope) if item.id.startswith(CROSS_ACCOUNT)}
        when = random.randrange(self.wanted.days), random.randrange(80_000), random
        shared = uuid_of(random.getrandbits(128))
        request = uuid_of(random.getrandbits(128))
        ids = {}
        for name, where in ((f"{CROSS_ACCOUNT}-caller", other), (CROSS_ACCOUNT, account)):
            item = both[name]
            record = json.loads(json.dumps(item.record).replace(_FOREIGN, other))
            record |= {"sharedEventID": shared, "requestID": request}
            made = TrailEvent(item.what, item.region, record, name, item.family, item.role_arn)
            ids[name] = self._put(made, where, *when, shared=True)
        yield Pair(shared, ids[f"{CROSS_ACCOUNT}-caller"], ids[CROSS_ACCOUNT])

    def rarer(self, account: str) -> None:
        """What is seldom, each once a round, at any time."""
        random = Random(f"{self.wanted.seed} rarer {account}")
        region, role = self.wanted.regions[0], self.wanted.role_arn(account)
        others = [Place(other, region) for other in self.wanted.accounts if other != account]
        for number in range(self.wanted.rarer):
            for scene in scenes(Place(account, region), others[0] if others else None, role, number):
                day, second = random.randrange(self.wanted.days), random.randrange(80_000)
                shared = uuid_of(random.getrandbits(128))
                for step in scene:
                    second += step.after
                    record = step.record
                    where = record.get("recipientAccountId", account)
                    if record["awsRegion"] not in self.wanted.regions:
                        continue
                    if is_shared := record.get("sharedEventID") == SHARED:
                        record = record | {"sharedEventID": shared, "requestID": shared[::-1]}
                    item = TrailEvent(record["eventName"], record["awsRegion"], record, "rarer", RARER, role)
                    self._put(item, where, day, second, random, shared=is_shared)

    def _sow(self, item: TrailEvent, account: str, random: Random, family: str) -> None:
        named = TrailEvent(item.what, item.region, item.record, item.id or item.what, family, item.role_arn)
        self._put(named, account, random.randrange(self.wanted.days), random.randrange(86_400), random)

    def _put(
        self, item: TrailEvent, account: str, day: int, second: int, random: Random, *, shared: bool = False
    ) -> str:
        """Write the record down for its unit; returns its new event id."""
        time = clock(self.wanted.day(day), second)
        record: dict[str, Any] = json.loads(json.dumps(item.record).replace(TIME, time))
        record["eventID"] = uuid_of(random.getrandbits(128))
        if not shared:
            record |= {key: uuid_of(random.getrandbits(128)) for key in ("requestID", "sharedEventID") if key in record}
        planted = Planted(item.id, item.family, record["eventID"], account, item.region, time, item.role_arn, record)
        self.made[account, item.region, day].append((second, _written(record, random), planted))
        return planted.event_id


def _written(record: Mapping[str, Any], random: Random) -> str:
    """JSON as CloudTrail writes it; sometimes in another order, or with a letter of the event's name escaped."""
    kind = random.randrange(8)
    if kind == 0:
        record = dict(sorted(record.items()))
    text = json.dumps(record, separators=(",", ":"))
    if kind == 1:
        name = record["eventName"]
        text = text.replace(f'"eventName":"{name}"', f'"eventName":"\\u{ord(name[0]):04x}{name[1:]}"')
    return text


def clock(day: str, second: int) -> str:
    """A time of a day (or the day after) as CloudTrail writes it."""
    return f"{day}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
