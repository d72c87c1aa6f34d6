"""Composite alarms: does one metric alarm, alone in ALARM, turn the composite on?

Source: Amazon CloudWatch API Reference, PutCompositeAlarm (AlarmRule): ALARM(name-or-ARN), OK(…), INSUFFICIENT_DATA(…),
TRUE, FALSE, joined by AND, OR and NOT with parentheses. What else a rule may hold (AT_LEAST) is not evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from iam_guardrails.model.account import Alarm

State = Callable[[str], str]  # the state of an alarm, by name or ARN
Term = Callable[[State], bool]


def turns_on(rule: str, alarm: Alarm) -> tuple[bool | None, str]:
    """Whether the rule is true while `alarm` is in ALARM and every other alarm is OK; None where that is unclear."""
    from parsy import ParseError  # here, because few accounts have composite alarms

    try:
        term = grammar().parse(rule)
    except ParseError as error:
        return None, f"its rule is not evaluated here ({error})"
    if term(lambda name: "ALARM" if name in (alarm.name, alarm.arn) else "OK"):
        return True, ""
    return False, f"its rule does not ring for {alarm.name} alone"


@lru_cache(maxsize=1)
def grammar() -> Any:
    """The parser of an AlarmRule; it returns a Term."""
    from parsy import forward_declaration, regex, seq, string

    space = regex(r"\s*")

    def word(text: str) -> Any:
        return space >> string(text) << regex(r"(?!\w)") if text.isalpha() else space >> string(text)

    rule = forward_declaration()
    name = space >> (regex(r'"([^"]+)"', group=1) | regex(r'[^()"\s]+')) << space
    state = seq(space >> regex("ALARM|OK|INSUFFICIENT_DATA"), word("(") >> name << word(")")).combine(_in_state)
    truth = word("TRUE").result(lambda _: True) | word("FALSE").result(lambda _: False)
    one = forward_declaration()
    one.become((word("NOT") >> one).map(_negated) | word("(") >> rule << word(")") | truth | state)
    both = one.sep_by(word("AND"), min=1).map(lambda terms: lambda of: all(term(of) for term in terms))
    rule.become(both.sep_by(word("OR"), min=1).map(lambda terms: lambda of: any(term(of) for term in terms)))
    return rule << space


def _in_state(wanted: str, name: str) -> Term:
    return lambda state: state(name) == wanted


def _negated(term: Term) -> Term:
    return lambda state: not term(state)
