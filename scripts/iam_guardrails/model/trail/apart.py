"""Which guarded things can an account's patterns tell apart?

Two records of the same call in the same Region that differ only in the thing they name fare alike at every pattern, if
each comparison that reads a part in which they differ answers alike. One record then stands for both, and nothing is
lost by asking about one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from iam_guardrails.model.trail.answers import NONE, Answers
from iam_guardrails.model.trail.compiling import compiled
from iam_guardrails.model.trail.event_pattern import EventPatternError, object_test
from iam_guardrails.model.trail.event_pattern import parse as parse_event_pattern
from iam_guardrails.model.trail.pattern import PatternError, is_json_pattern, leaves, parse

_MOVING = ("requestParameters", "responseElements", "resources")
Judge = Callable[[Mapping[str, Any]], object]


class Apart:
    """The comparisons of an account's patterns that look at what a request names."""

    def __init__(self, filters: Iterable[str] = (), rules: Iterable[str] = (), answers: Answers = NONE) -> None:
        found: dict[str, tuple[str, Judge]] = {}
        for text in filters:
            found |= {repr(leaf): (key, judge) for leaf, key, judge in _of_filter(text, answers)}
        for text in rules:
            found |= {repr(part): ("", judge) for part, judge in _of_rule(text)}
        self._judges: dict[str, list[Judge]] = {}
        for key, judge in found.values():
            self._judges.setdefault(key, []).append(judge)

    def look(self, named: Mapping[str, Any]) -> tuple[object, ...]:
        """What the comparisons say of the part of a record that names the thing."""
        keys = ("", *named["requestParameters"])
        return tuple(judge(named) for key in keys for judge in self._judges.get(key, ()))


def _looks(text: str) -> bool:
    return any(name in text for name in _MOVING) or "*" in text


def _of_filter(text: str, answers: Answers) -> Iterator[tuple[object, str, Judge]]:
    """Each comparison that looks at what a request names, with the one parameter it reads ("" for any)."""
    if not (_looks(text) and is_json_pattern(text)):
        return
    try:
        node = parse(text)
    except PatternError:
        return
    for leaf in leaves(node):
        first, second = (*leaf.selector.steps, "", "")[:2]
        if first in _MOVING or not isinstance(first, str):
            key = second if first == "requestParameters" and isinstance(second, str) else ""
            yield leaf, key, compiled(leaf, answers.settle())


def _of_rule(text: str) -> Iterator[tuple[object, Judge]]:
    if not _looks(text):
        return
    try:
        pattern = parse_event_pattern(text)
    except EventPatternError:
        return
    for part in _parts(pattern):
        yield part, _rule_judge(part)


def _rule_judge(part: Mapping[str, Any]) -> Judge:
    test = object_test(part, ())
    return lambda named: test(named, named)


def _parts(pattern: Any) -> Iterator[dict[str, Any]]:
    """The conditions of a pattern on what requests name, wherever they stand."""
    if isinstance(pattern, list):
        for item in pattern:
            yield from _parts(item)
    elif isinstance(pattern, Mapping):
        for name, wanted in pattern.items():
            if name in _MOVING:
                yield {name: wanted}
            else:
                yield from _parts(wanted)
