"""What one record says: what it counts as, who called, which role or secret it asked for."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from iam_guardrails.adapters.trail_engine.decode import NOT_READ, decoded_again
from iam_guardrails.adapters.trail_engine.event import Event, Identity
from iam_guardrails.model.incident import making
from iam_guardrails.model.silencers import is_silencing
from iam_guardrails.model.trail.facts import (
    CONSOLE,
    FAILED,
    IAM_CHANGE,
    MAKES,
    ROOT,
    SESSION,
    SILENCER,
    Edge,
    use_of,
)
from iam_guardrails.model.trail.identity_center import IDENTITY_CHANGES, PORTAL
from iam_guardrails.model.trail.principal import (
    LONG,
    had_mfa,
    is_root,
    pathless,
    principal,
    role_name,
    session_of,
    subject_of,
)
from iam_guardrails.model.trail.regions import partition_of
from iam_guardrails.model.trail.sign_ins import is_sign_in, said_failed

_STS, _IAM = "sts.amazonaws.com", "iam.amazonaws.com"
_READS = ("Get", "List", "Generate", "Simulate")
MAKING = frozenset((source, name) for source, name in making.CALLS if source != _IAM)
"""Calls that make what captures hold, beside those of IAM, of which every change is kept."""
SECRET_READS = frozenset({
    ("secretsmanager.amazonaws.com", "GetSecretValue"), ("secretsmanager.amazonaws.com", "BatchGetSecretValue"),
    ("ssm.amazonaws.com", "GetParameter"), ("ssm.amazonaws.com", "GetParameters"),
    ("ssm.amazonaws.com", "GetParametersByPath"), ("ssm.amazonaws.com", "GetParameterHistory"),
})  # fmt: skip
ASSUME_ROOT = "AssumeRoot"
# beside the reasons of model.trail.facts: more than a use, but not kept whole; the last: a change of IAM where its
# record says that it writes
ASSUMING, SECRET, MAY_CHANGE = 1 << 8, 1 << 9, 1 << 10
KEEP = IAM_CHANGE | SILENCER | MAKES | ROOT | CONSOLE | SESSION
WHOLE = ROOT | CONSOLE
"""What these count as a use is told by the whole record only (key_in)."""

Key = tuple[str | None, str, str, str | None]
"""What is worked out once for all alike: caller, event name, event source, error code."""


Class = tuple[int, str, str, str]
"""What is known of a Key: what it counts as (class_of), its principal, its use (model.trail.facts.use_of), and whose
use that is (model.trail.facts.DayFacts)."""
Classes = dict[Key, Class]


class Asked(Struct, gc=False):
    """What is read of requestParameters."""

    roleArn: str | None = None
    roleSessionName: str | None = None
    sourceIdentity: str | None = None
    serialNumber: str | None = None
    targetPrincipal: str | None = None
    secretId: str | None = None
    name: str | None = None
    path: str | None = None
    secretIdList: list[str] | None = None
    names: list[str] | None = None


class Answered(Struct, gc=False):
    """What is read of an assumption's responseElements."""

    sourceIdentity: str | None = None


_ASKED = msgspec.json.Decoder(Asked | None)
_ANSWERED = msgspec.json.Decoder(Answered | None)
_NOTHING = Asked()
_ANYBODY = Identity()


def class_of(key: Key, targets: frozenset[tuple[str, str]]) -> Class:
    """The class of a key: what records of it count as, a sum of reasons (model.trail.facts), ASSUMING, SECRET and
    MAY_CHANGE; and the rest of Class.

    It is worked out once for all records of the key, so nothing may depend on what one of them says beside it.
    targets: the roles and users of which everything is kept (model.trail.principal.subject_of).
    """
    who, name, source, error = key
    # nothing long is remembered
    callers = _caller_class if who is None or len(who) <= LONG else _caller_class.__wrapped__
    calls = _call_class if len(source) + len(name) + len(error or "") <= LONG else _call_class.__wrapped__
    subject, user, found = callers(who, targets)
    counted, use = calls(source, name, error or "")
    return found | counted, subject, use, user


def letters_of(key: Key) -> int:
    """How many characters a key has."""
    who, name, source, error = key
    return len(who or "") + len(name) + len(source) + len(error or "")


def key_of(event: Event) -> Key:
    """What is worked out once for all records like this one."""
    identity = event.userIdentity
    who = None
    if identity is not None:
        context = identity.sessionContext
        if context is None or context.sessionIssuer is None or not (who := context.sessionIssuer.arn):
            who = identity.arn or named(identity)  # a user's session may have an empty sessionIssuer
    error = event.errorCode
    return who, event.eventName, event.eventSource, FAILED if error is None and event.errorMessage else error


def key_in(event: Event, record: bytes) -> Key:
    """The same for one of WHOLE, by its whole record: it may tell that a sign-in failed, and where a root user is."""
    who, name, source, error = key = key_of(event)
    identity = event.userIdentity or _ANYBODY
    nameless = identity.type == "Root" and not identity.arn and who == named(identity)
    if not nameless and (error is not None or not is_sign_in(source, name)):
        return key
    content = decoded_again(record)
    if nameless:
        who = named(identity, partition_of(str(content.get("awsRegion"))))
    return who, name, source, FAILED if error is None and said_failed(content) else error


@lru_cache(maxsize=1024)
def _caller_class(who: str | None, targets: frozenset[tuple[str, str]]) -> tuple[str, str, int]:
    """Of a caller: its principal, whose use it is, and what all its records count as."""
    subject = canonical(who)
    found = ROOT if is_root(subject) else 0
    if who and targets and subject_of(subject) in targets:
        found |= SESSION
    return subject, pathless(who or "") or subject, found


@lru_cache(maxsize=1024)
def _call_class(source: str, name: str, error: str) -> tuple[int, str]:
    """Of a call: what its records count as, whoever made it, and its use."""
    found = 0
    if source == _STS and (name.startswith("AssumeRole") or name == ASSUME_ROOT):
        found |= ASSUMING
    if (source, name) in SECRET_READS:
        found |= SECRET
    if source == _IAM:
        found |= MAY_CHANGE if name.startswith(_READS) else IAM_CHANGE
    if (source, name) in IDENTITY_CHANGES:
        found |= IAM_CHANGE
    if is_silencing(source, name):
        found |= SILENCER
    if (source, name) in MAKING:
        found |= MAKES
    if is_sign_in(source, name) or (source, name) in PORTAL:
        found |= CONSOLE
    return found, use_of(source, name, error)


def canonical(who: str | None) -> str:
    """The principal for a Key's caller: the role of a session's ARN, else the same text."""
    return principal("", who or "", "", "", "", "", "", "")


def named(identity: Identity, partition: str = "aws") -> str:
    """The principal of an identity without a session issuer. partition: of a root user without an ARN."""
    return principal(
        identity.type or "", identity.arn or "", "", identity.person, identity.accountId or "",
        identity.invokedBy or "", identity.userName or "", identity.identityProvider or "",
        partition,
    )  # fmt: skip


def caller(event: Event) -> str:
    """The principal of a record (model.trail.principal)."""
    identity = event.userIdentity
    if identity is None:
        return canonical(None)
    context = identity.sessionContext
    issuer = context.sessionIssuer.arn if context and context.sessionIssuer else None
    return canonical(issuer) if issuer else named(identity)


def seconds(time: datetime) -> int:
    """Seconds since 1970, UTC."""
    return int(time.timestamp())


def asked_of(parameters: msgspec.Raw | bytes) -> Asked:
    """What a record's requestParameters, as they stand there, ask for."""
    try:
        return _ASKED.decode(parameters) or _NOTHING
    except NOT_READ:  # absent, or a parameter of another type than its name has everywhere
        return _asked_for_anything(bytes(parameters))


def _asked_for_anything(content: bytes) -> Asked:
    try:
        found = decoded_again(content) if content else None
    except NOT_READ:  # a number that no computer has
        found = None
    asked = found if isinstance(found, dict) else {}
    kept: dict[str, Any] = {
        name: value for name in Asked.__struct_fields__ if isinstance(value := asked.get(name), str)
    }
    for name in ("secretIdList", "names"):
        value = asked.get(name)
        kept[name] = [item for item in value if isinstance(item, str)] if isinstance(value, list) else None
    return Asked(**kept)


def given_identity(event: Event, asked: Asked) -> str:
    """The source identity of the session that an assumption gave out (model.trail.questions.records.Record)."""
    identity = event.userIdentity
    context = identity.sessionContext if identity else None
    return asked.sourceIdentity or _answered(event.responseElements) or (context and context.sourceIdentity) or ""


def _answered(response: msgspec.Raw) -> str:
    if not len(response):
        return ""
    try:
        answer = _ANSWERED.decode(response)
    except NOT_READ:  # no object, or of another type than the name has everywhere
        return _answered_anything(bytes(response))
    return (answer.sourceIdentity or "") if answer else ""


def _answered_anything(content: bytes) -> str:
    try:
        found = decoded_again(content)
    except NOT_READ:  # a number that no computer has
        return ""
    said = found.get("sourceIdentity") if isinstance(found, dict) else None
    return said if isinstance(said, str) else ""


EdgeKey = tuple[str, str, str, str, str, bool | None, str, str, str]
"""The first fields of model.trail.facts.Edge, which are its key."""


def edge_key(event: Event, asked: Asked, role: str) -> EdgeKey:
    """The key of the edge of one record."""
    identity = event.userIdentity or _ANYBODY
    context = identity.sessionContext
    attributes = context.attributes if context else None
    said = attributes.mfaAuthenticated if attributes else None
    kind = identity.type or ""
    mfa = had_mfa(None if said is None else said is True or said == "true", kind, asked.serialNumber is not None,
                  event.errorMessage or "")  # fmt: skip
    return (
        account_of(event), event.eventName, caller(event), kind, role, mfa, given_identity(event, asked),
        identity.invokedBy or "", _error_of(event),
    )  # fmt: skip


def edge_of(event: Event, asked: Asked, key: EdgeKey, time: int) -> Edge:
    """The edge of one record. key: its `edge_key`."""
    return Edge(
        *key, time, time, session_asked(event, asked), event.eventID or "",
        {event.sourceIPAddress: time} if event.sourceIPAddress else {},
    )  # fmt: skip


def _error_of(event: Event) -> str:
    return FAILED if event.errorCode is None and event.errorMessage else event.errorCode or ""


def may_be_shared(event: Event, role: str) -> bool:
    """Whether another account may hold a record of the same assumption, under the same sharedEventID.

    Not where role, caller and record are of one account. A service of AWS is of none: what it does with a role, the
    role's account alone records (AWS IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail").
    """
    identity, account = event.userIdentity or _ANYBODY, account_of(event)
    return identity.type == "AWSAccount" or not (role_name(role)[0] == account == (identity.accountId or account))


def session_asked(event: Event, asked: Asked) -> str:
    """The name of the session that an assumption asked for, else of the caller's own."""
    return asked.roleSessionName or session_of((event.userIdentity or _ANYBODY).arn or "")


def account_of(event: Event) -> str:
    """The account that the record is of, "" where it does not tell."""
    return event.recipientAccountId or (event.userIdentity or _ANYBODY).accountId or ""


def secrets_of(asked: Asked) -> Sequence[str]:
    """What a call names of the secrets it reads; one "" where it names none."""
    if asked.secretId:
        return (asked.secretId,)
    several = [*(asked.secretIdList or ()), *(asked.names or ())]
    return several or (asked.name or asked.path or "",)
