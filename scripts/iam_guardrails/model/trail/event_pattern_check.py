"""What EventBridge accepts as an event pattern (see event_pattern.py)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

SIGNS = ("=", "<", "<=", ">", ">=")


class EventPatternError(ValueError):
    """EventBridge would refuse the pattern; the message names the field and what was expected."""


def check(pattern: Mapping[str, Any], where: str = "") -> None:
    """Raise EventPatternError at the first field EventBridge would refuse."""
    for name, wanted in pattern.items():
        place = f"{where}.{name}" if where else name
        if name == "$or" and isinstance(wanted, list):
            if len(wanted) < 2 or not all(isinstance(branch, Mapping) and branch for branch in wanted):
                raise EventPatternError(f"{place}: expected a list of at least two objects")
            for branch in wanted:
                check(branch, where)
        elif isinstance(wanted, Mapping):
            if not wanted:
                raise EventPatternError(f"{place}: expected at least one field in the object")
            check(wanted, place)
        elif not isinstance(wanted, list) or not wanted:
            raise EventPatternError(f"{place}: expected a list of values, as in [{_shown(wanted)}]")
        else:
            for item in wanted:
                _check_leaf(item, place)


def _check_leaf(item: Any, place: str) -> None:
    if isinstance(item, list):
        raise EventPatternError(f"{place}: a list inside a list is not a value")
    if not isinstance(item, Mapping):
        return
    if len(item) != 1:
        raise EventPatternError(f"{place}: expected one operator in {_shown(item)}")
    ((kind, wanted),) = item.items()
    if (takes := _CHECKS.get(kind)) is None:
        raise EventPatternError(f'{place}: "{kind}" is not an operator of EventBridge')
    if not takes(wanted):
        raise EventPatternError(f"{place}: {_shown(wanted)} is not what the operator {kind} takes")


def _shown(value: Any) -> str:
    import json  # here, because sound patterns need none

    return json.dumps(value)


def _is_text(wanted: Any) -> bool:
    return isinstance(wanted, str)


def _is_folding_text(wanted: Any) -> bool:
    folded = isinstance(wanted, Mapping) and list(wanted) == ["equals-ignore-case"]
    return _is_text(wanted["equals-ignore-case"]) if folded else _is_text(wanted)


def _is_wildcard(wanted: Any) -> bool:
    return _is_text(wanted) and "**" not in wanted and not re.search(r"\\(?![*\\])", re.sub(r"\\\\", "", wanted))


def _is_anything_but(wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        if len(wanted) != 1 or next(iter(wanted)) not in (
            "prefix",
            "suffix",
            "wildcard",
            "equals-ignore-case",
        ):
            return False
        ((kind, inner),) = wanted.items()
        return all(_CHECKS[kind](item) for item in (inner if isinstance(inner, list) and inner else [inner]))
    items = wanted if isinstance(wanted, list) else [wanted]
    texts = all(isinstance(item, str) for item in items)
    return bool(items) and (texts or all(_is_number(item) for item in items))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_numeric(wanted: Any) -> bool:
    if not isinstance(wanted, list) or len(wanted) not in (2, 4):
        return False
    signs, limits = wanted[::2], wanted[1::2]
    return all(isinstance(sign, str) and sign in SIGNS for sign in signs) and all(map(_is_number, limits))


def _is_cidr(wanted: Any) -> bool:
    from ipaddress import ip_network  # here, because almost no pattern needs it

    try:
        return isinstance(wanted, str) and bool(ip_network(wanted, strict=False))
    except ValueError:
        return False


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "prefix": _is_folding_text,
    "suffix": _is_folding_text,
    "equals-ignore-case": _is_text,
    "wildcard": _is_wildcard,
    "anything-but": _is_anything_but,
    "exists": lambda wanted: isinstance(wanted, bool),
    "numeric": _is_numeric,
    "cidr": _is_cidr,
}
