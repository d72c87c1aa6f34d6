"""Condition operators: their spelling, and what a condition on one single-valued key comes to.

Source: AWS IAM User Guide, reference_policies_elements_condition_operators,
reference_policies_condition-logic- multiple-context-keys-or-values and
reference_policies_condition-single-vs-multi-valued-context-keys.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from iam_guardrails.model.iam.document import Condition
from iam_guardrails.model.iam.match import arn_match, glob_match
from iam_guardrails.model.value import frozen

_COMPARISONS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_ARN = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
BASES = frozenset(
    {"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
     "StringNotLike", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null", *_ARN,
     *(kind + how for kind in ("Numeric", "Date") for how in _COMPARISONS)}
)  # fmt: skip
TEXT_BASES = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"})


@frozen
class Operator:
    """An operator taken apart: `quantifier` is "", "ForAllValues" or "ForAnyValue"; `base` one of BASES."""

    base: str
    quantifier: str = ""
    if_exists: bool = False

    @property
    def negated(self) -> bool:
        """Whether it is true where nothing matches, and therefore also where the key is absent."""
        return "Not" in self.base

    @property
    def expands(self) -> bool:
        """Whether `*` and `?` in its values are wildcards."""
        return "Like" in self.base or self.base in _ARN


@lru_cache(maxsize=1 << 10)
def read_operator(text: str) -> Operator | None:
    """Take an operator apart; None where AWS knows no such operator and refuses the policy."""
    quantifier, colon, rest = text.rpartition(":")
    if colon and quantifier not in ("ForAllValues", "ForAnyValue"):
        return None
    base = rest.removesuffix("IfExists")
    if base not in BASES or (base == "Null" and (rest != base or quantifier)):
        return None
    return Operator(base, quantifier, rest != base)


def narrows(condition: Condition) -> bool:
    """Whether the condition is a positive text match that an absent key can never satisfy."""
    operator = read_operator(condition.operator)
    return (
        operator is not None
        and operator.base in TEXT_BASES
        and operator.quantifier != "ForAllValues"
        and not operator.if_exists
    )


def holds(condition: Condition, value: str | None) -> bool | None:
    """Whether `condition` holds for a request whose key has `value` (None: the key is absent).

    None as the answer means that this function does not know: an operator AWS does not know, a policy
    variable, a comparison of dates or addresses.
    """
    operator = read_operator(condition.operator)
    if operator is None:
        return None
    if operator.base == "Null":
        return any((text.lower() == "true") is (value is None) for text in condition.values)
    if value is None:
        return _absent(operator)
    return _present(operator, condition.values, value)


def _absent(operator: Operator) -> bool | None:
    if operator.quantifier == "ForAllValues":
        return True
    if operator.quantifier == "ForAnyValue":
        return None if operator.if_exists else False  # AWS does not say what the two mean together
    return operator.if_exists or operator.negated


def _present(operator: Operator, values: tuple[str, ...], value: str) -> bool | None:
    same = _COMPARE.get(operator.base.replace("Not", ""))
    if same is None or any("${" in text for text in values):
        return None
    found = any(same(text, value) for text in values)
    return found is not operator.negated


def _number(how: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def compare(listed: str, value: str) -> bool:
        try:
            return how(float(value), float(listed))
        except ValueError:
            return False

    return compare


_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "Bool": lambda listed, value: listed.lower() == value.lower(),
    "StringEquals": lambda listed, value: listed == value,
    "StringEqualsIgnoreCase": lambda listed, value: listed.lower() == value.lower(),
    "StringLike": glob_match,
    "ArnEquals": arn_match,
    "ArnLike": arn_match,
    "NumericEquals": _number(lambda value, listed: value == listed),
    "NumericLessThan": _number(lambda value, listed: value < listed),
    "NumericLessThanEquals": _number(lambda value, listed: value <= listed),
    "NumericGreaterThan": _number(lambda value, listed: value > listed),
    "NumericGreaterThanEquals": _number(lambda value, listed: value >= listed),
}
