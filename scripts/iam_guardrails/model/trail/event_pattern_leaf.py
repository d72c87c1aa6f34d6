"""One value or operator of an EventBridge event pattern as a question about one leaf of an event.

Sources: see event_pattern.py. Text operators are about texts only, `numeric` about JSON numbers within 5e9,
`cidr` about texts that are addresses; `anything-but` holds for every other leaf, of whatever type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from iam_guardrails.model.trail.event_pattern_check import LIMIT

Predicate = Callable[[Any], bool]
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: bool(left == right),
    "<": lambda left, right: bool(left < right), "<=": lambda left, right: bool(left <= right),
    ">": lambda left, right: bool(left > right), ">=": lambda left, right: bool(left >= right),
}  # fmt: skip


def predicate(item: Any) -> Predicate:
    """An element of a list of the pattern (not `exists`), as a function of a leaf."""
    if not isinstance(item, Mapping):
        return lambda value: _equal(value, item)
    ((kind, wanted),) = item.items()
    if kind == "anything-but":
        refused = _texts(*next(iter(wanted.items()))) if isinstance(wanted, Mapping) else _listed(wanted)
        return lambda value: not refused(value)
    if kind == "numeric":
        return _numeric(wanted)
    if kind == "cidr":
        return _cidr(wanted)
    return _texts(kind, wanted)


def _listed(wanted: Any) -> Predicate:
    items = wanted if isinstance(wanted, list) else [wanted]
    return lambda value: any(_equal(value, item) for item in items)


def _equal(value: Any, wanted: Any) -> bool:
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _texts(kind: str, wanted: Any) -> Predicate:
    if isinstance(wanted, list):
        tests = [_texts(kind, item) for item in wanted]
        return lambda value: any(test(value) for test in tests)
    if isinstance(wanted, Mapping):  # {"prefix": {"equals-ignore-case": …}}
        folded = _text(kind, wanted["equals-ignore-case"].lower())
        return lambda value: isinstance(value, str) and folded(value.lower())
    same = _text(kind, wanted)
    return lambda value: isinstance(value, str) and same(value)


def _text(kind: str, wanted: str) -> Callable[[str], bool]:
    if kind == "prefix":
        return lambda value: value.startswith(wanted)
    if kind == "suffix":
        return lambda value: value.endswith(wanted)
    if kind == "equals-ignore-case":
        lower = wanted.lower()
        return lambda value: value.lower() == lower
    parts = re.findall(r"\\[*\\]|[^\\]", wanted, re.DOTALL)
    glob = re.compile("".join(".*" if part == "*" else re.escape(part[-1]) for part in parts), re.DOTALL).fullmatch
    return lambda value: glob(value) is not None


def _numeric(wanted: list[Any]) -> Predicate:
    pairs = [(_SIGNS[sign], limit) for sign, limit in zip(wanted[::2], wanted[1::2], strict=True)]

    def judge(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -LIMIT <= value <= LIMIT:
            return False
        return all(compare(value, limit) for compare, limit in pairs)

    return judge


def _cidr(wanted: str) -> Predicate:
    from ipaddress import ip_address, ip_network  # here, because almost no pattern needs it

    network = ip_network(wanted, strict=False)

    def judge(value: Any) -> bool:
        try:
            return isinstance(value, str) and ip_address(value) in network
        except ValueError:
            return False

    return judge
