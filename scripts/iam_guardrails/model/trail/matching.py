"""Does a filter pattern match an event? Yes, no, or: AWS's documentation does not say.

Source: Amazon CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events". What
it leaves open is not guessed: open_cases.py lists it. Those cases are undetermined (None), unless answers of a
live TestMetricFilter are given.
"""

from __future__ import annotations

from functools import lru_cache

from iam_guardrails.model.trail.answers import NONE, Answers
from iam_guardrails.model.trail.comparing import Verdict
from iam_guardrails.model.trail.compiling import Judge, compiled
from iam_guardrails.model.trail.explaining import Decision, Event, explain
from iam_guardrails.model.trail.pattern import Node, parse

__all__ = ["Decision", "Event", "evaluate", "explain", "matcher"]


def evaluate(node: Node, event: Event, answers: Answers = NONE) -> Verdict:
    """Whether the pattern matches: True, False, or None where AWS documents neither and has not answered."""
    return compiled(node, answers.settle())(event)


def matcher(text: str, answers: Answers = NONE) -> Judge:
    """`evaluate` for one pattern and many events. Raises PatternError where AWS would refuse the pattern."""
    return _matcher(text) if answers is NONE else _answered(text, answers)


@lru_cache(maxsize=1024)
def _matcher(text: str) -> Judge:
    return compiled(parse(text), NONE.settle())


@lru_cache(maxsize=1024)
def _answered(text: str, answers: Answers) -> Judge:
    return compiled(parse(text), answers.settle())
