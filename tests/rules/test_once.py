"""Shared work is done once per account, and never answered for another one."""

from __future__ import annotations

from iam_guardrails.model.account import Account
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.once import once


def test_the_same_two_objects_are_looked_at_once() -> None:
    seen: list[str] = []

    @once
    def look(account: Account, expected: Expected) -> int:
        """Counts."""
        seen.append(account.account_id)
        return len(seen)

    first, equal = (Account("plan", "333333333333", "us-east-2") for _ in range(2))
    expected = Expected("333333333333", "us-east-2")
    assert [look(first, expected), look(first, expected)] == [1, 1]
    assert look(equal, expected) == 2
    assert look(equal, Expected("333333333333", "us-east-2")) == 3
    assert look(first, expected) == 4
    assert look.__doc__ == "Counts."
