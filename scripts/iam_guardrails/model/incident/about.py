"""Whether a call is about the thing of a difference between two captures, as the names in its record tell.

Sources: Amazon SNS API Reference, Subscribe (the answer is an ARN, or "pending confirmation"); Amazon EventBridge API
Reference, PutTargets and RemoveTargets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.incident.examined import StateChange
from iam_guardrails.model.trail.questions.records import Record


def is_about(record: Record, change: StateChange) -> bool:
    """Whether the call names the thing that differs, and was made in its Region."""
    region = region_of(change.thing)
    if region and record.text("awsRegion") != region:
        return False
    if change.kind == "metric_filters":  # an address of Region, log group and filter
        group, _, name = change.thing.partition("/")[2].rpartition(":")
        return {group, name} <= _named(record)
    if change.kind == "event_targets":
        return _names_target(record, change.thing)
    if change.kind == "subscriptions":
        return _names_subscription(record, change.thing)
    return bool(_named(record) & {change.thing, _name(change)})


def region_of(thing: str) -> str:
    """The Region of a thing, by its address; "" where that does not tell."""
    parts = thing.split(":", 5)
    if parts[0] == "arn" and len(parts) == 6:
        return parts[3]
    head, slash, _ = thing.partition("/")
    return head if slash and head.count("-") >= 2 and head[-1:].isdigit() else ""


def _names_target(record: Record, thing: str) -> bool:
    """A record that lists no targets may be about each of its rule."""
    rule, _, target = thing.partition(":rule/")[2].rpartition("/")
    asked = _mapping(record, "requestParameters")
    ids, targets = (found if isinstance(found, list) else [] for found in (asked.get("ids"), asked.get("targets")))
    listed = [*ids, *(one.get("id") for one in targets if isinstance(one, Mapping))]
    return asked.get("rule") == rule and (not listed or target in listed)


def _names_subscription(record: Record, thing: str) -> bool:
    """One that was asked for and not confirmed at once has no ARN in the answer, and nobody can tell which it became.

    thing: its ARN, or where it is not confirmed, the topic's with the protocol and the endpoint.
    """
    named = _named(record)
    answered = any(name.startswith(f"{topic}:") for topic in _topics(thing) for name in named)
    return thing in named or (not answered and bool(_topics(thing) & named))


def _topics(thing: str) -> set[str]:
    return {":".join(thing.split("/", 1)[0].split(":")[:6])}


def _named(record: Record) -> set[str]:
    """The names in a request, and in what the answer says of the one thing that was made."""
    found = set[str]()
    for place in ("requestParameters", "responseElements"):
        for value in _mapping(record, place).values():
            inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else [value]
            found.update(one for one in inner if isinstance(one, str))
    return found


def _mapping(record: Record, place: str) -> Mapping[str, Any]:
    told = record.content.get(place)
    return told if isinstance(told, Mapping) else {}


def _name(change: StateChange) -> str:
    """The name at the end of an ARN or an address; that of a log group may hold slashes."""
    if change.kind == "log_groups":
        return change.thing.partition(":log-group:")[2].removesuffix(":*")
    return change.thing.rpartition("/")[2] if "/" in change.thing else change.thing.rpartition(":")[2]
