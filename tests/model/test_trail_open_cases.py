"""What AWS leaves open: every probe turns on its own case and on no other, and an answer becomes the verdict."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from iam_guardrails.model.trail.answers import Answers
from iam_guardrails.model.trail.matching import evaluate, explain
from iam_guardrails.model.trail.open_cases import CASES, OpenCase
from iam_guardrails.model.trail.pattern import parse


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.id))
def test_a_probe_isolates_its_case(case: OpenCase) -> None:
    node, event = parse(case.pattern), json.loads(case.event)
    assert evaluate(node, event) is None
    assert explain(node, event).why.endswith(f", and AWS does not document how that compares ({case.id})")
    for answer in (True, False):
        others = tuple((other.id, answer) for other in CASES if other != case)
        assert evaluate(node, event, Answers("2026-01-15", others)) is None
        decision = explain(node, event, Answers("2026-01-15", ((case.id, answer),)))
        assert decision.value is answer
        assert decision.why.endswith(f", and so AWS answered TestMetricFilter on 2026-01-15 ({case.id})")


def test_cases_have_names_of_their_own_and_short_sentences() -> None:
    assert Counter(case.id for case in CASES).most_common(1)[0][1] == 1
    assert all(case.sentence and len(case.pattern) <= 1024 for case in CASES)
    assert len({(case.pattern, case.event) for case in CASES}) == len(CASES)


def test_a_documented_verdict_does_not_speak_of_answers() -> None:
    answers = Answers("2026-01-15", tuple((case.id, True) for case in CASES))
    why = explain(parse('{ $.a[*] != "x" }'), {"a": ["y", None]}, answers).why
    assert why == '$.a[*] != "x": the event has "y", null, and so AWS answered TestMetricFilter on 2026-01-15' + (
        " (differs-null-text, each-differs-some)"
    )
    assert explain(parse('{ $.a != "x" }'), {"a": "y"}, answers).why == '$.a != "x": the event has "y"'
