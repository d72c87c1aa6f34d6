"""Where a selector of a filter pattern leads in an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iam_guardrails.model.trail.comparing import MISSING
from iam_guardrails.model.trail.tree import Wildcard


def walk(value: Any, steps: Iterable[str]) -> object:
    """The value under the named fields, or MISSING."""
    for step in steps:
        if not isinstance(value, dict) or step not in value:
            return MISSING
        value = value[step]
    return value


def find(value: Any, steps: tuple[Any, ...]) -> object:
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
    several, rest = find(value, steps[:at]), steps[at + 1 :]
    if steps[at] is Wildcard.FIELD and isinstance(several, Mapping):
        return (find(item, rest) for item in several.values())
    if steps[at] is Wildcard.ELEMENT and isinstance(several, list):
        return (find(item, rest) for item in several)
    return None
