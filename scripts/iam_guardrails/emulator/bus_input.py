"""What a target of an event rule gets: the event, a part of it, a fixed text, or a template filled in.

SOURCE: EventBridge User Guide, "Amazon EventBridge input transformation": a variable between double quotes is
text, elsewhere it is JSON; one whose path leads nowhere leaves nothing.
"""

from __future__ import annotations

import json
import re
from typing import Any

from iam_guardrails.emulator.identity import Json

_VARIABLE = re.compile(r"<([A-Za-z0-9_.-]+)>")
_STEP = re.compile(r"\.(\w[\w-]*)|\[(\d+)\]|\[['\"]([^'\"]+)['\"]\]")
_QUOTE = re.compile(r'(?<!\\)"')
_NOTHING = object()


def rendered(target: Json, rule: Any, event: Json) -> str:
    """The text that `target` gets for `event`."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        found = _at(event, target["InputPath"])
        return json.dumps(None if found is _NOTHING else found, default=str)
    if "InputTransformer" in target:
        return _filled(target["InputTransformer"], rule, event)
    return json.dumps(event, default=str)


def _filled(transformer: Json, rule: Any, event: Json) -> str:
    values = {name: _at(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    values |= {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
    template = str(transformer["InputTemplate"])

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            return match[0]
        quoted = len(_QUOTE.findall(template, 0, match.start())) % 2 == 1
        return _quoted(values[match[1]]) if quoted else _bare(values[match[1]])

    return _VARIABLE.sub(value, template)


def _quoted(value: Any) -> str:
    if value is _NOTHING:
        return ""
    return json.dumps(value if isinstance(value, str) else json.dumps(value, default=str))[1:-1]


def _bare(value: Any) -> str:
    return '""' if value is _NOTHING else json.dumps(value, default=str)


def _at(event: Json, path: str) -> Any:
    """The value under a JSON path such as `$.detail.resources[0].ARN`, or _NOTHING."""
    value: Any = event
    for name, index, quoted in _STEP.findall(path.removeprefix("$")):
        if index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        elif not index and isinstance(value, dict) and (name or quoted) in value:
            value = value[name or quoted]
        else:
            return _NOTHING
    return value
