"""What a use lent to others for a while: a role whose trust it changed, a key that it made active or made for a user.

Sources: AWS IAM API Reference, UpdateAssumeRolePolicy, UpdateAccessKey and DeleteAccessKey; AWS IAM User Guide,
id_credentials_access-keys (a key that is inactive refuses every call).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.recorded import made_key
from iam_guardrails.model.incident.step import ENTERED, EXITED, OTHER, Exited
from iam_guardrails.model.incident.window import begins, called_by, ends_at, is_entry, last_session_ends
from iam_guardrails.model.trail.principal import role_name, subject_of, user_name
from iam_guardrails.model.trail.questions.records import Record, told
from iam_guardrails.model.value import frozen

LONG_TERM = "AKIA"
NEVER = 1 << 62
_Thing = TypeVar("_Thing", bound=Hashable)
_TRUST = ("iam:UpdateAssumeRolePolicy", "iam:DeleteRole")
_KEYS = ("iam:UpdateAccessKey", "iam:DeleteAccessKey")


@frozen
class Lent:
    """since, until: seconds since 1970; `until` is when somebody last changed it again, else the end of the use.

    open: nobody changed it again.
    """

    since: int
    until: int
    open: bool

    def holds(self, time: int) -> bool:
        """Whether what is done at that time is the use's."""
        return self.since <= time <= self.until


def ended_at(mine: Iterable[Record], incident: Incident) -> int:
    """When the use ended, in seconds; NEVER where neither its record nor CloudTrail tells when its sessions end.

    mine: records of the use, of which those of its own sessions and of their beginnings tell.
    """
    own = [record for record in mine if called_by(record, incident) or begins(record, incident)]
    known = ends_at(incident) if incident.of(ENTERED) else _ended_without_record(own, incident)
    if known is None:
        return NEVER
    return max([int(known.timestamp()), *(record.time for record in own if called_by(record, incident))])


def _ended_without_record(own: Sequence[Record], incident: Incident) -> datetime | None:
    """When sessions ended of which the record of the use does not know: by their expiry, or by being revoked."""
    last = max((record.time for record in own if is_entry(record) and record.outcome == "ok"), default=0)
    exits = zip(incident.of(EXITED), incident.contents(EXITED, Exited), strict=True)
    cut = [min(step.at, item.issued_before) for step, item in exits
           if item.issued_before and item.issued_before.timestamp() > last]  # fmt: skip
    known = last_session_ends(own)
    return min([known, *cut]) if known else None


def lent_roles(
    records: Sequence[Record], mine: Iterable[Record], roles: frozenset[tuple[str, str]], end: int
) -> dict[tuple[str, str], Lent]:
    """The roles whose trust a use changed, for as long as it was not changed again, by whomever.

    roles: the break-glass roles, which are not among them: entries into these are judged themselves.
    """
    began = dict[tuple[str, str], int]()
    for record in sorted(mine, key=lambda one: one.time):
        if record.action == _TRUST[0] and record.outcome == "ok" and _role(record) not in roles:
            began.setdefault(_role(record), record.time)
    again = [(_role(record), record.time) for record in records if record.action in _TRUST and record.outcome == "ok"]
    return _lent(began, again, end)


def lent_keys(records: Sequence[Record], mine: Iterable[Record], end: int) -> dict[str, Lent]:
    """The access keys of users whom the use did not make, which it made or made active (by their ids).

    Behind such a key, as the rotation of a secret makes it, an application works on: what it does after the use is
    the use's only where the key was then ended.
    """
    listed = sorted(mine, key=lambda one: one.time)
    users = {_user(record) for record in listed if record.action == "iam:CreateUser" and record.outcome == "ok"}
    began = dict[str, int]()
    for record in listed:
        if record.outcome == "ok" and _user(record) not in users and (key := _begun(record)):
            began.setdefault(key, record.time)
    again = [(record.text("requestParameters", "accessKeyId"), record.time) for record in records
             if record.action in _KEYS and record.outcome == "ok"]  # fmt: skip
    return _lent(began, again, end)


def lent_users(mine: Iterable[Record]) -> frozenset[tuple[str, str]]:
    """The users of whom a use made a key active (subject_of)."""
    return frozenset(_user(record) for record in mine if made_active(record))


def entered_lent(record: Record, lent: Mapping[tuple[str, str], Lent]) -> bool:
    """Whether it is an entry into such a role while it was lent."""
    made = lent.get(role_name(record.text("requestParameters", "roleArn"))) if _gave_session(record) else None
    return made is not None and made.holds(record.time)


def told_lent(
    records: Sequence[Record], mine: Iterable[Record], incident: Incident, roles: frozenset[tuple[str, str]]
) -> tuple[str, ...]:
    """What of it was counted, and what was not, since it was done after the use; sentences."""
    listed = list(mine)
    ids = {record.event_id for record in listed}
    end = ended_at(listed, incident)
    active = {record.text("requestParameters", "accessKeyId") for record in listed if made_active(record)}
    found = list[str]()
    for who, made in lent_roles(records, listed, roles, end).items():
        inside = sum(subject_of(record.principal) == who for record in listed)
        entries = [_into(record) for record in records if record.event_id not in ids and record.time > made.until]
        name = f"sessions of the role {who[1]}, whose trust this use changed at {told(made.since)}"
        found += _counted(f"done in {name}", inside)
        found += _left(f"begun as {name}", entries.count(who), made)
    for key, made in lent_keys(records, listed, end).items():
        inside = sum(_key(record) == key for record in listed)
        after = sum(_key(record) == key and record.event_id not in ids and record.time > made.until
                    for record in records)  # fmt: skip
        name = f"with the access key {key}, which this use made or made active at {told(made.since)}"
        found += _counted(f"done {name}", inside) if key in active else ()  # of the others, `owning.borrowed` tells
        found += _left(f"done {name}", after, made)
    return tuple(found)


def last_call(mine: Iterable[Record], others: Iterable[Record], ended: datetime) -> datetime:
    """The call after which the records of a use are waited for. ended: when its last session ended.

    Whoever has a user's key that nobody ended goes on calling: for these calls nothing waits, for the key is told.
    """
    listed = list(mine)
    over = {record.text("requestParameters", "accessKeyId") for record in (*listed, *others)
            if record.action in _KEYS and record.outcome == "ok" and not made_active(record)}  # fmt: skip
    awaited = [datetime.fromtimestamp(record.time, UTC) for record in listed
               if is_entry(record) or not _key(record).startswith(LONG_TERM) or _key(record) in over]  # fmt: skip
    return max([ended, *awaited])


def purpose_of(names: Mapping[str, str], done: Iterable[Write], purpose: str) -> str:
    """What a use meant by a change: its purpose, but for an access key none where nothing was rotated.

    A rotation ends another key of the same user, and the user was there before. names: of the object that was changed.
    done: what the use did.
    """
    if "AccessKeyId" not in names:
        return purpose
    user = names.get("UserName", "")
    did = [write for write in done if not write.error and write.text("userName") == user]
    made = any(write.action == "iam:CreateUser" for write in did)
    ended = any(_ends_key(write) and write.text("accessKeyId") != names["AccessKeyId"] for write in did)
    return purpose if ended and not made else OTHER


def _ends_key(write: Write) -> bool:
    inactive = write.action == "iam:UpdateAccessKey" and write.text("status") == "Inactive"
    return write.action == "iam:DeleteAccessKey" or inactive


def made_active(record: Record) -> bool:
    """Whether the call made an access key active."""
    status = record.text("requestParameters", "status")
    return record.action == _KEYS[0] and record.outcome == "ok" and status == "Active"


def _counted(what: str, number: int) -> tuple[str, ...]:
    return (f"what was {what} is counted here ({_calls(number)}), whoever did it",) if number else ()


def _left(what: str, number: int, made: Lent) -> tuple[str, ...]:
    when = "after the use ended" if made.open else "after that was changed again"
    return (f"what was {what}, {when} at {told(made.until)} is not counted here ({_calls(number)})",) if number else ()


def _calls(number: int) -> str:
    return counted(number, "call")


def _lent(began: Mapping[_Thing, int], again: Iterable[tuple[_Thing, int]], end: int) -> dict[_Thing, Lent]:
    """until: the last change of it after the first, else the end of the use."""
    last = dict[_Thing, int]()
    for thing, time in again:
        if thing in began and time > began[thing]:
            last[thing] = max(time, last.get(thing, 0))
    return {thing: Lent(since, last.get(thing, max(end, since)), thing not in last) for thing, since in began.items()}


def _begun(record: Record) -> str:
    """The key of a user that a call made, or made active; "" for another call."""
    if made_active(record):
        return record.text("requestParameters", "accessKeyId")
    return made_key(record) if record.action == "iam:CreateAccessKey" else ""


def _gave_session(record: Record) -> bool:
    return record.text("eventName").startswith("AssumeRole") and record.outcome == "ok"


def _into(record: Record) -> tuple[str, str]:
    return role_name(record.text("requestParameters", "roleArn")) if _gave_session(record) else ("", "")


def _role(record: Record) -> tuple[str, str]:
    return (record.account_id, record.text("requestParameters", "roleName"))


def _user(record: Record) -> tuple[str, str]:
    name = record.text("responseElements", "accessKey", "userName") or record.text("requestParameters", "userName")
    return user_name(record.account_id, name)


def _key(record: Record) -> str:
    return record.text("userIdentity", "accessKeyId")
