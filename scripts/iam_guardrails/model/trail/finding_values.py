"""Where a selector of a filter pattern leads in an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iam_guardrails.model.trail.tree import Wildcard

MISSING = object()


def walk(value: Any, steps: Iterable[str]) -> object:
    """The value under the named fields, or MISSING."""
    for step in steps:
        if not isinstance(value, dict) or step not in value:
            return MISSING
        value = value[step]
    return value


def find_one(value: Any, steps: tuple[Any, ...]) -> object:
    """The value a selector without a wildcard leads to, or MISSING."""
    for step in steps:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return MISSING
        elif not isinstance(value, Mapping) or step not in value:
            return MISSING
        value = value[step]
    return value


def find_each(value: Any, steps: tuple[Any, ...]) -> Iterator[object] | None:
    """What a selector with a wildcard leads to, once per element or field, MISSING where one lacks the rest.

    None where the selector's first part does not lead to an array (to an object, with `.*`) at all.
    """
    at = next(number for number, step in enumerate(steps) if isinstance(step, Wildcard))
    several, rest = find_one(value, steps[:at]), steps[at + 1 :]
    if steps[at] is Wildcard.FIELD and isinstance(several, Mapping):
        return (find_one(item, rest) for item in several.values())
    if steps[at] is Wildcard.ELEMENT and isinstance(several, list):
        return (find_one(item, rest) for item in several)
    return None


def find(value: Any, steps: tuple[Any, ...]) -> Iterator[object]:
    """Every value a selector leads to; more than one only through a wildcard."""
    if any(isinstance(step, Wildcard) for step in steps):
        every: Iterable[object] = find_each(value, steps) or ()
    else:
        every = (find_one(value, steps),)
    return (found for found in every if found is not MISSING)
