"""What kept records say, field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from iam_guardrails.model.trail.facts import FAILED, Kept, loaded
from iam_guardrails.model.trail.principal import principal, role_in_message, role_name, session_of
from iam_guardrails.model.trail.regions import partition_of
from iam_guardrails.model.trail.sign_ins import said_failed

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
