"""Who reaches the account through IAM Identity Center; nothing in the account's own IAM tells it.

Sources: IAM Identity Center API Reference, PermissionSet, AccountAssignment; Identity Store API Reference, User.
"""

from __future__ import annotations

from iam_guardrails.model.account import Document
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen

USER, GROUP = "USER", "GROUP"


@frozen
class PermissionSet:
    """session_duration: ISO 8601, e.g. "PT1H".  managed_policy_arns: AWS's.  customer_policies: (path, name) of
    policies that each account holds itself.  boundary: an ARN, or the path and name of a customer managed policy, None
    without one.  Unknown where a call was refused."""

    arn: str
    name: str | Unknown
    session_duration: str | Unknown = ""
    inline_policy: Document | None = None
    managed_policy_arns: tuple[str, ...] | Unknown = ()
    customer_policies: tuple[tuple[str, str], ...] | Unknown = ()
    boundary: str | Unknown | None = None


@frozen
class Assignment:
    """A permission set for the account. principal_type: USER or GROUP."""

    permission_set_arn: str
    principal_type: str
    principal_id: str


@frozen
class DirectoryUser:
    """name: the user name, Unknown where the identity store refused to tell, or the user is gone."""

    id: str
    name: str | Unknown
    display_name: str = ""
    email: str = ""


@frozen
class DirectoryGroup:
    """member_ids: ids of users."""

    id: str
    name: str | Unknown
    member_ids: tuple[str, ...] | Unknown = ()


@frozen
class IdentityCenter:
    """One instance as far as it concerns the account. account_id: whose credentials were used.

    singly: why users or groups were asked about one by one, a clause each: the list of them was refused.
    """

    instance_arn: str
    region: str
    account_id: str
    permission_sets: tuple[PermissionSet, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    users: tuple[DirectoryUser, ...] = ()
    groups: tuple[DirectoryGroup, ...] = ()
    singly: tuple[str, ...] = ()
