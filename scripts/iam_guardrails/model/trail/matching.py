"""Does a filter pattern match an event? Yes, no, or: AWS's documentation does not say.

Source: Amazon CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events". What
it leaves open is not guessed: `!=` on a field that is missing or null, text compared with a JSON boolean,
`<` on text that is no number, `!=` through a wildcard selector where some elements differ and some do not.
Those are undetermined (None).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from iam_guardrails.model.trail.comparing import MISSING, Verdict, find, loose, test_of, walk
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
    found = list(find(event, leaf.selector.steps))
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
    test = test_of(node)
    if isinstance(node, NotExists):
        return test
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
    first = node.parts[0]
    if not isinstance(first, Compare):
        return None
    for part in node.parts:
        if not isinstance(part, Compare) or part.operator != "=" or part.value.kind != "text":
            return None
        if "*" in part.value.text or part.selector != first.selector:
            return None
        names.add(part.value.text)
    selector = first.selector
    if any(isinstance(step, Wildcard) for step in selector.steps):
        return None
    return _single(selector, lambda value: value in names if isinstance(value, str) else loose(value))


def _single(selector: Selector, test: Callable[[object], Verdict]) -> Callable[[Event], Verdict]:
    steps = selector.steps
    if all(isinstance(step, str) for step in steps):
        return lambda event: test(walk(event, steps))

    def judge(event: Event) -> Verdict:
        for value in find(event, steps):
            return test(value)
        return test(MISSING)

    return judge


def _each(leaf: Compare | Is, test: Callable[[object], Verdict]) -> Callable[[Event], Verdict]:
    negative = isinstance(leaf, Compare) and leaf.operator == "!="

    def judge(event: Event) -> Verdict:
        found = [test(value) for value in find(event, leaf.selector.steps)] or [test(MISSING)]
        if negative:
            return found[0] if all(value is found[0] for value in found) else None
        return True if True in found else None if None in found else False

    return judge
