"""What roles and users were allowed before a use, as its capture tells.

Source: AWS IAM User Guide, reference_policies_evaluation-logic (a boundary limits what identity policies allow)
and access_tags (conditions, and variables in resources, on the tags of whoever calls).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.account import Account, NamedPolicy, Role, Text, User
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.grants import on_everything
from iam_guardrails.model.iam.trust import opens
from iam_guardrails.model.incident.lending import Subject
from iam_guardrails.model.trail.principal import user_name
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen


@frozen
class Before:
    """The capture, or why there is none."""

    account: Account | Unknown

    @property
    def unread(self) -> str:
        """Why nobody knows who is in a group or has a policy; "" where that is known."""
        return self.account.reason if isinstance(self.account, Unknown) else ""

    def members(self, group: str) -> Iterator[Subject]:
        """The users in a group."""
        for user in self._users():
            if group in user.group_names:
                yield self._subject(user)

    def holders(self, policy_arn: str) -> Iterator[Subject]:
        """The roles and users that have a policy, also as their boundary or from a group."""
        if isinstance(self.account, Unknown):
            return
        groups = {group.name for group in self.account.groups if policy_arn in group.attached_policy_arns}
        for role in self.account.roles:
            if policy_arn in (*role.attached_policy_arns, role.boundary_arn):
                yield self._subject(role)
        for user in self._users():
            if policy_arn in (*user.attached_policy_arns, user.boundary_arn) or groups & {*user.group_names}:
                yield self._subject(user)

    def allowed(self, who: Subject, action: str, removed: str = "", tag: str = "") -> bool:
        """Whether its policies then may have allowed a call, on some resource. False where that is not known.

        removed: the policy, by name or ARN, that the use took away, so that what it denied counts, whenever it does.
        tag: the key of a tag that the use changed, in lower case: what a policy allows by it does not count, and what
        it denies by it does.
        """
        one = self._find(who)
        if one is None or isinstance(self.account, Unknown):
            return False
        policies = list(self._policies(one, self.account))
        if any(_denies(policy, action, removed, tag) for policy in policies):
            return False
        boundary = one.boundary_arn
        if boundary is not None and not _allowed(self._managed((boundary,), self.account), action, tag):
            return False
        return _allowed(policies, action, tag)

    def lets_in_by_tag(self, who: Subject, tag: str) -> bool:
        """Whether a role's trust policy asks its callers for that tag. tag: its key, in lower case."""
        one = self._find(who)
        trust = one.trust if isinstance(one, Role) else None
        return isinstance(trust, PolicyDocument) and any(_asks_for(item, tag) for item in trust.statements)

    def _users(self) -> tuple[User, ...]:
        return () if isinstance(self.account, Unknown) else self.account.users

    def _subject(self, one: Role | User) -> Subject:
        assert isinstance(self.account, Account)
        account_id = self.account.account_id
        return user_name(account_id, one.name) if isinstance(one, User) else (account_id, one.name)

    def _find(self, who: Subject) -> Role | User | None:
        if isinstance(self.account, Unknown):
            return None
        people: tuple[Role | User, ...] = (*self.account.roles, *self.account.users)
        return next((one for one in people if self._subject(one) == who), None)

    def _policies(self, one: Role | User, account: Account) -> Iterator[NamedPolicy]:
        groups = [group for group in account.groups if isinstance(one, User) and group.name in one.group_names]
        for owner in (one, *groups):
            yield from owner.inline_policies
            yield from self._managed(owner.attached_policy_arns, account)

    def _managed(self, arns: Iterable[Text], account: Account) -> Iterator[NamedPolicy]:
        wanted = {arn for arn in arns if not isinstance(arn, Unknown)}
        for policy in account.managed_policies:
            if policy.arn in wanted:
                yield NamedPolicy(policy.name, policy.document, policy.address, policy.arn)


def _allowed(policies: Iterable[NamedPolicy], action: str, tag: str) -> bool:
    return any(
        item.effect == "Allow" and opens(item, action) and not _asks_for(item, tag)
        for policy in policies if isinstance(policy.document, PolicyDocument) for item in policy.document.statements
    )  # fmt: skip


def _asks_for(statement: Statement, tag: str) -> bool:
    """Whether a statement depends on a tag of the caller: by a condition, or by a variable."""
    if not tag:
        return False
    named = f"aws:principaltag/{tag}"
    said = (*(item.key for item in statement.conditions), *statement.resources, *statement.not_resources,
            *(value for item in statement.conditions for value in item.values))  # fmt: skip
    return any(named in text.casefold() for text in said)


def _denies(policy: NamedPolicy, action: str, removed: str, tag: str) -> bool:
    """Whether it denies the call whatever its circumstances, or may have, where it is the one that was taken away."""
    if not isinstance(policy.document, PolicyDocument):
        return False
    taken = bool(removed) and removed in (policy.name, policy.arn)
    return any(
        item.effect == "Deny"
        and opens(item, action)
        and (taken or _asks_for(item, tag) or (not item.conditions and on_everything(item)))
        for item in policy.document.statements
    )
