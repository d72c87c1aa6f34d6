"""A record of CloudTrail's as a row for SQL: the columns, what is read of a file's records, and what each column tells.

Records are decoded as for the questions (trail_engine.decode).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from iam_guardrails.adapters.trail_bytes import pieces_of, unpacked
from iam_guardrails.adapters.trail_engine.decode import (
    NOT_READ,
    decode_any,
    inflate,
    is_whole,
    parts_of,
    raw_records,
)
from iam_guardrails.adapters.trail_engine.event import Event
from iam_guardrails.adapters.trail_values import Broken
from iam_guardrails.model.trail.facts import FAILED
from iam_guardrails.model.trail.principal import principal, role_in_message, session_of
from iam_guardrails.model.trail.regions import partition_of
from iam_guardrails.model.trail.sign_ins import is_sign_in, said_failed

TYPES = {
    "event_id": "VARCHAR", "event_time": "TIMESTAMP", "event_source": "VARCHAR", "event_name": "VARCHAR",
    "region": "VARCHAR", "account_id": "VARCHAR", "principal": "VARCHAR", "principal_type": "VARCHAR",
    "session": "VARCHAR", "source_identity": "VARCHAR", "mfa": "BOOLEAN", "source_ip": "VARCHAR",
    "user_agent": "VARCHAR", "error_code": "VARCHAR", "read_only": "BOOLEAN", "requested_role": "VARCHAR",
    "shared_event_id": "VARCHAR",
}  # fmt: skip
"""The columns and their types. A column is NULL where the record does not tell; times are UTC. The error
code of a record that has none and yet failed is model.trail.facts.FAILED, as in the questions."""


class Told(Event, gc=False):
    """What is read of every record, beside what the questions read."""

    awsRegion: str | None = None
    userAgent: str | None = None
    serviceEventDetails: msgspec.Raw = msgspec.Raw()


class _File(Struct, gc=False, forbid_unknown_fields=True):
    Records: list[Told]


class _Asked(Struct, gc=False):
    roleArn: str | None = None


_FILES, _EVENTS = msgspec.json.Decoder(_File), msgspec.json.Decoder(Told)
_ASKED = msgspec.json.Decoder(_Asked | None)
_SORTED = msgspec.json.Encoder(order="sorted")
Record = tuple[Told, msgspec.Raw | bytes]
"""What is read of a record, and its JSON."""


def events_of(stored: bytes | Iterator[bytes]) -> Iterator[Record | Broken]:
    """The records of a file as it is stored. Raises Damage."""
    content = inflate(stored) if isinstance(stored, bytes) else None
    if content is not None:
        found = _records(content)
        yield from _slowly((content,)) if found is None else found
        return
    for part, rest in parts_of(pieces_of(stored) if isinstance(stored, bytes) else unpacked(stored)):
        found = _records(part) if part else None
        yield from _slowly(rest) if found is None else found
        if found is None:
            return


def sorted_json(record: msgspec.Raw | bytes) -> bytes:
    """The whole of a record as JSON that is the same however its blanks, its names' order and its escapes were; as it
    stands there where it holds what cannot be read, e.g. half a character."""
    try:
        return _SORTED.encode(msgspec.json.decode(record))
    except NOT_READ:
        return bytes(record)


def _records(content: bytes | bytearray) -> list[Record] | None:
    """The records of a file as CloudTrail writes it; None for any other."""
    try:
        found = _FILES.decode(content).Records
    except NOT_READ:
        return None
    return list(zip(found, raw_records(content), strict=True)) if is_whole(content, found) else None


def _slowly(pieces: Iterable[bytes | bytearray]) -> Iterator[Record | Broken]:
    """The records of what is not as CloudTrail writes it. Raises Damage."""
    for item in decode_any(pieces):
        if isinstance(item, Broken):
            yield item
            continue
        try:
            yield _EVENTS.decode(item[1]), item[1]
        except NOT_READ as error:
            yield Broken(0, f"it is no CloudTrail event: {error}")


def row_of(event: Told, time: datetime) -> dict[str, Any]:
    """The columns of a record. time: when the event was, in UTC."""
    who = event.userIdentity
    context = who.sessionContext if who else None
    issuer = context.sessionIssuer.arn if context and context.sessionIssuer else None
    said = context.attributes.mfaAuthenticated if context and context.attributes else None
    caller = (
        principal(who.type or "", who.arn or "", issuer or "", who.person, who.accountId or "",
                  who.invokedBy or "", who.userName or "", who.identityProvider or "",
                  partition_of(event.awsRegion or "")) if who else None
    )  # fmt: skip
    return dict(zip(TYPES, (
        event.eventID, f"{time:%Y-%m-%d %H:%M:%S}", event.eventSource, event.eventName, event.awsRegion,
        event.recipientAccountId or (who.accountId if who else None), caller, who.type if who else None,
        (session_of(who.arn or "") or None) if who else None, context.sourceIdentity if context else None,
        None if said is None else said is True or said == "true", event.sourceIPAddress, event.userAgent,
        event.errorCode or (FAILED if event.errorMessage or _said_failed(event) else None), event.readOnly,
        _role(event), event.sharedEventID,
    ), strict=True))  # fmt: skip


def _said_failed(event: Told) -> bool:
    """Whether it is of a sign-in that failed by its own answer."""
    if not is_sign_in(event.eventSource, event.eventName):
        return False
    return said_failed({
        "eventSource": event.eventSource, "eventName": event.eventName,
        "responseElements": _value(event.responseElements), "serviceEventDetails": _value(event.serviceEventDetails),
    })  # fmt: skip


def _value(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw) if bytes(raw) else None
    except NOT_READ:
        return None


def _role(event: Told) -> str | None:
    """The role that an assumption asked for; a refused one may name it in its message only."""
    if event.eventSource != "sts.amazonaws.com":
        return None
    asked = None
    with suppress(*NOT_READ):  # absent, or of another type
        asked = _ASKED.decode(event.requestParameters)
    said = event.errorMessage if event.eventName.startswith("AssumeRole") else None
    return (asked.roleArn if asked else None) or (role_in_message(said) if said else None) or None
