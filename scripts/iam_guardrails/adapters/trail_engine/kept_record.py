"""What of a record is kept on disk: no credentials, and of some records only what will be asked of them."""

import re
from typing import Any

import msgspec
from msgspec import Struct

from iam_guardrails.adapters.trail_engine.decode import NOT_READ, decoded_again, written
from iam_guardrails.model.expression import Expression

_SECRET_NAME = Expression(
    r"(?:tokens?(?:[-_]?list)?|secret|secret[-_]?(?:access[-_]?)?key|private[-_]?key|password"
    r"|secret[-_]?(?:string|binary))$",
    re.I,
)


def without_secrets(record: bytes) -> bytes:
    """A record without tokens and secret keys, wherever they stand in it: a cache is a file, and holds no credentials.

    Which of them CloudTrail masks depends on the service. Tokens that only lead to the next page are gone with them.
    """
    if not _may_hold_secrets(record):
        return record
    content = decoded_again(record)
    given = content.get("responseElements")
    credentials = given.get("credentials") if isinstance(given, dict) else None
    if isinstance(credentials, dict):  # the usual one, after which there is none
        credentials.pop("sessionToken", None)
    made = written(content)
    return written(content) if _may_hold_secrets(made) and _drop_secrets(content) else made


def _may_hold_secrets(record: bytes) -> bool:
    """Whether a name in it may be a secret's: by its letters, any of which may stand as a number.

    Written out, as every record that is kept is asked.
    """
    text = record.lower()
    return (
        b"token" in text or b"secret" in text or b"password" in text or b"private" in text or b"\\u00" in text
    )  # fmt: skip


def _drop_secrets(content: Any) -> bool:
    """Take texts, and what may hold some, out of a value whose names say that they are secret; whether any was there.

    A text that is JSON itself stays as it is: it may be a policy, which must not change.
    """
    left, dropped = [content], False
    while left:
        value = left.pop()
        if isinstance(value, list):
            left += value
        elif isinstance(value, dict):
            secret = [name for name, said in value.items() if _may_be_secret(said) and _SECRET_NAME.search(name)]
            for name in secret:
                del value[name]
            dropped = dropped or bool(secret)
            left += value.values()
    return dropped


def _may_be_secret(value: Any) -> bool:
    return isinstance(value, str | list | dict) and bool(value)


class _Identity(Struct, gc=False, omit_defaults=True):
    type: str | None = None
    principalId: str | None = None
    arn: str | None = None
    accountId: str | None = None
    userName: str | None = None
    sessionContext: msgspec.Raw = msgspec.Raw()
    invokedBy: str | None = None
    identityProvider: str | None = None
    onBehalfOf: msgspec.Raw = msgspec.Raw()


class _Answered(Struct, gc=False, omit_defaults=True):
    sourceIdentity: str | None = None


class _Shared(Struct, gc=False, omit_defaults=True):
    """What joining the records of two accounts asks for (model.trail.questions.assumptions)."""

    userIdentity: _Identity | None = None
    eventSource: str | None = None
    eventName: str | None = None
    awsRegion: str | None = None
    sourceIPAddress: str | None = None
    errorCode: str | None = None
    errorMessage: str | None = None
    requestParameters: msgspec.Raw = msgspec.Raw()
    responseElements: _Answered | None = None
    eventID: str | None = None
    recipientAccountId: str | None = None
    sharedEventID: str | None = None


_SHARED = msgspec.json.Decoder(_Shared)


def as_shared(record: bytes) -> bytes:
    """A record that is kept to be joined with that of another account, without what that does not ask for."""
    try:
        return msgspec.json.encode(_SHARED.decode(record))
    except NOT_READ:  # a field of another type than its name has everywhere
        return record
