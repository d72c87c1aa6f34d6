"""Who can: every answer of the masks is that of `decide`, pair by pair."""

from __future__ import annotations

import csv
import io
from typing import Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.model.random_estates import Maker, becomes, decided
from tests.model.written_estates import World, reached, told

from iam_guardrails.model.iam.pattern import DOCUMENTED, fits_resource, wild
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.chain import Hop
from iam_guardrails.model.iam.reach.each import Each, Parts, Work
from iam_guardrails.model.iam.reach.groups import WAYS, gaps
from iam_guardrails.model.iam.reach.question import Held, Question
from iam_guardrails.model.iam.reach.roles import ASSUME
from iam_guardrails.model.iam.reach.universe import Universe, bits
from iam_guardrails.model.iam.reach.ways import CONDITIONAL, NO, ROLES, WRITTEN, YES, Ways
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed
from iam_guardrails.reports.who_can import render_who_can


def word(masks: tuple[int, int, int], bit: int) -> str:
    return "yes" if masks[0] >> bit & 1 else "depends" if masks[2] >> bit & 1 else "no"


@given(st.integers(0, 2**32), st.integers(0, 2**12))
def test_what_is_shut_among_some_goals_is_what_is_shut_of_them(seed: int, among: int) -> None:
    maker = Maker(seed)
    maker.estate()
    question = maker.question()
    among &= (1 << len(list(question.goals()))) - 1
    for account_id in ("111122223333", "000000000000"):
        assert question.shut(account_id, among) == question.shut(account_id) & among


def test_values_of_secrets_under_the_key_of_aws_are_shut_to_other_accounts() -> None:
    one, other = (f"arn:aws:secretsmanager:us-east-2:111122223333:secret:{name}-AbCdEf" for name in ("a", "b"))
    actions = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
    question = Question(actions, (one, other), {one: Held(None, Unknown("nobody told")), other: Held(None, None)})
    assert question.shut("000000000000") == 0b1000
    assert question.shut("000000000000", 0b0111) == question.shut("111122223333") == 0


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_every_answer_is_that_of_the_reference(seed: int) -> None:
    maker = Maker(seed)
    estate, question = maker.estate(), maker.question()
    account = Account(estate, question)
    for principal, masks in zip(estate.principals, account.direct, strict=True):
        assert masks[0] | masks[1] == masks[1]
        assert masks[1] | masks[2] == masks[2]
        for bit, (action, resource) in enumerate(question.goals()):
            found, expected = word(masks, bit), decided(estate, principal, question, action, resource)
            if account.unsure >> bit & 1:  # what the action needs of the key is not known
                expected = {"yes": "depends"}.get(expected, expected)
            if (
                isinstance(question.held(resource).policy, Unknown)
                and account.question.owner(resource) == "444455556666"
            ):
                expected = {"no": found}.get(expected, expected)  # the other side is not told
            if account.shut >> bit & 1:
                expected = "no"
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
    estate, question = maker.estate(), told(maker.question())
    ways = Ways(estate, question)
    open_to = ~(ways.account.shut | ways.account.unsure)
    for level, enough in ((0, ("yes",)), (2, ("yes", "depends"))):
        expected = naive(estate, question, enough)
        for principal, reach in zip(estate.principals, ways.through_roles[level].reach, strict=True):
            among = sum(1 << bit for bit in expected[principal.arn]) & open_to
            assert reach & ~ways.account.unsure == among, (seed, principal.arn, enough)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
@example(1273)  # a service's condition on what a caller asks of KMS itself
@example(36)  # a group whose Deny can be written away before it is joined
def test_who_writes_policies_reaches_what_a_naive_search_reaches(seed: int) -> None:
    maker = Maker(seed)
    estate, question = maker.estate(), told(maker.question())
    ways = Ways(estate, question)
    closed = ways.account.shut | ways.account.unsure
    for number, principal in enumerate(estate.principals):
        for level, enough in ((0, ("yes",)), (2, ("yes", "depends"))):
            goals = sum(1 << bit for bit in reached(estate, question, number, enough)) & ~closed
            assert not goals & ~ways.through_policies[level][number], (seed, principal.arn, enough)


def test_what_a_group_gives_whose_deny_can_be_written_away_first_is_no_no() -> None:
    ways = Ways((maker := Maker(36)).estate(), told(maker.question()))
    number = next(at for at, one in enumerate(ways.account.principals) if one.name == "u1")
    denied = sum(mask for answer, _, mask in ways.masks(number) if answer == NO)
    assert not denied & sum(1 << bit for bit in (0, 1, 2, 5, 6, 7, 8, 9, 11, 12, 13))


def in_parts(parts: int) -> Each:
    """The work in several parts, the last first, none of which knows what comes of the others."""

    def each(work: Work, count: int, *, is_long: bool = False) -> Parts:
        return [(numbers, work(numbers)) for first in range(parts)[::-1] for numbers in [range(first, count, parts)]]

    return each


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 4), st.booleans())
def test_no_answer_hangs_on_how_the_work_is_parted(seed: int, parts: int, indirect: bool) -> None:
    maker = Maker(seed)
    estate, question = maker.estate(), maker.question()
    whole, parted = Ways(estate, question, indirect), Ways(estate, question, indirect, in_parts(parts))
    for number in range(len(estate.principals)):
        assert list(whole.masks(number)) == list(parted.masks(number)), (seed, number)
    for form in ("text", "json", "csv"):
        assert "".join(render_who_can(whole, form)) == "".join(render_who_can(parted, form)), (seed, form)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_csv_holds_each_pair_that_is_not_a_no_with_what_is_not_told_of_it(seed: int) -> None:
    maker = Maker(seed)
    ways = Ways(maker.estate(), maker.question())
    goals = list(ways.account.question.goals())
    expected = {
        (principal.arn, *goals[bit], answer, WAYS[way], gaps(ways, bit))
        for number, principal in enumerate(ways.account.principals)
        for answer, way, mask in ways.masks(number) for bit in (bits(mask) if answer != NO else ())
    }  # fmt: skip
    head, *rows = csv.reader(io.StringIO("".join(render_who_can(ways, "csv"))))
    assert head == ["principal", "action", "resource", "answer", "way", "chain", "depends_on", "not_told"]
    found = [(*row[:5], row[7]) for row in rows if row[4] != "named from outside"]
    assert len(found) == len(expected)
    assert set(found) == expected, seed


def test_who_opened_nothing_before_is_asked_again_when_more_can_be_written() -> None:
    """U opens secret A itself; B only with X, which may write B's policy, but is denied both secrets."""
    secrets = tuple(f"arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}-AbCdEf" for name in "AB")
    user = _holder("user", "u", _allowed("secretsmanager:PutResourcePolicy", secrets[0]),
                   _allowed("iam:UpdateAssumeRolePolicy", "arn:aws:iam::111122223333:role/x"))  # fmt: skip
    role = _holder("role", "x", _allowed("secretsmanager:PutResourcePolicy", secrets[1]),
                   {**_allowed("secretsmanager:GetSecretValue", "*"), "Effect": "Deny"})  # fmt: skip
    estate = Estate("111122223333", "aws", (user,), {}, (role,), {})
    held = dict.fromkeys(secrets, Held(None, None))
    ways = Ways(estate, Question(("secretsmanager:GetSecretValue",), secrets, held))
    assert [item for item in ways.masks(0) if item[2]] == [(YES, WRITTEN, 3)]
    chains = [[hop.action for hop in ways.chain(0, goal, YES, WRITTEN).hops] for goal in (0, 1)]
    assert chains == [["secretsmanager:PutResourcePolicy"],
                      ["iam:UpdateAssumeRolePolicy", "sts:AssumeRole", "secretsmanager:PutResourcePolicy"]]  # fmt: skip


@pytest.mark.parametrize(
    ("named", "opens"),
    [
        ({"AWS": "arn:aws:iam::111122223333:root"}, True), ({"AWS": "111122223333"}, True),
        ({"AWS": ["arn:aws:iam::444455556666:root", "arn:aws:iam::111122223333:root"]}, True),
        ({"AWS": "*"}, True), ({"AWS": "arn:aws:iam::111122223333:user/u"}, True),
        ({"AWS": "arn:aws:iam::444455556666:root"}, False), ({"AWS": "arn:aws:iam::444455556666:user/u"}, False),
        ({"Service": "ec2.amazonaws.com"}, False),
    ],
)  # fmt: skip
def test_a_role_that_trusts_its_account_is_open_to_it_and_one_that_trusts_another_account_is_not(
    named: dict[str, Any], opens: bool
) -> None:
    user = _holder("user", "u", _allowed("sts:AssumeRole", "*"))
    role = _holder("role", "x", _allowed("secretsmanager:GetSecretValue", "*"))
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": named, "Action": ASSUME}]}
    secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf"
    estate = Estate("111122223333", "aws", (user,), {}, (changed(role, trust=trust),), {})
    ways = Ways(estate, Question(("secretsmanager:GetSecretValue",), (secret,), {secret: Held(None, None)}))
    assert [item for item in ways.masks(0) if item[2]] == [(YES, ROLES, 1) if opens else (NO, "", 1)]


def _allowed(action: str, resource: str) -> dict[str, str]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _holder(kind: Literal["user", "role"], name: str, *statements: dict[str, str]) -> Principal:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": ASSUME}]}
    return Principal(
        kind, name, "/", f"arn:aws:iam::111122223333:{kind}/{name}", trust=trust if kind == "role" else None,
        inline=(("own", {"Version": "2012-10-17", "Statement": list(statements)}),),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
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
                _check_chain(ways, number, goal, answer, way)
        assert left == 0


def _check_chain(ways: Ways, number: int, goal: int, answer: str, way: str) -> None:
    found = ways.chain(number, goal, answer, way)
    assert bool(found.hops) is (way in (ROLES, WRITTEN))
    assert (way != WRITTEN) or any(hop.action != "sts:AssumeRole" for hop in found.hops)
    if answer in (YES, CONDITIONAL):
        enough = ("yes",) if answer == YES else ("yes", "depends")
        asked = list(ways.account.question.goals())[goal]
        world = World(ways.account.estate, ways.account.question, number)
        assert _leads(world, list(found.hops), {number}, found.last, asked, enough)


def _leads(
    world: World, hops: list[Hop], held: set[int], last: int, asked: tuple[str, str], enough: tuple[str, ...]
) -> bool:  # fmt: skip
    """Whether each hop is allowed when its turn comes, by somebody whom the hops before lead to, and then the goal."""
    for place, hop in enumerate(hops):
        if hop.who not in held or world.may(hop.who, hop.action, hop.on) not in enough:
            return False
        if hop.action == "iam:SetDefaultPolicyVersion":  # the chain does not say which version
            for version in dict(world.estate.policies[hop.on].versions):
                other = World(world.estate, world.question, world.start)
                other.do(hop.action, hop.on, version)
                if _leads(other, hops[place + 1 :], set(held), last, asked, enough):
                    return True
            return False
        world.do(hop.action, hop.on)
        held |= {
            at for at, item in enumerate(world.estate.principals)
            if item.arn == hop.on and hop.action == "sts:AssumeRole"
        }  # fmt: skip
    return last in held and world.reaches(last, *asked) in enough


_TEXT = st.text("ab:/*?", max_size=12)


@given(st.lists(st.text("ab:/", max_size=10), max_size=6), st.lists(_TEXT, max_size=5))
def test_a_pattern_covers_what_it_covers_one_by_one(resources: list[str], patterns: list[str]) -> None:
    universe = Universe(resources)
    for pattern in (*patterns, *resources):
        expected = sum(1 << at for at, item in enumerate(universe.resources)
                       if item == pattern or fits_resource(wild(pattern), item, DOCUMENTED))  # fmt: skip
        assert universe.mask(pattern) == expected


_HOME = "arn:aws:iam::111122223333:"
_ABROAD = ("arn:aws:iam::*:", "arn:*:iam::1111*:", "arn:aws:*:", "a*:aws:iam:?:111122223333:", "arn:aws:iam::4*:", "*:",
           "arn:aws:i?m::11112222333?:")  # fmt: skip


@given(
    st.lists(st.text("ab/-", max_size=6), min_size=1, max_size=8), st.sampled_from(_ABROAD),
    st.text("ab:/-*?", max_size=8), st.booleans(),
)  # fmt: skip
def test_a_pattern_that_is_open_in_what_all_resources_share_covers_what_it_covers_one_by_one(
    names: list[str], begin: str, rest: str, is_secret: bool
) -> None:
    home = _HOME.replace("iam::", "secretsmanager:us-east-1:") + "secret:" if is_secret else _HOME
    begin = begin.replace("iam:", "secretsmanager:") if is_secret else begin
    universe = Universe(home + name for name in names)
    expected = sum(1 << at for at, item in enumerate(universe.resources)
                   if fits_resource(wild(begin + rest), item, DOCUMENTED))  # fmt: skip
    assert universe.mask(begin + rest) == expected


class _Careful(Universe):
    def _those(self, *_: object) -> int:
        raise AssertionError("one by one")


def test_a_pattern_for_any_account_is_a_range_that_nobody_goes_through() -> None:
    universe = _Careful(f"{_HOME}role/r{number}" for number in range(9))
    assert universe.mask("arn:aws:iam::*:role/*") == universe.every
    assert universe.mask("arn:aws:iam::4*:role/*") == 0
