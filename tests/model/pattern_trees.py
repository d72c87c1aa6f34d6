"""Filter patterns and events for property tests: every construct, few names, so that they meet."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as some

from iam_guardrails.model.trail.answers import Answers
from iam_guardrails.model.trail.open_cases import CASES
from iam_guardrails.model.trail.pattern import And, Compare, Is, Node, NotExists, Or, Selector, Value, Wildcard

KEYS = some.sampled_from(["a", "a", "a", "b", "b", "x-1", "with.dot", "o'clock"])


@some.composite
def selectors(draw: some.DrawFn, wildcards: bool = True) -> Selector:
    rest = some.lists(some.one_of(KEYS, some.integers(0, 2)), max_size=2)
    steps: list[str | int | Wildcard] = [draw(KEYS), *draw(rest)]
    if wildcards and draw(some.integers(0, 3)) == 0:
        steps.insert(draw(some.integers(1, len(steps))), draw(some.sampled_from(Wildcard)))
    return Selector(tuple(steps))


WORDS = some.sampled_from([
    "", "x", "y", "xy", "x*", "*y", "x*y", "*", "**", "*x*y*", "yx", "true", "tr*", "null", "7", "7*", "75", "75.0",
    "7.5e1", "+75",
])  # fmt: skip
TEXT = some.text(some.sampled_from('ab*"\\ .:/%&|(){}é\n'), max_size=6)
NUMBERS = some.sampled_from(["0", "-7", "75", "+75", "75.0", "7.5e1", "7e-1", ".5", "5."])
REGEXES = some.sampled_from(["x", "^x", "y$", "^$", "[xy]{1,2}", "tr", "null", "7", r"\d+", "x|7", r"\x79"])
VALUES = some.one_of(
    some.builds(Value, some.just("text"), some.one_of(WORDS, TEXT)),
    some.builds(Value, some.just("number"), NUMBERS),
    some.builds(Value, some.just("regex"), REGEXES),
)
EQUALITIES = some.builds(Compare, selectors(), some.sampled_from(["=", "!="]), VALUES)
ORDERS = some.builds(
    Compare, selectors(), some.sampled_from(["<", ">", "<=", ">="]), some.builds(Value, some.just("number"), NUMBERS)
)
LEAVES = some.one_of(
    EQUALITIES,
    ORDERS,
    some.builds(Is, selectors(), some.sampled_from(["NULL", "TRUE", "FALSE"])),
    some.builds(NotExists, selectors()),
)


def trees(leaf: Any) -> Any:
    """Trees over the given comparisons, `&&` never directly in `&&`, as the grammar makes them and otherwise."""

    def joined(inner: Any) -> Any:
        parts = some.lists(inner, min_size=2, max_size=3).map(tuple)
        return some.one_of(some.builds(And, parts), some.builds(Or, parts))

    return some.recursive(leaf, joined, max_leaves=6)


def within_limits(tree: Node) -> bool:
    """Whether AWS takes the tree: at most two regular expressions and three wildcard selectors."""
    from iam_guardrails.model.trail.pattern import leaves

    found = list(leaves(tree))
    regexes = sum(isinstance(leaf, Compare) and leaf.value.kind == "regex" for leaf in found)
    wildcards = sum(any(isinstance(step, Wildcard) for step in leaf.selector.steps) for leaf in found)
    return regexes <= 2 and wildcards <= 3


TREES = trees(LEAVES).filter(within_limits)
NAMED = some.builds(Selector, some.lists(some.sampled_from(["a", "b", "x-1"]), min_size=1, max_size=3).map(tuple))
PLAIN = some.text(some.sampled_from("ab* .:/%&|(){}é"), max_size=6)
USUAL = trees(
    some.one_of(
        some.builds(
            Compare,
            NAMED,
            some.sampled_from(["=", "!="]),
            some.builds(Value, some.just("text"), PLAIN),
        ),
        some.builds(NotExists, NAMED),
    )
)
SCALARS = some.one_of(
    some.none(),
    some.booleans(),
    some.sampled_from([0, 7, 75, -7, 75.0, 0.5]),
    WORDS,
    some.sampled_from(["Ev*nt", "9", "false"]),
)
RECORDS = some.dictionaries(
    KEYS,
    some.recursive(
        SCALARS,
        lambda inner: some.one_of(some.lists(inner, max_size=3), some.dictionaries(KEYS, inner, max_size=3)),
        max_leaves=8,
    ),
    max_size=4,
)
IDS = tuple(case.id for case in CASES)
ANSWERS = some.builds(
    lambda asked, answers: Answers(
        "2026-01-15", tuple((name, bool(answers >> at & 1)) for at, name in enumerate(IDS) if asked >> at & 1)
    ),
    some.one_of(some.just(-1), some.integers(0, 2 ** len(IDS) - 1)),
    some.integers(0, 2 ** len(IDS) - 1),
)
