"""Why an event pattern of EventBridge matches an event or not: the field that decided."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.trail.event_pattern import field_test, leaves_of, objects_of, parse
from iam_guardrails.model.trail.event_pattern_check import is_or
from iam_guardrails.model.value import frozen


@frozen
class Reason:
    """value: whether the event matches.  why: the deciding field, what the event has there, what was asked.

    met: how many fields were met on the way, so that the nearest arm of `$or` can be named.
    """

    value: bool
    why: str
    met: int


def explain(text: str, event: Mapping[str, Any]) -> Reason:
    """Like `event_pattern.matches`, with the field that decided. Raises EventPatternError like it."""
    return _object(parse(text), (), event, event)


def _object(pattern: Mapping[str, Any], path: tuple[str, ...], event: Any, whole: Any) -> Reason:
    """The first field that fails; where none does, the last."""
    reasons = [_field(name, wanted, path, event, whole) for name, wanted in pattern.items()]
    met = sum(reason.met for reason in reasons)
    deciding = next((reason for reason in reasons if not reason.value), reasons[-1])
    return Reason(deciding.value, deciding.why, met)


def _field(name: str, wanted: Any, path: tuple[str, ...], event: Any, whole: Any) -> Reason:
    if is_or(name, wanted):
        return _best([_object(branch, path, event, whole) for branch in wanted])
    if isinstance(wanted, Mapping):
        return _best([_object(wanted, (*path, name), item, whole) for item in objects_of(event.get(name))])
    value = field_test(name, wanted, path)(event, whole)
    asked = json.dumps(wanted, ensure_ascii=False)
    asked = asked if len(asked) <= 120 else f"{asked[:119]}…"
    why = f"{'.'.join((*path, name))}: {_seen(name, event)}, the pattern asks for {asked}"
    return Reason(value, why, int(value))


def _best(reasons: list[Reason]) -> Reason:
    return max(reasons, key=lambda reason: (reason.value, reason.met))


def _seen(name: str, event: Any) -> str:
    leaves = leaves_of(event[name]) if name in event else []
    if not leaves:
        return "the event has an object or nothing there" if name in event else "the event has no such field"
    shown = ", ".join(json.dumps(leaf, ensure_ascii=False) for leaf in leaves[:3])
    return f"the event has {shown}" + (f" and {len(leaves) - 3} more" if len(leaves) > 3 else "")
