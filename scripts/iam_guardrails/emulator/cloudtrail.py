"""CloudTrail: the event history, the filter of DescribeTrails, honest status, selectors that are seen."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from moto.cloudtrail.models import Trail
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.exceptions import JsonRESTError

from iam_guardrails.emulator.graft import Action, add_action, wrap_action
from iam_guardrails.emulator.state import memory
from iam_guardrails.emulator.trails import delivery_status

_MOST = 50
_DELIVERY = ("LatestDeliveryTime", "LatestDeliveryAttemptTime", "LatestDeliveryAttemptSucceeded")
_DEFAULT_SELECTOR = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
_RESOURCES = (
    ("roleName", "AWS::IAM::Role"),
    ("userName", "AWS::IAM::User"),
    ("groupName", "AWS::IAM::Group"),
    ("policyArn", "AWS::IAM::Policy"),
    ("accessKeyId", "AWS::IAM::AccessKey"),
    ("keyId", "AWS::KMS::Key"),
    ("secretId", "AWS::SecretsManager::Secret"),
)
_ATTRIBUTES = ("EventId", "EventName", "ReadOnly", "Username", "EventSource", "AccessKeyId")
Row = dict[str, Any]


def lookup_events(self: Any) -> str:
    """CloudTrail API Reference: API_LookupEvents; newest first, this Region only, one attribute at most."""
    attribute = _attribute(self._get_param("LookupAttributes") or [])
    size = int(self._get_param("MaxResults") or _MOST)
    if not 1 <= size <= _MOST:
        raise JsonRESTError("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
    start, end = self._get_param("StartTime"), self._get_param("EndTime")
    if start is not None and end is not None and start > end:
        raise JsonRESTError("InvalidTimeRangeException", "StartTime is after EndTime.")
    below = _token(self._get_param("NextToken"))
    found: list[tuple[int, Row]] = []
    for number, event in reversed(list(memory(self.current_account).events)):
        if event["awsRegion"] != self.region or not event["managementEvent"] or (below is not None and number >= below):
            continue
        row = _row(event)
        if _between(row["EventTime"], start, end) and _has(row, attribute):
            found.append((number, row))
        if len(found) > size:
            break
    answer: dict[str, Any] = {"Events": [row for _, row in found[:size]]}
    if len(found) > size:
        answer["NextToken"] = str(found[size - 1][0])
    return json.dumps(answer)


def _attribute(attributes: list[dict[str, str]]) -> tuple[str, str] | None:
    if len(attributes) > 1:
        raise JsonRESTError("InvalidLookupAttributesException", "You may specify only one lookup attribute.")
    return (attributes[0]["AttributeKey"], attributes[0]["AttributeValue"]) if attributes else None


def _token(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdigit():
        raise JsonRESTError("InvalidNextTokenException", "The token is not valid.")
    return int(text)


def _between(at: float, start: float | None, end: float | None) -> bool:
    return (start is None or at >= start) and (end is None or at <= end)


def _row(event: Row) -> Row:
    identity = event["userIdentity"]
    row = {
        "EventId": event["eventID"],
        "EventName": event["eventName"],
        "ReadOnly": str(event["readOnly"]).lower(),
        "EventTime": datetime.fromisoformat(event["eventTime"]).timestamp(),
        "EventSource": event["eventSource"],
        "Resources": _resources(event),
        "CloudTrailEvent": json.dumps(event, default=str),
    }
    if "accessKeyId" in identity:
        row["AccessKeyId"] = identity["accessKeyId"]
    if "arn" in identity:
        row["Username"] = identity["arn"].rpartition("/")[2]
    return row


def _resources(event: Row) -> list[dict[str, str]]:
    found = [{"ResourceType": each["type"], "ResourceName": each["ARN"]} for each in event.get("resources", [])]
    parameters = event["requestParameters"] or {}
    found += [
        {"ResourceType": kind, "ResourceName": parameters[key]}
        for key, kind in _RESOURCES
        if isinstance(parameters.get(key), str)
    ]
    if event["eventSource"] == "cloudtrail.amazonaws.com" and isinstance(parameters.get("name"), str):
        found.append({"ResourceType": "AWS::CloudTrail::Trail", "ResourceName": parameters["name"]})
    return found


def _has(row: Row, attribute: tuple[str, str] | None) -> bool:
    if attribute is None:
        return True
    key, value = attribute
    if key in _ATTRIBUTES:
        return bool(row.get(key) == value)
    return any(each[key] == value for each in row["Resources"])


def describe_trails(self: Any, original: Action) -> str:
    """CloudTrail API Reference: API_DescribeTrails; moto ignores trailNameList."""
    answer = json.loads(original())
    wanted = self._get_param("trailNameList") or []
    if wanted:
        answer["trailList"] = [
            each for each in answer["trailList"] if each["Name"] in wanted or each["TrailARN"] in wanted
        ]
    return json.dumps(answer)


def get_trail_status(self: Any, original: Action) -> str:
    """CloudTrail API Reference: API_GetTrailStatus; no file is delivered, so no time of that is told."""
    answer = json.loads(original())
    told = {key: value for key, value in answer.items() if key not in _DELIVERY}
    status = self.cloudtrail_backend.get_trail_status(self._get_param("Name"))
    return json.dumps(told | delivery_status(status))


def get_event_selectors(self: Any, original: Action) -> str:
    """CloudTrail API Reference: API_GetEventSelectors; without any, AWS tells the default selector."""
    answer = json.loads(original())
    basic, advanced = answer.pop("EventSelectors", None), answer.pop("AdvancedEventSelectors", None)
    if advanced:
        answer["AdvancedEventSelectors"] = advanced
    else:
        answer["EventSelectors"] = [_DEFAULT_SELECTOR | each for each in basic or [{}]]
    return json.dumps(answer)


def put_event_selectors(self: Any, original: Action, basic: Any, advanced: Any) -> None:
    """CloudTrail API Reference: API_PutEventSelectors; one kind replaces the other."""
    self.event_selectors, self.advanced_event_selectors = basic or [], advanced or []


def description(self: Any, original: Action, **options: Any) -> dict[str, Any]:
    """CloudTrail API Reference: API_Trail; moto says false whatever the selectors are, which hides drift."""
    told: dict[str, Any] = original(**options)
    basic = [_DEFAULT_SELECTOR | each for each in self.event_selectors]
    custom = basic not in ([], [_DEFAULT_SELECTOR])
    told["HasCustomEventSelectors"] = custom or bool(self.advanced_event_selectors)
    told["HasInsightSelectors"] = bool(self.insight_selectors)
    return {key: value for key, value in told.items() if value is not None}


def graft() -> None:
    """Install."""
    add_action(CloudTrailResponse, lookup_events)
    wrap_action(CloudTrailResponse, describe_trails, get_trail_status, get_event_selectors)
    wrap_action(Trail, put_event_selectors, description)
