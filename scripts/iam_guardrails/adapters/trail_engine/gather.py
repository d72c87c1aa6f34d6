"""From records to the facts of days: the one loop over every record of every file.

What a record counts as depends on its principal, source, name and error code; it is worked out once for each such
combination, so that the loop itself only looks up and compares times.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_engine.decode import (
    Event,
    Identity,
    decode,
    decode_any,
    inflate,
    raw_record,
    raw_records,
)
from iam_guardrails.adapters.trail_values import Broken
from iam_guardrails.model.silencers import SILENCERS
from iam_guardrails.model.trail.facts import (
    CONSOLE,
    CROSS_ACCOUNT,
    ENTRY,
    IAM_CHANGE,
    ROOT,
    SESSION,
    SILENCER,
    DayFacts,
    Edge,
    Kept,
    Read,
    add_edge,
    add_read,
    use_of,
)
from iam_guardrails.model.trail.principal import principal, role_in_message, role_name, session_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_STS, _IAM, _SIGN_IN = "sts.amazonaws.com", "iam.amazonaws.com", "signin.amazonaws.com"
_READS = ("Get", "List", "Generate", "Simulate")
_TRAIL_NAMES = {"cloudwatch": "monitoring"}  # the source CloudTrail writes where it is not the IAM prefix
SILENCING = frozenset((f"{_TRAIL_NAMES.get(item.service, item.service)}.amazonaws.com", item.action)
                      for item in SILENCERS)  # fmt: skip
SECRET_READS = frozenset({
    ("secretsmanager.amazonaws.com", "GetSecretValue"), ("secretsmanager.amazonaws.com", "BatchGetSecretValue"),
    ("ssm.amazonaws.com", "GetParameter"), ("ssm.amazonaws.com", "GetParameters"),
    ("ssm.amazonaws.com", "GetParametersByPath"), ("ssm.amazonaws.com", "GetParameterHistory"),
})  # fmt: skip
_ACTIONS = {(source, name): f"{source.partition('.')[0]}:{name}" for source, name in SECRET_READS}
_ASSUMING, _SECRET = 1 << 8, 1 << 9  # beside the reasons of model.trail.facts: more than a use, but not kept whole
_KEEP = IAM_CHANGE | SILENCER | ROOT | CONSOLE | SESSION

Key = tuple[str | None, str, str, str | None]


class _Day:
    """What is gathered of one day: for each combination its latest time and what it counts as."""

    __slots__ = ("cells", "edges", "end", "kept", "reads", "start")

    def __init__(self, start: datetime) -> None:
        self.start, self.end = start, start + _DAY
        self.cells: dict[Key, list[Any]] = {}
        self.edges: dict[tuple[object, ...], Edge] = {}
        self.reads: dict[tuple[object, ...], Read] = {}
        self.kept: dict[object, Kept] = {}


class Unreadable(Struct, array_like=True):
    """What could not be read: the file, where in it ("" for the whole), and why."""

    key: str
    record: str
    reason: str


class Gathering:
    """Facts gathered file by file.

    targets: (account, name) of the roles of which everything is kept.  since, until: leave out what happened before, or
    at or after; None for no limit.
    """

    def __init__(
        self, targets: frozenset[tuple[str, str]], since: datetime | None = None, until: datetime | None = None
    ) -> None:
        self._targets, self._since, self._until = targets, since, until
        self._days: dict[datetime, _Day] = {}
        self._latest = _Day(_EPOCH)
        self._latest.end = _EPOCH  # no day yet: it holds no time, so that the first record finds its own
        self._classes: dict[Key, int] = {}
        self.events = 0
        self.bytes = 0
        self.unreadable: list[Unreadable] = []

    def take(self, key: str, packed: bytes) -> None:
        """Read one file; what cannot be read of it goes to `unreadable`."""
        try:
            content = inflate(packed)
        except Damage as damage:
            self.unreadable.append(Unreadable(key, "", str(damage)))
            return
        self.bytes += len(content)
        try:
            events = decode(content)
        except (msgspec.MsgspecError, RecursionError):
            self._take_slowly(key, content)
            return
        self._take_decoded(content, events)

    def take_records(self, where: str, records: Sequence[str]) -> None:
        """Read records that come without a file; `where` is for messages."""
        content = b'{"Records":[' + ",".join(records).encode("utf-8", "surrogatepass") + b"]}"
        try:
            events = decode(content)
        except (msgspec.MsgspecError, RecursionError):
            for number, record in enumerate(records):  # one by one, so that one that is broken does not hide others
                self._take_slowly(f"{where}, record {number}", record.encode("utf-8", "surrogatepass"))
            return
        self.bytes += len(content)
        self._take_decoded(content, events)

    def _take_decoded(self, content: bytes | bytearray, events: list[Event]) -> None:
        self.events += len(events)
        kept = self._gather(events)
        records: list[msgspec.Raw] | None = None
        for event, reasons in kept:
            record = raw_record(content, event)
            if record is None:
                records = records or raw_records(content)
                number = next(number for number, item in enumerate(events) if item is event)
                record = bytes(records[number])
            self._keep(event, reasons, record)

    def _take_slowly(self, key: str, content: bytes | bytearray) -> None:
        index = 0
        try:
            for index, item in enumerate(decode_any(content)):
                if isinstance(item, Broken):
                    line = f", line {item.line}" if item.line else ""
                    self.unreadable.append(Unreadable(key, f"record {index}{line}", item.reason))
                    continue
                self.events += 1
                for event, reasons in self._gather([item[0]]):
                    self._keep(event, reasons, item[1])
        except Damage as damage:
            self.unreadable.append(Unreadable(key, "", str(damage)))

    def _gather(self, events: list[Event]) -> list[tuple[Event, int]]:
        """The loop. Gives the records that are to be kept, with the reasons."""
        kept: list[tuple[Event, int]] = []
        if self._since is not None or self._until is not None:
            events = [event for event in events if self._within(event.eventTime)]
        day = self._latest
        start, end, cells = day.start, day.end, day.cells
        classes = self._classes
        for event in events:
            time = event.eventTime
            if not start <= time < end:
                day = self._latest = self._day(time)
                start, end, cells = day.start, day.end, day.cells
            identity = event.userIdentity
            if identity is None:
                who = None
            else:
                context = identity.sessionContext
                if context is None or context.sessionIssuer is None:
                    who = identity.arn or _named(identity)
                else:
                    # a user's session may have an empty sessionIssuer
                    who = context.sessionIssuer.arn or identity.arn or _named(identity)
            key = (who, event.eventName, event.eventSource, event.errorCode)
            cell = cells.get(key)
            if cell is None:
                counts_as = classes.get(key)
                if counts_as is None:
                    counts_as = classes[key] = self._counts_as(key, event)
                cell = cells[key] = [time, counts_as]
            elif time > cell[0]:
                cell[0] = time
            if cell[1]:
                reasons = self._special(day, event, cell[1])
                if reasons:
                    kept.append((event, reasons))
        return kept

    def _within(self, time: datetime) -> bool:
        return (self._since is None or time >= self._since) and (self._until is None or time < self._until)

    def _day(self, time: datetime) -> _Day:
        start = datetime(*time.astimezone(UTC).timetuple()[:3], tzinfo=UTC)
        found = self._days.get(start)
        if found is None:
            found = self._days[start] = _Day(start)
        return found

    def _counts_as(self, key: Key, event: Event) -> int:
        who, name, source, _ = key
        found = 0
        if source == _STS and name.startswith("AssumeRole"):
            found |= _ASSUMING
        if (source, name) in SECRET_READS:
            found |= _SECRET
        if source == _IAM and (event.readOnly is False or not name.startswith(_READS)):
            found |= IAM_CHANGE
        if (source, name) in SILENCING:
            found |= SILENCER
        if source == _SIGN_IN or event.eventName == "ConsoleLogin":
            found |= CONSOLE
        if who and who.endswith(":root") and event.userIdentity and event.userIdentity.type == "Root":
            found |= ROOT
        if who and self._targets and role_name(_text(event)) in self._targets:
            found |= SESSION
        return found

    def _special(self, day: _Day, event: Event, counts_as: int) -> int:
        """Put what is more than a use where it belongs; gives the reasons for which the record is kept."""
        reasons = counts_as & _KEEP
        if counts_as & _ASSUMING:
            reasons |= self._assuming(day, event)
        if counts_as & _SECRET:
            _add_reads(day.reads, event)
        return reasons

    def _assuming(self, day: _Day, event: Event) -> int:
        asked = _asked(event)
        role = asked.roleArn or (role_in_message(event.errorMessage) if event.errorMessage else "")
        key, mfa = _edge_key(event, asked, role)
        reasons = 0
        if self._targets and (not role or role_name(role) in self._targets):
            reasons |= ENTRY  # some refused calls name their role nowhere
        if event.sharedEventID:
            return reasons | CROSS_ACCOUNT
        here = day.edges.get(key)
        time = _seconds(event.eventTime)
        address = event.sourceIPAddress
        if here and here.last > time >= here.first and (not address or here.addresses.get(address, -1) >= time):
            return reasons
        add_edge(day.edges, _edge(event, asked, role, mfa, time))
        return reasons

    def _keep(self, event: Event, reasons: int, record: bytes) -> None:
        kept = self._day(event.eventTime).kept
        here = Kept(event.eventID or "", _seconds(event.eventTime), reasons, _without_token(record))
        kept[here.event_id or record] = here

    def facts(self) -> dict[str, DayFacts]:
        """What was gathered: day (YYYY-MM-DD) -> facts."""
        found = {}
        said: dict[str | None, str] = {}
        for start, day in self._days.items():
            uses: dict[str, dict[str, int]] = {}
            begin = _seconds(start)
            for (who, name, source, error), (last, _) in day.cells.items():
                principal = said.get(who)
                if principal is None:
                    principal = said[who] = _canonical(who)
                mine = uses.get(principal)
                if mine is None:
                    mine = uses[principal] = {}
                action = use_of(source, name, error or "")
                seconds = begin + (last - start).seconds
                if seconds > mine.get(action, -1):  # sessions of one role may come under two texts
                    mine[action] = seconds
            if uses or day.kept:
                found[f"{start:%Y-%m-%d}"] = DayFacts(
                    uses, list(day.edges.values()), list(day.reads.values()), list(day.kept.values())
                )
        return found


def _without_token(record: bytes) -> bytes:
    """A record without the session token that STS gave out: it is half of a credential, and a cache is a file."""
    if b"essionToken" not in record:
        return record
    content = msgspec.json.decode(record)
    given = content.get("responseElements")
    credentials = given.get("credentials") if isinstance(given, dict) else None
    if isinstance(credentials, dict):
        credentials.pop("sessionToken", None)
    return msgspec.json.encode(content)


def _canonical(who: str | None) -> str:
    return principal("", who or "", "", "", "", "", "", "")


def _named(identity: Identity) -> str:
    return principal(
        identity.type or "", identity.arn or "", "", identity.principalId or "", identity.accountId or "",
        identity.invokedBy or "", identity.userName or "", identity.identityProvider or "",
    )  # fmt: skip


def _text(event: Event) -> str:
    """The principal of a record."""
    identity = event.userIdentity
    if identity is None:
        return _canonical(None)
    context = identity.sessionContext
    issuer = context.sessionIssuer.arn if context and context.sessionIssuer else None
    return issuer or _named(identity)


def _seconds(time: datetime) -> int:
    return int(time.timestamp())


class _Asked(Struct, gc=False):
    """What is read of requestParameters."""

    roleArn: str | None = None
    roleSessionName: str | None = None
    sourceIdentity: str | None = None
    serialNumber: str | None = None
    secretId: str | None = None
    name: str | None = None
    path: str | None = None
    secretIdList: list[str] | None = None
    names: list[str] | None = None


_ASKED = msgspec.json.Decoder(_Asked | None)
_NOTHING = _Asked()


def _asked(event: Event) -> _Asked:
    try:
        return _ASKED.decode(event.requestParameters) or _NOTHING
    except msgspec.MsgspecError:  # absent, or a parameter of another type than its name has everywhere
        return _asked_for_anything(bytes(event.requestParameters))


def _asked_for_anything(content: bytes) -> _Asked:
    found = msgspec.json.decode(content) if content else None
    asked = found if isinstance(found, dict) else {}
    kept: dict[str, Any] = {
        name: value for name in _Asked.__struct_fields__ if isinstance(value := asked.get(name), str)
    }
    for name in ("secretIdList", "names"):
        value = asked.get(name)
        kept[name] = [item for item in value if isinstance(item, str)] if isinstance(value, list) else None
    return _Asked(**kept)


def _edge_key(event: Event, asked: _Asked, role: str) -> tuple[tuple[object, ...], bool | None]:
    """The key of model.trail.facts.Edge, and whether the caller had MFA."""
    identity = event.userIdentity or _ANYBODY
    context = identity.sessionContext
    attributes = context.attributes if context else None
    said = attributes.mfaAuthenticated if attributes else None
    mfa = None if said is None else said is True or said == "true"
    if mfa is None and identity.type == "IAMUser":
        mfa = asked.serialNumber is not None  # an MFA code sent along with the call itself
    return (
        event.recipientAccountId or identity.accountId or "", event.eventName, _text(event), role, mfa,
        asked.sourceIdentity or (context.sourceIdentity if context else None) or "", identity.invokedBy or "",
        event.errorCode or "",
    ), mfa  # fmt: skip


_ANYBODY = Identity()


def _edge(event: Event, asked: _Asked, role: str, mfa: bool | None, time: int) -> Edge:
    identity = event.userIdentity or _ANYBODY
    context = identity.sessionContext
    return Edge(
        event.recipientAccountId or identity.accountId or "", event.eventName, _text(event), identity.type or "",
        role, mfa, asked.sourceIdentity or (context.sourceIdentity if context else None) or "",
        identity.invokedBy or "", event.errorCode or "", time, time,
        asked.roleSessionName or session_of(identity.arn or ""), event.eventID or "",
        {event.sourceIPAddress: time} if event.sourceIPAddress else {},
    )  # fmt: skip


def _add_reads(reads: dict[tuple[object, ...], Read], event: Event) -> None:
    asked = _asked(event)
    identity = event.userIdentity or _ANYBODY
    account_id = event.recipientAccountId or identity.accountId or ""
    who, error = _text(event), event.errorCode or ""
    action = _ACTIONS[event.eventSource, event.eventName]
    time = _seconds(event.eventTime)
    for name in _secrets(asked):
        here = reads.get((account_id, who, action, name, error))
        if here is None or here.last <= time or time < here.first:
            add_read(reads, Read(account_id, who, action, name, error, time, time, event.sourceIPAddress or "",
                                 event.eventID or ""))  # fmt: skip


def _secrets(asked: _Asked) -> Sequence[str]:
    """What a call names of the secrets it reads; one "" where it names none."""
    if asked.secretId:
        return (asked.secretId,)
    several = [*(asked.secretIdList or ()), *(asked.names or ())]
    return several or (asked.name or asked.path or "",)
