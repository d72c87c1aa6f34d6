"""The glob matcher against an oracle: the same pattern written as a regular expression."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.model.iam.match import (
    action_match,
    arn_match,
    covers,
    glob_match,
    has_wildcard,
    names_action,
)

PATTERNS = st.text(alphabet="ab*?[].", max_size=8)
TEXTS = st.text(alphabet="ab[].*?", max_size=8)


def oracle(pattern: str, text: str) -> bool:
    """`*` and `?` as a regular expression, everything else literal."""
    parts = {"*": ".*", "?": "."}
    return re.fullmatch("".join(parts.get(sign, re.escape(sign)) for sign in pattern), text, re.DOTALL) is not None


@given(PATTERNS, TEXTS)
def test_glob_agrees_with_the_regular_expression(pattern: str, text: str) -> None:
    assert glob_match(pattern, text) is oracle(pattern, text)


@given(PATTERNS, TEXTS, TEXTS)
def test_a_star_takes_any_middle(pattern: str, middle: str, end: str) -> None:
    plain = pattern.replace("*", "").replace("?", "")
    assert glob_match(
        f"{plain}*{end.replace('*', '').replace('?', '')}", plain + middle + end.translate({42: "", 63: ""})
    )


@given(PATTERNS, PATTERNS, st.text(alphabet="ab[].", max_size=8))
def test_what_covers_a_pattern_matches_all_it_matches(wide: str, narrow: str, text: str) -> None:
    if covers(wide, narrow) and oracle(narrow, text):
        assert oracle(wide, text)


@given(PATTERNS)
def test_every_pattern_covers_itself_and_a_star_covers_all(pattern: str) -> None:
    assert covers(pattern, pattern)
    assert covers("*", pattern)


def test_a_long_hopeless_pattern_ends_soon() -> None:
    assert not glob_match("*a" * 30 + "b", "a" * 3000)


def test_brackets_are_literal() -> None:
    assert not glob_match("[ab]", "a")
    assert glob_match("[ab]", "[ab]")


@pytest.mark.parametrize(
    ("pattern", "action", "fits"),
    [
        ("sts:AssumeRole", "sts:assumerole", True),
        ("STS:Assume*", "sts:AssumeRoleWithSAML", True),
        ("*", "sts:AssumeRole", True),
        ("sts:AssumeRole", "sts:AssumeRoleWithSAML", False),
        ("s3:*", "sts:AssumeRole", False),
    ],
)
def test_actions_fit_in_any_case(pattern: str, action: str, fits: bool) -> None:
    assert action_match(pattern, action) is fits
    assert names_action([pattern, "ec2:None"], action) is fits


@pytest.mark.parametrize(
    ("pattern", "arn", "fits"),
    [
        ("arn:aws:iam::*:role/a", "arn:aws:iam::333333333333:role/a", True),
        ("arn:aws:iam::333333333333:role/*", "arn:aws:iam::333333333333:role/x/y", True),
        ("arn:*", "arn:aws:iam::333333333333:role/a", False),  # fewer than six segments
        ("arn:aws:*:role/a", "arn:aws:iam::333333333333:role/a", False),  # a star stays in its segment
        ("arn:aws:iam::333333333333:role/A", "arn:aws:iam::333333333333:role/a", False),  # case counts
        ("*:*:*:*:*:*", "arn:aws:logs:us-east-2:333333333333:log-group:x:*", True),
    ],
)
def test_arns_are_compared_segment_by_segment(pattern: str, arn: str, fits: bool) -> None:
    assert arn_match(pattern, arn) is fits


def test_escaped_wildcards_are_characters() -> None:
    assert has_wildcard("a*")
    assert not has_wildcard("a${*}b${?}")


@given(st.text("a*?:", max_size=9), st.text("a:", max_size=9))
def test_an_arn_fits_where_each_of_its_six_segments_does(pattern: str, arn: str) -> None:
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    fits = len(patterns) == len(parts) == 6 and all(map(glob_match, patterns, parts))
    assert arn_match(pattern, arn) is fits
    assert arn_match(arn, arn) is (len(parts) == 6)
