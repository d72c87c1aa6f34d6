"""What kept records say, field by field, and without the ones delivered twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from iam_guardrails.model.trail.facts import AMENDS, FAILED, DayFacts, Kept, add_kept, loaded
from iam_guardrails.model.trail.principal import principal, session_of
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.regions import partition_of
from iam_guardrails.model.trail.sign_ins import said_failed

_PREFIXES = {"monitoring": "cloudwatch", "signin": "signin"}
_TARGETS = (
    "roleName", "userName", "groupName", "policyArn", "roleArn", "secretId", "trailName", "name", "alarmName",
    "alarmNames", "filterName", "logGroupName", "logGroupIdentifier", "topicArn", "subscriptionArn", "keyId", "rule",
    "configurationRecorderName", "deliveryChannelName", "configRuleName", "instanceProfileName", "bucketName",
    "functionName", "stackName", "groupId", "serialNumber", "policyName", "accessKeyId", "oidcProviderArn",
)  # fmt: skip


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
    def source_identity(self) -> str:
        """Of the caller's session."""
        return self.text("userIdentity", "sessionContext", "sourceIdentity")

    @property
    def action(self) -> str:
        """As a policy writes it, e.g. "iam:PutRolePolicy"."""
        return action_of(self.text("eventSource"), self.text("eventName"))

    @property
    def call(self) -> tuple[object, ...]:
        """What stays the same where a record is corrected."""
        return self.time, self.text("eventSource"), self.text("eventName"), self.account_id

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
    def parameters(self) -> dict[str, str]:
        """The request's parameters; what is no text, as JSON."""
        asked = self.content.get("requestParameters")
        pairs = asked.items() if isinstance(asked, Mapping) else ()
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in pairs}

    @property
    def account_id(self) -> str:
        """Whose CloudTrail recorded it."""
        return self.text("recipientAccountId") or self.text("userIdentity", "accountId")


def action_of(source: str, name: str) -> str:
    """An event source and an event name as a policy writes an action."""
    service = source.removesuffix(".amazonaws.com")
    return f"{_PREFIXES.get(service, service)}:{name}"


def told(seconds: int) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def expiry(text: str) -> datetime | None:
    """When the credentials end that STS gave; None for another text.

    CloudTrail writes it "Nov 28, 2026, 1:50:00 PM", with or without the second comma, or in RFC 3339.
    """
    for form in ("%b %d, %Y, %I:%M:%S %p", "%b %d, %Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
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
    records = map(Record, items)
    yield from _corrected(records, list(map(Record, amending.values())), doubts) if amending else records


def _corrected(records: Iterable[Record], amending: Iterable[Record], doubts: Doubts) -> list[Record]:
    """The records without those that one other corrects. It must be of the same call: who writes that something was
    corrected must not make a call vanish."""
    by_original: dict[str, list[Record]] = {}
    for record in amending:
        by_original.setdefault(record.text("addendum", "originalEventID"), []).append(record)
    left = []
    for record in records:
        corrections = by_original.get(record.event_id, []) if record.event_id else []
        if not corrections:
            left.append(record)
        elif (
            len(corrections) == 1 and corrections[0].call == record.call and record.event_id not in doubts.doubled
            and corrections[0].event_id not in by_original
        ):  # fmt: skip
            doubts.corrected.add(record.event_id)
        else:
            doubts.disputed.add(record.event_id)
            left.append(record)
    return left
