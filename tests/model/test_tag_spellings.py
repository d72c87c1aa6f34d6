"""The spellings of a tag's key that conditions on aws:TagKeys tell apart."""

from __future__ import annotations

import pytest

from iam_guardrails.model.iam.document import Condition
from iam_guardrails.model.iam.tag_spellings import spellings

KEYS = "aws:TagKeys"


@pytest.mark.parametrize(
    ("operator", "listed", "found"),
    [
        ("ForAnyValue:StringEquals", ("team",), ("team", "TEAM")),
        ("ForAnyValue:StringEquals", ("TEAM",), ("team", "TEAM")),
        ("ForAllValues:StringNotEquals", ("team", "TEAM", "Team"), ("team", "TEAM", "Team", "TEAm")),
        ("ForAnyValue:StringEquals", ("cost",), ("team",)),
        ("ForAnyValue:StringEqualsIgnoreCase", ("team",), ("team",)),
        ("ForAnyValue:StringLike", ("t*",), ("team", "TEAM")),
        ("ForAnyValue:StringLike", ("*",), ("team",)),
        ("ForAnyValue:StringLike", ("t*", "T*"), ("team", "TEAM")),
        ("Null", ("true",), ("team",)),
        ("ForAnyValue:StringEquals", ("${aws:PrincipalTag/key}",), ("team",)),
        ("NoSuchOperator", ("team",), ("team",)),
    ],
)  # fmt: skip
def test_one_spelling_for_each_way_in_which_conditions_see_it(
    operator: str, listed: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert spellings("team", [Condition(operator, KEYS, listed)]) == found


def test_a_key_without_letters_and_other_condition_keys() -> None:
    assert spellings("7", [Condition("ForAnyValue:StringEquals", KEYS, ("7",))]) == ("7",)
    assert spellings("team", [Condition("StringEquals", "aws:RequestTag/team", ("team",))]) == ("team",)
