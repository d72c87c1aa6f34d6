"""Who may write which policies: of users, groups, roles, managed policies, and of the resources and keys at hand.

Source: Service Authorization Reference of IAM, Secrets Manager and KMS (the resource that each action is asked for).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.leg import NEVER, Masks
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.weigh import Weigher

ON_ROLES = ("iam:PutRolePolicy", "iam:AttachRolePolicy")
TRUST = "iam:UpdateAssumeRolePolicy"
ON_USERS = ("iam:PutUserPolicy", "iam:AttachUserPolicy")
ON_GROUPS = ("iam:PutGroupPolicy", "iam:AttachGroupPolicy")
JOIN = "iam:AddUserToGroup"
NEW_VERSION, OLD_VERSION = "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"
SECRET_POLICY = "secretsmanager:PutResourcePolicy"
ON_KEYS = ("kms:PutKeyPolicy", "kms:CreateGrant")
WRITING = (*ON_ROLES, TRUST, *ON_USERS, *ON_GROUPS, JOIN, NEW_VERSION, OLD_VERSION, SECRET_POLICY, *ON_KEYS)


class Writers:
    """For each writing action, its resources by bit, and which of them a caller may write to."""

    def __init__(self, account: Account, role_arns: Sequence[str]) -> None:
        self.account = account
        estate, question = account.estate, account.question
        users = sorted(item.arn for item in estate.users)
        groups = sorted(item.arn for item in estate.groups.values())
        policies = sorted(arn for arn in estate.policies if f"::{estate.account_id}:" in arn)
        secrets = sorted({item for item in question.resources if ":secretsmanager:" in item})
        keys = sorted({key for item in question.resources if isinstance(key := question.held(item).key, str)})
        self.resources: Mapping[str, Sequence[str]] = {
            **dict.fromkeys((*ON_ROLES, TRUST), role_arns), **dict.fromkeys(ON_USERS, users),
            **dict.fromkeys((*ON_GROUPS, JOIN), groups), **dict.fromkeys((NEW_VERSION, OLD_VERSION), policies),
            SECRET_POLICY: secrets, **dict.fromkeys(ON_KEYS, keys),
        }  # fmt: skip
        self._weighers = {action: self._weigher(action) for action, listed in self.resources.items() if listed}
        self._welcoming = [item.grants for item in self._weighers.values() if item.grants.told]
        self._flags = sum({account.actions.flag(action) for action in WRITING})
        self._known: dict[tuple[str, int], Masks] = {}

    def may_write(self, number: int) -> bool:
        """Whether a caller may write anything at all, as far as a glance tells; never False where it may."""
        caller = self.account.callers[number]
        if caller.flags & self._flags:
            return True
        return any(grants.welcomes(caller.subject.arn) for grants in self._welcoming)

    def of(self, action: str, number: int) -> Masks:
        """The resources of the action that a caller may write to: certainly, possibly."""
        weigher = self._weighers.get(action)
        if weigher is None:
            return NEVER
        found = self._known.get((action, number))
        if found is None:
            found = self._known[action, number] = weigher.ability(self.account.callers[number])
        return found

    def named(self, action: str, number: int, at: int) -> Iterator[str]:
        """Their ARNs. at: 0 for those that are certain, 1 for those that are possible."""
        return (self.resources[action][bit] for bit in bits(self.of(action, number)[at]))

    def _weigher(self, action: str) -> Weigher:
        kind = "key" if action in ON_KEYS else "resource"
        return self.account.weigher(self.account.leg_of(action, action, self.resources[action], kind))
