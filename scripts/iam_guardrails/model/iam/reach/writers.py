"""Who may write which policies: of users, groups, roles, managed policies, and of the resources and keys at hand.

Source: Service Authorization Reference of IAM, Secrets Manager and KMS (the resource that each action is asked for);
IAM User Guide, reference_iam-quotas (a managed policy has five versions at most); IAM API, CreatePolicyVersion ("you
must delete at least one existing version" first).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from iam_guardrails.model.iam.listed import is_full
from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.kinds import is_limited
from iam_guardrails.model.iam.reach.leg import Leg, Three
from iam_guardrails.model.iam.reach.weigh import Caller, Weigher

PUT_ROLE, ATTACH_ROLE, TRUST = "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"
PUT_USER, ATTACH_USER = "iam:PutUserPolicy", "iam:AttachUserPolicy"
PUT_GROUP, ATTACH_GROUP, JOIN = "iam:PutGroupPolicy", "iam:AttachGroupPolicy", "iam:AddUserToGroup"
NEW_VERSION, OLD_VERSION = "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"
NO_VERSION = "iam:DeletePolicyVersion"  # makes room for another where there are as many as may be
SECRET_POLICY, NO_SECRET_POLICY = "secretsmanager:PutResourcePolicy", "secretsmanager:DeleteResourcePolicy"
KEY_POLICY, GRANT = "kms:PutKeyPolicy", "kms:CreateGrant"
# what takes away a boundary, or a policy that denies; whom that serves is not worked out, and so not judged
FREE_ROLES = ("iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRolePermissionsBoundary",
              "iam:PutRolePermissionsBoundary")  # fmt: skip
FREE_USERS = ("iam:DeleteUserPolicy", "iam:DetachUserPolicy", "iam:DeleteUserPermissionsBoundary",
              "iam:PutUserPermissionsBoundary")  # fmt: skip
FREE_GROUPS = ("iam:DeleteGroupPolicy", "iam:DetachGroupPolicy", "iam:RemoveUserFromGroup")
ON_IDENTITIES = frozenset({PUT_ROLE, ATTACH_ROLE, PUT_USER, ATTACH_USER, PUT_GROUP, ATTACH_GROUP, JOIN, NEW_VERSION,
                           OLD_VERSION, *FREE_ROLES, *FREE_USERS, *FREE_GROUPS})  # fmt: skip
UNFOLLOWED = frozenset({*FREE_ROLES, *FREE_USERS, *FREE_GROUPS, JOIN, OLD_VERSION, NO_SECRET_POLICY})
WRITING = (PUT_ROLE, ATTACH_ROLE, TRUST, PUT_USER, ATTACH_USER, PUT_GROUP, ATTACH_GROUP, JOIN, NEW_VERSION, OLD_VERSION,
           SECRET_POLICY, NO_SECRET_POLICY, KEY_POLICY, GRANT, *FREE_ROLES, *FREE_USERS, *FREE_GROUPS)  # fmt: skip
_WITH_POLICIES = frozenset({SECRET_POLICY, NO_SECRET_POLICY, KEY_POLICY, GRANT})  # on what they are used on
# roles that IAM lets nobody change: AWS's own for its services, and those of Identity Center (IAM API Reference,
# UnmodifiableEntity; IAM Identity Center User Guide, roles that it makes)
_FIXED = re.compile(r":role/(?:aws-service-role|aws-reserved)/")


class Writers:
    """For each writing action, its targets by bit, and which of them a caller may write to."""

    def __init__(self, account: Account, trust: Leg) -> None:
        """trust: the leg of all roles."""
        self.account = account
        estate, question = account.estate, account.question
        users = sorted(account.principals.arns[: len(estate.users)])
        groups = sorted(item.arn for item in estate.groups.values())
        policies = sorted(arn for arn in estate.policies if f"::{estate.account_id}:" in arn)
        secrets = sorted({item for item in question.resources if ":secretsmanager:" in item})
        keys = sorted({key for item in question.resources for key in (item, question.held(item).key)
                       if isinstance(key, str) and ":kms:" in key and ":key/" in key})  # fmt: skip
        roles = [item.resource for item in trust.asked if item]
        self.targets: Mapping[str, Sequence[str]] = {
            **dict.fromkeys((PUT_ROLE, ATTACH_ROLE, TRUST, *FREE_ROLES), roles),
            **dict.fromkeys((PUT_USER, ATTACH_USER, *FREE_USERS), users),
            **dict.fromkeys((PUT_GROUP, ATTACH_GROUP, JOIN, *FREE_GROUPS), groups),
            **dict.fromkeys((NEW_VERSION, OLD_VERSION), policies),
            **dict.fromkeys((SECRET_POLICY, NO_SECRET_POLICY), secrets), **dict.fromkeys((KEY_POLICY, GRANT), keys),
        }  # fmt: skip
        legs: dict[tuple[int, bool], Leg] = {(id(roles), False): trust}
        self._weighers: list[tuple[str, Weigher]] = []
        for action, listed in self.targets.items():
            if listed:
                leg = self._leg(action, listed, legs)
                self._weighers.append((action, account.weigher(leg, None if action in _WITH_POLICIES else [])))
        self._flags = sum({account.actions.flag(action) for action in WRITING})
        fixed = sum(1 << bit for bit, arn in enumerate(roles) if _FIXED.search(arn))
        self._changeable = {action: ~fixed for action, listed in self.targets.items() if listed is roles}
        self._all_of_iam = {action: (weigher.leg.every & self._changeable.get(action, -1),) * 3
                            for action, weigher in self._weighers if action not in _WITH_POLICIES}  # fmt: skip
        told = [weigher for action, weigher in self._weighers if action in _WITH_POLICIES]
        self._admits_all = any(item.admits_all for item in told)
        self._admitted = frozenset().union(*(item.admitted for item in told))
        self._full = sum(1 << bit for bit, arn in enumerate(policies)
                         if is_full(estate.policies, arn))  # fmt: skip
        self._making_room: Weigher | None = None
        if self._full:
            self._making_room = account.weigher(self._leg(NO_VERSION, policies, legs), [])

    def _leg(self, action: str, listed: Sequence[str], legs: dict[tuple[int, bool], Leg]) -> Leg:
        kind, key = "key" if action in (KEY_POLICY, GRANT) else "resource", (id(listed), action == GRANT)
        if key not in legs:  # a request for a grant tells more than others
            legs[key] = self.account.leg_of(action, listed, kind)
        return legs[key].beside(action, kind)

    @property
    def hinging(self) -> int:
        """Whether a policy on something that can be written to is not told (not 0 where one is not)."""
        return sum(weigher.hinging.bit_count() for _, weigher in self._weighers)

    def of(self, caller: Caller, granted: bool) -> Mapping[str, Three]:
        """What a caller may write to, for each action that it may use at all."""
        found: dict[str, Three] = {}
        if not (caller.flags & self._flags or granted or self._admits_all or caller.subject.arn in self._admitted):
            return found
        weighers: Sequence[tuple[str, Weigher]] = self._weighers
        if granted and not caller.above and not self.account.has_rcps and not is_limited(caller):
            found.update(self._all_of_iam)  # nothing is left that could stop it
            weighers = [item for item in weighers if item[0] in _WITH_POLICIES]
        for action, weigher in weighers:
            if not (granted or caller.flags & weigher.leg.flags or action in _WITH_POLICIES):
                continue
            three = weigher.three(caller, weigher.leg.every if granted else 0)
            if action in self._changeable:
                sure, known, maybe = three
                kept = self._changeable[action]
                three = sure & kept, known & kept, maybe & kept
            if three[2]:
                found[action] = three
        if NEW_VERSION in found and self._making_room is not None:
            room = self._making_room.three(caller, self._making_room.leg.every if granted else 0)
            sure, known, maybe = (may & (room[at] | ~self._full) for at, may in enumerate(found.pop(NEW_VERSION)))
            if maybe:
                found[NEW_VERSION] = sure, known, maybe
        return found

    def needs_room(self, arn: str) -> bool:
        """Whether a version of the managed policy must be deleted before another can be made."""
        return is_full(self.account.estate.policies, arn)
