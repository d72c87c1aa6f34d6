"""Who can: every answer of the masks is that of `decide`, pair by pair."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model.random_estates import ALL_TEXT, Maker, becomes, decided, may

from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.pattern import DOCUMENTED, fits_resource, wild
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.question import Held, Question
from iam_guardrails.model.iam.reach.universe import Universe, bits
from iam_guardrails.model.iam.reach.ways import NOT_JUDGED, ROLES, WRITTEN, YES, Hop, Ways
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed


def word(masks: tuple[int, int], bit: int) -> str:
    return "yes" if masks[0] >> bit & 1 else "depends" if masks[1] >> bit & 1 else "no"


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_every_answer_is_that_of_the_reference(seed: int) -> None:
    maker = Maker(seed)
    estate, question = maker.estate(), maker.question()
    account = Account(estate, question)
    for principal, masks in zip(estate.principals, account.direct, strict=True):
        for bit, (action, resource) in enumerate(question.goals()):
            found, expected = word(masks, bit), decided(estate, principal, question, action, resource)
            if (
                isinstance(question.held(resource).policy, Unknown)
                and account.question.owner(resource) == "444455556666"
            ):
                expected = {"no": found}.get(expected, expected)  # the other side is not told
            assert found == expected, (seed, principal.arn, action, resource)


def naive(estate: Estate, question: Question, enough: tuple[str, ...]) -> dict[str, set[int]]:
    """What each caller reaches through any number of roles, by asking `decide` about every hop."""
    goals = list(question.goals())
    found = {item.arn: {bit for bit, (action, resource) in enumerate(goals)
                        if decided(estate, item, question, action, resource) in enough}
             for item in estate.principals}  # fmt: skip
    hops = [(one.arn, role.arn) for one in estate.principals for role in estate.roles
            if becomes(estate, one, question, role) in enough]  # fmt: skip
    for _ in estate.principals:
        for one, role in hops:
            found[one] |= found[role]
    return found


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_chains_are_those_of_a_naive_search(seed: int) -> None:
    maker = Maker(seed)
    estate, question = maker.estate(), maker.question()
    told = {arn: changed(held, policy=None) if isinstance(held.policy, Unknown) else held
            for arn, held in ((arn, question.held(arn)) for arn in (*question.resources, *question.told))}  # fmt: skip
    question = changed(question, told=told)
    ways = Ways(estate, question)
    for spread, enough in zip(ways.through_roles, (("yes",), ("yes", "depends")), strict=True):
        expected = naive(estate, question, enough)
        for principal, reach in zip(estate.principals, spread.reach, strict=True):
            assert set(bits(reach)) == expected[principal.arn], (seed, principal.arn, enough)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_each_hop_of_a_chain_is_allowed(seed: int) -> None:
    maker = Maker(seed)
    estate, question = maker.estate(), maker.question()
    ways = Ways(estate, question)
    for number in range(len(estate.principals)):
        left = ways.account.every
        for answer, way, mask in ways.masks(number):
            assert mask & left == mask, "every goal stands in one place"
            left &= ~mask
            for goal in bits(mask):
                _check_hops(ways, number, goal, answer, way)
        assert left == 0


def _check_hops(ways: Ways, number: int, goal: int, answer: str, way: str) -> None:
    estate, question = ways.account.estate, ways.account.question
    enough = ("yes",) if answer == YES else ("yes", "depends")
    hops = ways.hops(number, goal, answer, way)
    assert bool(hops) is (way in (ROLES, WRITTEN))
    assert (way != WRITTEN) or any(hop.action not in ("sts:AssumeRole",) for hop in hops)
    rewritten, held = set(), {number}
    for hop in hops:
        assert hop.who in held, "each hop is made by somebody whom the hops before lead to"
        held |= {
            at for at, item in enumerate(estate.principals) if item.arn == hop.on and hop.action == "sts:AssumeRole"
        }
        who = estate.principals[hop.who]
        role = next((item for item in estate.roles if item.arn == hop.on), None)
        if hop.action == "sts:AssumeRole" and role is not None:
            assert hop.on in rewritten or becomes(estate, who, question, role) in enough
        elif hop.on.startswith("arn:aws:iam:"):
            assert may(estate, who, question, hop.action, hop.on) in enough
            rewritten.add(hop.on)
        elif " and " not in hop.action:
            assert may(estate, who, question, hop.action, hop.on) in enough
    if hops and answer != NOT_JUDGED:
        assert decided(*_after(ways, hops), *list(question.goals())[goal]) in enough, "and then the goal is allowed"


def _after(ways: Ways, hops: tuple[Hop, ...]) -> tuple[Estate, Principal, Question]:
    """The account when the policies of a chain are written, and who then asks."""
    estate, question = ways.account.estate, ways.account.question
    last = estate.principals[hops[-1].who]
    if hops[-1].action == "sts:AssumeRole":
        last = next(item for item in estate.roles if item.arn == hops[-1].on)
    for hop in hops:
        for action in hop.action.split(" and "):
            if action == "iam:AddUserToGroup":
                last = changed(last, groups=(*last.groups, hop.on.rpartition("/")[2]))
            elif action.startswith("iam:") and action != "iam:UpdateAssumeRolePolicy":
                last = changed(last, inline=(*last.inline, ("written", ALL_TEXT)))
            elif not action.startswith(("sts:", "iam:")):
                question = changed(question, told=_written(question, last.arn, key=action.startswith("kms:")))
    return estate, last, question


def _written(question: Question, arn: str, *, key: bool) -> dict[str, Held]:
    allow = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "*", "Resource": "*"}
    policy = parse({"Version": "2012-10-17", "Statement": allow})
    told = {item: question.held(item) for item in (*question.resources, *question.told)}
    return {item: changed(held, policy=policy) if (":kms:" in item) is key else held for item, held in told.items()}


_TEXT = st.text("ab:/*?", max_size=12)


@given(st.lists(st.text("ab:/", max_size=10), max_size=6), st.lists(_TEXT, max_size=5))
def test_a_pattern_covers_what_it_covers_one_by_one(resources: list[str], patterns: list[str]) -> None:
    universe = Universe(resources)
    for pattern in (*patterns, *resources):
        expected = sum(1 << at for at, item in enumerate(universe.resources)
                       if item == pattern or fits_resource(wild(pattern), item, DOCUMENTED))  # fmt: skip
        assert universe.mask(pattern) == expected
