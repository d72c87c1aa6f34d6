"""Random small accounts: every chain is replayed step by step, and brute force finds no more and no less."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.model.estates import IAM, account, allow, allow_but, deny, estate, group, managed, policy, role, trust, user
from tests.model.naive_escalations import MAYBE, NO, YES, Naive

from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.escalation.findings import (
    CAN,
    UNDER,
    Outcome,
)
from iam_guardrails.model.iam.escalation.methods import published
from iam_guardrails.model.iam.escalation.outcome import escalations
from iam_guardrails.model.problem import Problem
from iam_guardrails.reports.policy_escalations import render_outcome

ACCOUNTS = {"": 12, "nightly": 2_000}[os.environ.get("GUARDRAILS_PROFILE", "")]
PLACES = 16 if ACCOUNTS < 100 else 2_000
LABELS = 16 if ACCOUNTS < 100 else 4_000
UNREAD_ACCOUNTS = 12 if ACCOUNTS < 100 else 300
BLOCKS = 4
# every kind of gain is among these, with those that change policies
IDS = {
    "iam-create-access-key", "iam-create-login-profile", "lambda-create-invoke", "iam-create-user-put",
    "iam-create-role-attach", "iam-update-assume-role-policy", "states-update-start", "ec2-request-spot-instances",
}  # fmt: skip
METHODS = [
    item
    for item in published()
    if item.id in IDS
    or item.id == "sts-assume-role"
    or (item.category == "self-escalation" and item.gain not in ("tag", "untag"))
]
ACTIONS = sorted({need.action for item in METHODS for need in item.needs})
USERS, ROLES, GROUPS, POLICIES = ("u1", "u2"), ("r1", "r2", "r3"), ("g1", "g2"), ("m1", "m2")
BREAKGLASS = f"{IAM}:role/r3"
REGIONAL = (
    "arn:aws:lambda:eu-west-1:*:*", "arn:aws:lambda:us-east-1:*", "arn:aws:lambda:eu-*:111122223333:fun*", f"{IAM}:u*",
    "arn:aws:lambda:*:*:function:?x", f"{IAM}:*/dev-*", "arn:aws:l*",
)  # fmt: skip
CONDITIONS = (
    {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
    {"StringEquals": {"aws:PrincipalTag/team": "red"}},
    {"StringEquals": {"iam:ResourceTag/team": "red"}},
    {"StringNotEquals": {"iam:PermissionsBoundary": f"{IAM}:policy/limit"}},
    {"ArnLike": {"aws:PrincipalArn": f"{IAM}:role/*"}},
)


class Dice:
    """Draws an account."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def statement(self) -> Any:
        random = self.random
        more: dict[str, Any] = {"Condition": random.choice(CONDITIONS)} if random.random() < 0.25 else {}
        resource = random.choice(
            ["*", "*", f"{IAM}:user/*", f"{IAM}:role/*", f"{IAM}:role/r?", f"{IAM}:user/${{aws:username}}",
             f"{IAM}:role/{random.choice(ROLES)}", f"{IAM}:user/{random.choice(USERS)}", f"{IAM}:group/g1",
             f"{IAM}:policy/{random.choice(POLICIES)}", f"{IAM}:policy/*", "arn:aws:lambda:*:*:function:dev-*",
             random.choice(REGIONAL)]
        )  # fmt: skip
        drawn = random.random()
        if drawn < 0.06:
            return allow("*", resource, **more)
        if drawn < 0.16 and random.random() < 0.3:  # a Deny or Allow of all but one place
            made = {**allow(random.choice(["lambda:*", ["iam:CreateUser", "iam:CreateRole"], "iam:*", "*"])), **more}
            del made["Resource"]
            made["NotResource"] = random.choice([*REGIONAL, f"{IAM}:user/x*", f"{IAM}:role/r?", f"{IAM}:*/dev-*"])
            return {**made, "Effect": random.choice(["Allow", "Deny"])}
        if drawn < 0.1:
            return allow_but(random.sample(ACTIONS, 3), **more)
        if drawn < 0.3:
            return deny(random.choice([["iam:*"], random.sample(ACTIONS, 3), ["sts:AssumeRole"]]), resource, **more)
        whole = random.choice([None, None, "lambda:*", "iam:Put*", "iam:*Role*"])
        if random.random() < 0.2:
            return allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*", **more)
        return allow([whole] if whole else random.sample(ACTIONS, random.randint(1, 3)), resource, **more)

    def document(self) -> Any:
        return policy(*(self.statement() for _ in range(self.random.randint(1, 2))))

    def documents(self) -> list[Any]:
        return [self.document() for _ in range(self.random.choice([0, 1, 1, 2]))]

    def trust(self) -> Any:
        random = self.random
        principal = random.choice(
            [{"AWS": "111122223333"}, {"Service": "lambda.amazonaws.com"},
             {"Service": ["ec2.amazonaws.com", "states.amazonaws.com"]},
             {"AWS": f"{IAM}:user/u1"}, {"AWS": f"{IAM}:role/r1"}, {"AWS": "999988887777"}]
        )  # fmt: skip
        more = (
            {"Condition": random.choice([CONDITIONS[1], CONDITIONS[4], CONDITIONS[7]])} if random.random() < 0.3 else {}
        )
        made = trust(principal, **more)
        if random.random() < 0.35:
            named = random.choice([*(f"{IAM}:user/{one}" for one in USERS), f"{IAM}:role/r1", f"{IAM}:role/somebody",
                                   "arn:aws:sts::111122223333:assumed-role/r1/s"])  # fmt: skip
            spared = {"NotPrincipal": {"AWS": [named, f"{IAM}:root"]}}
            said = random.choice([{"Principal": {"AWS": named}}, {"Principal": {"AWS": [named]}}, spared])
            made["Statement"].append({"Effect": "Deny", "Action": "sts:AssumeRole", **said})
        return made

    def scps(self) -> list[Any]:
        """The one level of service control policies above the account; none for most accounts."""
        if self.random.random() < 0.7:
            return []
        denied = self.random.choice([["iam:CreateUser", "iam:CreateRole"], ["iam:*"], self.random.sample(ACTIONS, 4)])
        where = self.random.choice(["*", "*", f"{IAM}:user/*", f"{IAM}:role/r?"])
        return [policy(allow("*")), policy(deny(denied, where, **self.more()))]

    def more(self) -> dict[str, Any]:
        return {"Condition": self.random.choice(CONDITIONS)} if self.random.random() < 0.25 else {}

    def account(self) -> Any:
        random = self.random

        def limits() -> dict[str, str]:
            made = {"boundary": f"{IAM}:policy/limit"} if random.random() < 0.3 else {}
            return {**made, **({"team": random.choice(["red", "blue"])} if random.random() < 0.5 else {})}

        def attached() -> list[str]:
            return [f"{IAM}:policy/{name}" for name in POLICIES if random.random() < 0.25]

        limit = random.choice(
            [policy(allow("*")), policy(allow(["iam:*"])), policy(allow_but("iam:*")), self.document()]
        )
        things = [managed("limit", limit)]
        things += [
            managed(
                name,
                self.document(),
                *([policy(allow("*")) if random.random() < 0.5 else self.document()] if random.random() < 0.4 else []),
            )
            for name in POLICIES
        ]
        things += [group(name, *self.documents(), attached=attached()) for name in GROUPS]
        things += [user(name, *self.documents(), groups=[one for one in GROUPS if random.random() < 0.3],
                        attached=attached(), **limits()) for name in USERS]  # fmt: skip
        things += [role(name, self.trust(), *self.documents(), attached=attached(), profile=random.random() < 0.5,
                        **limits()) for name in ROLES]  # fmt: skip
        return account(*things)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_search_agrees_with_brute_force_and_every_chain_can_be_replayed(block: int) -> None:
    chains = 0
    with tempfile.TemporaryDirectory() as name:
        for number in range(ACCOUNTS // BLOCKS):
            dice = Dice(block * 100_000 + number)
            content, level = dice.account(), tuple(map(parse, dice.scps()))
            held = estate(content, Path(name) / "account.json")
            outcome = escalations(held, (BREAKGLASS,), methods=METHODS, scps=(level,) if level else ())
            naive, where = Naive(content, METHODS, level), f"block {block}, account {number}"
            chains += _held_against(outcome, naive, where)
            few = tuple(naive.starts)[number % 2 :: 2]
            alone = escalations(held, (BREAKGLASS,), methods=METHODS, scps=(level,) if level else (), starts=few)
            assert _told(alone) == [one for one in _told(outcome) if one[0] in few], f"{where}: asked for a few alone"
    assert chains > 0  # the accounts drawn must not be harmless


@pytest.mark.parametrize("seed", [1_100_010, 1_100_022, 1_100_028])
def test_accounts_once_drawn_that_search_and_brute_force_saw_differently(seed: int, tmp_path: Path) -> None:
    """A Region that the caller of STS chooses, and MFA asked of a role's session, which never tells of any."""
    dice = Dice(seed)
    content, level = dice.account(), tuple(map(parse, dice.scps()))
    held = estate(content, tmp_path / "account.json")
    outcome = escalations(held, (BREAKGLASS,), methods=METHODS, scps=(level,) if level else ())
    assert _held_against(outcome, Naive(content, METHODS, level), str(seed)) > 0


def _told(outcome: Outcome) -> list[tuple[str, str, str]]:
    return sorted((item.principal, item.end, item.answer) for item in outcome.findings)


def _held_against(outcome: Outcome, naive: Naive, where: str) -> int:
    already = {arn: MAYBE if keys else YES for arn, keys in outcome.administrators}
    for start in naive.starts:
        assert already.get(start, NO) == naive.already(start), f"{where}: {start} an administrator already"
        if already.get(start) == YES:
            continue
        sure, maybe = naive.reach(start, YES), naive.reach(start, MAYBE)
        found = {item.end: item for item in outcome.findings if item.principal == start}
        raised = naive.administrator(maybe, MAYBE, start) and start not in already  # else it is listed, not accused
        _agree(found.get("administrator"), naive.administrator(sure, YES, start), raised, f"{where}: {start} raised")
        if start == BREAKGLASS:
            continue
        _agree(found.get(BREAKGLASS), ("act", BREAKGLASS) in sure, ("act", BREAKGLASS) in maybe, f"{where}: {start}")
    for item in outcome.findings:
        assert item.chain is not None
        least = YES if item.answer == CAN else MAYBE
        facts = naive.replay(item.chain, item.principal, least)
        if item.end == BREAKGLASS:
            assert ("act", BREAKGLASS) in facts
        else:
            assert naive.administrator(facts, least, item.principal), f"{where}: {item}"
    return len(outcome.findings)


def _agree(found: Any, sure: bool, maybe: bool, where: str) -> None:
    expected = CAN if sure else UNDER if maybe else None
    assert (found.answer if found else None) == expected, where


ENTERING = ("sts-assume-role", "iam-update-assume-role-policy", "iam-put-role-policy")
THEMES = (
    ENTERING,
    ("iam-tag-user", "iam-tag-role", "iam-untag-user", "iam-untag-role", "iam-create-access-key", "sts-assume-role"),
    ("iam-attach-user-policy", "iam-attach-role-policy", "iam-create-policy-version", "sts-assume-role"),
    ("iam-create-user", "iam-create-role", "iam-attach-user-policy", "iam-add-user-to-group", "sts-assume-role"),
)
CHOSEN = (
    {"StringEquals": {"sts:ExternalId": "x1"}}, {"StringNotEquals": {"sts:ExternalId": "x1"}},
    {"StringLike": {"sts:RoleSessionName": "s*"}}, {"StringNotLike": {"sts:RoleSessionName": "s*"}},
)  # fmt: skip
TAGGED = (
    {"StringEquals": {"aws:RequestTag/team": "red"}}, {"StringNotEquals": {"aws:RequestTag/team": "red"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, {"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}},
    {"ForAllValues:StringNotEqualsIgnoreCase": {"aws:TagKeys": ["team"]}}, {"Null": {"aws:RequestTag/team": "true"}},
)  # fmt: skip
WORN = (
    {"StringEquals": {"aws:PrincipalTag/team": "red"}}, {"StringEquals": {"aws:ResourceTag/team": "red"}},
    {"StringNotEquals": {"aws:PrincipalTag/team": "red"}}, {"Null": {"iam:ResourceTag/team": "true"}},
    {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
)  # fmt: skip
HELD = (
    {"ArnEquals": {"iam:PolicyARN": f"{IAM}:policy/m1"}}, {"ArnNotEquals": {"iam:PolicyARN": f"{IAM}:policy/m1"}},
    {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/IAM*"}},
    {"StringEquals": {"iam:PermissionsBoundary": f"{IAM}:policy/limit"}},
)  # fmt: skip


class Labels(Dice):
    """Conditions that the caller meets: by what it sends, by tags that it sets, by policies that it attaches."""

    def statement(self) -> Any:
        random = self.random
        action, conditions = random.choice([
            ("sts:AssumeRole", CHOSEN + TAGGED[:2] + WORN), ("sts:AssumeRole", CHOSEN),
            (["iam:TagUser", "iam:TagRole"], TAGGED), (["iam:UntagUser", "iam:UntagRole"], WORN[:2]),
            (["iam:AttachUserPolicy", "iam:AttachRolePolicy"], HELD + WORN), ("iam:AttachUserPolicy", HELD),
            (["iam:CreateUser", "iam:CreateAccessKey"], (*HELD[3:], *TAGGED)), ("iam:CreateRole", (*HELD[3:], *TAGGED)),
            ("iam:CreateAccessKey", WORN), ("iam:PutUserPolicy", WORN), ("iam:AddUserToGroup", WORN[:1]),
            ("iam:CreatePolicyVersion", WORN[:1]), ("iam:UpdateAssumeRolePolicy", WORN[:2]),
        ])  # fmt: skip
        more = {"Condition": random.choice(conditions)} if random.random() < 0.6 else {}
        where = random.choice(["*", "*", f"{IAM}:user/*", f"{IAM}:role/*", f"{IAM}:user/dev-*", f"{IAM}:user/u1",
                               f"{IAM}:role/r1", f"{IAM}:role/r3", f"{IAM}:policy/m1"])  # fmt: skip
        if random.random() < 0.05:
            return allow("*", "*", **more)
        return deny(action, where, **more) if random.random() < 0.2 else allow(action, where, **more)

    def trust(self) -> Any:
        random = self.random
        made = trust(random.choice([{"AWS": "111122223333"}, {"AWS": f"{IAM}:user/u1"}, {"AWS": "999988887777"}]))
        if random.random() < 0.5:
            made["Statement"][0]["Condition"] = random.choice(CHOSEN + TAGGED[:2] + WORN[:2])
        return made

    def account(self) -> Any:
        random = self.random

        def team() -> dict[str, str]:
            return {"team": random.choice(["red", "blue"])} if random.random() < 0.5 else {}

        def inline(count: int) -> Any:
            return policy(*(self.statement() for _ in range(count)))

        return account(
            user("u1", inline(random.randint(1, 4)), **team()),
            role("r1", self.trust(), inline(random.randint(1, 3)), **team()),
            role("r3", self.trust(), policy(allow("*")), **team()),
            group("g1", random.choice([policy(allow("*")), inline(2)])),
            managed("limit", policy(allow(["iam:*", "sts:*"]))), managed("m1", inline(2)),
        )  # fmt: skip


@pytest.mark.parametrize("block", range(BLOCKS))
def test_what_the_caller_sends_sets_and_attaches_agrees_with_brute_force(block: int, tmp_path: Path) -> None:
    chains = 0
    for number in range(LABELS // BLOCKS):
        content = Labels(block * 100_000 + number).account()
        methods = [item for item in published() if item.id in THEMES[number % len(THEMES)]]
        outcome = escalations(estate(content, tmp_path / "account.json"), (BREAKGLASS,), methods=methods)
        chains += _held_against(outcome, Naive(content, methods), f"block {block}, account {number}")
    assert chains > 0


class Places(Dice):
    """One caller whose statements are all about where it may make something, and who gets into one role."""

    def statement(self) -> Any:
        random = self.random
        where = random.choice([*REGIONAL, f"{IAM}:user/x*", "*"])
        actions = random.choice([["lambda:*"], ["lambda:CreateFunction"], ["lambda:InvokeFunction"],
                                 ["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"]])  # fmt: skip
        made = allow(actions, where) if random.random() < 0.65 else deny(actions, where)
        if random.random() < 0.35 and where != "*":
            made["NotResource"] = made.pop("Resource")
        return made

    def account(self) -> Any:
        passing = policy(allow(["iam:PassRole", "sts:AssumeRole"]))
        told = policy(*(self.statement() for _ in range(3)))
        trusted = self.trust()
        trusted["Statement"][0]["Principal"] = {"AWS": "111122223333"}
        return account(user("u1", passing, told), user("u2", policy(allow("sts:AssumeRole"))),
                       role("r1", trust({"Service": "lambda.amazonaws.com"}), policy(allow("*"))),
                       role("r3", trusted, policy(allow("*"))))  # fmt: skip


def test_places_and_trusts_that_only_a_few_statements_leave_over_are_found(tmp_path: Path) -> None:
    chains = 0
    for seed in range(PLACES):
        content = Places(seed).account()
        outcome = escalations(estate(content, tmp_path / "account.json"), (BREAKGLASS,), methods=METHODS)
        chains += _held_against(outcome, Naive(content, METHODS), f"account {seed}")
    assert chains > 0


MISSING = "arn:aws:iam::aws:policy/Missing"
FILLINGS = (policy(allow("*")), policy(deny("iam:CreateUser")), policy(allow("iam:*")), policy(allow("sts:AssumeRole")))


def test_whoever_could_raise_itself_under_some_reading_of_an_unread_policy_is_never_silent(tmp_path: Path) -> None:
    told = 0
    for seed in range(UNREAD_ACCOUNTS):
        content = Dice(seed).account()
        random = Random(seed)
        holders = [*content["GroupDetailList"], *content["UserDetailList"], *content["RoleDetailList"]]
        for holder in random.sample(holders, 2):
            holder["AttachedManagedPolicies"].append({"PolicyName": "Missing", "PolicyArn": MISSING})
        unread = escalations(estate(content, tmp_path / "account.json"), methods=METHODS)
        heard = {item.principal for item in unread.findings} | {arn for arn, keys in unread.administrators if not keys}
        for filling in FILLINGS:
            filled = {**managed("Missing", filling), "Arn": MISSING}
            content["Policies"] = [one for one in content["Policies"] if one["Arn"] != MISSING] + [filled]
            outcome = escalations(estate(content, tmp_path / "account.json"), methods=METHODS)
            raised = {item.principal for item in outcome.findings}
            assert raised <= heard, f"account {seed}"
            told += len(raised)
    assert told > 0


ODD = (
    "", "*", "?", "${", "${aws:username}", "${aws:PrincipalTag/team, 'x'}", "arn:aws:iam::1:role/x", "anonymous",
    f"{IAM}:saml-provider/", f"{IAM}:saml-provider/x/", "\ud800", "x" * 5_000, 7, True, None, [], {}, ["*", 3], "iam:*",
    f"{IAM}:root",
)  # fmt: skip


def _spoilt(value: Any, random: Random) -> Any:
    """The value with some of its parts replaced by what does not belong there."""
    if random.random() < 0.03:
        return random.choice(ODD)
    if isinstance(value, dict):
        return {key: _spoilt(one, random) for key, one in value.items()}
    return [_spoilt(one, random) for one in value] if isinstance(value, list) else value


def test_documents_of_any_kind_end_in_an_answer_or_one_sentence(tmp_path: Path) -> None:
    answered = 0
    for seed in range(300):
        random = Random(seed)
        content = Dice(seed).account()
        for name in ("UserDetailList", "RoleDetailList", "GroupDetailList"):
            for person in content[name]:
                for key in ("AssumeRolePolicyDocument", "UserPolicyList", "RolePolicyList", "GroupPolicyList", "Tags"):
                    if key in person:
                        person[key] = _spoilt(person[key], random)
        try:
            outcome = escalations(estate(content, tmp_path / "account.json"), (), methods=METHODS)
        except Problem:
            continue
        answered += 1
        assert outcome.judged == len(content["UserDetailList"]) + len(content["RoleDetailList"])
        for form in ("text", "json", "markdown"):
            render_outcome(outcome, form)
    assert answered > 100
