"""What a use lent to others, and for how long: a trust, an access key, a role that it made, a password that it set, an
identity provider (providers).

Sources: AWS IAM API Reference, UpdateAssumeRolePolicy, CreateRole, DeleteRole, CreateAccessKey, UpdateAccessKey,
DeleteAccessKey, CreateLoginProfile, UpdateLoginProfile and DeleteLoginProfile; AWS IAM User Guide,
id_credentials_access-keys (a key that is inactive refuses every call) and reference_identifiers (ids of long-term
access keys begin with AKIA, those of sessions with ASIA).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from iam_guardrails.model.incident.providers import OPENS, Provided, came_through, opened, touched
from iam_guardrails.model.incident.recorded import BOUNDS, made_key
from iam_guardrails.model.incident.unsure import may_be_done
from iam_guardrails.model.trail.principal import role_name, user_name
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.value import frozen

LONG_TERM = "AKIA"
NEVER = 1 << 62
Roles = frozenset[tuple[str, str]]
Subject = tuple[str, str]
"""An account, and the name of a role, or "user/" and that of a user (model.trail.principal.subject_of)."""
_Thing = TypeVar("_Thing", bound=Hashable)
_TRUST, _GONE = "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"
_KEYS = ("iam:UpdateAccessKey", "iam:DeleteAccessKey")
_PASSWORDS = ("iam:CreateLoginProfile", "iam:UpdateLoginProfile")
_NO_PASSWORD = "iam:DeleteLoginProfile"
LENDS = frozenset({_TRUST, "iam:CreateRole", "iam:CreateAccessKey", _KEYS[0], *_PASSWORDS, *OPENS})
"""Calls that lend something."""


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


@frozen
class Lending:
    """What a use lent.

    trusted: roles whose trust it changed, but the break-glass roles: entries into these are judged themselves.
    made: roles that it made, each time it did.  keys: access keys that it made active, or made for a user whom it did
    not make: behind such a key, as the rotation of a secret makes it, an application works on.  passwords: users whose
    password it set, each time.  given: users for whom it made a key or set a password, since when.  active: those of
    whom it made a key active.  providers: what of which identity provider it opened.
    """

    trusted: Mapping[Subject, Lent]
    made: Mapping[Subject, tuple[Lent, ...]]
    keys: Mapping[str, Lent]
    passwords: Mapping[Subject, tuple[Lent, ...]]
    given: Mapping[Subject, int]
    active: frozenset[Subject]
    providers: Mapping[Provided, Lent]

    @property
    def subjects(self) -> frozenset[Subject]:
        """The roles and users behind all of it."""
        return frozenset({*self.trusted, *self.made, *self.given, *self.active})

    def let_in(self, record: Record) -> bool:
        """Whether a call is an entry through a provider, while the use had it open."""
        return record.outcome == "ok" and any(
            lent.holds(record.time) and came_through(record, one) for one, lent in self.providers.items()
        )


def lending(records: Sequence[Record], mine: Iterable[Record], roles: Roles, end: int) -> Lending:
    """What a use lent, and until when it was its own.

    records: all that is known, in the order of time.  mine: those of the use.  roles: (account, name) of the
    break-glass roles.  end: when the use ended, in seconds (ending.ended): until then counts what nobody changed
    again.
    """
    own = sorted((record for record in mine if may_be_done(record.outcome)), key=lambda record: record.time)
    if not any(record.action in LENDS for record in own):
        return Lending({}, {}, {}, {}, {}, frozenset(), {})
    done = [record for record in records if record.action in BOUNDS and (
        record.outcome == "ok" or (record.action in LENDS and may_be_done(record.outcome)))]  # fmt: skip
    return Lending(
        _trusted(done, own, roles, end), _made(done, own, roles, end), _keys(done, own, end),
        _passwords(done, own, end), _given(own), frozenset(_user(record) for record in own if made_active(record)),
        _providers(done, own, end),
    )  # fmt: skip


def entered(record: Record) -> Subject:
    """The role into which a call gave a session; of empty texts for another call."""
    gave = record.text("eventName").startswith("AssumeRole") and record.outcome == "ok"
    return role_name(record.text("requestParameters", "roleArn")) if gave else ("", "")


def made_active(record: Record) -> bool:
    """Whether the call made an access key active."""
    status = record.text("requestParameters", "status")
    return record.action == _KEYS[0] and record.outcome == "ok" and status == "Active"


def ended_keys(records: Iterable[Record]) -> frozenset[str]:
    """Ids of the access keys that calls ended."""
    return frozenset(record.text("requestParameters", "accessKeyId") for record in records
                     if record.action in _KEYS and record.outcome == "ok" and not made_active(record))  # fmt: skip


def key_of(record: Record) -> str:
    """The access key id with which a call was made."""
    return record.text("userIdentity", "accessKeyId")


def _trusted(done: Sequence[Record], own: Sequence[Record], roles: Roles, end: int) -> dict[Subject, Lent]:
    """As long as it was not changed again, by whomever."""
    began = dict[Subject, int]()
    for record in own:
        if record.action == _TRUST and _role(record) not in roles:
            began.setdefault(_role(record), record.time)
    return _lent(began, ((_role(record), record.time) for record in done if record.action in (_TRUST, _GONE)), end)


def _made(done: Sequence[Record], own: Sequence[Record], roles: Roles, end: int) -> dict[Subject, tuple[Lent, ...]]:
    """Until it was deleted, by whomever; one that was made again by others is not the use's."""
    found = dict[Subject, tuple[Lent, ...]]()
    for record in own:
        who = _role(record)
        if record.action == "iam:CreateRole" and who not in roles:
            gone = (one.time for one in done if one.action == _GONE and _role(one) == who and one.time > record.time)
            found[who] = (*found.get(who, ()), _until(record.time, next(gone, None), end))
    return found


def _keys(done: Sequence[Record], own: Sequence[Record], end: int) -> dict[str, Lent]:
    users = {_user(record) for record in own if record.action == "iam:CreateUser"}
    began = dict[str, int]()
    for record in own:
        if _user(record) not in users and (key := _begun(record)):
            began.setdefault(key, record.time)
    again = ((one.text("requestParameters", "accessKeyId"), one.time) for one in done if one.action in _KEYS)
    return _lent(began, again, end)


def _passwords(done: Sequence[Record], own: Sequence[Record], end: int) -> dict[Subject, tuple[Lent, ...]]:
    """Until it was set again or removed, by whomever."""
    ids = {record.key for record in own}
    times = dict[Subject, list[tuple[int, bool]]]()
    for record in done:
        if record.action in (*_PASSWORDS, _NO_PASSWORD):
            mine = record.key in ids and record.action in _PASSWORDS
            times.setdefault(_user(record), []).append((record.time, mine))
    found = dict[Subject, tuple[Lent, ...]]()
    for who, told in times.items():
        following = [*(at for at, _ in told[1:]), None]
        found[who] = tuple(_until(at, later, end) for (at, mine), later in zip(told, following, strict=True) if mine)
    return {who: lent for who, lent in found.items() if lent}


def _providers(done: Sequence[Record], own: Sequence[Record], end: int) -> dict[Provided, Lent]:
    """As long as it was not changed again, by whomever."""
    began = dict[Provided, int]()
    for record in own:
        if (one := opened(record)) is not None:
            began.setdefault(one, record.time)
    return _lent(began, ((one, record.time) for record in done for one in began if touched(record, one)), end)


def _given(own: Sequence[Record]) -> dict[Subject, int]:
    found = dict[Subject, int]()
    for record in own:
        if record.action in ("iam:CreateAccessKey", *_PASSWORDS):
            found.setdefault(_user(record), record.time)
    return found


def _until(since: int, changed: int | None, end: int) -> Lent:
    return Lent(since, max(end, since), True) if changed is None else Lent(since, changed, False)


def _lent(began: Mapping[_Thing, int], again: Iterable[tuple[_Thing, int]], end: int) -> dict[_Thing, Lent]:
    """until: the last change of it after the first, else the end of the use."""
    last = dict[_Thing, int]()
    for thing, time in again:
        if thing in began and time > began[thing]:
            last[thing] = max(time, last.get(thing, 0))
    return {thing: _until(since, last.get(thing), end) for thing, since in began.items()}


def _begun(record: Record) -> str:
    """The key of a user that a call made, or made active; "" for another call."""
    if made_active(record):
        return record.text("requestParameters", "accessKeyId")
    return made_key(record) if record.action == "iam:CreateAccessKey" else ""


def _role(record: Record) -> Subject:
    return (record.account_id, record.text("requestParameters", "roleName"))


def _user(record: Record) -> Subject:
    name = record.text("responseElements", "accessKey", "userName") or record.text("requestParameters", "userName")
    return user_name(record.account_id, name)
