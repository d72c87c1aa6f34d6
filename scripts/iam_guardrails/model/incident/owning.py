"""Which calls belong to a use: those of its sessions, and those with whatever these sessions made to call with.

Sources: AWS IAM User Guide, id_credentials_temp_control-access_monitor (the source identity persists through role
chaining, and a user's access key or password has none); AWS STS API Reference, GetSessionToken and GetFederationToken;
AWS IAM API Reference, CreateAccessKey, CreateLoginProfile and UpdateLoginProfile; AWS IAM User Guide,
reference_identifiers (ids of long-term access keys begin with AKIA, those of sessions with ASIA).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.joining import Chains
from iam_guardrails.model.incident.lending import (
    LONG_TERM,
    NEVER,
    Lent,
    ended_at,
    entered_lent,
    lent_keys,
    lent_roles,
    lent_users,
)
from iam_guardrails.model.incident.recorded import made_key
from iam_guardrails.model.incident.window import begins, called_by, entered_from, is_entry
from iam_guardrails.model.trail.principal import role_name, subject_of, user_name
from iam_guardrails.model.trail.questions.records import Record, told

_PASSWORDS = ("iam:CreateLoginProfile", "iam:UpdateLoginProfile")
_NEW_PASSWORDS = (*_PASSWORDS, "iam:DeleteLoginProfile")


def own(records: Sequence[Record], incident: Incident, roles: frozenset[tuple[str, str]]) -> tuple[Record, ...]:
    """The records of this use, of every session that one of its sessions led to, and of what they made to call with.

    A record is the use's where it bears its id as source identity, or is of a session that the record of the incident
    knows (where the role asks for no source identity: by its ARN and its time); so are the calls with the access keys
    of these sessions, with those that they were given for other roles or made for a user (joining.Chains), those of a
    user whose password they set, until somebody else sets it, and those of a role that they made. So are entries into a
    role whose trust they changed, and calls with a key that they made active, until that was changed again (lending).
    An entry into the break-glass roles under another id is of another use, whose key it was that asked.

    roles: (account, name) of the break-glass roles.
    """
    records = [record for record in records if not _of_another(record, incident, roles)]
    chains = Chains((made_key(record), _key(record)) for record in records if made_key(record))
    first = [record for record in records if called_by(record, incident) or begins(record, incident)]
    found = {record.event_id: record for record in first}
    keys = {_key(record) for record in first if called_by(record, incident)} | {made_key(record) for record in first}
    keys.discard("")
    end = ended_at(first, incident)
    while True:
        passwords, made = _passwords(records, found), _made_roles(found.values(), roles)
        lent, opened = lent_keys(records, found.values(), end), lent_roles(records, found.values(), roles, end)
        more = [record for record in records if record.event_id not in found
                and (_with_key(record, keys, lent, chains) or _signed_in(record, passwords, chains)
                     or entered_lent(record, opened)
                     or record.time >= made.get(subject_of(record.principal), NEVER))]  # fmt: skip
        if not more:
            return tuple(record for record in records if record.event_id in found)
        found |= {record.event_id: record for record in more}
        keys |= {made_key(record) for record in more} - {""}


def _with_key(record: Record, keys: set[str], lent: dict[str, Lent], chains: Chains) -> bool:
    """Whether a call was made with one of the keys, or with one that came from it; with a lent one, while it was."""
    for key in chains.back(_key(record)):
        if key in lent:
            return lent[key].holds(record.time)
        if key in keys:
            return True
    return False


def _of_another(record: Record, incident: Incident, roles: frozenset[tuple[str, str]]) -> bool:
    """Whether it is an entry into a break-glass role that bears another id than the use's."""
    asked = record.text("requestParameters", "sourceIdentity")
    into = role_name(record.text("requestParameters", "roleArn"))
    return is_entry(record) and asked not in ("", incident.id) and into in roles


def followed(mine: Iterable[Record], roles: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """The roles that the records of a use entered, made or changed the trust of, and the users whom it gave a key or a
    password (subject_of).

    roles: (account, name) of the break-glass roles.
    """
    listed = list(mine)
    given = frozenset(_given_users(listed)) | lent_users(listed)
    return entered_from(listed) | given | frozenset({**_made_roles(listed, roles), **lent_roles((), listed, roles, 0)})


def borrowed(mine: Iterable[Record], roles: frozenset[tuple[str, str]]) -> tuple[str, ...]:
    """How much was done as users whom the use gave a key or a password, and as roles that it made; sentences."""
    listed = list(mine)
    users, made = _given_users(listed), _made_roles(listed, roles)
    callers = [subject_of(record.principal) for record in listed]
    found = [(who, at, f"as the {who[1].replace('/', ' ')} with an access key or a password that") for who, at in
             users.items()]  # fmt: skip
    found += [(who, at, f"in sessions of the role {who[1]}, which") for who, at in made.items()]
    return tuple(
        f"what was done {how} this use made at {told(at)} is counted here ({number} call{'s' if number > 1 else ''}),"
        " whoever did it"
        for who, at, how in found if (number := callers.count(who))
    )  # fmt: skip


def _given_users(mine: Iterable[Record]) -> dict[tuple[str, str], int]:
    """The users whom a use gave a key or a password -> since when."""
    found = dict[tuple[str, str], int]()
    for record in mine:
        if name := _given_user(record):
            found.setdefault(user_name(record.account_id, name), record.time)
    return found


def _made_roles(mine: Iterable[Record], roles: frozenset[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The roles that a use made -> since when. roles: the break-glass roles, which are not among them."""
    found = dict[tuple[str, str], int]()
    for record in sorted(mine, key=lambda one: one.time):
        who = (record.account_id, record.text("requestParameters", "roleName"))
        if record.action == "iam:CreateRole" and record.outcome == "ok" and who not in roles:
            found.setdefault(who, record.time)
    return found


def _given_user(record: Record) -> str:
    """The user for whom a call made a key, or set a password; "" for another call, or one that failed."""
    if record.outcome != "ok":
        return ""
    if record.action == "iam:CreateAccessKey":
        return record.text("responseElements", "accessKey", "userName") or record.text("requestParameters", "userName")
    return record.text("requestParameters", "userName") if record.action in _PASSWORDS else ""


def _passwords(records: Sequence[Record], mine: Iterable[str]) -> dict[tuple[str, str], list[tuple[int, bool]]]:
    """User -> when its password was set or removed, in the order of time, and whether the use did it."""
    known, found = set(mine), dict[tuple[str, str], list[tuple[int, bool]]]()
    for record in records:
        if record.action in _NEW_PASSWORDS and record.outcome == "ok":
            who = user_name(record.account_id, record.text("requestParameters", "userName"))
            own = record.event_id in known and record.action in _PASSWORDS
            found.setdefault(who, []).append((record.time, own))
    return found


def _signed_in(record: Record, passwords: dict[tuple[str, str], list[tuple[int, bool]]], chains: Chains) -> bool:
    """Whether a call was made by a user who had signed in with a password that the use set."""
    before = [own for at, own in passwords.get(subject_of(record.principal), ()) if at <= record.time]
    return bool(before) and before[-1] and not any(key.startswith(LONG_TERM) for key in chains.back(_key(record)))


def _key(record: Record) -> str:
    return record.text("userIdentity", "accessKeyId")
