"""Event patterns against a naive second implementation, and the reason against the verdict."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from tests.model.naive_event_pattern import naive

from iam_guardrails.model.trail import event_pattern
from iam_guardrails.model.trail.event_pattern_reason import explain

NAMES = some.sampled_from(["a", "b", "c"])
TEXTS = some.sampled_from(["", "x", "xy", "X", "Xyz", "x*y", "x\\y", "10.0.0.7", "10.0.1.7", "2001:db8::1"])
NUMBERS = some.sampled_from([0, 1, 5, -3, 2.5, 6_000_000_000])
WITHIN = some.sampled_from([0, 1, 5, -3, 2.5])
PARTS = some.sampled_from(["x", "X", "y", "xy", "xyz", "10."])
WILDCARDS = some.sampled_from(["*", "x*", "*y", "x*y", "x\\*y", "x\\\\*", "", "*x*"])
RANGES = some.one_of(
    some.tuples(some.sampled_from(["=", "<", "<=", ">", ">="]), WITHIN).map(list),
    some.sampled_from([[">", -3, "<", 5], [">=", 0, "<=", 1], [">", 0, "<=", 5], [">=", 1, "<", 2.5]]),
)


def one_or_many(strategy: Any) -> Any:
    return some.one_of(strategy, some.lists(strategy, min_size=1, max_size=2))


def operator(kind: str, wanted: Any) -> Any:
    return some.builds(lambda value: {kind: value}, wanted)


FOLDING = operator("equals-ignore-case", PARTS)
BUT = some.one_of(
    one_or_many(TEXTS), one_or_many(WITHIN), operator("prefix", one_or_many(PARTS)),
    operator("suffix", one_or_many(PARTS)), operator("wildcard", one_or_many(WILDCARDS)),
    operator("equals-ignore-case", one_or_many(PARTS)),
)  # fmt: skip
ITEMS = some.one_of(
    TEXTS, some.sampled_from([0, 1, 5, -3]), some.booleans(), some.none(), operator("exists", some.booleans()),
    operator("prefix", some.one_of(PARTS, FOLDING)), operator("suffix", some.one_of(PARTS, FOLDING)), FOLDING,
    operator("wildcard", WILDCARDS), operator("anything-but", BUT), operator("numeric", RANGES),
    operator("cidr", some.sampled_from(["10.0.0.0/24", "10.0.0.7/23", "2001:db8::/32", "0.0.0.0/0"])),
)  # fmt: skip
LEAF = some.lists(ITEMS, min_size=1, max_size=3)


def fields(inner: Any) -> Any:
    plain = some.dictionaries(NAMES, inner, min_size=1, max_size=2)
    arms = some.lists(plain, min_size=2, max_size=2)
    beside = some.builds(lambda more, either: {**more, "$or": either}, plain, arms)
    return some.one_of(plain, beside, some.builds(lambda either: {"$or": either}, arms))


PATTERNS = fields(some.one_of(LEAF, LEAF, fields(some.one_of(LEAF, LEAF, fields(LEAF)))))
SCALARS = some.one_of(TEXTS, NUMBERS, some.booleans(), some.none())
EVENTS = some.dictionaries(
    NAMES,
    some.recursive(
        SCALARS,
        lambda inner: some.one_of(some.lists(inner, max_size=3), some.dictionaries(NAMES, inner, max_size=3)),
        max_leaves=8,
    ),
    max_size=3,
)


@given(PATTERNS, EVENTS)
@settings(max_examples=400)
def test_the_evaluator_and_the_naive_one_agree(pattern: dict[str, Any], event: dict[str, Any]) -> None:
    expected = naive(pattern, event)
    assert event_pattern.matches(json.dumps(pattern), event) is expected
    assert explain(json.dumps(pattern), event).value is expected


@given(LEAF, some.one_of(SCALARS, some.lists(SCALARS, max_size=2)))
@settings(max_examples=400)
def test_they_agree_on_every_operator(wanted: list[Any], value: Any) -> None:
    for event in ({"a": value}, {"b": value}):
        assert event_pattern.matches(json.dumps({"a": wanted}), event) is naive({"a": wanted}, event)


OBJECTS: list[Any] = [{}, {"b": 1}, {"c": 1}, {"b": 1, "c": 2}, {"b": [1, 2]}, {"b": {}}, 1, [], [{"b": 1}, {"c": 2}]]


@pytest.mark.parametrize("first", OBJECTS, ids=str)
@pytest.mark.parametrize("second", OBJECTS, ids=str)
def test_they_agree_on_objects_in_lists(first: Any, second: Any) -> None:
    asked: list[Any] = [[1], [{"exists": True}], [{"exists": False}], [2, {"exists": False}], [{"anything-but": 1}]]
    for b in asked:
        for c in (*asked, None):
            pattern = {"a": {"b": b} if c is None else {"b": b, "c": c}}
            for event in ({"a": [first, second]}, {"a": first}, {"a": [[first], second]}):
                assert event_pattern.matches(json.dumps(pattern), event) is naive(pattern, event), (pattern, event)


@given(some.text(some.sampled_from('{}[]",:abcx*\\$or 15-truefalsn'), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        pattern = event_pattern.parse(text)
    except event_pattern.EventPatternError as error:
        assert str(error)
    else:
        assert event_pattern.matches(text, {"a": 1}) is naive(dict(pattern), {"a": 1})
