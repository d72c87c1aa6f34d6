"""The sessions that calls of STS gave out, and which calls were made in them.

A role and a session's name do not tell: names come again. The access key does where the record of the entry has it;
else time and source identity are all there is, and of a record without a session's context the time alone (`lived`).

Sources: AWS STS API Reference, API_AssumeRole (an hour where no duration is asked for, twelve at most); AWS IAM User
Guide, id_credentials_temp_control-access_monitor (the source identity stays with all that a session leads to),
cloudtrail-integration (it is asked for in requestParameters, also by SAML) and
id_roles_providers_enable-console-custom-url (SessionDuration); AWS CloudTrail User Guide, "CloudTrail record contents"
(sessionCredentialFromConsole) and "CloudTrail userIdentity element" (invokedBy): the console and services call with
further keys; AWS CloudFormation User Guide, using-iam-servicerole (a session made from the caller's credentials).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property

from iam_guardrails.model.trail.facts import SESSION
from iam_guardrails.model.trail.principal import role_name, role_of, session_of
from iam_guardrails.model.trail.questions.records import Record, expiry, told
from iam_guardrails.model.trail.sign_ins import is_sign_in
from iam_guardrails.model.value import changed, frozen

HOUR = 3600
_LONGEST = 12 * HOUR
_SAME = 60
"""How far the beginning that a call's record tells may lie from the record of the entry, in seconds."""
Own = tuple[tuple[str, str], str]
"""(account, name) of a role, and the name of a session of it."""


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
        record.text(asked, "sourceIdentity") or record.source_identity, record.time,
        int(until.timestamp()) if until else record.time + (seconds if isinstance(seconds, int) else HOUR),
        record.principal, record.by_console,
    )  # fmt: skip


def own_of(session_arn: str) -> Own:
    """The role and the name in a session's ARN; nothing in another."""
    return role_name(role_of(session_arn)), session_of(session_arn)


def lived(own: Own, at: int, session: Entered) -> bool:
    """Whether something of the role and the name `own` at that time fits a session: all that tells where a record has
    neither its key nor its source identity."""
    return own == (session.role, session.session) and session.since <= at <= session.until


def _shown_by(records: Iterable[Record]) -> Iterable[Entered]:
    """The sessions in which calls were made, as their own records tell them: for sessions whose entry is not here."""
    found: dict[tuple[Own, str], Entered] = {}
    for record in records:
        since = min(record.session_began or record.time, record.time)
        own, identity, until = _own(record), record.source_identity, since + _LONGEST
        here = found.get((own, identity))
        if here:
            since, until = min(here.since, since), max(here.until, until)
        found[own, identity] = Entered("", *own, "", identity, since, until, "")
    return found.values()


@frozen
class Followed:
    """The records of some sessions. sessions: these, and those entered from there.  led: the latter.  loose: those of
    the records that count by role, name and time only, as the record of the entry is not there."""

    records: tuple[Record, ...]
    sessions: frozenset[Entered]
    led: frozenset[Entered]
    loose: frozenset[Record]


class Given:
    """All sessions that some records gave out, and which calls were made in which of them."""

    def __init__(self, records: Sequence[Record], further: Iterable[Entered] = ()) -> None:
        """further: sessions of which no call of STS tells."""
        self._sessions: dict[Own, list[Entered]] = {}
        all_given = [one for record in records if (one := entered(record))]
        keyed = {one.event_id for one in all_given if one.key}
        for one in sorted((*all_given, *further), key=_since):
            if one.key or one.event_id not in keyed:  # of the two records of a call that which tells more
                self._sessions.setdefault((one.role, one.session), []).append(one)
        self._keys = {one.key: one for one in all_given if one.key}
        self._records = records

    def of(self, record: Record) -> list[Entered]:
        """The sessions in one of which a call was, or may have been, made."""
        if (keyed := self._keys.get(_key(record))) is not None:
            return [keyed] if self._may_be_of(record, keyed) else []
        sessions = self._sessions.get(_own(record), [])
        first, end = (bisect(sessions, at, key=_since) for at in (record.time - _LONGEST - 1, record.time))
        return [one for one in sessions[first:end] if self._may_be_of(record, one)]

    def is_of(self, record: Record, sessions: Iterable[Entered]) -> bool:
        """Whether a call was, or may have been, made in one of some sessions, which need not be among these."""
        return any(self._may_be_of(record, one) for one in sessions)

    def follow(
        self, records: Sequence[Record], identity: str, asked: Collection[Entered],
        is_named: Callable[[Record], bool] = lambda record: False,
    ) -> Followed:  # fmt: skip
        """Which of some records are of sessions that are asked about, or of those that these entered.

        identity: the source identity that they bear, so that of a call that bears it all of its session counts, by its
        key, and what has no session's context by role, name and time.  is_named: which count in any case.
        """
        bearing = [one for one in records if one.reasons & SESSION and one.source_identity == identity]
        keys = {_keyed(one) for one in bearing if _key(one)}
        shown = [one for one in self._shown if one.source_identity == identity]
        sure = {id(one) for one in records
                if one.source_identity == identity or _keyed(one) in keys or is_named(one)}  # fmt: skip
        led: set[Entered] = set()
        while True:
            sessions = {*asked, *led}
            its = {id(one) for one in records if id(one) in sure or self.is_of(one, sessions)}
            mine = [one for one in records if id(one) in its or self.is_of(one, shown)]
            more = {one for record in mine if record.reasons & SESSION and (one := entered(record))}
            if more <= led:
                loose = frozenset(one for one in mine if id(one) not in its)
                return Followed(tuple(mine), frozenset({*sessions, *shown}), frozenset(led), loose)
            led |= more

    def doubt(self, record: Record, its: Collection[Entered]) -> str:
        """Why a call that counts as one of `its` may be of another session; "" if not."""
        if _key(record) in self._keys or not self.is_of(record, its):
            return ""
        (account_id, name), session = _own(record)
        what = f"calls in the session {session} of the role {name} of the account {account_id} may be of"
        but = "neither access key nor source identity tells them apart"
        ids = {one.event_id for one in its} - {""}
        for one in self.of(record):
            if one.event_id not in ids and one not in its:
                return f"{what} the one that {one.by} entered at {told(one.since)}: {but}"
        for one in self._shown if not _has_context(record) else ():
            if one not in its and self._may_be_of(record, one):
                return f"{what} another one, whose entry is not among these: {but}"
        return ""

    @cached_property
    def _shown(self) -> tuple[Entered, ...]:
        """The sessions whose entry is not among the records, as calls in them tell."""
        unknown = (one for one in self._records
                   if one.reasons & SESSION and _has_context(one) and not self._is_told(one))  # fmt: skip
        return tuple(_shown_by(unknown))

    def _is_told(self, record: Record) -> bool:
        """Whether the entry into the session of a call is among the records: by its key, else by when it was begun."""
        begun, sessions = record.session_began, self.of(record)
        return any(_key(record) in self._keys or not begun or abs(begun - one.since) <= _SAME for one in sessions)

    def _may_be_of(self, record: Record, session: Entered) -> bool:
        own = _own(record)
        if own != (session.role, session.session):
            return False
        key, identity = _key(record), record.source_identity
        if key in self._keys:
            return key == session.key
        if identity != session.source_identity and (identity or _has_context(record)):
            return False
        outlives, signs_in = _outlives(record), is_sign_in(record.text("eventSource"), record.text("eventName"))
        if key and session.key and not (identity or session.console or outlives or signs_in):
            return False
        return lived(own, record.time, changed(session, until=session.since + _LONGEST) if outlives else session)


def _since(session: Entered) -> int:
    return session.since


def _own(record: Record) -> Own:
    """The role and the name of the session that made a call."""
    return role_name(record.principal), record.session


def _key(record: Record) -> str:
    return record.text("userIdentity", "accessKeyId")


def _keyed(record: Record) -> tuple[Own, str]:
    """The role, the session's name and the access key of a call."""
    return _own(record), _key(record)


def _has_context(record: Record) -> bool:
    """Whether the record would tell a source identity. A sign-in's own record has none."""
    who = record.content.get("userIdentity")
    return isinstance(who, Mapping) and isinstance(who.get("sessionContext"), Mapping)


def _outlives(record: Record) -> bool:
    """Whether a call came by way of the console or a service, which use other keys than the session was given, and may
    go on when these are over: a console session has a length of its own, and a stack is made to its end."""
    return record.text("sessionCredentialFromConsole") == "true" or record.text("userIdentity", "invokedBy") != ""
