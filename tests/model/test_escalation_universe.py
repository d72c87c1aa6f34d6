"""Masks of many ARNs, and Regions told apart, are what one pattern and one ARN come to, asked each alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from iam_guardrails.model.iam.escalation.patterns import standing
from iam_guardrails.model.iam.escalation.regions import Regions, regions_of
from iam_guardrails.model.iam.escalation.universe import Universe, bits
from iam_guardrails.model.iam.pattern import DOCUMENTED, Tokens, fits_resource, literal, wild

IAM = "arn:aws:iam::111122223333"
ARNS = tuple(f"{IAM}:{kind}/{path}{name}" for kind in ("role", "user") for path in ("", "dev/", "a/role/")
             for name in ("r1", "r2", "r1*", "team-x", "role", "x:y"))  # fmt: skip
ALL = Universe("principal", ARNS)
PIECES = st.sampled_from(["*", "?", "arn", ":", "aws", "iam", "::", "111122223333", "role/", "user/", "dev/", "r1", "r",
                          "team-", "x", "1", IAM])  # fmt: skip
HEADS = st.sampled_from(["", "arn:aws:iam::", "arn:*:iam::", f"{IAM}:", f"{IAM}:role/", "arn:aws:iam::*:role/", "*"])
PATTERNS = st.builds(lambda head, pieces: head + "".join(pieces), HEADS, st.lists(PIECES, max_size=4))


def _told(mask: int) -> list[str]:
    return [ARNS[number] for number in bits(mask)]


def _alone(tokens: Tokens) -> list[str]:
    return [arn for arn in ARNS if fits_resource(tokens, arn, DOCUMENTED)]


@settings(max_examples=600, deadline=None)
@given(PATTERNS)
def test_a_pattern_covers_of_many_what_it_covers_of_each(pattern: str) -> None:
    assert _told(ALL.covered(pattern)) == _alone(wild(pattern))
    assert _told(Universe("principal", ARNS).fitting(wild(pattern))) == _alone(wild(pattern))


@settings(max_examples=300, deadline=None)
@given(PATTERNS, PATTERNS, PATTERNS)
def test_signs_of_a_filled_in_variable_stand_for_themselves(before: str, value: str, after: str) -> None:
    """A value may hold the signs of wildcards; asked twice, the answer is the same."""
    tokens = [*wild(before), *literal(value), *wild(after)]
    assert _told(ALL.fitting(tokens)) == _told(ALL.fitting(tokens)) == _alone(tokens)


REGIONAL = st.builds(
    lambda head, region, rest: head + region + rest,
    st.sampled_from(["arn:aws:lambda:", "arn:*:lambda:", "arn:aws:*:", "arn:aws:ec2:", "arn:aws:l*", "*"]),
    st.sampled_from(["*", "us-east-1", "us-*", "*-1", "eu-west-?", "", "**", "*?"]),
    st.sampled_from(["", ":", ":*", ":111122223333:function:x", "*:function:x", ":*:function:x"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(REGIONAL, max_size=3))
def test_regions_are_told_apart_as_the_patterns_see_each(patterns: list[str]) -> None:
    regions, seen = regions_of("aws"), dict[object, str]()
    for region in regions:
        here = tuple(standing(wild(pattern), f"arn:aws:lambda:{region}:") for pattern in patterns)
        seen.setdefault(here, region)
    assert Regions("aws").apart(["lambda"], map(wild, patterns), ()) == list(seen.values())
