"""Rows about escalation: an account of two thousand roles, one in twenty of them dangerous in one way or another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from iam_guardrails.adapters.authorization_details import read_authorization_details
from iam_guardrails.model.iam.escalation.findings import (
    CAN,
)
from iam_guardrails.model.iam.escalation.outcome import escalations
from tests.bench.measure import Row, in_turns
from tests.model.estates import IAM, account, allow, allow_but, deny, group, managed, policy, role, trust, user

ROLES = 2_000
TIMES_PARSING = 200.0
SERVICES = ("lambda", "ec2", "ecs-tasks", "glue", "states", "codebuild")


def made_up(roles: int) -> dict[str, Any]:
    """An account of so many roles, a twentieth as many users, and a fifth as many managed policies."""
    random = Random(roles)
    teams = [f"team{number}" for number in range(40)]
    things = [managed(f"work{number}", policy(*_work(random, random.choice(teams)))) for number in range(roles // 5)]
    things += [group(team, policy(*_work(random, team))) for team in teams]
    things += [user(f"user{number}", groups=random.sample(teams, 2)) for number in range(roles // 20)]
    things.append(managed("limit", policy(allow_but(["iam:*", "organizations:*"]))))
    for number in range(roles):
        attached = [f"{IAM}:policy/work{random.randrange(roles // 5)}" for _ in range(random.randrange(3))]
        inline = [policy(*_work(random, random.choice(teams)))] if random.random() < 0.5 else []
        inline += [policy(*_danger(random, number, roles))] if number % 20 == 0 else []
        boundary = f"{IAM}:policy/limit" if random.random() < 0.2 else ""
        things.append(role(f"role{number}", _trust(random, roles), *inline, attached=attached, boundary=boundary,
                           profile=random.random() < 0.3, team=random.choice(teams)))  # fmt: skip
    return account(*things)


def _work(random: Random, team: str) -> list[dict[str, Any]]:
    made = [
        allow(["s3:Get*", "s3:List*"], [f"arn:aws:s3:::{team}-*", f"arn:aws:s3:::{team}-*/*"]),
        allow(["logs:*", "cloudwatch:Put*"]),
        allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], f"arn:aws:lambda:*:*:function:{team}-*"),
        allow("sts:AssumeRole", f"{IAM}:role/role{random.randrange(90)}?"),
        deny(["iam:*"], "*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
    ]
    return random.sample(made, 2)


def _danger(random: Random, number: int, roles: int) -> list[dict[str, Any]]:
    service = f"{random.choice(SERVICES)}.amazonaws.com"
    return random.choice([
        [allow("iam:PassRole"), allow(["lambda:*", "glue:*", "states:*"])],
        [allow("iam:PassRole", "*", Condition={"StringEquals": {"iam:PassedToService": service}}), allow("lambda:*")],
        [allow("sts:AssumeRole")],
        [allow("iam:UpdateAssumeRolePolicy", f"{IAM}:role/role{random.randrange(9)}*")],
        [allow("iam:PutRolePolicy", f"{IAM}:role/role{number}")],
        [allow("iam:*"), deny("iam:*")],
        [allow_but(["iam:Create*", "iam:Put*", "iam:Attach*"])],
        [allow("iam:CreateAccessKey", f"{IAM}:user/${{aws:PrincipalTag/team}}")],
        [allow("iam:AttachRolePolicy", "*", Condition={"StringEquals": {"aws:ResourceTag/team": "team7"}})],
        [allow("*", "*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
        [allow("*")],
    ])  # fmt: skip


def _trust(random: Random, roles: int) -> dict[str, Any]:
    return random.choice([
        trust({"Service": f"{random.choice(SERVICES)}.amazonaws.com"}),
        trust({"Service": f"{random.choice(SERVICES)}.amazonaws.com"}),
        trust({"AWS": f"{IAM}:role/role{random.randrange(roles)}"}),
        trust({"AWS": "444455556666"}, Condition={"StringEquals": {"sts:ExternalId": str(random.random())}}),
        trust({"AWS": f"{IAM}:root"}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    ])  # fmt: skip


def escalation_rows() -> Iterator[Row]:
    """How long all principals of the account take, beside the parsing of its file."""
    with TemporaryDirectory(prefix="guardrails-bench-") as name:
        path = Path(name) / "account.json"
        text = json.dumps(made_up(ROLES))
        path.write_text(text)
        found: list[int] = []

        def search() -> None:
            outcome = escalations(read_authorization_details(str(path), lambda told: None))
            found.append(len(outcome.of(CAN)))

        taken = in_turns({"search": search, "parse": lambda: json.loads(text)}, rounds=3)
    ratio = taken["search"] / taken["parse"]
    each = taken["search"] / (ROLES + ROLES // 20) * 1000
    figure = f"{ratio:.0f}x, {each:.2f} ms a principal, {found[0]} can raise themselves"
    yield Row(f"who can raise themselves, {ROLES:,} roles", figure, f"{TIMES_PARSING:.0f}x", ratio <= TIMES_PARSING,
              "json.loads of the account's file")  # fmt: skip
