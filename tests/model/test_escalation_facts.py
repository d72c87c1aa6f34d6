"""What facts make of many principals at once is what they make of each one alone."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.model.estates import IAM, account, allow, deny, estate, group, managed, policy, role, trust, user

from iam_guardrails.model.iam.escalation import facts
from iam_guardrails.model.iam.escalation.facts import Effects, Key
from iam_guardrails.model.iam.escalation.ground import Ground
from iam_guardrails.model.iam.escalation.methods import published

COUNT = 60
ON_PRINCIPALS: tuple[Key, ...] = (
    facts.ACT, facts.TRUST, facts.GROWN, facts.REPLACED, facts.UNBOUND, facts.NO_INLINE, facts.NO_MANAGED,
    ("tag team=red", "principal"), ("untag team", "principal"), (f"attach {IAM}:policy/m1", "principal"),
    (f"attach {IAM}:policy/no", "principal"),
)  # fmt: skip
ON_GROUPS: tuple[Key, ...] = (
    facts.GROUP_GROWN, facts.GROUP_REPLACED, facts.OPEN, facts.LEFT, facts.GROUP_NO_INLINE, facts.GROUP_NO_MANAGED,
    (f"attach {IAM}:policy/m2", "group"),
)  # fmt: skip
ON_POLICIES: tuple[Key, ...] = (facts.REWRITTEN, facts.RESET)


def _everybody(random: Random) -> Any:
    tagged = allow("s3:GetObject", "*", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})
    others = allow("iam:PutUserPolicy", "*", Condition={"StringEquals": {"iam:ResourceTag/team": "red"}})
    older = [policy(allow("iam:*", f"{IAM}:user/{number}")) for number in range(4)]  # too many choices for three
    made = [
        managed("m1", policy(tagged), *older), managed("m2", policy(others), *older),
        managed("no", policy(deny("iam:*"))), managed("limit", policy(allow("*")), *older),
        group("g1", policy(allow("s3:*")), attached=[f"{IAM}:policy/m1"]),
        group("g2", policy(deny("s3:*")), attached=[f"{IAM}:policy/m2"]),
    ]  # fmt: skip
    for number in range(COUNT):
        held = {
            "attached": [f"{IAM}:policy/{name}" for name in random.sample(["m1", "m2", "no"], random.randint(0, 2))],
            **({"boundary": f"{IAM}:policy/limit"} if random.random() < 0.3 else {}),
        }
        own = [policy(allow("s3:*"))] * random.randint(0, 2)
        if number % 2:
            made.append(role(f"r{number}", trust({"AWS": "111122223333"}), *own, **held))
        else:
            joined = random.sample(["g1", "g2"], random.randint(0, 2))
            made.append(user(f"u{number}", *own, groups=joined, **held))
    return account(*made)


def _drawn(random: Random, effects: Effects) -> dict[Key, int]:
    ground = effects.ground
    found: dict[Key, int] = {facts.ACT: 1}
    for keys, count in ((ON_PRINCIPALS, len(ground.principals)), (ON_GROUPS, len(ground.groups)),
                        (ON_POLICIES, len(ground.policies))):  # fmt: skip
        for key in random.sample(keys, random.randint(0, 2)):
            found[key] = random.getrandbits(count) | random.getrandbits(count)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_what_facts_make_of_many_is_what_they_make_of_each(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    ground = Ground(estate(_everybody(random), tmp_path / "account.json"), published())
    many, alone = Effects(ground), Effects(ground)
    made = 0
    for _ in range(6):
        gained = _drawn(random, many)
        made_by, kept = many.changes_by(gained), set[int]()
        for number in range(len(ground.principals)):
            found = made_by(number)
            assert list(found) == alone.changes(gained, number), (gained, ground.principals[number].arn)
            kept.add(id(found))
        made += len(kept)
        assert many.too_many == alone.too_many
    assert made < 6 * len(ground.principals)


def test_principals_of_which_too_much_would_have_to_be_tried_are_all_named(tmp_path: Path) -> None:
    effects = Effects(Ground(estate(_everybody(Random(1)), tmp_path / "account.json"), published()))
    holders = {name: f"{IAM}:policy/{name}" for name in ("m1", "m2", "limit")}
    by_hand = [number for number, item in enumerate(effects.ground.principals)
               if {*holders.values()} <= {*item.attached, item.boundary_arn}]  # fmt: skip
    made_by = effects.changes_by({facts.ACT: 1, facts.RESET: effects.ground.universes["policy"].whole})
    for number in by_hand:
        made_by(number)
    assert len(by_hand) > 1
    assert [number for number in by_hand if effects.too_many >> number & 1] == by_hand
