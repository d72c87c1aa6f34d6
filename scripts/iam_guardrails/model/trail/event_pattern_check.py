"""What EventBridge accepts as an event pattern (see event_pattern.py)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

MAXIMUM_DEPTH = 100  # ours: EventBridge documents none, and 4096 characters could nest deeper than Python recurses
LIMIT = 5e9
_RANGES = {("=",), ("<",), ("<=",), (">",), (">=",), (">", "<"), (">", "<="), (">=", "<"), (">=", "<=")}
_RESERVED = frozenset({
    "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
    "=", "<", "<=", ">", ">=", "regex",
})  # fmt: skip


class EventPatternError(ValueError):
    """EventBridge would refuse the pattern; the message names the field and what was expected."""


def check(pattern: Mapping[str, Any], where: str = "", depth: int = 1) -> None:
    """Raise EventPatternError at the first field EventBridge would refuse."""
    if depth > MAXIMUM_DEPTH:
        raise EventPatternError(f"{where[:60]}…: expected at most {MAXIMUM_DEPTH} levels of fields")
    for name, wanted in pattern.items():
        place = f"{where}.{name}" if where else name
        if is_or(name, wanted):
            for branch in wanted:
                if not branch:
                    raise EventPatternError(f"{place}: expected at least one field in every arm")
                check(branch, where, depth + 1)
        elif isinstance(wanted, Mapping):
            if not wanted:
                raise EventPatternError(f"{place}: expected at least one field in the object")
            check(wanted, place, depth + 1)
        elif not isinstance(wanted, list) or not wanted:
            raise EventPatternError(f"{place}: expected a list of values, as in [{_shown(wanted)}]")
        else:
            for item in wanted:
                _check_leaf(item, place)


def is_or(name: str, wanted: Any) -> bool:
    """Whether a field is the primitive `$or`: a list of two or more objects, none of them an operator.

    Source: README of github.com/aws/event-ruler, the library EventBridge matches with ("The $or Primitive").
    """
    if name != "$or" or not isinstance(wanted, list) or len(wanted) < 2:
        return False
    return all(isinstance(branch, Mapping) and not _RESERVED & branch.keys() for branch in wanted)


def _check_leaf(item: Any, place: str) -> None:
    if isinstance(item, list):
        raise EventPatternError(f"{place}: a list inside a list is not a value")
    if not isinstance(item, Mapping):
        return
    if place.rpartition(".")[2] == "$or" and not _RESERVED & item.keys():
        raise EventPatternError(f"{place}: expected a list of at least two objects")
    if len(item) != 1:
        raise EventPatternError(f"{place}: expected one operator in {_shown(item)}")
    ((kind, wanted),) = item.items()
    if (known := _CHECKS.get(kind)) is None:
        raise EventPatternError(f'{place}: "{kind}" is not an operator of EventBridge')
    takes, form = known
    if not takes(wanted):
        raise EventPatternError(f"{place}: {_shown(wanted)} is not what the operator {kind} takes: {form}")


def _shown(value: Any) -> str:
    import json  # here, because sound patterns need none

    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _is_text(wanted: Any) -> bool:
    return isinstance(wanted, str)


def _is_filled(wanted: Any) -> bool:
    return isinstance(wanted, str) and wanted != ""


def _is_folding_text(wanted: Any) -> bool:
    folded = isinstance(wanted, Mapping) and list(wanted) == ["equals-ignore-case"]
    return _is_text(wanted["equals-ignore-case"]) if folded else _is_text(wanted)


def _is_wildcard(wanted: Any) -> bool:
    if not isinstance(wanted, str):
        return False
    rest = re.sub(r"\\[*\\]", "x", wanted)  # an escaped asterisk or backslash stands for itself
    return "**" not in rest and "\\" not in rest


_INSIDE: Mapping[str, Callable[[Any], bool]] = {
    "prefix": _is_filled, "suffix": _is_filled, "wildcard": _is_wildcard, "equals-ignore-case": _is_text,
}  # fmt: skip


def _is_anything_but(wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        if len(wanted) != 1 or next(iter(wanted)) not in _INSIDE:
            return False
        ((kind, inner),) = wanted.items()
        return all(_INSIDE[kind](item) for item in (inner if isinstance(inner, list) and inner else [inner]))
    items = wanted if isinstance(wanted, list) else [wanted]
    texts = all(isinstance(item, str) for item in items)
    return bool(items) and (texts or all(_is_number(item) for item in items))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -LIMIT <= value <= LIMIT


def _is_numeric(wanted: Any) -> bool:
    if not isinstance(wanted, list) or len(wanted) not in (2, 4):
        return False
    signs, limits = wanted[::2], wanted[1::2]
    if not all(isinstance(sign, str) for sign in signs) or tuple(signs) not in _RANGES:
        return False
    return all(map(_is_number, limits)) and (len(limits) == 1 or limits[0] < limits[1])


def _is_cidr(wanted: Any) -> bool:
    from ipaddress import ip_network  # here, because almost no pattern needs it

    if not isinstance(wanted, str) or wanted.count("/") != 1 or not wanted.rpartition("/")[2].isdigit():
        return False
    try:
        network = ip_network(wanted, strict=False)
    except ValueError:
        return False
    return network.prefixlen < network.max_prefixlen


_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "prefix": (_is_folding_text, 'a text, or {"equals-ignore-case": text}'),
    "suffix": (_is_folding_text, 'a text, or {"equals-ignore-case": text}'),
    "equals-ignore-case": (_is_text, "a text"),
    "wildcard": (_is_wildcard, "a text without two asterisks in a row; a backslash may escape * and \\ only"),
    "anything-but": (
        _is_anything_but,
        "a text, a number, a list of only texts or only numbers, or one of prefix, suffix, wildcard and"
        " equals-ignore-case with a text or a list of texts",
    ),
    "exists": (lambda wanted: isinstance(wanted, bool), "true or false"),
    "numeric": (
        _is_numeric,
        'a list such as ["=", 1], ["<", 1] or [">", 0, "<=", 5], lower limit first, within -5e9 and 5e9',
    ),
    "cidr": (_is_cidr, "an address range such as 10.0.0.0/24 (at most /31) or 2001:db8::/32 (at most /127)"),
}
