"""The rule of a composite alarm: ALARM("x"), OK(x), INSUFFICIENT_DATA(x), TRUE, FALSE, AND, OR, NOT, brackets.

SOURCE: CloudWatch API Reference, PutCompositeAlarm, AlarmRule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

States = Mapping[str, str]
Test = Callable[[States], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<bracket>[()])"
    r"|(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?P<name>\"[^\"]+\"|'[^']+'|[^\s()\"']+)\s*\))",
    re.IGNORECASE,
)


class RuleError(ValueError):
    """CloudWatch would refuse the rule."""


def holds(rule: str, states: States) -> bool:
    """Whether the rule is true, given the state of each alarm by name. Errors: RuleError."""
    return parse(rule)(states)


def reason(alarm: Any, state: str) -> str:
    """AWS's sentence about the change of a composite alarm."""
    return (
        f"{alarm.alarm_arn} transitioned to {state} because its alarm rule is {'true' if state == 'ALARM' else 'false'}"
    )


@lru_cache(maxsize=256)
def parse(rule: str) -> Test:
    """The rule as a function of the states. Errors: RuleError."""
    tokens, at, text = [], 0, rule.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise RuleError(f"the alarm rule cannot be read at {text[at : at + 20]!r}")
        tokens.append(match)
        at = match.end()
    test, rest = _any(tokens)
    if rest:
        raise RuleError(f"the alarm rule goes on after its end at {rest[0].group().strip()!r}")
    return test


Tokens = list["re.Match[str]"]


def _any(tokens: Tokens) -> tuple[Test, Tokens]:
    test, tokens = _all(tokens)
    tests = [test]
    while _word(tokens) == "OR":
        test, tokens = _all(tokens[1:])
        tests.append(test)
    return (lambda states: any(each(states) for each in tests)), tokens


def _all(tokens: Tokens) -> tuple[Test, Tokens]:
    test, tokens = _one(tokens)
    tests = [test]
    while _word(tokens) == "AND":
        test, tokens = _one(tokens[1:])
        tests.append(test)
    return (lambda states: all(each(states) for each in tests)), tokens


def _one(tokens: Tokens) -> tuple[Test, Tokens]:
    if not tokens:
        raise RuleError("the alarm rule ends too early")
    first, rest = tokens[0], tokens[1:]
    word = _word(tokens)
    if word == "NOT":
        inner, rest = _one(rest)
        return (lambda states: not inner(states)), rest
    if word in ("TRUE", "FALSE"):
        return (lambda states: word == "TRUE"), rest
    if first["bracket"] == "(":
        test, rest = _any(rest)
        if not rest or rest[0]["bracket"] != ")":
            raise RuleError("a bracket of the alarm rule is not closed")
        return test, rest[1:]
    if first["state"] is None:
        raise RuleError(f"{first.group().strip()!r} is not expected there in the alarm rule")
    state, name = first["state"].upper(), first["name"].strip("\"'").rpartition(":alarm:")[2]
    return (lambda states: states.get(name, "INSUFFICIENT_DATA") == state), rest


def _word(tokens: Tokens) -> str:
    return str(tokens[0]["word"] or "").upper() if tokens else ""
