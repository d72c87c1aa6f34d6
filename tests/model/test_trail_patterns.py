"""Filter patterns and event patterns, case by case (tests/cases/patterns) and property by property."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_guardrails.model.trail import event_pattern
from iam_guardrails.model.trail.event_pattern_reason import explain as reason
from iam_guardrails.model.trail.matching import evaluate, explain, matcher
from iam_guardrails.model.trail.pattern import PatternError, parse, render

CASES = Path(__file__).parent.parent / "cases" / "patterns"
FILTER = yaml.safe_load((CASES / "filter.yaml").read_text())
EVENT = yaml.safe_load((CASES / "event.yaml").read_text())
CIS = yaml.safe_load((CASES / "cis.yaml").read_text())


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", FILTER["matching"], ids=named)
def test_filter_pattern_matches(case: dict[str, Any]) -> None:
    node = parse(case["pattern"])
    decision = explain(node, case["event"])
    assert evaluate(node, case["event"]) is case["value"]
    assert decision.value is case["value"]
    assert case.get("why", "") in decision.why
    assert parse(render(node)) == node


@pytest.mark.parametrize("case", FILTER["refused"], ids=named)
def test_filter_pattern_refused(case: dict[str, Any]) -> None:
    with pytest.raises(PatternError) as caught:
        parse(case["pattern"])
    assert case["says"] in str(caught.value)
    assert 0 <= caught.value.position <= len(case["pattern"])


def test_a_refusal_names_the_place() -> None:
    with pytest.raises(PatternError) as caught:
        parse('{ $.eventName = "X" && broken }')
    assert caught.value.position == 23
    assert str(caught.value) == "at character 24: expected a selector that starts with $., not 'broken }'"


@pytest.mark.parametrize(("length", "taken"), [(1024, True), (1025, False)])
def test_length_limit(length: int, taken: bool) -> None:
    text = '{ $.a = "' + "x" * (length - 12) + '" }'
    assert len(text) == length
    if taken:
        parse(text)
    else:
        with pytest.raises(PatternError, match="at most 1024 characters"):
            parse(text)


def test_deep_nesting_is_refused_and_does_not_overflow() -> None:
    with pytest.raises(PatternError, match="at most 64 nested parentheses"):
        parse("{ " + "(" * 500 + "$.a = 1" + ")" * 500 + " }")
    with pytest.raises(PatternError, match="at most 64 nested parentheses"):
        parse("{ " + "(" * 65 + '$.a = "x"' + ")" * 65 + " }")
    for value in ("1", '"x"'):
        assert parse("{ " + "(" * 64 + f"$.a = {value}" + ")" * 64 + " }") == parse(f"{{ $.a = {value} }}")


@pytest.mark.parametrize("item", CIS, ids=lambda item: str(item["title"]))
def test_cis_patterns(item: dict[str, Any]) -> None:
    for text in item["patterns"]:
        node = parse(text)
        assert parse(render(node)) == node
        assert matcher(text)(item["sees"]) is True
        if "delivery.logs" not in text:  # the first wording joins its exclusions with ||: see rules/filter-not-everyday
            assert matcher(text)(item["leaves"]) is False
    for text in item.get("refused", ()):
        with pytest.raises(PatternError):
            parse(text)


def test_cis_exclusions_joined_with_or_match_what_they_exclude() -> None:
    joined = '{ ($.errorCode = "AccessDenied*") || ($.sourceIPAddress != "delivery.logs.amazonaws.com") }'
    assert matcher(joined)({"sourceIPAddress": "203.0.113.7"}) is True


@pytest.mark.parametrize("case", EVENT["matching"], ids=named)
def test_event_pattern_matches(case: dict[str, Any]) -> None:
    assert event_pattern.matches(case["pattern"], case["event"]) is case["value"]
    assert reason(case["pattern"], case["event"]).value is case["value"]


@pytest.mark.parametrize("case", EVENT["reasons"], ids=named)
def test_the_deciding_field_is_named(case: dict[str, Any]) -> None:
    assert reason(case["pattern"], case["event"]).why == case["why"]


@pytest.mark.parametrize("case", EVENT["refused"], ids=named)
def test_event_pattern_refused(case: dict[str, Any]) -> None:
    with pytest.raises(event_pattern.EventPatternError) as caught:
        event_pattern.parse(case["pattern"])
    assert case["says"] in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 4096, '{"a":' * 600 + "[1]" + "}" * 600])
def test_deep_event_patterns_are_refused_and_do_not_overflow(text: str) -> None:
    with pytest.raises(event_pattern.EventPatternError, match=r"nested too deep|at most 100 levels"):
        event_pattern.parse(text)


def test_event_pattern_length_limit() -> None:
    assert event_pattern.parse(json.dumps({"source": ["x" * (4096 - 16)]}))
    with pytest.raises(event_pattern.EventPatternError, match="4097 characters"):
        event_pattern.parse(json.dumps({"source": ["x" * (4096 - 15)]}))


def test_values_of_a_field_over_every_arm() -> None:
    text = '{"detail": {"$or": [{"eventName": ["A"]}, {"eventName": [{"prefix": "B"}]}], "eventName": ["C"]}}'
    found = event_pattern.values(event_pattern.parse(text), "detail", "eventName")
    assert found == ("A", {"prefix": "B"}, "C")
