"""A filter pattern compiled into one function of the event (see matching.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iam_guardrails.model.trail.answers import Settle
from iam_guardrails.model.trail.comparing import Test, Verdict, test_of
from iam_guardrails.model.trail.finding_values import MISSING, find_each, find_one, walk
from iam_guardrails.model.trail.pattern import And, Compare, Is, Node, NotExists, Or, Selector, Wildcard

Judge = Callable[[Any], Verdict]


def compiled(node: Node, settle: Settle) -> Judge:
    """The pattern as one function of the event; `settle` is asked for a case when an event turns on it."""
    if isinstance(node, And):
        return _all(tuple(compiled(part, settle) for part in node.parts))
    if isinstance(node, Or):
        parts = _any(tuple(compiled(part, settle) for part in node.parts))
        return _one_of(node, parts) or parts
    wildcard = any(isinstance(step, Wildcard) for step in node.selector.steps)
    if isinstance(node, NotExists):
        return _no_element(node.selector, settle) if wildcard else _absent(node.selector)
    if wildcard:
        return _each(node, settle)
    return _single(node, test_of(node, settle))


def _all(parts: tuple[Judge, ...]) -> Judge:
    def judge(event: Any) -> Verdict:
        value: Verdict = True
        for part in parts:
            found = part(event)
            if found is False:
                return False
            if found is None:
                value = None
        return value

    return judge


def _any(parts: tuple[Judge, ...]) -> Judge:
    def judge(event: Any) -> Verdict:
        value: Verdict = False
        for part in parts:
            found = part(event)
            if found:
                return True
            if found is None:
                value = None
        return value

    return judge


def _one_of(node: Or, otherwise: Judge) -> Judge | None:
    """The usual long list, `$.eventName = A || $.eventName = B …`, as one look into a set; None for any other."""
    first = node.parts[0]
    if not isinstance(first, Compare):
        return None
    names: set[str] = set()
    for part in node.parts:
        if not (_is_plain(part) and isinstance(part, Compare)) or part.selector != first.selector:
            return None
        names.add(part.value.text)
    get = _getter(first.selector)

    def judge(event: Any) -> Verdict:
        value = get(event)
        if isinstance(value, str):
            return value in names
        return False if value is MISSING else otherwise(event)

    return judge


def _is_plain(part: Node) -> bool:
    """`=` with a text without asterisk, on a selector of names."""
    if not isinstance(part, Compare) or part.operator != "=" or part.value.kind != "text":
        return False
    return "*" not in part.value.text and all(isinstance(step, str) for step in part.selector.steps)


def _getter(selector: Selector) -> Callable[[Any], Any]:
    steps = selector.steps
    names = tuple(step for step in steps if isinstance(step, str))
    if len(names) < len(steps):
        return lambda event: find_one(event, steps)
    if len(names) == 1:
        name = names[0]
        return lambda event: event.get(name, MISSING)
    return lambda event: walk(event, names)


def _single(leaf: Compare | Is, test: Test) -> Judge:
    get = _getter(leaf.selector)
    if not _is_plain(leaf) or not isinstance(leaf, Compare):
        return lambda event: test(get(event))
    text = leaf.value.text

    def judge(event: Any) -> Verdict:
        value = get(event)
        return value == text if isinstance(value, str) else test(value)

    return judge


def _absent(selector: Selector) -> Judge:
    get = _getter(selector)
    return lambda event: get(event) is MISSING


def _no_element(selector: Selector, settle: Settle) -> Judge:
    def judge(event: Any) -> Verdict:
        found = [value is MISSING for value in find_each(event, selector.steps) or ()]
        if all(found):
            return True
        return settle("each-absent-some") if any(found) else False

    return judge


def _each(leaf: Compare | Is, settle: Settle) -> Judge:
    test, negative = test_of(leaf, settle), isinstance(leaf, Compare) and leaf.operator == "!="

    def judge(event: Any) -> Verdict:
        several = find_each(event, leaf.selector.steps)
        found = [test(value) for value in several or ()]
        one = True if True in found else None if None in found else False
        if not negative:
            return one
        if not found:
            return settle("each-differs-missing" if several is None else "each-differs-empty")
        every = False if False in found else None if None in found else True
        if one is every or (some := settle("each-differs-some")):
            return one
        return None if some is None else every

    return judge
