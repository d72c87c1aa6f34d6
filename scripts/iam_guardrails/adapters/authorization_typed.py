"""The usual form of `aws iam get-account-authorization-details`, read many times faster than by the general reader.

A principal, a policy and a document become values when somebody asks for them, and a document that stands there many
times is decoded once; that they can be read is looked at before. It takes one object in which
nothing is missing, doubled or of another type; of anything else it says nothing (None), and the general reader
(authorization_details) decides what it is, or says what is wrong with it. Where it gives an account, the general
reader gives an equal one: tests/adapters/test_authorization_typed.py holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence, Set
from itertools import repeat
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
    Tag,
    UserEntry,
)
from iam_guardrails.model.iam.listed import Holding, Kept, Listed, Tags, Traits
from iam_guardrails.model.iam.principals import Estate, Group, Inline, ManagedPolicy, Principal
from iam_guardrails.model.iam.principals import Raw as Document
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.problem import Problem

_TAGS = Decoder(list[Tag])


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
        self._tags: dict[bytes, Tags] = {}

    def estate(self, page: Page) -> Estate:
        """The account. Raises _Unusual, and what msgspec raises for tags that are none."""
        users, groups, roles = page.UserDetailList, page.GroupDetailList, page.RoleDetailList
        arns = [[item.Arn for item in users], [item.Arn for item in groups], [item.Arn for item in roles]]
        first = next((listed[0] for listed in arns if listed), "")
        parts = first.split(":", 5)
        if len(parts) != 6 or parts[2] != "iam" or not account_of(first) or not (users or roles):
            raise _Unusual
        home = first[: -len(parts[5])]
        _check(arns[0], f"{home}user/", [item.UserName for item in users])
        _check(arns[1], f"{home}group/", [item.GroupName for item in groups])
        _check(arns[2], f"{home}role/", [item.RoleName for item in roles])
        _check_names(page)
        known = [*map(self._tags_of, [item.Tags for item in users]), *map(self._tags_of, [item.Tags for item in roles])]
        return Estate(
            parts[4], parts[1], self._users(users, arns[0], known),
            {item.GroupName: self._group(item) for item in groups},
            self._roles(roles, arns[2], known[len(users):]),
            self._policies(page.Policies, {*arns[0], *arns[1], *arns[2]}),
        )  # fmt: skip

    def _users(self, users: Sequence[UserEntry], arns: Sequence[str], tags: Sequence[Tags]) -> Listed:
        return Listed(lambda at: self._user(users[at], tags[at]), arns, lambda _: None, tags.__getitem__,
                      lambda at: self._holding(users[at], users[at].UserPolicyList, users[at].GroupList),
                      lambda at: _held(users[at]),
                      lambda at: Traits("user", users[at].UserId, tags[at], None))  # fmt: skip

    def _roles(self, roles: Sequence[RoleEntry], arns: Sequence[str], tags: Sequence[Tags]) -> Listed:
        trusts = [item.AssumeRolePolicyDocument for item in roles]
        return Listed(lambda at: self._role(roles[at], tags[at]), arns, lambda at: self._document(trusts[at]),
                      tags.__getitem__, lambda at: self._holding(roles[at], roles[at].RolePolicyList),
                      lambda at: _held(roles[at]),
                      lambda at: Traits("role", roles[at].RoleId, tags[at], self._document(trusts[at])))  # fmt: skip

    def _policies(self, policies: Sequence[PolicyEntry], known: Set[str]) -> Kept:
        """known: the ARNs of the others."""
        by_arn = {item.Arn: item for item in policies}
        if len(by_arn) < len(policies) or not known.isdisjoint(by_arn):
            raise _Unusual
        for item in policies:
            marked = [one.VersionId for one in item.PolicyVersionList if one.IsDefaultVersion]
            if marked != [item.DefaultVersionId]:
                raise _Unusual
            if len(item.PolicyVersionList) > 1 and not _are_distinct([one.VersionId for one in item.PolicyVersionList]):
                raise _Unusual
        return Kept(lambda arn: self._policy(by_arn[arn]), lambda arn: self._document(_default(by_arn[arn])),
                    lambda arn: self._taken_for(self._decoded(_default(by_arn[arn]))),
                    {arn: len(one.PolicyVersionList) for arn, one in by_arn.items()})  # fmt: skip

    def _user(self, item: UserEntry, tags: Tags) -> Principal:
        boundary = item.PermissionsBoundary
        return Principal(
            "user", item.UserName, item.Path, item.Arn, item.UserId, None, self._inline(item.UserPolicyList),
            _attached(item.AttachedManagedPolicies), tuple(item.GroupList),
            boundary.PermissionsBoundaryArn if boundary else "", tags, "", (), item.CreateDate,
        )  # fmt: skip

    def _role(self, item: RoleEntry, tags: Tags) -> Principal:
        inline, attached, profiles, used, boundary = (
            item.RolePolicyList, item.AttachedManagedPolicies, item.InstanceProfileList, item.RoleLastUsed,
            item.PermissionsBoundary,
        )  # fmt: skip
        return Principal(
            "role", item.RoleName, item.Path, item.Arn, item.RoleId, self._document(item.AssumeRolePolicyDocument),
            self._inline(inline) if inline else (), _attached(attached) if attached else (), (),
            boundary.PermissionsBoundaryArn if boundary else "", tags, used.LastUsedDate if used else "",
            tuple([one.Arn for one in profiles]) if profiles else (), item.CreateDate,
        )  # fmt: skip

    def _group(self, item: GroupEntry) -> Group:
        return Group(item.GroupName, item.Path, item.Arn, self._inline(item.GroupPolicyList),
                     _attached(item.AttachedManagedPolicies))  # fmt: skip

    def _policy(self, item: PolicyEntry) -> ManagedPolicy:
        versions = tuple([(one.VersionId, self._document(one.Document)) for one in item.PolicyVersionList])
        document = self._document(_default(item))
        name = item.PolicyName or item.Arn.rpartition("/")[2]
        return ManagedPolicy(item.Arn, name, item.Path, document, item.DefaultVersionId, versions)

    def _holding(
        self, item: UserEntry | RoleEntry, inline: list[InlineEntry], groups: Sequence[str] = ()
    ) -> Holding:  # fmt: skip
        boundary = item.PermissionsBoundary
        return Holding(map(self._glimpse, inline) if inline else (), _attached(item.AttachedManagedPolicies), groups,
                       boundary.PermissionsBoundaryArn if boundary else "", item.Path)  # fmt: skip

    def _glimpse(self, item: InlineEntry) -> tuple[str, Document]:
        return item.PolicyName, self._taken_for(self._decoded(item.PolicyDocument))

    def _inline(self, listed: list[InlineEntry]) -> Inline:
        return tuple([(one.PolicyName, self._document(one.PolicyDocument)) for one in listed])

    def _tags_of(self, raw: Any) -> Tags:
        text = bytes(raw)
        found = self._tags.get(text)
        if found is None:
            found = self._tags[text] = tuple([(one.Key, one.Value) for one in _TAGS.decode(text)])
        return found

    def _document(self, raw: Any) -> Document:
        text = bytes(raw)
        found = self._documents.get(text)
        if found is None:
            found = self._documents[text] = self._taken_for(self._decoded(text))
        return found

    def _decoded(self, text: Any) -> object:
        """A document of which it is known that it is JSON: what msgspec refuses is a number out of its range."""
        try:
            return self._decode(text)
        except (DecodeError, RecursionError):
            import json

            text = bytes(text)
            try:
                return json.loads(text)
            except (ValueError, RecursionError) as error:
                raise Problem(f"a policy document of the account cannot be read ({error}): {text[:60]!r}") from None


def _check(arns: Sequence[str], start: str, names: Sequence[str]) -> None:
    """That users, groups or roles are of the account, stand there once, and bear their names in their ARNs."""
    is_usual = (
        all(map(str.startswith, arns, repeat(start))) and all(names) and _are_distinct(arns) and _are_named(arns)
        and all(map(str.endswith, arns, [f"/{name}" for name in names]))
    )  # fmt: skip
    if not is_usual:
        raise _Unusual


def _check_names(page: Page) -> None:
    """That whatever has to be a name or an ARN in IAM can be one."""
    users, groups, roles, policies = page.UserDetailList, page.GroupDetailList, page.RoleDetailList, page.Policies
    names = {one.PolicyArn for item in roles for one in item.AttachedManagedPolicies}
    names.update([one.PolicyArn for item in users for one in item.AttachedManagedPolicies])
    names.update([one.PolicyArn for item in groups for one in item.AttachedManagedPolicies])
    names.update([one.PolicyName for item in users for one in item.UserPolicyList])
    names.update([one.PolicyName for item in groups for one in item.GroupPolicyList])
    names.update([one.PolicyName for item in roles for one in item.RolePolicyList])
    names.update([item.PermissionsBoundary.PermissionsBoundaryArn for item in users if item.PermissionsBoundary])
    names.update([item.PermissionsBoundary.PermissionsBoundaryArn for item in roles if item.PermissionsBoundary])
    names.update([item.Arn for item in policies])
    names.update([one.VersionId for item in policies for one in item.PolicyVersionList])
    groups_of = "".join([name for item in users for name in item.GroupList])
    if not (_are_named(names) and groups_of.isascii()):
        raise _Unusual


def _are_named(values: Collection[str]) -> bool:
    """Whether texts can be names or ARNs in IAM; see the general reader."""
    text = "".join(values)
    return text.isascii() and text.isprintable() and all(values) and (not values or max(map(len, values)) <= 2048)


def _are_distinct(values: Sequence[str]) -> bool:
    return len({*values}) == len(values)


def _attached(listed: list[Attached]) -> tuple[str, ...]:
    return tuple([one.PolicyArn for one in listed])


def _default(item: PolicyEntry) -> Any:
    return next(one for one in item.PolicyVersionList if one.VersionId == item.DefaultVersionId).Document


def _held(item: UserEntry | RoleEntry) -> Sequence[str]:
    boundary = item.PermissionsBoundary
    return (*_attached(item.AttachedManagedPolicies), boundary.PermissionsBoundaryArn if boundary else "")
