"""What kept records say, field by field, and without the ones delivered twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from iam_guardrails.model.trail.facts import AMENDS, FAILED, DayFacts, Kept, add_kept, loaded, said
from iam_guardrails.model.trail.principal import principal, role_in_message, role_name, session_of
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.regions import partition_of
from iam_guardrails.model.trail.sign_ins import is_sign_in, said_failed

_PREFIXES = {"monitoring": "cloudwatch", "signin": "signin"}
_TARGETS = (
    "roleName", "userName", "groupName", "policyArn", "roleArn", "secretId", "trailName", "name", "alarmName",
    "alarmNames", "filterName", "logGroupName", "logGroupIdentifier", "topicArn", "subscriptionArn", "keyId", "rule",
    "configurationRecorderName", "deliveryChannelName", "configRuleName", "instanceProfileName", "bucketName",
    "functionName", "stackName", "groupId", "serialNumber", "policyName", "accessKeyId", "oidcProviderArn",
    "permissionSetArn",
)  # fmt: skip
_READING = (
    "Get", "List", "Describe", "Head", "Lookup", "Search", "BatchGet", "BatchDescribe", "Query", "Scan", "Simulate",
)  # fmt: skip
_STAYS = (
    "userIdentity", "eventTime", "eventSource", "eventName", "recipientAccountId", "errorCode", "errorMessage",
    "readOnly", "sharedEventID", "sessionCredentialFromConsole",
)  # fmt: skip
"""What a correction may not change: which call it was, who made it, and with which outcome."""
_OF_THE_RECORD = ("eventID", "requestID", "eventVersion", "addendum", "rest")
"""What a correction has of its own; the last is what Athena's answer has beside (adapters.trail_sql)."""


FIRST_YEAR = 1970
"""Times before that are none of AWS's."""


class Record:
    """A record that was kept whole. key: what makes it one record among others."""

    def __init__(self, kept: Kept) -> None:
        """Reads the JSON; it was valid when it was kept."""
        self.reasons = kept.reasons
        self.time = kept.time
        self.event_id = kept.event_id
        self.key = kept.event_id, hash(kept.record)
        self.content: Mapping[str, Any] = loaded(kept.record)

    def text(self, *path: str) -> str:
        """A field, by the names that lead to it; "" where there is none, or it is no text."""
        value: Any = self.content
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value if isinstance(value, str) else ""

    @property
    def principal(self) -> str:
        """Who called (model.trail.principal)."""
        who = "userIdentity"
        return principal(
            self.text(who, "type"), self.text(who, "arn"), self.text(who, "sessionContext", "sessionIssuer", "arn"),
            self.text(who, "principalId") or self.text(who, "onBehalfOf", "userId"),
            self.text(who, "accountId"), self.text(who, "invokedBy"),
            self.text(who, "userName"), self.text(who, "identityProvider"), partition_of(self.text("awsRegion")),
        )  # fmt: skip

    @property
    def session(self) -> str:
        """The name of the caller's session."""
        return session_of(self.text("userIdentity", "arn"))

    @property
    def session_began(self) -> int:
        """When that session was begun, in seconds since 1970; 0 where the record does not tell."""
        try:
            said = self.text("userIdentity", "sessionContext", "attributes", "creationDate")
            began = datetime.fromisoformat(said)
            return int((began if began.tzinfo else began.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            return 0

    @property
    def source_identity(self) -> str:
        """Of the caller's session."""
        return self.text("userIdentity", "sessionContext", "sourceIdentity")

    @property
    def action(self) -> str:
        """As a policy writes it, e.g. "iam:PutRolePolicy"."""
        return action_of(self.text("eventSource"), self.text("eventName"))

    @property
    def error(self) -> str:
        """The error code, FAILED where there is none and a message or a sign-in's own answer tells; "" on success."""
        return self.text("errorCode") or (FAILED if self.text("errorMessage") or said_failed(self.content) else "")

    @property
    def outcome(self) -> str:
        """ "ok", or the error code; without one the message, else FAILED."""
        return self.text("errorCode") or self.text("errorMessage") or self.error or "ok"

    @property
    def target(self) -> str:
        """What the request names first of what a call can be about."""
        asked = self.content.get("requestParameters")
        if not isinstance(asked, Mapping):
            return ""
        for name in _TARGETS:
            value = asked.get(name)
            if isinstance(value, str) and value:
                return value
            if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
                return ", ".join(value)
        return ""

    @property
    def asked_role(self) -> str:
        """The ARN of the role that an assumption asks for; a refused one may name it in its message, or nowhere."""
        return self.text("requestParameters", "roleArn") or role_in_message(self.text("errorMessage"))

    @property
    def may_be_shared(self) -> bool:
        """Whether another account may hold a record of the same call: of an assumption not where role, caller and
        record are of one account. A service of AWS is of none: what it does, the role's account alone records."""
        if self.text("eventSource") != "sts.amazonaws.com" or self.text("userIdentity", "type") == "AWSAccount":
            return True
        account, role = self.account_id, "" if self.text("eventName") == "AssumeRoot" else self.asked_role
        return not role_name(role)[0] == account == (self.text("userIdentity", "accountId") or account)

    @property
    def by_console(self) -> bool:
        """Whether the console itself made the call for somebody: the assumption behind a switch of role."""
        return "AWS Internal" in (self.text("sourceIPAddress"), self.text("userAgent"))

    @property
    def given_identity(self) -> str:
        """The source identity of the session that an assumption gave out, or would have: what was asked for, else what
        came with an assertion, or with the caller's own session, as the answer tells, else the caller's."""
        asked, answer = (self.text(part, "sourceIdentity") for part in ("requestParameters", "responseElements"))
        return asked or answer or self.source_identity

    @property
    def given_arn(self) -> str:
        """The ARN of the session that an assumption gave out, "" where the record does not tell."""
        return self.text("responseElements", "assumedRoleUser", "arn")

    @property
    def given_role(self) -> str:
        """The ARN of that session's role, without the path."""
        return principal("", self.given_arn, "", "", "", "", "", "") if self.given_arn else ""

    @property
    def parameters(self) -> dict[str, str]:
        """The request's parameters; what is no text, as JSON."""
        asked = self.content.get("requestParameters")
        pairs = asked.items() if isinstance(asked, Mapping) else ()
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in pairs}

    @property
    def account_id(self) -> str:
        """Whose CloudTrail recorded it."""
        return self.text("recipientAccountId") or self.text("userIdentity", "accountId")


def by_call(records: Iterable[Record], doubts: Doubts) -> list[list[Record]]:
    """The records of each call: two where two accounts recorded it, which share sharedEventID.

    Records that share it and cannot be of one call are each by themselves; of calls of STS that is told.
    Source: AWS IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail".
    """
    found: dict[object, list[Record]] = {}
    for number, record in enumerate(records):
        shared = record.text("sharedEventID") if record.may_be_shared else ""
        found.setdefault(shared or number, []).append(record)
    calls: list[list[Record]] = []
    for several in found.values():
        if len(several) == 1 or _is_one_call(several):
            calls.append(several)
            continue
        calls += [[one] for one in several]
        if any(one.text("eventSource") == "sts.amazonaws.com" for one in several):
            doubts.unjoined.add(several[0].text("sharedEventID"))
    return calls


def _is_one_call(several: Sequence[Record]) -> bool:
    """Whether they are two, of two accounts, of one time, action, outcome and role, as far as both name one."""
    alike = {(one.time, one.action, one.error) for one in several}
    roles = {role_name(role) for one in several if (role := one.asked_role)}
    apart = {one.account_id for one in several}, {one.event_id for one in several}
    return len(several) == 2 and len(alike) == 1 and len(roles) <= 1 and all(len(those) == 2 for those in apart)


def action_of(source: str, name: str) -> str:
    """An event source and an event name as a policy writes an action."""
    service = source.removesuffix(".amazonaws.com")
    return f"{_PREFIXES.get(service, service)}:{name}"


def writes(record: Mapping[str, object]) -> bool:
    """Whether a record is of a call that changes something: as `readOnly` says, else by the call's name.

    Source: AWS CloudTrail User Guide, "CloudTrail record contents" (readOnly is optional).
    """
    said = record.get("readOnly")
    if isinstance(said, bool):
        return not said
    return not str(record.get("eventName", "")).startswith(_READING)


def told(seconds: int) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def expiry(text: str) -> datetime | None:
    """When the credentials end that STS gave; None for another text.

    CloudTrail writes it "Nov 28, 2026, 1:50:00 PM", with or without the second comma, or in RFC 3339.
    """
    for form in ("%b %d, %Y, %I:%M:%S %p", "%b %d, %Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            found = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return found if found.year >= FIRST_YEAR else None
    return None


def kept(
    facts: Iterable[tuple[str, DayFacts]], reasons: int, further: int = 0, naming: Collection[bytes] = (),
    doubts: Doubts | None = None,
) -> list[Record]:  # fmt: skip
    """`each_kept` at once."""
    return list(each_kept(facts, reasons, further, naming, doubts))


def each_kept(
    facts: Iterable[tuple[str, DayFacts]], reasons: int, further: int = 0, naming: Collection[bytes] = (),
    doubts: Doubts | None = None,
) -> Iterator[Record]:  # fmt: skip
    """The records that were kept for one of these reasons, each once, in the order of time, read one by one.

    further: more reasons, for which only those are wanted that hold one of the texts `naming`.  doubts: is added to.
    Different records under one event id are all there. In the place of a record that another one corrects stands that.
    """
    found: dict[object, Kept] = {}
    amending: dict[object, Kept] = {}
    beside: set[int] = set()  # hashes of the event ids of the others, which may be very many
    for _, day in facts:
        for item in day.kept:
            if item.reasons & AMENDS:
                add_kept(amending, item)
            if item.reasons & reasons or (item.reasons & further and any(one in item.record for one in naming)):
                add_kept(found, item)
            elif item.event_id:
                beside.add(hash(item.event_id))
    items = sorted(found.values(), key=lambda one: (one.time, one.event_id, one.record))
    doubts = doubts or Doubts()
    count = Counter(item.event_id for item in items if item.event_id)
    doubts.doubled |= {event_id for event_id, times in count.items() if times > 1 or hash(event_id) in beside}
    if amending:
        yield from _corrected(list(map(Record, items)), map(Record, amending.values()), doubts)
    else:
        yield from map(Record, items)


def each_in_passing(facts: Iterable[tuple[str, DayFacts]], reasons: int, doubts: Doubts) -> Iterator[Record]:
    """The records that were kept for one of these reasons, as they come: for what may be more than memory holds.

    One that was delivered twice comes twice, so what is made of them must be the same then. One that another record
    corrects comes as well as that.  doubts: is added to, at the end of them all.
    """
    found: dict[int, int] = {}  # hash of the event id -> hash of what the record says
    beside: dict[int, str] = {}
    claims: set[str] = set()
    for _, day in facts:
        for item in day.kept:
            if item.reasons & AMENDS:
                claims.add(Record(item).text("addendum", "originalEventID"))
            if not item.reasons & reasons:
                beside[hash(item.event_id)] = item.event_id
                continue
            record = Record(item)
            if item.event_id and found.setdefault(hash(item.event_id), now := hash(said(record.content))) != now:
                doubts.doubled.add(item.event_id)
            yield record
    doubts.doubled |= {event_id for number, event_id in beside.items() if event_id and number in found}
    doubts.uncorrected |= {event_id for event_id in claims if event_id and hash(event_id) in found}


def _corrected(records: Sequence[Record], amending: Iterable[Record], doubts: Doubts) -> list[Record]:
    """The records without those that one other of them corrects (`_is_corrected`)."""
    by_original: dict[str, list[str]] = {}
    for record in amending:
        by_original.setdefault(record.text("addendum", "originalEventID"), []).append(record.event_id)
    here = {record.event_id: record for record in records if record.event_id}
    left = []
    for record in records:
        claims = by_original.get(record.event_id, []) if record.event_id else []
        now = here.get(claims[0]) if len(claims) == 1 and claims[0] not in by_original else None
        alone = doubts.doubled.isdisjoint({record.event_id, *claims})
        if now is not None and alone and _is_corrected(record, now):
            doubts.corrected.add(record.event_id)
            continue
        if claims:
            doubts.disputed.add(record.event_id)
        left.append(record)
    return left


def _is_corrected(record: Record, now: Record) -> bool:
    """Whether what claims to correct a record may stand in its place: whoever can write to the source can claim it.

    It must be of the same call, and differ in what it names only. Of entries into roles, and of sign-ins, all the rest
    says who is behind a session: these nothing replaces.
    """
    source, name = record.text("eventSource"), record.text("eventName")
    if source == "sts.amazonaws.com" or is_sign_in(source, name):
        return False
    before, after = record.content, now.content
    differ = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    named = {field.partition(".")[0] for field in re.split(r"[,\s]+", now.text("addendum", "updatedFields"))}
    return differ - {*_OF_THE_RECORD} <= named - {*_STAYS}
