"""Lambda's calls as CloudTrail writes them: names that come from the path, and event names with a version of the API.

Source: AWS Lambda Developer Guide, logging-using-cloudtrail: which event names differ from the action's, and that
Environment and ZipFile are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote

from iam_guardrails.emulator.identity import Json

_VERSIONS = {
    "20150331": (
        "CreateAlias", "CreateEventSourceMapping", "CreateFunction", "DeleteAlias", "DeleteEventSourceMapping",
        "DeleteFunction", "GetAlias", "PublishVersion", "UpdateAlias", "UpdateEventSourceMapping",
    ),
    "20150331v2": (
        "AddPermission", "GetFunction", "RemovePermission", "UpdateFunctionCode", "UpdateFunctionConfiguration",
    ),
    "20170331v2": ("TagResource", "UntagResource"),
    "20171031": ("DeleteFunctionConcurrency", "PutFunctionConcurrency"),
    "20181031": ("PublishLayerVersion",),
}  # fmt: skip
_EVENTS = {action: action + version for version, actions in _VERSIONS.items() for action in actions}
_OMITTED = frozenset({"environment", "zipFile"})


def event_name(action: str) -> str:
    """The name of the event of an action, e.g. "UpdateFunctionCode20150331v2"."""
    return _EVENTS.get(action, action)


def parameters(response: Any, operation: Any) -> Json:
    """What a call was given, by the API's names: in the path, in the query and in the body."""
    return dict(_of_path(response.path, operation)) | dict(_of_query(response, operation)) | _of_body(response)


def without_omitted(value: Any) -> Any:
    """Parameters or an answer as CloudTrail keeps them: without environments and code."""
    if isinstance(value, dict):
        return {key: without_omitted(part) for key, part in value.items() if key not in _OMITTED}
    return value


def _of_path(path: str, operation: Any) -> Iterator[tuple[str, str]]:
    template = operation.http["requestUri"].partition("?")[0].rstrip("/")
    pattern = re.sub(r"\\{(\w+)\\?\+?\\}", r"(?P<\1>[^/]+)", re.escape(template))
    found = re.fullmatch(pattern, path.rstrip("/"))
    for name, member in operation.input_shape.members.items():
        if found and member.serialization.get("location") == "uri":
            yield name, unquote(found[member.serialization.get("name", name)])


def _of_query(response: Any, operation: Any) -> Iterator[tuple[str, str]]:
    asked = parse_qs(response.parsed_url.query)
    for name, member in operation.input_shape.members.items():
        values = asked.get(member.serialization.get("name", name))
        if values and member.serialization.get("location") == "querystring":
            yield name, values[0]


def _of_body(response: Any) -> Json:
    try:
        body = json.loads(response.body)
    except (TypeError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}
