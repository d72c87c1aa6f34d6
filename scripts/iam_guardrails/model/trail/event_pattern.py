"""EventBridge event patterns: parsed, checked, and matched against an event.

Source: Amazon EventBridge User Guide, "Amazon EventBridge event patterns" and "Comparison operators for use
in event patterns in Amazon EventBridge"; API reference of PutRule (length). A field that is absent matches
only `{"exists": false}`, also under `anything-but`. Elements of an array match one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from iam_guardrails.model.trail.event_pattern_check import EventPatternError, check

__all__ = ["EventPatternError", "matcher", "matches", "parse", "values"]

MAXIMUM_LENGTH = 4096
Test = Callable[[Any], bool]
_MISSING = object()
_NUMERIC = {"=": float.__eq__, "<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__}


@lru_cache(maxsize=256)
def parse(text: str) -> Mapping[str, Any]:
    """Decode and check a pattern. Raises EventPatternError in one sentence where EventBridge would refuse
    it.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise EventPatternError(f"the pattern has {len(text)} characters; EventBridge takes {MAXIMUM_LENGTH}")
    import json  # here, because the table of rules needs none

    try:
        found = json.loads(text)
    except ValueError as error:
        raise EventPatternError(f"the pattern is not JSON: {error}") from None
    if not isinstance(found, dict) or not found:
        raise EventPatternError("the pattern is not a JSON object with at least one field")
    check(found)
    return found


def matches(text: str, event: Mapping[str, Any]) -> bool:
    """Whether an event (with its EventBridge envelope) matches. Raises EventPatternError like `parse`."""
    return matcher(text)(event)


@lru_cache(maxsize=256)
def matcher(text: str) -> Test:
    """`matches` for one pattern and many events."""
    return _object(parse(text))


def values(pattern: Mapping[str, Any], *path: str) -> tuple[Any, ...]:
    """What the pattern lists for the field at `path`, over every branch of `$or`; nothing where it does not
    ask.
    """
    found: tuple[Any, ...] = ()
    for branch in pattern.get("$or", ()):
        found += values(branch, *path)
    under = pattern.get(path[0])
    if isinstance(under, Mapping):
        return found + (values(under, *path[1:]) if path[1:] else ())
    return found + (tuple(under) if isinstance(under, list) and not path[1:] else ())


def _object(pattern: Mapping[str, Any]) -> Test:
    tests = [_field(name, wanted) for name, wanted in pattern.items()]

    def judge(event: Any) -> bool:
        return all(test(event) for test in tests)

    return judge


def _field(name: str, wanted: Any) -> Test:
    if name == "$or" and isinstance(wanted, list):
        branches = [_object(branch) for branch in wanted]
        return lambda event: any(branch(event) for branch in branches)
    if isinstance(wanted, Mapping):
        inner = _object(wanted)

        def nested(event: Any) -> bool:
            value = event.get(name, {}) if isinstance(event, Mapping) else {}
            return any(inner(item) for item in value) if isinstance(value, list) else inner(value)

        return nested
    tests = [_leaf(item) for item in wanted]

    def leaf(event: Any) -> bool:
        value = event.get(name, _MISSING) if isinstance(event, Mapping) else _MISSING
        seen = value if isinstance(value, list) and value else [value]
        return any(test(item) for item in seen for test in tests)

    return leaf


def _leaf(item: Any) -> Test:
    if not isinstance(item, Mapping):
        return lambda value: value is not _MISSING and _equal(value, item)
    ((kind, wanted),) = item.items()
    if kind == "exists":
        return lambda value: (value is not _MISSING and not isinstance(value, Mapping)) is wanted
    if kind == "anything-but":
        refused = _texts(*next(iter(wanted.items()))) if isinstance(wanted, Mapping) else _listed(wanted)
        return lambda value: value is not _MISSING and not isinstance(value, Mapping) and not refused(value)
    if kind == "numeric":
        return _numeric(wanted)
    if kind == "cidr":
        return _cidr(wanted)
    return _texts(kind, wanted)


def _listed(wanted: Any) -> Test:
    items = wanted if isinstance(wanted, list) else [wanted]
    return lambda value: any(_equal(value, item) for item in items)


def _equal(value: Any, wanted: Any) -> bool:
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _texts(kind: str, wanted: Any) -> Test:
    if isinstance(wanted, list):
        tests = [_texts(kind, item) for item in wanted]
        return lambda value: any(test(value) for test in tests)
    if isinstance(wanted, Mapping):  # {"prefix": {"equals-ignore-case": …}}
        folded = wanted["equals-ignore-case"].lower()
        same = _text(kind, folded)
        return lambda value: isinstance(value, str) and same(value.lower())
    same = _text(kind, wanted)
    return lambda value: isinstance(value, str) and same(value)


def _text(kind: str, wanted: str) -> Callable[[str], bool]:
    if kind == "prefix":
        return lambda value: value.startswith(wanted)
    if kind == "suffix":
        return lambda value: value.endswith(wanted)
    if kind == "equals-ignore-case":
        return lambda value: value.lower() == wanted.lower()
    parts = re.findall(r"\\[*\\]|[^\\]", wanted)
    glob = re.compile("".join(".*" if part == "*" else re.escape(part[-1]) for part in parts), re.DOTALL).fullmatch
    return lambda value: glob(value) is not None


def _numeric(wanted: list[Any]) -> Test:
    pairs = [(_NUMERIC[sign], float(limit)) for sign, limit in zip(wanted[::2], wanted[1::2], strict=True)]

    def judge(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return all(compare(float(value), limit) for compare, limit in pairs)

    return judge


def _cidr(wanted: str) -> Test:
    from ipaddress import ip_address, ip_network  # here, because almost no pattern needs it

    network = ip_network(wanted, strict=False)

    def judge(value: Any) -> bool:
        try:
            return isinstance(value, str) and ip_address(value) in network
        except ValueError:
            return False

    return judge
