"""What is worked out once for all whose policies say the same is what each would be told if it were asked alone."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.model.estates import IAM, account, allow, deny, estate, managed, policy, role, trust, user

from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.escalation.ground import Ground
from iam_guardrails.model.iam.escalation.methods import published
from iam_guardrails.model.iam.escalation.steps import Stepping

IDS = {"iam-put-user-policy", "iam-create-access-key", "lambda-create-invoke", "sts-assume-role"}
METHODS = [item for item in published() if item.id in IDS]
RESOURCES = ("*", f"{IAM}:user/u1*", f"{IAM}:user/${{aws:username}}")
CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
    {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}},
    {"Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}},
)
BESIDES = ((), (allow("iam:CreateAccessKey"),), (deny("iam:CreateAccessKey"),))
LIMITS = ("", f"{IAM}:policy/narrow")
OTHERS = parse(policy(deny(["iam:PutUserPolicy"], f"{IAM}:user/u2*")))
Levels = tuple[tuple[PolicyDocument, ...], ...]
IDLE = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}


def _everybody() -> Any:
    """Users with each combination, of which two differ in nothing but names, tags and what no method needs."""
    random = Random(5)
    narrow = policy(allow(["iam:*", "lambda:*"], [f"{IAM}:user/u1*", "arn:aws:lambda:*"]))
    made = [
        managed("narrow", narrow),
        role("r1", trust({"AWS": "111122223333"})),
        role("r2", trust({"AWS": f"{IAM}:user/u7"})),
        role("r3", trust({"Service": "lambda.amazonaws.com"})),
    ]
    combinations = [one for one in product(RESOURCES, CONDITIONS, BESIDES, LIMITS) for _ in range(2)]
    for number, (resource, condition, besides, limit) in enumerate(combinations):
        said = [allow(["iam:*", "sts:AssumeRole", "lambda:*"], resource, **condition), *besides]
        said = [{**item, "Sid": f"s{number}"} for item in said]
        said.insert(random.randint(0, len(said)), IDLE)
        made.append(user(f"u{number}", policy(*said), boundary=limit, team=random.choice(["red", "blue"])))
    random.shuffle(made)
    return account(*made)


@pytest.mark.parametrize("scps", [(), ((OTHERS, parse(policy(allow("*")))),)], ids=["alone", "under an organisation"])
def test_principals_whose_policies_say_the_same_are_told_what_each_is_told_alone(scps: Levels, tmp_path: Path) -> None:
    ground = Ground(estate(_everybody(), tmp_path / "account.json"), METHODS, scps)
    shared, asked = Stepping(ground), 0
    for number in range(0, len(ground.principals), 3 if scps else 1):
        alone = Stepping(ground)  # which remembers nothing
        assert shared.steps(shared.guise(number)) == alone.steps(alone.guise(number)), ground.principals[number].arn
        asked += alone.permits.asked
    assert shared.permits.asked < 0.7 * asked  # much was worked out once


REFUSED: tuple[dict[str, Any], ...] = (
    deny("sts:AssumeRole", "*", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}),
    deny("sts:AssumeRole", f"{IAM}:role/${{aws:username}}"),
    deny("sts:AssumeRole", "*", Condition={"StringEquals": {"iam:ResourceTag/team": "red"}}),
    deny("sts:AssumeRole", "*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    deny("sts:AssumeRole", f"{IAM}:role/a*"),
)


@pytest.mark.parametrize("statement", REFUSED, ids=["caller's tag", "its name", "role's tag", "MFA", "roles"])
def test_who_enters_by_a_trust_policy_that_it_wrote_is_told_what_each_is_told_alone(
    statement: dict[str, Any], tmp_path: Path
) -> None:
    said = policy(allow("sts:AssumeRole"), statement)
    made = [user(name, said, team=team) for name, team in product("ab", ["red"])] + [user("c", said, team="blue")]
    made += [role(name, trust({"AWS": "999988887777"}), said, team=team)
             for name, team in (("a", "red"), ("ab", "blue"), ("c", "red"))]  # fmt: skip
    ground = Ground(estate(account(*made), tmp_path / "account.json"), METHODS)
    shared, limited = Stepping(ground), False
    for number in range(ground.there):
        alone = Stepping(ground)
        for mask in (ground.roles, ground.roles & -ground.roles):  # all of them, and one
            found = shared.written(shared.guise(number), mask)
            assert found == alone.written(alone.guise(number), mask), ground.principals[number].arn
            limited = limited or found != [(True, mask)]
    assert limited  # the Deny stops somebody
