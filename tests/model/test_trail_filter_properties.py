"""Filter patterns, property by property: read and written, quick reader and grammar, evaluator and naive evaluator."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as some

from iam_guardrails.model.trail import grammar
from iam_guardrails.model.trail.matching import evaluate, explain, matcher
from iam_guardrails.model.trail.open_cases import CASES, NONE, Answers
from iam_guardrails.model.trail.pattern import Node, PatternError, leaves, parse, render
from iam_guardrails.model.trail.quick import quick
from tests.model.naive_filter import naive
from tests.model.pattern_trees import ANSWERS, EQUALITIES, LEAVES, ORDERS, RECORDS, TREES, USUAL

MARKS = '{}()$.ab=!<>&|"*% 1[]\\ISNULTXE\''


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
            "{", "}", "(", ")", "&&", "||", "$.a", "$.b.x-1", "=", "!=", '"x y"', '"*"', "Word", "1e5", "e5", "x*", "IS NULL",
            "NOT EXISTS", "NOT", '"\\"', " ", "\n", "é",
        ]),
        max_size=16,
    ).map(lambda parts: "{ " + "".join(parts))
)  # fmt: skip
@example("{$.a=Word}")
@example("{($.a=Word)&&$.b NOT EXISTS}")
@example('{ $.a = "x" } ')
@example('{ $.a NOT EXISTS"x" }')
@settings(max_examples=400)
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
@settings(max_examples=600)
def test_the_evaluator_and_the_naive_one_agree(tree: Node, record: dict[str, Any]) -> None:
    expected = naively(tree, record)
    assert evaluate(tree, record) is expected
    assert matcher(render(tree))(record) is expected


@given(TREES, RECORDS, ANSWERS)
@settings(max_examples=600)
def test_they_agree_where_aws_has_answered(tree: Node, record: dict[str, Any], answers: Answers) -> None:
    expected = naively(tree, record, answers)
    assert evaluate(tree, record, answers) is expected
    assert matcher(render(tree), answers)(record) is expected


@given(some.one_of(EQUALITIES, ORDERS, LEAVES), some.sampled_from([case.event for case in CASES]), ANSWERS)
@settings(max_examples=600)
def test_they_agree_on_the_probes(leaf: Node, event: str, answers: Answers) -> None:
    assert evaluate(leaf, json.loads(event), answers) is naively(leaf, json.loads(event), answers)


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
