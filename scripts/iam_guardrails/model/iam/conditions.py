"""What a Condition comes to for one request: every operator, with IfExists, ForAllValues and ForAnyValue.

Sources: AWS IAM User Guide, reference_policies_elements_condition_operators,
reference_policies_condition-logic-multiple-context-keys-or-values and
reference_policies_condition-single-vs-multi-valued-context-keys. Where AWS leaves a case open (ForAnyValue with
IfExists and no key; Null and a key that is there and empty), the answer depends on that key.
"""

from __future__ import annotations

from collections.abc import Iterable

from iam_guardrails.model.iam.answers import Answer, both, either, on, opposite
from iam_guardrails.model.iam.caller import PRESENT, UNKNOWN, Among, Begins, BeginsOrNone, Later, LaterOrNone, Open
from iam_guardrails.model.iam.common import common
from iam_guardrails.model.iam.comparisons import read_date, same_value
from iam_guardrails.model.iam.document import Condition
from iam_guardrails.model.iam.keys import is_multivalued
from iam_guardrails.model.iam.match import covers
from iam_guardrails.model.iam.operators import Operator, read_operator
from iam_guardrails.model.iam.request import Situation
from iam_guardrails.model.iam.variables import fill


def conditions_hold(conditions: Iterable[Condition], situation: Situation, version: str) -> Answer:
    """Whether all conditions of a statement hold."""
    return both(condition_holds(item, situation, version) for item in conditions)


def condition_holds(condition: Condition, situation: Situation, version: str) -> Answer:
    """Whether one `operator: {key: values}` holds. An operator that AWS does not know leaves it open."""
    operator = read_operator(condition.operator)
    if operator is None:
        return on(f"the operator {condition.operator}")
    key = condition.key.lower()
    value = situation.value(key)
    if operator.base == "Null":
        return _null(condition, key, value)
    if isinstance(value, Open) and not operator.quantifier and is_multivalued(key, 1):  # as below, where it is there
        return on(key) if value is UNKNOWN and (operator.negated or operator.if_exists) else False
    if isinstance(value, Later):
        return _since(operator, condition, key, value)
    if isinstance(value, Among) and operator.quantifier:
        return _with_others(operator, key, _one(operator, condition, value.text, situation, version))
    if isinstance(value, Open) and _is_valueless(operator, condition, situation, version):
        return _unmeetable(operator, key, value)
    if isinstance(value, Begins):
        answer = _beginning(operator, condition, key, value.text)
        same = not isinstance(value, BeginsOrNone) or answer == _without(operator, key, there=False)
        return answer if same else on(key)
    if isinstance(value, Open):
        return on(key)
    if not value or (value == ("",) and operator.quantifier == "ForAllValues"):  # "such as an empty string"
        return _without(operator, key, there=value is not None)
    if not operator.quantifier and is_multivalued(key, len(value)):
        return False  # a set operator is required (…single-vs-multi-valued-context-keys)
    each = (_one(operator, condition, item, situation, version) for item in value)
    return either(each) if operator.quantifier == "ForAnyValue" else both(each)


def _is_valueless(operator: Operator, condition: Condition, situation: Situation, version: str) -> bool:
    """Whether each listed text holds a variable that has no value, so that it is equal to nothing."""
    return operator.base.startswith(("String", "Arn")) and all(
        fill(text, situation, version, wildcards=False).tokens is None for text in condition.values
    )


def _unmeetable(operator: Operator, key: str, value: Open) -> Answer:
    """Whether the operator holds for a value nobody has told, where no value is equal to anything that is listed."""
    if operator.negated:  # "for none of them" is met whether the key is there or not, but for the set that is empty
        return on(key) if operator.quantifier == "ForAnyValue" else True
    if operator.quantifier == "ForAllValues":  # met by a set that is empty
        return on(key)
    return on(key) if operator.if_exists and (value is UNKNOWN or isinstance(value, BeginsOrNone)) else False


def _one(operator: Operator, condition: Condition, value: str, situation: Situation, version: str) -> Answer:
    """Whether one value of the request meets the operator: one of the listed values, or none of them if negated."""
    base = operator.base.replace("Not", "", 1)
    found = either(same_value(base, text, value, situation, version) for text in condition.values)
    return opposite(found) if operator.negated else found


def _since(operator: Operator, condition: Condition, key: str, value: Later) -> Answer:
    """Whether the operator holds for a date of which nobody has told more than since when it is."""
    since, listed = read_date(value.text), [read_date(text) for text in condition.values]
    past = since is not None and all(date is not None and date < since for date in listed)
    if (
        operator.quantifier
        or not past
        or operator.base.removesuffix("Equals") not in ("DateLessThan", "DateGreaterThan")
    ):
        return on(key)
    there = operator.base.startswith("DateGreaterThan") and bool(listed)
    without = _without(operator, key, there=False) if isinstance(value, LaterOrNone) else there
    return there if there == without else on(key)


def _with_others(operator: Operator, key: str, known: Answer) -> Answer:
    """Whether a set operator holds for a value with which the operator comes to `known`, and for others beside it."""
    if operator.quantifier == "ForAnyValue":
        return True if known is True else on(key)
    return False if known is False else on(key)


def _beginning(operator: Operator, condition: Condition, key: str, begin: str) -> Answer:
    """Whether the operator holds for one value of which only the beginning is known: for every ending, or for none."""
    base = operator.base.replace("Not", "", 1)
    is_text = base in ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
    if not is_text or any("${" in text for text in condition.values):
        return on(key)
    whole = f"{begin}*"
    if base != "StringEquals":  # a star of an ARN stands for less, so that it never covers every ending here
        every = base == "StringLike" and any(covers(text, whole) for text in condition.values)
        some = any(common(text, whole) is not None for text in condition.values)
    else:
        every, some = False, any(text.startswith(begin) for text in condition.values)
    found: Answer = True if every else on(key) if some else False
    return opposite(found) if operator.negated else found


def _without(operator: Operator, key: str, there: bool) -> Answer:
    """Whether the operator holds for a key that is absent, or there with no value."""
    if operator.quantifier == "ForAllValues":
        return True
    if operator.quantifier == "ForAnyValue":
        return on(key) if operator.if_exists and not there else False
    if operator.if_exists and not there:
        return True
    return operator.negated


def _null(condition: Condition, key: str, value: object) -> Answer:
    wanted = {text.lower() for text in condition.values}
    if {"true", "false"} <= wanted:
        return True
    if value is PRESENT or (
        isinstance(value, (Among, Begins, Later)) and not isinstance(value, (LaterOrNone, BeginsOrNone))
    ):
        return "false" in wanted
    if isinstance(value, Open) or value == ():
        return on(key)
    return ("true" if value is None else "false") in wanted
