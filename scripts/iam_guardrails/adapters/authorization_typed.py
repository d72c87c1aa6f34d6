"""The usual form of `aws iam get-account-authorization-details`, read many times faster than by the general reader.

Only what is kept becomes values, and a document that stands there many times is decoded once. It takes one object in
which nothing is missing, doubled or of another type; of anything else it says nothing (None), and the general reader
(authorization_details) decides what it is, or says what is wrong with it. Where it gives an account, the
general reader gives an equal one: tests/adapters/test_authorization_typed.py holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import DecodeError
from msgspec.json import Decoder

from iam_guardrails.adapters.authorization_shapes import (
    Attached,
    GroupEntry,
    InlineEntry,
    Page,
    PolicyEntry,
    RoleEntry,
    UserEntry,
)
from iam_guardrails.model.iam.principals import Estate, Group, Inline, ManagedPolicy, Principal
from iam_guardrails.model.iam.principals import Raw as Document
from iam_guardrails.model.iam.trust import account_of


class _Unusual(Exception):
    """The general reader must look at it."""


def typed_estate(data: bytes, document: Callable[[object], Document]) -> Estate | None:
    """The account in the text of a file; None where the general reader must look at it.

    document: what a decoded document is taken for.
    """
    try:
        if not data.isascii():
            data.decode()  # what is skipped is looked at as well
        page = Decoder(Page).decode(data)
        return None if page.IsTruncated or page.NextToken else _Reader(document).estate(page)
    except (DecodeError, UnicodeDecodeError, RecursionError, _Unusual):
        return None


class _Reader:
    def __init__(self, document: Callable[[object], Document]) -> None:
        self._taken_for = document
        self._decode: Callable[[Any], object] = Decoder().decode  # of whatever holds bytes
        self._documents: dict[bytes, Document] = {}
        self._arns: set[str] = set()
        self._names: set[str] = set()
        self.home = ""

    def estate(self, page: Page) -> Estate:
        """The account. Raises _Unusual, and what msgspec raises for a document that is no JSON."""
        lists = (page.UserDetailList, page.GroupDetailList, page.RoleDetailList)
        first = next((item.Arn for listed in lists for item in listed), "")
        parts = first.split(":", 5)
        if len(parts) != 6 or parts[2] != "iam" or not account_of(first):
            raise _Unusual
        self.home = first[: -len(parts[5])]
        users = tuple([self._user(item) for item in page.UserDetailList])
        groups = {item.GroupName: self._group(item) for item in page.GroupDetailList}
        roles = tuple([self._role(item) for item in page.RoleDetailList])
        policies = {item.Arn: self._policy(item) for item in page.Policies}
        if not (users or roles):
            raise _Unusual
        return Estate(parts[4], parts[1], users, groups, roles, policies)

    def _user(self, item: UserEntry) -> Principal:
        self._check(item.Arn, "user/", item.UserName)
        for name in item.GroupList:
            if not name.isascii():
                raise _Unusual
        return Principal(
            "user", item.UserName, item.Path, item.Arn, item.UserId, None,
            self._inline(item.UserPolicyList) if item.UserPolicyList else (),
            self._attached(item.AttachedManagedPolicies) if item.AttachedManagedPolicies else (),
            tuple(item.GroupList),
            self._named(item.PermissionsBoundary.PermissionsBoundaryArn) if item.PermissionsBoundary else "",
            tuple([(tag.Key, tag.Value) for tag in item.Tags]) if item.Tags else (), "", (), item.CreateDate,
        )  # fmt: skip

    def _role(self, item: RoleEntry) -> Principal:
        self._check(item.Arn, "role/", item.RoleName)
        inline, attached, tags, profiles, used, boundary = (
            item.RolePolicyList, item.AttachedManagedPolicies, item.Tags, item.InstanceProfileList, item.RoleLastUsed,
            item.PermissionsBoundary,
        )  # fmt: skip
        return Principal(
            "role", item.RoleName, item.Path, item.Arn, item.RoleId, self._document(item.AssumeRolePolicyDocument),
            self._inline(inline) if inline else (), self._attached(attached) if attached else (), (),
            self._named(boundary.PermissionsBoundaryArn) if boundary else "",
            tuple([(tag.Key, tag.Value) for tag in tags]) if tags else (), used.LastUsedDate if used else "",
            tuple([one.Arn for one in profiles]) if profiles else (), item.CreateDate,
        )  # fmt: skip

    def _group(self, item: GroupEntry) -> Group:
        self._check(item.Arn, "group/", item.GroupName)
        return Group(item.GroupName, item.Path, item.Arn, self._inline(item.GroupPolicyList),
                     self._attached(item.AttachedManagedPolicies))  # fmt: skip

    def _policy(self, item: PolicyEntry) -> ManagedPolicy:
        if item.Arn in self._arns:
            raise _Unusual
        self._arns.add(self._named(item.Arn))
        versions = tuple([(self._named(one.VersionId), self._taken_for(self._decode(one.Document)))
                          for one in item.PolicyVersionList])  # fmt: skip
        marked = [one.VersionId for one in item.PolicyVersionList if one.IsDefaultVersion]
        found = dict(versions)
        if marked != [item.DefaultVersionId] or len(found) < len(versions):
            raise _Unusual
        name = item.PolicyName or item.Arn.rpartition("/")[2]
        return ManagedPolicy(item.Arn, name, item.Path, found[item.DefaultVersionId], item.DefaultVersionId, versions)

    def _check(self, arn: str, kind: str, name: str) -> None:
        """That a user, a group or a role is one of the account, stands there once, and bears the name in its ARN."""
        if (arn in self._arns or not arn.startswith(self.home + kind) or not name or not arn.endswith(f"/{name}")
                or not _is_named(arn)):  # fmt: skip
            raise _Unusual
        self._arns.add(arn)

    def _named(self, value: str) -> str:
        if value not in self._names:
            if not _is_named(value):
                raise _Unusual
            self._names.add(value)
        return value

    def _attached(self, listed: list[Attached]) -> tuple[str, ...]:
        found = tuple([one.PolicyArn for one in listed])
        if not self._names.issuperset(found):
            for value in found:
                self._named(value)
        return found

    def _inline(self, listed: list[InlineEntry]) -> Inline:
        return tuple([(self._named(one.PolicyName), self._document(one.PolicyDocument)) for one in listed])

    def _document(self, raw: Any) -> Document:
        text = bytes(raw)
        found = self._documents.get(text)
        if found is None:
            found = self._documents[text] = self._taken_for(self._decode(text))
        return found


def _is_named(value: str) -> bool:
    """Whether a text can be a name or an ARN in IAM; see the general reader."""
    return value.isascii() and value.isprintable() and 0 < len(value) <= 2048
