"""Account ids compared as numbers: the ids that meet a comparison, as patterns of twelve digits.

Source: AWS IAM User Guide, reference_policies_elements_condition_operators (numeric and date operators; seconds since
1970 are a date). An account id is a text of digits, so that a policy may compare it as either.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from iam_guardrails.model.iam.prove import values
from iam_guardrails.model.iam.prove.patterns import Token
from iam_guardrails.model.iam.prove.tests import Test

_DIGITS = 12
_HIGHEST: int = 10**_DIGITS - 1


def account_ids(test: Test, text: str) -> list[list[Token]]:
    """The account ids that meet one value of a Numeric or Date test (its Not aside); none where it cannot be read."""
    limit = (values.number if test.family == "number" else values.moment)(text)
    if limit is None:
        return []
    low, high = _span(test.base.removeprefix("Numeric").removeprefix("Date"), limit)
    return [*_between(f"{max(low, 0):012d}", f"{min(high, _HIGHEST):012d}")] if low <= high else []


def _span(how: str, limit: Fraction) -> tuple[int, int]:
    """The first and the last whole number that compare so with the limit."""
    if how == "Equals":
        return ceil(limit), floor(limit)
    if how.startswith("Less"):
        return 0, floor(limit) if how == "LessThanEquals" else ceil(limit) - 1
    return (ceil(limit) if how == "GreaterThanEquals" else floor(limit) + 1), _HIGHEST


def _between(low: str, high: str) -> Iterator[list[Token]]:
    """Patterns for the numbers from low to high, both of the same count of digits; none where low is the greater."""
    if low > high:
        return
    same = next((at for at, (one, other) in enumerate(zip(low, high, strict=True)) if one != other), len(low))
    start: list[Token] = [("c", sign) for sign in low[:same]]
    if same == len(low):
        yield start
        return
    rest = len(low) - same - 1
    for one in _ends(low[same + 1 :], up=True):
        yield [*start, ("c", low[same]), *one]
    middle = "".join(map(str, range(int(low[same]) + 1, int(high[same]))))
    if middle:
        yield [*start, ("c", middle), *[("c", "0123456789")] * rest]
    for one in _ends(high[same + 1 :], up=False):
        yield [*start, ("c", high[same]), *one]


def _ends(digits: str, *, up: bool) -> Iterator[list[Token]]:
    """Patterns for the digits that are at least (up) or at most `digits`, of the same count."""
    yield [("c", sign) for sign in digits]
    for at, sign in enumerate(digits):
        others = "0123456789"[int(sign) + 1 :] if up else "0123456789"[: int(sign)]
        if others:
            yield [*(("c", one) for one in digits[:at]), ("c", others), *[("c", "0123456789")] * (len(digits) - at - 1)]
