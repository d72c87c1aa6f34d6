"""Condition operators: spelling, absent keys, and the comparisons."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.model.iam.comparisons import PLACES, read_number
from iam_guardrails.model.iam.condition_check import check_conditions
from iam_guardrails.model.iam.document import Condition, PolicyError, literal_text
from iam_guardrails.model.iam.operators import BASES, Operator, holds, narrows, read_operator
from iam_guardrails.model.iam.prove.values import number


def condition(operator: str, *values: str) -> Condition:
    return Condition(operator, "aws:PrincipalArn", values)


@pytest.mark.parametrize("base", sorted(BASES))
def test_every_operator_is_read_with_its_prefix_and_suffix(base: str) -> None:
    assert read_operator(base) == Operator(base)
    assert read_operator(f"ForAnyValue:{base}") == (None if base == "Null" else Operator(base, "ForAnyValue"))
    expected = None if base == "Null" else Operator(base, "ForAllValues", True)
    assert read_operator(f"ForAllValues:{base}IfExists") == expected


@pytest.mark.parametrize(
    "text", ["Boolean", "bool", "ForEachValue:Bool", "StringEqualIfExists", "", "IfExists", ":Bool"]
)
def test_other_spellings_are_no_operators(text: str) -> None:
    assert read_operator(text) is None


@pytest.mark.parametrize(
    ("operator", "absent"),
    [
        ("StringEquals", False), ("StringNotEquals", True), ("ArnNotLike", True), ("NumericNotEquals", True),
        ("StringEqualsIfExists", True), ("BoolIfExists", True), ("StringNotLikeIfExists", True),
        ("ForAllValues:StringEquals", True), ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotLike", False),
        ("ForAnyValue:StringLikeIfExists", None), ("Boolean", None),
    ],
)  # fmt: skip
def test_an_absent_key(operator: str, absent: bool | None) -> None:
    assert holds(condition(operator, "x"), None) is absent


@pytest.mark.parametrize(
    ("operator", "values", "value", "expected"),
    [
        ("Bool", ["TRUE"], "true", True), ("Bool", ["false"], "true", False),
        ("StringEquals", ["True"], "true", False), ("StringEqualsIgnoreCase", ["True"], "true", True),
        ("StringEquals", ["a*"], "ab", False), ("StringLike", ["a*"], "ab", True),
        ("StringLike", ["x", "a?"], "ab", True),
        ("StringNotEquals", ["a", "b"], "b", False), ("StringNotEquals", ["a", "b"], "c", True),
        ("ArnLike", ["arn:aws:iam::*:user/a"], "arn:aws:iam::333333333333:user/a", True),
        ("ArnNotLike", ["arn:aws:iam::*:user/a"], "arn:aws:iam::333333333333:user/a", False),
        ("NumericLessThan", ["3600"], "60", True), ("NumericLessThan", ["3600"], "3600", False),
        ("NumericLessThanEquals", ["3600"], "3600", True), ("NumericGreaterThan", ["1", "9"], "5", True),
        ("NumericLessThan", ["soon"], "60", False),
        ("StringLike", ["${aws:username}"], "x", None), ("IpAddress", ["10.0.0.0/8"], "10.1.1.1", None),
        ("DateLessThan", ["2026-01-01T00:00:00Z"], "2025-01-01T00:00:00Z", None),
    ],
)  # fmt: skip
def test_a_present_key(operator: str, values: list[str], value: str, expected: bool | None) -> None:
    assert holds(condition(operator, *values), value) is expected


def test_null_tests_presence_only() -> None:
    assert holds(condition("Null", "true"), None) is True
    assert holds(condition("Null", "true"), "") is False
    assert holds(condition("Null", "false"), None) is False
    assert holds(condition("Null", "false"), "false") is True


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", True), ("ArnLike", True), ("ForAnyValue:StringLike", True),
        ("StringEqualsIfExists", False), ("StringNotEquals", False), ("ForAllValues:StringLike", False),
        ("Bool", False),
    ],
)  # fmt: skip
def test_what_narrows(operator: str, expected: bool) -> None:
    assert narrows(condition(operator, "x")) is expected


@given(st.text("0123456789.+- eE_", max_size=8) | st.integers().map(str) | st.floats(allow_nan=False).map(str))
def test_the_prover_and_the_evaluator_read_the_same_numbers(text: str) -> None:
    mine, other = read_number(text), number(text)
    assert (mine is None) == (other is None), text
    assert mine is None or Fraction(mine, 10**PLACES) == other


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-80, max_value=1e80))
def test_a_number_of_json_is_read_as_that_number(value: float) -> None:
    found = literal_text(value)
    assert found is not None
    assert float(found) == value
    assert len(found) > PLACES or read_number(found) is not None


def test_what_json_reads_as_infinite_is_no_number() -> None:
    assert literal_text(json.loads("1e999")) is None
    with pytest.raises(PolicyError, match="a value is inf"):
        list(check_conditions({"NumericLessThan": {"s3:max-keys": json.loads("1e999")}}, "statement 1"))
