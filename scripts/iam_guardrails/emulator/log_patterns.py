"""Filter patterns of CloudWatch Logs on log events: the harness's own evaluator, moto's for plain words.

SOURCE: CloudWatch Logs User Guide, "Filter pattern syntax". Patterns in square brackets and `?word` are not
evaluated: undetermined.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from moto.logs.utils import EventMessageFilter, UnsupportedFilterPattern

from iam_guardrails.model.trail import matching
from iam_guardrails.model.trail.comparing import Verdict, find
from iam_guardrails.model.trail.pattern import NotExists, PatternError, is_json_pattern, leaves, parse

Judge = Callable[[str, Any], Verdict]


@lru_cache(maxsize=512)
def judge(pattern: str) -> Judge:
    """A function of (message, message as JSON or None): True, False, or None where nothing says which.

    Errors: PatternError where AWS would refuse the pattern.
    """
    text = pattern.strip()
    if not text:
        return lambda message, record: True
    if is_json_pattern(text):
        match = matching.matcher(pattern)
        return lambda message, record: match(record) if isinstance(record, dict) else False
    words = EventMessageFilter(text)
    if isinstance(words.filter_type, UnsupportedFilterPattern):
        return lambda message, record: None
    return lambda message, record: bool(words.matches(message))


def decoded(message: str) -> Any:
    """The message as JSON, or None."""
    if not message.lstrip().startswith("{"):
        return None
    try:
        return json.loads(message)
    except ValueError:
        return None


def extracted(pattern: str, record: Any) -> dict[str, str]:
    """The values that a JSON pattern looks at, by selector: what TestMetricFilter shows beside a match."""
    if not is_json_pattern(pattern):
        return {}
    found = {str(leaf.selector): list(find(record, leaf.selector.steps)) for leaf in leaves(parse(pattern))}
    return {name: _text(values[0]) for name, values in found.items() if values}


def value_at(selector: str, record: Any) -> Any:
    """The value that `$.field` of a metric value or a dimension leads to, or None."""
    try:
        leaf = parse(f"{{ {selector} NOT EXISTS }}")
    except PatternError:
        return None
    assert isinstance(leaf, NotExists)
    return next(iter(find(record, leaf.selector.steps)), None)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
