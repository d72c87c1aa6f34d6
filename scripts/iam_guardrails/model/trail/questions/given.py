"""The sessions that calls of STS gave out, and which calls were made in them.

A role and a session's name do not tell: names come again. The access key does where the record of the entry has it;
else time and source identity are all there is, and of a record without a session's context the time alone (`lived`).

Sources: AWS STS API Reference, API_AssumeRole (an hour where no duration is asked for, twelve at most); AWS IAM User
Guide,
id_credentials_temp_control-access_monitor (the source identity stays with all that a session leads to); AWS CloudTrail
User Guide, "CloudTrail record contents" (sessionCredentialFromConsole) and "CloudTrail userIdentity element"
(invokedBy): the console and services call with further keys.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from iam_guardrails.model.trail.principal import role_name, role_of, session_of
from iam_guardrails.model.trail.questions.records import Record, expiry, told
from iam_guardrails.model.trail.sign_ins import is_sign_in
from iam_guardrails.model.value import frozen

HOUR = 3600
_LONGEST = 12 * HOUR
Own = tuple[tuple[str, str], str]
"""(account, name) of a role, and the name of a session of it."""


@frozen
class Entered:
    """A session that a call gave out. event_id: of the call; where two accounts recorded it, what they share, with all
    that makes it one call.

    role: (account, name).  key: the access key id, "" where the record does not tell.  since, until: seconds since
    1970.  by: who entered it.
    """

    event_id: str
    role: tuple[str, str]
    session: str
    key: str
    source_identity: str
    since: int
    until: int
    by: str


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
        record.principal,
    )  # fmt: skip


def own_of(session_arn: str) -> Own:
    """The role and the name in a session's ARN; nothing in another."""
    return role_name(role_of(session_arn)), session_of(session_arn)


def lived(own: Own, at: int, session: Entered, skew: int = 0) -> bool:
    """Whether something of the role and the name `own` at that time fits a session: all that tells where a record has
    neither its key nor its source identity. skew: by how many seconds clocks may differ."""
    return own == (session.role, session.session) and session.since - skew <= at <= session.until + skew


def shown_by(records: Iterable[Record]) -> set[Entered]:
    """The sessions in which calls were made, as their own records tell them: for sessions whose entry is not here."""
    found: dict[Own, Entered] = {}
    for record in records:
        said = record.text("userIdentity", "sessionContext", "attributes", "creationDate")
        try:
            since = min(int(datetime.fromisoformat(said).timestamp()), record.time)
        except ValueError:
            since = record.time
        own, until = _own(record), since + _LONGEST
        here = found.get(own)
        if here:
            since, until = min(here.since, since), max(here.until, until)
        found[own] = Entered("", *own, "", record.source_identity, since, until, record.principal)
    return set(found.values())


class Given:
    """All sessions that some records gave out."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._sessions: dict[Own, list[Entered]] = {}
        all_given = [one for record in records if (one := entered(record))]
        keyed = {one.event_id for one in all_given if one.key}
        for one in all_given:
            if one.key or one.event_id not in keyed:  # of the two records of a call that which tells more
                self._sessions.setdefault((one.role, one.session), []).append(one)
        self._keys = {one.key for one in all_given} - {""}

    def is_of(self, record: Record, sessions: Iterable[Entered]) -> bool:
        """Whether a call was, or may have been, made in one of some sessions."""
        return any(self._may_be_of(record, one) for one in sessions)

    def doubt(self, record: Record, led: Collection[Entered]) -> str:
        """Why a call that counts as one of `led` may be of another session; "" if not."""
        own = _own(record)
        if record.text("userIdentity", "accessKeyId") in self._keys or not self.is_of(record, led):
            return ""
        ids = {one.event_id for one in led}
        for one in self._sessions.get(own, []):
            if one.event_id not in ids and self._may_be_of(record, one):
                role = f"role {own[0][1]} of the account {own[0][0]}"
                return (f"calls in the session {own[1]} of the {role} may be of the one that {one.by} entered at"
                        f" {told(one.since)}: neither access key nor source identity tells them apart")  # fmt: skip
        return ""

    def _may_be_of(self, record: Record, session: Entered) -> bool:
        own = _own(record)
        if own != (session.role, session.session):
            return False
        key, identity = record.text("userIdentity", "accessKeyId"), record.source_identity
        if key in self._keys:
            return key == session.key
        if identity != session.source_identity and (identity or _has_context(record)):
            return False
        if key and session.key and not _uses_further_keys(record):
            return False
        return lived(own, record.time, session)


def _own(record: Record) -> Own:
    """The role and the name of the session that made a call."""
    return role_name(record.principal), record.session


def _has_context(record: Record) -> bool:
    """Whether the record would tell a source identity. A sign-in's own record has none."""
    who = record.content.get("userIdentity")
    return isinstance(who, Mapping) and isinstance(who.get("sessionContext"), Mapping)


def _uses_further_keys(record: Record) -> bool:
    """Whether a call came by way of the console or a service, which use other keys than the session was given."""
    return (
        record.text("sessionCredentialFromConsole") == "true"
        or record.text("userIdentity", "invokedBy") != ""
        or is_sign_in(record.text("eventSource"), record.text("eventName"))
    )
