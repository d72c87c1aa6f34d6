"""One comparison of a filter pattern against one value: yes, no, or open (see open_cases.py and matching.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iam_guardrails.model.expression import Expression
from iam_guardrails.model.trail import regex
from iam_guardrails.model.trail.answers import Settle
from iam_guardrails.model.trail.finding_values import MISSING, find
from iam_guardrails.model.trail.tree import Compare, Is

__all__ = ["MISSING", "Test", "Verdict", "find", "spelled", "test_of"]

Verdict = bool | None
Test = Callable[[Any], Verdict]
_NUMBER = Expression(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_WORDS: Mapping[str, bool | None] = {"NULL": None, "TRUE": True, "FALSE": False}


def test_of(leaf: Compare | Is, settle: Settle) -> Test:
    """The comparison as a function of the value, or of MISSING; `settle` answers the open cases by their id."""
    if isinstance(leaf, Is):
        return _word(leaf.word, settle)
    if leaf.operator not in ("=", "!="):
        return _ordering(leaf, settle)
    if leaf.value.kind == "number":
        return _number(leaf, settle)
    return _equal(leaf, settle) if leaf.operator == "=" else _differs(leaf, settle)


def _word(word: str, settle: Settle) -> Test:
    wanted, text, case = _WORDS[word], word.lower(), f"is-{word.lower()}-text"
    return lambda value: value is wanted or (value == text and settle(case))


def _equal(leaf: Compare, settle: Settle) -> Test:
    fits, kind, text = _fits(leaf, settle), _kind(leaf), leaf.value.text

    def judge(value: Any) -> Verdict:
        if isinstance(value, str):
            return fits(value)
        if not isinstance(value, (int, float)):  # booleans are
            return False
        what = "boolean" if isinstance(value, bool) else "number"
        if text == "*" and what == "number":
            return True
        if found := fits(spelled(value)):
            return settle(f"equal-{what}-{kind}")
        if what == "number" and kind == "text" and _number_of(text) == value:
            return settle("equal-number-spelling")
        return found

    return judge


def _differs(leaf: Compare, settle: Settle) -> Test:
    fits, kind, text = _fits(leaf, settle), _kind(leaf), leaf.value.text
    plain = "regex" if kind == "regex" else "text"

    def judge(value: Any) -> Verdict:
        if isinstance(value, str):
            inside = fits(value)
            return None if inside is None else not inside
        if value is MISSING:
            return settle(f"differs-missing-{plain}")
        if isinstance(value, (Mapping, list)):
            return False
        if (found := fits(spelled(value))) is None:
            return None
        same = "-same" if found else ""
        if value is None:
            return settle(f"differs-null-{plain}{same}")
        if isinstance(value, bool):
            return settle(f"differs-boolean-{kind}{same}")
        if kind == "text" and not same and _number_of(text) == value:
            return settle("differs-number-spelling")
        return settle(f"differs-number-{kind}{same}")

    return judge


def _number(leaf: Compare, settle: Settle) -> Test:
    text, number, differs = leaf.value.text, _number_of(leaf.value.text), leaf.operator == "!="

    def judge(value: Any) -> Verdict:
        if isinstance(value, str):
            if value != text and _number_of(value) == number:
                return settle(f"{'differs' if differs else 'equal'}-text-spelling")
            return (value == text) is not differs
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return (value == number) is not differs
        if not differs or isinstance(value, (Mapping, list)):
            return False
        what = "missing" if value is MISSING else "null" if value is None else "boolean"
        return settle(f"differs-{what}-number")

    return judge


def _ordering(leaf: Compare, settle: Settle) -> Test:
    text, limit = leaf.value.text, _number_of(leaf.value.text)
    compare: Callable[[Any, Any], bool] = {
        "<": lambda left, right: left < right, ">": lambda left, right: left > right,
        "<=": lambda left, right: left <= right, ">=": lambda left, right: left >= right,
    }[leaf.operator]  # fmt: skip

    def judge(value: Any) -> Verdict:
        if isinstance(value, str):
            number = _number_of(value)
            as_number = False if number is None else settle("order-text-number")
            if as_number or as_number is None:
                return as_number and compare(number, limit)
            return compare(value, text) and settle("order-text-letters")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return compare(value, limit)
        return False

    return judge


def _kind(leaf: Compare) -> str:
    return "wildcard" if leaf.value.kind == "text" and "*" in leaf.value.text else leaf.value.kind


def _fits(leaf: Compare, settle: Settle) -> Callable[[str], Verdict]:
    text = leaf.value.text
    if leaf.value.kind == "regex":
        search = regex.compiled(text).search
        return lambda value: search(value) is not None
    if "*" not in text:
        return text.__eq__
    if "*" not in text[1:-1] or text == "**":
        return _glob(text)
    anything, literal = _glob(text), _outer(text)

    def fits(value: str) -> Verdict:
        found, other = anything(value), literal(value)
        if found is other or (inside := settle("asterisk-inside")):
            return found
        return None if inside is None else other

    return fits


def _outer(text: str) -> Callable[[str], bool]:
    """An asterisk at the start and at the end stands for any text, one inside for itself."""
    first, last = text.startswith("*"), text.endswith("*")
    body = text[first : len(text) - last]
    if first and last:
        return lambda value: body in value
    if first:
        return lambda value: value.endswith(body)
    return (lambda value: value.startswith(body)) if last else body.__eq__


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


def spelled(value: bool | int | float | None) -> str:
    """A JSON value that is no text, as JSON writes it."""
    if value is None or value is True or value is False:
        return {True: "true", False: "false", None: "null"}[value]
    return repr(value)


def _number_of(text: str) -> int | float | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)
