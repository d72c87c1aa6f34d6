"""Does a filter pattern match an event? Yes, no, or: AWS's documentation does not say.

Source: Amazon CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events". What
it leaves open is not guessed: `!=` on a field that is missing or null, text compared with a JSON boolean,
`<` on text that is no number, `!=` through a wildcard selector where some elements differ and some do not.
Those are undetermined (None).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from iam_guardrails.model.trail import regex
from iam_guardrails.model.trail.pattern import (
    And,
    Compare,
    Is,
    Leaf,
    Node,
    NotExists,
    Or,
    Selector,
    Wildcard,
    parse,
    render_leaf,
)
from iam_guardrails.model.value import frozen

Verdict = bool | None
Event = Mapping[str, Any]


@frozen
class Decision:
    """The outcome of `explain`.

    value: True, False, or None (undetermined).  leaf: the comparison that decided.  why: one clause that
    says how. met: how many comparisons held on the way, so that the nearest of several patterns can be
    named.
    """

    value: Verdict
    leaf: Leaf
    why: str
    met: int


def evaluate(node: Node, event: Event) -> Verdict:
    """Whether the pattern matches: True, False, or None where AWS documents neither."""
    return _compiled(node)(event)


@lru_cache(maxsize=1024)
def matcher(text: str) -> Callable[[Event], Verdict]:
    """`evaluate` for one pattern and many events. Raises PatternError where AWS would refuse the pattern."""
    return _compiled(parse(text))


def explain(node: Node, event: Event) -> Decision:
    """Like `evaluate`, with the comparison that decided; slower, for messages.

    Of an `&&` that fails it is the first part that fails, of an `||` that fails the part that came nearest.
    """
    if isinstance(node, And):
        return _explain_and([explain(part, event) for part in node.parts])
    if isinstance(node, Or):
        return _explain_or([explain(part, event) for part in node.parts])
    value = _compiled(node)(event)
    return Decision(value, node, _why(node, event, value), int(value is True))


def _explain_and(parts: list[Decision]) -> Decision:
    met = sum(part.met for part in parts)
    for wanted in (False, None):
        for part in parts:
            if part.value is wanted:
                return Decision(wanted, part.leaf, part.why, met)
    return Decision(True, parts[-1].leaf, parts[-1].why, met)


def _explain_or(parts: list[Decision]) -> Decision:
    for wanted in (True, None):
        for part in parts:
            if part.value is wanted:
                return part
    return max(parts, key=lambda part: part.met)


def _why(leaf: Leaf, event: Event, value: Verdict) -> str:
    found = list(_find(event, leaf.selector.steps))
    if not found:
        seen = "the event has no such field"
    elif isinstance(found[0], (Mapping, list)):
        seen = "the field holds an object or an array, which a pattern never matches"
    else:
        seen = f"the event has {_shown(found[0])}"
    tail = ", and AWS does not document how that compares" if value is None else ""
    return f"{render_leaf(leaf)}: {seen}{tail}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if value is None or isinstance(value, bool):
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)


def _compiled(node: Node) -> Callable[[Event], Verdict]:
    if isinstance(node, And):
        return _all(tuple(_compiled(part) for part in node.parts))
    if isinstance(node, Or):
        names = _same_field(node)
        return names or _any(tuple(_compiled(part) for part in node.parts))
    test = _test(node)
    if isinstance(node, NotExists):
        return test  # type: ignore[return-value]
    if any(isinstance(step, Wildcard) for step in node.selector.steps):
        return _each(node, test)
    return _single(node.selector, test)


def _all(parts: tuple[Callable[[Event], Verdict], ...]) -> Callable[[Event], Verdict]:
    def judge(event: Event) -> Verdict:
        value: Verdict = True
        for part in parts:
            found = part(event)
            if found is False:
                return False
            value = value if found else None
        return value

    return judge


def _any(parts: tuple[Callable[[Event], Verdict], ...]) -> Callable[[Event], Verdict]:
    def judge(event: Event) -> Verdict:
        value: Verdict = False
        for part in parts:
            found = part(event)
            if found:
                return True
            value = None if found is None else value
        return value

    return judge


def _same_field(node: Or) -> Callable[[Event], Verdict] | None:
    """The usual long list, `$.eventName = A || $.eventName = B …`, as one look into a set."""
    names: set[str] = set()
    for part in node.parts:
        if not isinstance(part, Compare) or part.operator != "=" or part.value.kind != "text":
            return None
        if "*" in part.value.text or part.selector != node.parts[0].selector:  # type: ignore[union-attr]
            return None
        names.add(part.value.text)
    selector = node.parts[0].selector  # type: ignore[union-attr]
    if any(isinstance(step, Wildcard) for step in selector.steps):
        return None
    return _single(selector, lambda value: value in names if isinstance(value, str) else _loose(value))


def _single(selector: Selector, test: Callable[[object], Verdict]) -> Callable[[Event], Verdict]:
    steps = selector.steps
    if all(isinstance(step, str) for step in steps):
        return lambda event: test(_walk(event, steps))

    def judge(event: Event) -> Verdict:
        for value in _find(event, steps):
            return test(value)
        return test(_MISSING)

    return judge


def _each(leaf: Compare | Is, test: Callable[[object], Verdict]) -> Callable[[Event], Verdict]:
    negative = isinstance(leaf, Compare) and leaf.operator == "!="

    def judge(event: Event) -> Verdict:
        found = [test(value) for value in _find(event, leaf.selector.steps)] or [test(_MISSING)]
        if negative:
            return found[0] if all(value is found[0] for value in found) else None
        return True if True in found else None if None in found else False

    return judge


_MISSING = object()


def _walk(value: Any, steps: Iterable[Any]) -> object:
    for step in steps:
        if not isinstance(value, dict) or step not in value:
            return _MISSING
        value = value[step]
    return value


def _find(value: Any, steps: tuple[Any, ...]) -> Iterable[object]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step is Wildcard.FIELD and isinstance(value, Mapping):
        under: Iterable[Any] = value.values()
    elif step is Wildcard.ELEMENT and isinstance(value, list):
        under = value
    elif (isinstance(step, str) and isinstance(value, Mapping) and step in value) or (
        isinstance(step, int) and isinstance(value, list) and step < len(value)
    ):
        under = (value[step],)
    else:
        return
    for item in under:
        yield from _find(item, rest)


def _test(leaf: Leaf) -> Callable[[Any], Verdict]:
    if isinstance(leaf, NotExists):
        return lambda event: not any(True for _ in _find(event, leaf.selector.steps))
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
        if value is _MISSING or value is None:
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
        return lambda value: search(value) is not None if isinstance(value, str) else _loose(value)
    if leaf.value.kind == "number":
        number = float(text)
        return lambda value: value == text if isinstance(value, str) else _loose(value, number)
    if "*" not in text:
        return lambda value: value == text if isinstance(value, str) else _loose(value, text)
    fits = _glob(text)
    return lambda value: fits(value) if isinstance(value, str) else _loose(value)


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


def _loose(value: object, wanted: float | str | None = None) -> Verdict:
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
