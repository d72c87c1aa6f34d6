"""A role or user as IAM has it, with all that is needed to make it again.

Source: IAM API Reference, GetRole, GetUser, ListAccessKeys, ListMFADevices, ListSSHPublicKeys, ListSigningCertificates,
ListServiceSpecificCredentials. Ids of keys and credentials are told by their last letters only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from iam_guardrails.model.value import field, frozen


@frozen
class Key:
    """An access key, or a credential for one service. ref: its last letters and its day, see `ref_of`."""

    ref: str
    active: bool
    created_at: datetime
    last_used_at: datetime | None = None
    service: str = ""


@frozen
class Uploaded:
    """An SSH public key or a signing certificate. id: IAM's.  body: the public part as it was uploaded."""

    id: str
    active: bool
    body: str


@frozen
class Role:
    """trust and the inline policies: as JSON values.  attached: ARNs.  profiles: names of instance profiles."""

    name: str
    arn: str
    path: str
    created_at: datetime
    trust: Mapping[str, Any]
    max_session_seconds: int = 3600
    description: str = ""
    boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    inline: Mapping[str, Any] = field(default_factory=dict)
    attached: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    last_used_at: datetime | None = None


@frozen
class User:
    """mfa: serial numbers.  password_last_used_at: None for never, or where there is no password."""

    name: str
    arn: str
    path: str
    created_at: datetime
    boundary: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    inline: Mapping[str, Any] = field(default_factory=dict)
    attached: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    has_password: bool = False
    password_last_used_at: datetime | None = None
    mfa: tuple[str, ...] = ()
    ssh_keys: tuple[Uploaded, ...] = ()
    certificates: tuple[Uploaded, ...] = ()
    service_credentials: tuple[Key, ...] = ()

    @property
    def last_used_at(self) -> datetime | None:
        """The last sign-in, or use of a key."""
        times = [self.password_last_used_at, *(key.last_used_at for key in self.keys)]
        return max((at for at in times if at is not None), default=None)


Held = Role | User
_COMPARED = {
    Role: ("path", "trust", "max_session_seconds", "description", "boundary", "tags", "inline", "attached", "profiles"),
    User: ("path", "boundary", "tags", "inline", "attached", "groups", "has_password", "mfa"),
}


def ref_of(key_id: str, created_at: datetime) -> str:
    """How a record names a key: never by its whole id, which scanners of secrets would rightly find."""
    return f"…{key_id[-4:]} of {created_at:%Y-%m-%dT%H:%M:%SZ}"


def differences(before: Held, now: Held) -> Iterator[str]:
    """What is not as it was, a clause each; times and ids that IAM gives anew do not count."""
    for name in _COMPARED[type(before)]:
        if _plain(getattr(before, name)) != _plain(getattr(now, name)):
            yield f"{name} differs"
    if isinstance(before, User) and isinstance(now, User):
        yield from _keys(before, now)
        for name in ("ssh_keys", "certificates"):
            if _bodies(getattr(before, name)) != _bodies(getattr(now, name)):
                yield f"{name} differ"


def added(before: Held, now: Held) -> tuple[str, ...]:
    """What is there now and was not, so that no record would give it back."""
    found: list[str] = []
    for name in ("inline", "attached", "profiles", "groups"):
        there, then = getattr(now, name, ()), getattr(before, name, ())
        found += [f"{name} {one}" for one in there if one not in then]
        if name == "inline":
            found += [f"inline {one} was changed" for one in there if one in then and there[one] != then[one]]
    if isinstance(before, User) and isinstance(now, User):
        known = {key.ref for key in before.keys}
        found += [f"access key {key.ref}" for key in now.keys if key.ref not in known]
    if isinstance(before, Role) and isinstance(now, Role) and before.trust != now.trust:
        found.append("the trust policy was changed")
    return tuple(found)


def _keys(before: User, now: User) -> Iterator[str]:
    there = {key.ref: key for key in now.keys}
    for key in before.keys:
        found = there.get(key.ref)
        if found is None:
            yield f"access key {key.ref} is gone for good"
        elif found.active != key.active:
            yield f"access key {key.ref} is {'active' if found.active else 'inactive'}"
    was = len(before.service_credentials)
    if was != len(now.service_credentials):
        yield f"{was - len(now.service_credentials)} of {was} service-specific credentials are gone for good"


def _bodies(listed: tuple[Uploaded, ...]) -> list[tuple[str, bool]]:
    return sorted((one.body.strip(), one.active) for one in listed)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, tuple) else value
