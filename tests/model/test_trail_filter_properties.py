"""Filter patterns, property by property: read and written, quick reader and grammar, evaluator and naive evaluator."""

from __future__ import annotations

import json
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some
from tests.model.naive_filter import naive
from tests.model.pattern_trees import ANSWERS, RECORDS, TREES, USUAL

from iam_guardrails.model.trail import grammar
from iam_guardrails.model.trail.answers import NONE, Answers
from iam_guardrails.model.trail.matching import evaluate, explain, matcher
from iam_guardrails.model.trail.open_cases import CASES
from iam_guardrails.model.trail.pattern import Node, PatternError, leaves, parse, render
from iam_guardrails.model.trail.quick import quick

MARKS = "{}()$.ab=!<>&|\"*% 1[]\\ISNULTXE'"


@given(TREES)
def test_what_is_written_is_read_back(tree: Node) -> None:
    text = render(tree)
    if len(text) <= 1024:
        assert parse(text) == tree
        assert grammar.read(text) == tree


@given(USUAL)
def test_the_quick_reader_reads_the_usual_pattern_as_the_grammar_does(tree: Node) -> None:
    text = render(tree)
    assert quick(text) == grammar.read(text) == tree


@given(
    some.lists(
        some.sampled_from([
            "{", "}", "(", ")", "&&", "||", "$.a", "$.b.x-1", "=", "!=", '"x y"', '"*"', "Word", "1e5", "e5", "x*",
            "IS NULL", "NOT EXISTS", "NOT", '"\\"', " ", "\n", "é",
        ]),
        max_size=16,
    ).map(lambda parts: "{ " + "".join(parts))
)  # fmt: skip
@example("{$.a=Word}")
@example("{($.a=Word)&&$.b NOT EXISTS}")
@example('{ $.a = "x" } ')
@example('{ $.a NOT EXISTS"x" }')
@example("{ $.aNOT EXISTS }")
@settings(max_examples=200)
def test_what_the_quick_reader_accepts_the_grammar_accepts_with_the_same_tree(text: str) -> None:
    if (tree := quick(text)) is not None:
        assert grammar.read(text) == tree


@given(USUAL, some.data())
def test_a_usual_pattern_with_one_character_changed_is_read_alike(tree: Node, data: Any) -> None:
    text = render(tree)
    at = data.draw(some.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(some.sampled_from(MARKS)) + text[at + 1 :]
    if (found := quick(changed)) is not None:
        assert grammar.read(changed) == found


@given(some.text(some.sampled_from(MARKS), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        node = parse(text)
    except PatternError as error:
        assert 0 <= error.position <= len(text)
        assert error.expected
    else:
        assert parse(render(node)) == node


def naively(tree: Node, record: Any, answers: Answers = NONE) -> bool | None:
    return naive(render(tree), record, dict(answers.given))


@given(TREES, RECORDS)
@settings(max_examples=200)
def test_the_evaluator_and_the_naive_one_agree(tree: Node, record: dict[str, Any]) -> None:
    expected = naively(tree, record)
    assert evaluate(tree, record) is expected
    assert matcher(render(tree))(record) is expected


@given(TREES, RECORDS, ANSWERS)
@settings(max_examples=200)
def test_they_agree_where_aws_has_answered(tree: Node, record: dict[str, Any], answers: Answers) -> None:
    expected = naively(tree, record, answers)
    assert evaluate(tree, record, answers) is expected
    assert matcher(render(tree), answers)(record) is expected


TEXTS = (
    "", "x", "xy", "yx", "x*y", "x*", "*y", "*", "**", "*x*y*", "true", "t*", "t*e", "null", "n*", "75", "7*", "75.0",
    "+75",
)  # fmt: skip
NUMBERS, REGEXES = ("75", "+75", "75.0", "7.5e1", "0"), ("%x%", "%^X%", "%7%", "%tr%", "%nu%")
TESTS = [f"{op} {value}" for op in ("=", "!=") for value in (*map(json.dumps, TEXTS), *NUMBERS, *REGEXES)]
TESTS += [f"{op} {limit}" for op in ("<", ">", "<=", ">=") for limit in ("75", "9", "-1")]
TESTS += ["IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS"]
SINGLE: list[Any] = [
    "", "x", "xy", "yx", "xzy", "x*y", "X", "true", "false", "null", "75", "75.0", "7.5e1", "9", "100", True, False,
    None, 75, 75.0, 0, -1, 9, {}, {"b": "x"}, ["x"],
]  # fmt: skip
PAIRS = [list(several) for size in (0, 1, 2) for several in product(("x", "y", None, 75, "7"), repeat=size)]
RECORDED = [{"a": value} for value in SINGLE] + [{"b": "x"}]
LISTED = [{"a": several} for several in PAIRS] + [{"b": "x"}, {"a": "x"}, {"a": {"b": "x", "c": "y"}}, {"a": {}}]
BELOW = [{"a": several} for several in ([{"b": "x"}, {"b": "y"}], [{"b": "x"}, {"c": "x"}], [{"c": 1}], [], {})]


def some_answers() -> list[Answers]:
    """None, all yes, all no, and some of everything."""
    dice = Random(20260115)
    drawn = [{case.id: dice.random() < 0.5 for case in CASES if dice.random() < 0.7} for _ in range(5)]
    every = [{case.id: answer for case in CASES} for answer in (True, False)]
    return [Answers("2026-01-15", tuple(given.items())) for given in ({}, *every, *drawn)]


@pytest.mark.parametrize("answers", some_answers())
@pytest.mark.parametrize(
    ("selector", "records"), [("$.a", RECORDED), ("$.a[*]", LISTED), ("$.a.*", LISTED), ("$.a[*].b", BELOW)]
)
def test_they_agree_on_every_comparison_with_every_value(selector: str, records: list[Any], answers: Answers) -> None:
    for text in TESTS:
        pattern = f"{{ {selector} {text} }}"
        judge = matcher(pattern, answers)
        for record in records:
            assert judge(record) is naive(pattern, record, dict(answers.given)), (pattern, record)


@given(TREES, RECORDS, ANSWERS)
def test_the_fast_and_the_explaining_judgement_agree(tree: Node, record: dict[str, Any], answers: Answers) -> None:
    decision = explain(tree, record, answers)
    assert decision.value is evaluate(tree, record, answers)
    assert decision.leaf in list(leaves(tree))


@given(TREES, RECORDS)
def test_with_every_case_answered_nothing_is_undetermined(tree: Node, record: dict[str, Any]) -> None:
    for answer in (True, False):
        given = Answers("2026-01-15", tuple((case.id, answer) for case in CASES))
        assert evaluate(tree, record, given) in (True, False)


@given(TREES, RECORDS, ANSWERS)
def test_an_answer_never_changes_what_is_documented(tree: Node, record: dict[str, Any], answers: Answers) -> None:
    documented = evaluate(tree, record)
    assert documented is None or evaluate(tree, record, answers) is documented
