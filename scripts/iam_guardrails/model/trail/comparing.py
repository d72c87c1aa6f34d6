"""One comparison of a filter pattern against one value: yes, no, or not documented (see matching.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from iam_guardrails.model.trail import regex
from iam_guardrails.model.trail.tree import Compare, Is, Leaf, NotExists, Wildcard

Verdict = bool | None
MISSING = object()


def walk(value: Any, steps: Iterable[Any]) -> object:
    """The value under the named fields, or MISSING."""
    for step in steps:
        if not isinstance(value, dict) or step not in value:
            return MISSING
        value = value[step]
    return value


def find(value: Any, steps: tuple[Any, ...]) -> Iterable[object]:
    """Every value a selector leads to; more than one only through a wildcard."""
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step is Wildcard.FIELD and isinstance(value, Mapping):
        under: Iterable[Any] = value.values()
    elif step is Wildcard.ELEMENT and isinstance(value, list):
        under = value
    elif isinstance(step, int):
        under = value[step : step + 1] if isinstance(value, list) else ()
    elif isinstance(value, Mapping) and step in value:
        under = (value[step],)
    else:
        return
    for item in under:
        yield from find(item, rest)


def test_of(leaf: Leaf) -> Callable[[Any], Verdict]:
    """The comparison as a function of the value (of the whole event for NOT EXISTS)."""
    if isinstance(leaf, NotExists):
        return lambda event: not any(True for _ in find(event, leaf.selector.steps))
    if isinstance(leaf, Is):
        wanted = {"NULL": None, "TRUE": True, "FALSE": False}[leaf.word]
        return lambda value: value is wanted
    if leaf.operator in ("=", "!="):
        return _equality(leaf)
    return _ordering(leaf)


def _equality(leaf: Compare) -> Callable[[object], Verdict]:
    same = _same(leaf)
    if leaf.operator == "=":
        return lambda value: same(value) if isinstance(value, (str, int, float)) else False

    def differs(value: object) -> Verdict:
        if value is MISSING or value is None:
            return None
        if isinstance(value, (Mapping, list)):
            return False
        found = same(value)
        return None if found is None else not found

    return differs


def _same(leaf: Compare) -> Callable[[object], Verdict]:
    text = leaf.value.text
    if leaf.value.kind == "regex":
        search = regex.compiled(text).search
        return lambda value: search(value) is not None if isinstance(value, str) else loose(value)
    if leaf.value.kind == "number":
        number = float(text)
        return lambda value: value == text if isinstance(value, str) else loose(value, number)
    if "*" not in text:
        return lambda value: value == text if isinstance(value, str) else loose(value, text)
    fits = _glob(text)
    return lambda value: fits(value) if isinstance(value, str) else loose(value)


def _glob(text: str) -> Callable[[str], bool]:
    """`*` stands for any text; compiling a regular expression for each would cost more than all the
    matching.
    """
    first, *inner, last = text.split("*")

    def fits(value: str) -> bool:
        if len(value) < len(first) + len(last) or not (value.startswith(first) and value.endswith(last)):
            return False
        at, end = len(first), len(value) - len(last)
        for part in inner:
            found = value.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return fits


def loose(value: object, wanted: float | str | None = None) -> Verdict:
    """Compare a value that is no text: numbers with numbers for certain, anything else undetermined."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value == wanted if isinstance(wanted, float) else None
    return None if isinstance(value, bool) else False


def _ordering(leaf: Compare) -> Callable[[object], Verdict]:
    limit = float(leaf.value.text)
    compare: Callable[[float], bool] = {
        "<": limit.__gt__, ">": limit.__lt__, "<=": limit.__ge__, ">=": limit.__le__,
    }[leaf.operator]  # fmt: skip

    def judge(value: object) -> Verdict:
        if isinstance(value, str):
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return compare(float(value))
        return False

    return judge
