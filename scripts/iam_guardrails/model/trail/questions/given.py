"""The sessions that calls of STS gave out, and which calls were made in them.

A role and a session's name do not tell: names come again. The access key does where the record of the entry has it;
else time, beginning and source identity are all there is, and of a record without a session's context the time alone.

Sources: AWS STS API Reference, API_AssumeRole (an hour where no duration is asked for, twelve at most); AWS IAM User
Guide, id_credentials_temp_control-access_monitor (the source identity stays with all that a session leads to),
cloudtrail-integration (it is asked for in requestParameters, also by SAML) and
id_roles_providers_enable-console-custom-url (SessionDuration); AWS CloudTrail User Guide, "CloudTrail record contents"
(sessionCredentialFromConsole) and "CloudTrail userIdentity element" (invokedBy): the console and services call with
further keys; AWS CloudFormation User Guide, using-iam-servicerole (a session made from the caller's credentials).
"""

from __future__ import annotations

from bisect import bisect, bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property

from iam_guardrails.model.trail.facts import SESSION
from iam_guardrails.model.trail.principal import role_name, role_of, session_of
from iam_guardrails.model.trail.questions.records import Record, expiry, told
from iam_guardrails.model.trail.sign_ins import is_sign_in
from iam_guardrails.model.value import frozen

HOUR = 3600
LONGEST = 12 * HOUR
_SAME = 60
"""How far the beginning that a call's record tells may lie from the record of the entry, in seconds."""
_AT_ONCE = 2
"""How long after the record of an entry its session was begun at most, where that is to tell it from others."""
SLACK = 120
"""How long before the record of an entry the console's own record of it may come, in seconds."""
Own = tuple[tuple[str, str], str]
"""(account, name) of a role, and the name of a session of it."""
Same = tuple[str, tuple[str, str], str, int]
"""What makes a session one session (Entered.same)."""


@frozen
class Entered:
    """A session that a call gave out. event_id: of the call; where two accounts recorded it, what they share, with all
    that makes it one call.

    role: (account, name).  key: the access key id, "" where the record does not tell.  since, until: seconds since
    1970.  by: who entered it.  console: whether the console did, by a switch of role.
    """

    event_id: str
    role: tuple[str, str]
    session: str
    key: str
    source_identity: str
    since: int
    until: int
    by: str
    console: bool = False

    @property
    def same(self) -> Same:
        """What makes it one session, also where the records of two accounts tell of it."""
        return (self.event_id, self.role, self.session, self.since)


def entered(record: Record) -> Entered | None:
    """The session that a call gave out; None where it gave none."""
    asked = "requestParameters"
    role = role_name(record.text(asked, "roleArn") or record.given_role)
    if not role[1] or record.error or not record.action.startswith("sts:AssumeRole"):
        return None
    shared, session = record.text("sharedEventID"), record.text(asked, "roleSessionName")
    session = session or session_of(record.given_arn)
    until = expiry(record.text("responseElements", "credentials", "expiration"))
    parameters = record.content.get(asked)
    seconds = parameters.get("durationSeconds") if isinstance(parameters, Mapping) else None
    return Entered(
        f"{shared} {record.time} {role} {session}" if shared else record.event_id, role, session,
        record.text("responseElements", "credentials", "accessKeyId"),
        record.given_identity, record.time,
        int(until.timestamp()) if until else record.time + (seconds if isinstance(seconds, int) else HOUR),
        record.principal, record.by_console,
    )  # fmt: skip


def own_of(session_arn: str) -> Own:
    """The role and the name in a session's ARN; nothing in another."""
    return role_name(role_of(session_arn)), session_of(session_arn)


@frozen
class Followed:
    """The records of some sessions. identity: the source identity that was asked for.  sessions: these, and those that
    were entered from there (Entered.same).  led: the latter.  loose: those of the records that count by role, name and
    time only, as the record of the entry is not there."""

    records: tuple[Record, ...]
    identity: str
    sessions: frozenset[Same]
    led: frozenset[Entered]
    loose: frozenset[Record]


@frozen
class _Call:
    """What a record tells of the session that the call was made in. context: whether it would tell a source identity; a
    sign-in's own would not.  outlives: see `_outlives`.  began: Record.session_began."""

    time: int
    own: Own
    key: str
    identity: str
    context: bool
    outlives: bool
    signs_in: bool
    began: int


class _Sessions:
    """Sessions, by what a call's record tells of its own."""

    def __init__(self, sessions: Iterable[Entered]) -> None:
        self._by_key = dict[str, Entered]()
        self._by_own = dict[tuple[Own, str | None], list[Entered]]()  # by source identity, and all of them
        for one in sorted(sessions, key=_since):
            self._by_key.setdefault(one.key, one)
            for identity in (one.source_identity, None):
                self._by_own.setdefault(((one.role, one.session), identity), []).append(one)

    def of(self, call: _Call, keys: Collection[str]) -> list[Entered]:
        """Those in one of which a call was, or may have been, made. keys: of all sessions, also of others."""
        if call.key in keys:
            one = self._by_key.get(call.key)
            return [one] if one is not None and (one.role, one.session) == call.own else []
        tells = call.identity or call.context
        sessions = self._by_own.get((call.own, call.identity if tells else None), [])
        if call.began:
            near = _fitting(call, sessions, call.began - _AT_ONCE, call.began + 1)
            if near:
                least = min(abs(one.since - call.began) for one in near)
                return [one for one in near if abs(one.since - call.began) == least]
        return _fitting(call, sessions, call.time - 2 * (LONGEST + _SAME), call.time + SLACK)


def _fitting(call: _Call, sessions: Sequence[Entered], first: int, last: int) -> list[Entered]:
    """Those that began in between, seconds since 1970, and that a call may be of."""
    begin, end = bisect_left(sessions, first, key=_since), bisect(sessions, last, key=_since)
    return [one for one in sessions[begin:end] if _may_be_of(call, one)]


def _may_be_of(call: _Call, session: Entered) -> bool:
    """Whether a call of that role, name and source identity, whose key no entry tells, may be of a session."""
    if call.key and session.key and not (call.identity or session.console or call.outlives or call.signs_in):
        return False
    if call.began and call.began < session.since - _SAME:
        return False
    if call.began > session.until + _SAME and not call.identity:
        return (
            False  # nobody begins a console session with an entry that is over; CloudShell's own begin when they like
        )
    since = session.since - (SLACK if call.signs_in else 1)  # CloudTrail's times are whole seconds
    outlived = max(session.until, (call.began or session.since) + LONGEST)
    return since <= call.time <= (outlived if call.outlives or call.identity else session.until)


class Given:
    """All sessions that some records gave out, and which calls were made in which of them."""

    def __init__(self, records: Sequence[Record], further: Iterable[Entered] = ()) -> None:
        """further: sessions of which no call of STS tells."""
        self._records = records
        self._gave = {record: one for record in records if (one := entered(record))}
        keyed = {one.same for one in self._gave.values() if one.key}  # of two records of a call that tells more
        told = (one for one in self._gave.values() if one.key or one.same not in keyed)
        self._sessions = _Sessions((*told, *further))
        self._keys = {one.key for one in self._gave.values()} - {""}
        self._calls = dict[Record, _Call]()

    def gave(self, record: Record) -> Entered | None:
        """The session that a call gave out (entered)."""
        return self._gave.get(record)

    def of(self, record: Record) -> list[Entered]:
        """The sessions in one of which a call was, or may have been, made; only that, where its key tells."""
        return self._sessions.of(self._call(record), self._keys)

    def shown(self, record: Record) -> list[Entered]:
        """The sessions whose entry is not among the records, and of which a call may be whose record has no session's
        context; where it may be of one whose entry is there, only those that are none of these for certain."""
        call = self._call(record)
        sure, possible = self._shown
        return [] if call.context else (sure if self.of(record) else possible).of(call, self._keys)

    def follow(
        self, records: Sequence[Record], identity: str, asked: Collection[Entered],
        is_named: Callable[[Record], bool] = lambda record: False,
    ) -> Followed:  # fmt: skip
        """Which of some records, all of them among these, are of sessions that are asked about, or that these entered.

        identity: the source identity that they bear, so that of a call that bears it all of its session counts, by its
        key, and what has no session's context by role, name and time.  is_named: which count in any case.
        """
        calls = {record: self._call(record) for record in records}
        keys = {(call.own, call.key) for record, call in calls.items()
                if call.key and call.identity == identity and record.reasons & SESSION}  # fmt: skip
        within = dict[Same, list[Record]]()
        for record in records:
            for one in self.of(record):
                within.setdefault(one.same, []).append(record)
        its, led = set[Record](), dict[Same, Entered]()
        todo = [record for record, call in calls.items()
                if call.identity == identity or (call.own, call.key) in keys or is_named(record)]  # fmt: skip
        todo += [record for one in asked for record in within.get(one.same, ())]
        while todo:
            record = todo.pop()
            if record in its:
                continue
            its.add(record)
            gave = self.gave(record) if record.reasons & SESSION else None
            if gave is not None and gave.same not in led:
                led[gave.same] = gave
                todo += within.get(gave.same, ())
        loose = {record for record in records if record not in its
                 and any(one.source_identity == identity for one in self.shown(record))}  # fmt: skip
        mine = tuple(record for record in records if record in its or record in loose)
        sessions = frozenset({*(one.same for one in asked), *led})
        return Followed(mine, identity, sessions, frozenset(led.values()), frozenset(loose))

    def doubt(self, record: Record, its: Collection[Same], identity: str) -> str:
        """Why a call that counts as one of the sessions `its` may be of another; "" if not. Sessions of that source
        identity are no others."""
        call = self._call(record)
        several = self.of(record) if call.key not in self._keys else []
        if not any(one.same in its for one in several):
            return ""
        (account_id, name), session = call.own
        what = f"calls in the session {session} of the role {name} of the account {account_id} may be of"
        but = "neither access key nor source identity tells them apart"
        for one in several:
            if one.same not in its and not (identity and one.source_identity == identity):
                return f"{what} the one that {one.by} entered at {told(one.since)}: {but}"
        if any(one.source_identity != identity for one in self.shown(record)):
            return f"{what} another one, whose entry is not among these: {but}"
        return ""

    def _call(self, record: Record) -> _Call:
        if (call := self._calls.get(record)) is None:
            call = self._calls[record] = _call_of(record)
        return call

    @cached_property
    def _shown(self) -> tuple[_Sessions, _Sessions]:
        """The sessions whose entry is not among the records, as calls in them tell: for certain, and all that may be.

        What bears a source identity may be of CloudShell, whose sessions begin when they like, and of an entry then.
        """
        sure, possible = dict[tuple[Own, str], Entered](), dict[tuple[Own, str], Entered]()
        for record in self._records:
            call = self._call(record)
            if not (record.reasons & SESSION and call.context) or call.key in self._keys:
                continue
            told_of = self.of(record)
            if not any(call.began <= one.until for one in told_of):
                for found in (possible,) if told_of else (sure, possible):
                    _widen(found, call)
        return _Sessions(sure.values()), _Sessions(possible.values())


def _widen(found: dict[tuple[Own, str], Entered], call: _Call) -> None:
    """Let a call count as one of a session of its role, name and source identity."""
    since = min(call.began or call.time, call.time)
    until = since + LONGEST
    if here := found.get((call.own, call.identity)):
        since, until = min(here.since, since), max(here.until, until)
    found[call.own, call.identity] = Entered("", *call.own, "", call.identity, since, until, "")


def loosely(record: Record) -> str:
    """Why a call that is `loose` may be of another session; a sentence."""
    return (f"calls without a source identity in the session {record.session} of {record.principal} count here by its"
            " name and their time only, as the record of its entry is not among these")  # fmt: skip


def _call_of(record: Record) -> _Call:
    who, signs_in = record.content.get("userIdentity"), is_sign_in(record.text("eventSource"), record.text("eventName"))
    context = isinstance(who, Mapping) and isinstance(who.get("sessionContext"), Mapping) and not signs_in
    return _Call(
        record.time, (role_name(record.principal), record.session), record.text("userIdentity", "accessKeyId"),
        record.source_identity, context, _outlives(record), signs_in, record.session_began,
    )  # fmt: skip


def _outlives(record: Record) -> bool:
    """Whether a call came by way of the console or a service, which use other keys than the session was given, and may
    go on when these are over: a console session has a length of its own, and a stack is made to its end. CloudShell
    does as well, and its records do not say so: there the source identity tells."""
    return record.text("sessionCredentialFromConsole") == "true" or record.text("userIdentity", "invokedBy") != ""


def _since(session: Entered) -> int:
    return session.since
