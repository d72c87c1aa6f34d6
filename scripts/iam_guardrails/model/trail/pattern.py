"""CloudWatch Logs JSON filter patterns, parsed into a small frozen tree and written back.

Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters,
filter log events, and Live Tail" (FilterAndPatternSyntax) and the API reference of PutMetricFilter
(length). The language is grammar.py; quick.py reads the usual pattern without it.
"""

from __future__ import annotations

from functools import lru_cache

from iam_guardrails.model.trail.quick import quick
from iam_guardrails.model.trail.refusing import MAXIMUM_DEPTH, MAXIMUM_LENGTH, PatternError
from iam_guardrails.model.trail.tree import (
    And,
    Compare,
    Is,
    Leaf,
    Node,
    NotExists,
    Or,
    Selector,
    Step,
    Value,
    Wildcard,
    leaves,
    render,
    render_leaf,
)

__all__ = [
    "MAXIMUM_DEPTH", "MAXIMUM_LENGTH", "And", "Compare", "Is", "Leaf", "Node", "NotExists", "Or", "PatternError",
    "Selector", "Step", "Value", "Wildcard", "is_json_pattern", "leaves", "parse", "render", "render_leaf",
]  # fmt: skip


def is_json_pattern(text: str) -> bool:
    """Whether the text is (meant as) a JSON pattern; the other forms match words or columns of a line."""
    return text.lstrip().startswith("{")


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """Parse a JSON pattern. Raises PatternError where AWS would refuse it."""
    if len(text) > MAXIMUM_LENGTH:
        raise PatternError(MAXIMUM_LENGTH, f"at most {MAXIMUM_LENGTH} characters", f"{len(text)} of them")
    if (node := quick(text)) is not None:
        return node
    from iam_guardrails.model.trail.grammar import read  # here, because it brings a parser library with it

    return read(text)
