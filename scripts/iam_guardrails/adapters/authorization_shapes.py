"""What is kept of an entry of GetAccountAuthorizationDetails in its usual form; documents stay as they stand there.

Source: see authorization_details.
"""

from __future__ import annotations

from msgspec import Raw, Struct

NONE = Raw(b"[]")


class InlineEntry(Struct, gc=False):
    """An inline policy."""

    PolicyName: str
    PolicyDocument: Raw = Raw(b"null")


class Attached(Struct, gc=False):
    """An attached managed policy."""

    PolicyArn: str


class Boundary(Struct, gc=False):
    """A permissions boundary."""

    PermissionsBoundaryArn: str


class Tag(Struct, gc=False):
    """A tag."""

    Key: str
    Value: str


class Used(Struct, gc=False):
    """When a role was last used."""

    LastUsedDate: str = ""


class Profile(Struct, gc=False):
    """An instance profile."""

    Arn: str = ""


class UserEntry(Struct, gc=False):
    """A user."""

    Arn: str
    UserName: str
    Path: str = "/"
    UserId: str = ""
    CreateDate: str = ""
    UserPolicyList: list[InlineEntry] = []
    AttachedManagedPolicies: list[Attached] = []
    GroupList: list[str] = []
    PermissionsBoundary: Boundary | None = None
    Tags: Raw = NONE


class GroupEntry(Struct, gc=False):
    """A group."""

    Arn: str
    GroupName: str
    Path: str = "/"
    GroupPolicyList: list[InlineEntry] = []
    AttachedManagedPolicies: list[Attached] = []


class RoleEntry(Struct, gc=False):
    """A role."""

    Arn: str
    RoleName: str
    Path: str = "/"
    RoleId: str = ""
    CreateDate: str = ""
    AssumeRolePolicyDocument: Raw = Raw(b"null")
    RolePolicyList: list[InlineEntry] = []
    AttachedManagedPolicies: list[Attached] = []
    PermissionsBoundary: Boundary | None = None
    Tags: Raw = NONE
    RoleLastUsed: Used | None = None
    InstanceProfileList: list[Profile] = []


class Version(Struct, gc=False):
    """A version of a managed policy."""

    VersionId: str
    Document: Raw = Raw(b"null")
    IsDefaultVersion: bool = False


class PolicyEntry(Struct, gc=False):
    """A managed policy."""

    Arn: str
    PolicyVersionList: list[Version]
    DefaultVersionId: str
    PolicyName: str = ""
    Path: str = "/"


class Page(Struct, gc=False):
    """All of it."""

    UserDetailList: list[UserEntry]
    GroupDetailList: list[GroupEntry]
    RoleDetailList: list[RoleEntry]
    Policies: list[PolicyEntry]
    IsTruncated: bool = False
    NextToken: str | None = None
