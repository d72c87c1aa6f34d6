"""One call of a session that changes something, or tried to, as CloudTrail recorded it.

Source: AWS CloudTrail User Guide, "CloudTrail record contents" (readOnly, requestParameters, responseElements).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.incident.unsure import OK, is_unsure
from iam_guardrails.model.trail.questions.records import Record, told
from iam_guardrails.model.value import frozen

# Lambda's event names carry the version of its API: UpdateFunctionConfiguration20150331v2
_API_VERSION = re.compile(r"20\d{6}(v\d+)?$")
_READS = ("Get", "List", "Describe", "Lookup", "Head", "Search", "BatchGet", "Simulate", "Validate", "AssumeRole")

_GIVES = frozenset({
    "sts:GetSessionToken", "sts:GetFederationToken", "sts:GetWebIdentityToken", "sts:AssumeRoot",
    "signin:GetSigninToken", "sso:GetRoleCredentials",
})  # fmt: skip
"""Calls that give credentials, beside those that assume a role; some of their records say that they only read."""


@frozen
class Write:
    """A call. at: RFC 3339.  action: as a policy writes it, without the version of an API.  error: "" on success.

    request, response: requestParameters and responseElements.  caller: the ARN of the session.  seconds: since 1970.
    """

    event_id: str
    at: str
    seconds: int
    action: str
    region: str
    account_id: str
    caller: str
    address: str
    error: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]

    @property
    def is_unsure(self) -> bool:
        """Whether AWS answered with an error of its own, so that nobody knows whether it was done."""
        return is_unsure(self.error)

    @property
    def given(self) -> frozenset[str]:
        """The names of what the request sets."""
        return frozenset(name for name, value in self.request.items() if value is not None)

    def value(self, path: str) -> Any:
        """What a path leads to: names parted by dots, in the request, or in the response after "response:".

        Several paths parted by "|": the first that leads somewhere; "=word" is that word. None where none does.
        """
        for one in path.split("|"):
            if one.startswith("="):
                return one[1:]
            where: Any = self.response if one.startswith("response:") else self.request
            for name in one.removeprefix("response:").split("."):
                where = where.get(name) if isinstance(where, Mapping) else None
            if where is not None:
                return where
        return None

    def text(self, path: str) -> str:
        """The same as text; "" where there is none."""
        found = self.value(path)
        if isinstance(found, bool) or not isinstance(found, (str, int, float)):
            return ""
        return str(found)


def write_of(record: Record) -> Write:
    """The write that a record tells of."""
    return Write(
        record.event_id, told(record.time), record.time, _API_VERSION.sub("", record.action), record.text("awsRegion"),
        record.account_id, record.text("userIdentity", "arn"), record.text("sourceIPAddress"), record.error,
        _mapping(record.content.get("requestParameters")), _mapping(record.content.get("responseElements")),
    )  # fmt: skip


def writes(record: Record) -> bool:
    """Whether a record is of a call that changes something, or gives credentials, whatever CloudTrail calls it; where
    it does not say, its name decides."""
    if record.action in _GIVES and record.outcome == OK:
        return True
    said = record.content.get("readOnly")
    if isinstance(said, bool):
        return not said
    return not record.text("eventName").startswith(_READS)


def listed(value: Any) -> list[Any]:
    """A list as a record has it: EC2's are {"items": […]}, others are lists; else the value itself, or nothing."""
    if isinstance(value, Mapping):
        value = value.get("items", [])
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
