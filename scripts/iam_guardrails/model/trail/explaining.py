"""Why a filter pattern matches an event or not: the comparison that decided, as a person would say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.trail.answers import NONE, Answers
from iam_guardrails.model.trail.comparing import Verdict, spelled
from iam_guardrails.model.trail.compiling import compiled
from iam_guardrails.model.trail.finding_values import find
from iam_guardrails.model.trail.pattern import And, Compare, Leaf, Node, Or, render_leaf
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


def explain(node: Node, event: Event, answers: Answers = NONE) -> Decision:
    """Like `evaluate`, with the comparison that decided; slower, for messages.

    Of an `&&` that fails it is the first part that fails, of an `||` that fails the part that came nearest.
    """
    if isinstance(node, And):
        return _explain_and([explain(part, event, answers) for part in node.parts])
    if isinstance(node, Or):
        return _explain_or([explain(part, event, answers) for part in node.parts])
    value = compiled(node, answers.settle())(event)
    why = f"{render_leaf(node)}: {_seen(node, event)}{_open(node, event, value, answers)}"
    return Decision(value, node, why, _weight(node) if value else 0)


def _weight(leaf: Leaf) -> int:
    """How much a comparison that holds says about what a filter is for; "is not" says nothing."""
    if not isinstance(leaf, Compare) or leaf.operator != "=":
        return 0
    return 3 if leaf.selector.steps in (("eventName",), ("eventSource",)) else 1


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


def _open(leaf: Leaf, event: Event, value: Verdict, answers: Answers) -> str:
    """What of the verdict is not documented: nothing, or which open cases it turned on."""
    asked: list[str] = []
    if compiled(leaf, asked.append)(event) is not None:  # append answers None, which leaves every case open
        return ""
    cases = ", ".join(dict.fromkeys(asked))
    if value is None:
        return f", and AWS does not document how that compares ({cases})"
    return f", and so AWS answered TestMetricFilter on {answers.asked_on} ({cases})"


def _seen(leaf: Leaf, event: Event) -> str:
    found = list(find(event, leaf.selector.steps))
    if not found:
        return "the event has no such field"
    if isinstance(found[0], (Mapping, list)):
        return "the field holds an object or an array, which a pattern never matches"
    shown = [_shown(value) for value in found[:3]]
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f"the event has {', '.join(shown)}{more}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return "an object or an array" if isinstance(value, (Mapping, list)) else spelled(value)
