"""Composite alarms: does one metric alarm, alone in ALARM, turn the composite on, and is it off while all is well?

Source: Amazon CloudWatch API Reference, PutCompositeAlarm (AlarmRule): ALARM(name-or-ARN), OK(…), INSUFFICIENT_DATA(…),
TRUE, FALSE, joined by AND, OR and NOT with parentheses; the alarms may be composite ones of the same Region. What else
a rule may hold (AT_LEAST) is not evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from iam_guardrails.model.account import Account, Alarm
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

States = frozenset[str]
State = Callable[[str], "States | None"]  # the states an alarm may be in, by name or ARN; None where that is unclear
Term = Callable[[State], "bool | None"]
_ALARM, _OK = frozenset({"ALARM"}), frozenset({"OK"})
_QUIET = frozenset({"OK", "INSUFFICIENT_DATA"})  # missing data may leave an alarm without a state


@frozen
class Over:
    """A composite alarm over a metric alarm. holds: whether the one, alone, turns the other on; why not, or why
    that cannot be said.
    """

    alarm: Alarm
    holds: bool | None
    why: str = ""


def composites_over(alarm: Alarm, account: Account) -> Iterator[Over]:
    """Composite alarms of the alarm's Region whose rule names it, itself or through another composite alarm."""
    others = [item for item in account.alarms if item.region == alarm.region]
    composites = [item for item in others if item.rule is not None]
    reached, grown = {alarm.name, alarm.arn}, True
    while grown:
        grown = False
        for item in composites:
            if item.name not in reached and _names_one_of(item.rule, reached, alarm):
                reached |= {item.name, item.arn}
                grown = True
    for item in composites:
        if item.name in reached and item is not alarm:
            yield Over(item, *turns_on(item.rule, alarm, others))


def _names_one_of(rule: object, reached: set[str], alarm: Alarm) -> bool:
    if isinstance(rule, Unknown):
        return not rule.references or alarm.address in rule.references
    words = re.findall(r'"([^"]+)"|([^\s(),"]+)', str(rule))
    return any(quoted in reached or bare in reached for quoted, bare in words)


def turns_on(rule: object, alarm: Alarm, others: Iterable[Alarm] = ()) -> tuple[bool | None, str]:
    """Whether the rule turns true when `alarm` goes to ALARM and nothing else is wrong; None where that is unclear.

    others: the Region's alarms. Metric alarms among them are OK (or lack data, where missing data may leave them so),
    composite ones are what their rules make them. An alarm on the same metric may ring together with `alarm`.
    """
    if isinstance(rule, Unknown):
        return None, f"its rule: {rule.reason}"
    term, why = _term(str(rule))
    if term is None:
        return None, why
    known = {name: item for item in others for name in (item.name, item.arn)}
    rung = term(_states({alarm.name, alarm.arn}, known))
    before = term(_states(set(), known))
    if rung is None or (rung and before is None):
        return None, "it hangs on another alarm whose state is not known here"
    if rung and before:
        return False, "its rule is true while all is well, so no alarm changes it"
    twins = {name for name, item in known.items() if _same_metric(item, alarm)}
    if not rung and twins and term(_states({alarm.name, alarm.arn, *twins}, known)) is not False:
        return None, "it rings when another alarm on the same metric rings too, and whether it does is not known here"
    return rung, "" if rung else f"its rule does not ring for {alarm.name} alone"


def _same_metric(item: Alarm, alarm: Alarm) -> bool:
    names = (item.namespace, item.metric_name)
    return item.rule is None and item is not alarm and names == (alarm.namespace, alarm.metric_name)


def _term(rule: str) -> tuple[Term | None, str]:
    quick = alternatives(rule)
    if quick:
        return quick, ""
    from parsy import ParseError  # here, because few accounts have composite alarms that need it

    try:
        return grammar().parse(rule), ""
    except ParseError as error:
        return None, f"its rule is not evaluated here ({error})"


def _states(ringing: set[str], known: dict[str, Alarm], asked: tuple[str, ...] = ()) -> State:
    """The states each alarm may be in: those of `ringing` in ALARM, composite ones by their rules, the rest quiet."""

    def state(name: str) -> States | None:
        if name in ringing:
            return _ALARM
        item = known.get(name)
        if item is None or item.rule is None:
            return _OK if item and item.treat_missing_data == "notBreaching" else _QUIET
        term = None if isinstance(item.rule, Unknown) or item.name in asked else _term(str(item.rule))[0]
        on = term(_states(ringing, known, (*asked, item.name))) if term else None
        return None if on is None else _ALARM if on else _OK

    return state


def alternatives(rule: str) -> Term | None:
    """The usual rule, states joined by OR, read without the parser, which takes longer to load than a plan to judge;
    None for any other rule. A test holds it equal to `grammar`.
    """
    terms = [_one_state(part.strip()) for part in rule.split(" OR ")]
    known = [term for term in terms if term]
    return (lambda of: _any([term(of) for term in known])) if len(known) == len(terms) else None


def _one_state(text: str) -> Term | None:
    """A state of one alarm, such as ALARM("name"); None for anything else."""
    wanted, opened, rest = text.partition("(")
    name = rest[:-1].strip()
    if wanted.strip() not in ("ALARM", "OK", "INSUFFICIENT_DATA") or not opened or not rest.endswith(")"):
        return None
    if len(name) > 2 and name[0] == name[-1] == '"':
        name = name[1:-1]
        return None if '"' in name else _in_state(wanted.strip(), name)
    return (
        None if not name or any(sign in '()"' or sign.isspace() for sign in name) else _in_state(wanted.strip(), name)
    )


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
    both = one.sep_by(word("AND"), min=1).map(lambda terms: lambda of: _all([term(of) for term in terms]))
    rule.become(both.sep_by(word("OR"), min=1).map(lambda terms: lambda of: _any([term(of) for term in terms])))
    return rule << space


def _all(values: list[bool | None]) -> bool | None:
    return False if False in values else None if None in values else True


def _any(values: list[bool | None]) -> bool | None:
    return True if True in values else None if None in values else False


def _in_state(wanted: str, name: str) -> Term:
    def holds(state: State) -> bool | None:
        found = state(name)
        if found is None or (wanted in found and len(found) > 1):
            return None
        return wanted in found

    return holds


def _negated(term: Term) -> Term:
    def holds(state: State) -> bool | None:
        found = term(state)
        return None if found is None else not found

    return holds
