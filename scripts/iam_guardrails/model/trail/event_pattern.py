"""EventBridge event patterns: parsed, checked, and matched against an event.

Sources: Amazon EventBridge User Guide, "Amazon EventBridge event patterns" and "Comparison operators for use in
event patterns in Amazon EventBridge"; API reference of PutRule (length); github.com/aws/event-ruler, the library
AWS published for this language, where the guide is silent. A field that is absent matches only
`{"exists": false}`, also under `anything-but`; so does a field that holds an object or an empty list, because only
leaves count. Elements of lists, however nested, match one at a time; fields of objects in a list must be met by the
same object, and `{"exists": false}` asks all of them. Numbers beyond 5e9 are no `numeric` values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from iam_guardrails.model.trail.event_pattern_check import EventPatternError, check, is_or
from iam_guardrails.model.trail.event_pattern_leaf import Predicate, predicate

__all__ = ["EventPatternError", "leaves_of", "matcher", "matches", "objects_of", "parse", "values"]

MAXIMUM_LENGTH = 4096
Test = Callable[[Any, Any], bool]  # of the object the field is in, and of the whole event


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
    except RecursionError:
        raise EventPatternError("the pattern is nested too deep to be read") from None
    if not isinstance(found, dict) or not found:
        raise EventPatternError("the pattern is not a JSON object with at least one field")
    check(found)
    return found


def matches(text: str, event: Mapping[str, Any]) -> bool:
    """Whether an event (with its EventBridge envelope) matches. Raises EventPatternError like `parse`."""
    return matcher(text)(event)


@lru_cache(maxsize=256)
def matcher(text: str) -> Callable[[Any], bool]:
    """`matches` for one pattern and many events."""
    test = object_test(parse(text), ())
    return lambda event: test(event, event)


def values(pattern: Mapping[str, Any], *path: str) -> tuple[Any, ...]:
    """What the pattern lists for the field at `path`, over every branch of `$or`; nothing where it does not
    ask.
    """
    found: tuple[Any, ...] = ()
    branches = pattern.get("$or", ())
    for branch in branches if is_or("$or", branches) else ():
        found += values(branch, *path)
    under = pattern.get(path[0])
    if isinstance(under, Mapping):
        return found + (values(under, *path[1:]) if path[1:] else ())
    return found + (tuple(under) if isinstance(under, list) and not path[1:] else ())


def object_test(pattern: Mapping[str, Any], path: tuple[str, ...]) -> Test:
    """The fields of one object of the pattern, all of which must be met; `path` leads to it."""
    tests = tuple(field_test(name, wanted, path) for name, wanted in pattern.items())

    def judge(event: Any, whole: Any) -> bool:
        for test in tests:  # noqa: SIM110 - a generator for all() would take twice as long
            if not test(event, whole):
                return False
        return True

    return judge


def field_test(name: str, wanted: Any, path: tuple[str, ...]) -> Test:
    """One field of the pattern, or its `$or`."""
    if is_or(name, wanted):
        arms = tuple(object_test(branch, path) for branch in wanted)
        return lambda event, whole: any(arm(event, whole) for arm in arms)
    if isinstance(wanted, Mapping):
        inner = object_test(wanted, (*path, name))
        return lambda event, whole: any(inner(item, whole) for item in objects_of(event.get(name)))
    return _leaf(name, wanted, (*path, name))


def _leaf(name: str, wanted: list[Any], path: tuple[str, ...]) -> Test:
    texts = frozenset(item for item in wanted if isinstance(item, str))
    exists = [item["exists"] for item in wanted if isinstance(item, Mapping) and "exists" in item]
    others: tuple[Predicate, ...] = tuple(
        predicate(item) for item in wanted if not (isinstance(item, Mapping) and "exists" in item)
    )
    if True in exists:
        others = (lambda value: True,)

    def judge(event: Any, whole: Any) -> bool:
        value = event.get(name)
        if isinstance(value, str) and value in texts:
            return True
        for item in leaves_of(value) if name in event else ():
            for test in others:
                if test(item):
                    return True
        return False in exists and not _is_there(whole, path)

    return judge


def objects_of(value: Any) -> list[Mapping[str, Any]]:
    """The objects a value holds, in lists of any depth; one without fields where it holds none."""
    if isinstance(value, Mapping):
        return [value]
    found: list[Mapping[str, Any]] = []
    if isinstance(value, list):
        found = [item for item in _flat(value) if isinstance(item, Mapping)]
    return found or [{}]


def leaves_of(value: Any) -> list[Any]:
    """The leaves a value is or holds, in lists of any depth: everything but objects."""
    if isinstance(value, list):
        return [item for item in _flat(value) if not isinstance(item, Mapping)]
    return [] if isinstance(value, Mapping) else [value]


def _flat(items: list[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        found += _flat(item) if isinstance(item, list) else [item]
    return found


def _is_there(value: Any, path: tuple[str, ...]) -> bool:
    """Whether a leaf stands at the path, in any element of the lists on the way."""
    if isinstance(value, list):
        return any(_is_there(item, path) for item in value)
    if not path:
        return not isinstance(value, Mapping)
    return isinstance(value, Mapping) and path[0] in value and _is_there(value[path[0]], path[1:])
