"""What becomes of a small account when somebody writes policies, step by step, with `decide` as the judge of each step.

It shares nothing with the search but `decide`: each step changes the account itself, as AWS would, and the next one is
put to the account as it then is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.model.random_estates import ACCOUNT, ALL_TEXT, becomes, decided, may

from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.principals import Estate, Group, ManagedPolicy, Principal
from iam_guardrails.model.iam.reach.question import Held, Question
from iam_guardrails.model.iam.reach.subject import subject_of
from iam_guardrails.model.value import changed

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
GRANTED = ["kms:Decrypt", "kms:GenerateDataKey", "kms:RetireGrant"]
WRITTEN = ("written", ALL_TEXT)
ON = {
    "roles": ("iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"),
    "users": ("iam:PutUserPolicy", "iam:AttachUserPolicy"),
    "groups": ("iam:PutGroupPolicy", "iam:AttachGroupPolicy", "iam:AddUserToGroup"),
    "policies": ("iam:CreatePolicyVersion",),
    "secrets": ("secretsmanager:PutResourcePolicy",),
    "keys": ("kms:PutKeyPolicy", "kms:CreateGrant"),
}


class World:
    """The account and what is told of resources, as they are now. start: the number of the caller who began."""

    def __init__(self, estate: Estate, question: Question, start: int) -> None:
        admin = {ADMIN: ManagedPolicy(ADMIN, "AdministratorAccess", "/", ALL_TEXT)}
        self.estate = changed(estate, policies={**estate.policies, **admin})
        self.question, self.start = question, start

    def who(self, number: int) -> Principal:
        return self.estate.principals[number]

    def may(self, number: int, action: str, on: str) -> str:
        """yes, no or depends."""
        role = next((item for item in self.estate.roles if item.arn == on and action == "sts:AssumeRole"), None)
        if role is not None:
            return becomes(self.estate, self.who(number), self.question, role)
        return may(self.estate, self.who(number), self.question, action, on)

    def reaches(self, number: int, action: str, on: str) -> str:
        return decided(self.estate, self.who(number), self.question, action, on)

    def targets(self) -> Iterator[tuple[str, str]]:
        """Each writing action with each thing that it can be used on."""
        keys = {key for item in self.question.resources for key in (item, self.question.held(item).key)
                if isinstance(key, str) and ":key/" in key}  # fmt: skip
        things = {
            "roles": [item.arn for item in self.estate.roles], "users": [self.who(self.start).arn],
            "groups": [item.arn for item in self.estate.groups.values()],
            "policies": [arn for arn in self.estate.policies if f"::{ACCOUNT}:" in arn],
            "secrets": [item for item in self.question.resources if ":secretsmanager:" in item], "keys": sorted(keys),
        }  # fmt: skip
        for kind, actions in ON.items():
            if kind != "users" or self.who(self.start).kind == "user":
                yield from ((action, on) for action in actions for on in things[kind])

    def do(self, action: str, on: str, version: str = "") -> None:
        """Carry out a step. version: of a managed policy, where an old one becomes the default."""
        name = on.rpartition("/")[2]
        if action == "sts:AssumeRole":
            return
        if action in ("iam:PutRolePolicy", "iam:PutUserPolicy"):
            self._principal(on, lambda item: changed(item, inline=(WRITTEN,)))
        elif action in ("iam:AttachRolePolicy", "iam:AttachUserPolicy"):
            self._principal(on, lambda item: changed(item, attached=(*item.attached, ADMIN)))
        elif action == "iam:UpdateAssumeRolePolicy":
            role = next(item for item in self.estate.roles if item.arn == on)
            tagging = () if subject_of(self.estate, role).tags_are_certain else ("sts:TagSession",)  # as before
            trust = {"Version": "2012-10-17", "Statement": self._naming(["sts:AssumeRole", *tagging])}
            del trust["Statement"]["Resource"]  # type: ignore[attr-defined]
            self._principal(on, lambda item: changed(item, trust=trust))
        elif action == "iam:PutGroupPolicy":
            self._group(name, lambda item: changed(item, inline=(WRITTEN,)))
        elif action == "iam:AttachGroupPolicy":
            self._group(name, lambda item: changed(item, attached=(*item.attached, ADMIN)))
        elif action == "iam:AddUserToGroup":
            self._principal(self.who(self.start).arn, lambda item: changed(item, groups=(*item.groups, name)))
        elif action in ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"):
            policy = self.estate.policies[on]
            document = dict(policy.versions)[version] if version else ALL_TEXT
            self.estate = changed(
                self.estate, policies={**self.estate.policies, on: changed(policy, document=document)}
            )
        else:
            self._resource(action, on)

    def _resource(self, action: str, on: str) -> None:
        held = self.question.held(on)
        statements: list[Any] = [self._naming(["*"])]
        if action == "kms:CreateGrant":
            more = parse({"Statement": self._naming(GRANTED)}).statements
            policy = changed(held.policy, statements=(*held.policy.statements, *more))  # type: ignore[union-attr]
        else:
            policy = parse({"Version": "2012-10-17", "Statement": statements})
        told = {**self.question.told, on: changed(held, policy=policy)}
        self.question = changed(self.question, told=told)

    def _naming(self, actions: list[str]) -> dict[str, Any]:
        return {"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": "*"}

    def _principal(self, arn: str, change: Any) -> None:
        users, roles = ([change(item) if item.arn == arn else item for item in listed]
                        for listed in (self.estate.users, self.estate.roles))  # fmt: skip
        self.estate = changed(self.estate, users=tuple(users), roles=tuple(roles), seen={})

    def _group(self, name: str, change: Any) -> None:
        groups: dict[str, Group] = {**self.estate.groups, name: change(self.estate.groups[name])}
        self.estate = changed(self.estate, groups=groups)


def reached(estate: Estate, question: Question, start: int, enough: tuple[str, ...]) -> set[int]:
    """The goals (bits) that a caller reaches by doing whatever it may, again and again.

    Joining a group that denies something is left out, also where its Deny could be written away first: beyond one step
    that is not judged (README, "Who can").
    """
    world = World(estate, question, start)
    held, done, goals = [start], set[tuple[str, str]](), list(question.goals())
    while True:
        before = len(held), len(done)
        for number in held:
            for at, role in enumerate(world.estate.roles, len(estate.users)):
                if at not in held and world.may(number, "sts:AssumeRole", role.arn) in enough:
                    held.append(at)
            for action, on in world.targets():
                if (action, on) in done or not _only_gives(world, estate, action, on):
                    continue
                if world.may(number, action, on) in enough:
                    done.add((action, on))
                    world.do(action, on)
        if before == (len(held), len(done)):
            return {bit for bit, goal in enumerate(goals) for number in held if world.reaches(number, *goal) in enough}


def _only_gives(world: World, estate: Estate, action: str, on: str) -> bool:
    if action.startswith("iam:") and (":role/aws-service-role/" in on or ":role/aws-reserved/" in on):
        return False  # IAM lets nobody change these
    if action == "kms:CreateGrant":  # a policy that is not told cannot be added to
        return not hasattr(world.question.held(on).policy, "reason")
    if action != "iam:AddUserToGroup":
        return True
    group = estate.groups[on.rpartition("/")[2]]
    documents = [item for _, item in group.inline] + [estate.managed(arn) for arn in group.attached]
    is_known = all(isinstance(item, dict) for item in documents)
    statements = [part for item in documents for part in _listed(item["Statement"])] if is_known else []
    is_allowing = is_known and all(part["Effect"] == "Allow" for part in statements)
    return is_allowing and world.who(world.start).kind == "user" and group.name not in world.who(world.start).groups


def _listed(statements: Any) -> Any:
    return statements if isinstance(statements, list) else [statements]


def told(question: Question) -> Question:
    """The question with policies that nobody told taken for none."""
    listed = {arn: question.held(arn) for arn in (*question.resources, *question.told)}
    return changed(question, told={arn: _known(held) for arn, held in listed.items()})


def _known(held: Held) -> Held:
    return changed(held, policy=None) if hasattr(held.policy, "reason") else held
