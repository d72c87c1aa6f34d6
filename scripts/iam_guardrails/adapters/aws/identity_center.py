"""IAM Identity Center, read with credentials of the management or delegated administrator account.

Calls for s permission sets provisioned to the account, u users and g groups that are assigned, m members of the
groups: sts:GetCallerIdentity, ListInstances, ceil(s / 100) ListPermissionSetsProvisionedToAccount; for each set
ListAccountAssignments, DescribePermissionSet, GetInlinePolicyForPermissionSet, ListManagedPoliciesInPermissionSet,
ListCustomerManagedPolicyReferencesInPermissionSet and GetPermissionsBoundaryForPermissionSet; for each group
DescribeGroup and ListGroupMemberships; DescribeUser for each distinct user among the u and the m.
Sources: IAM Identity Center API Reference and Identity Store API Reference, those operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, Refused, document, of
from iam_guardrails.model.account import Document
from iam_guardrails.model.capture.capture import IDENTITY_CENTER
from iam_guardrails.model.capture.identity_center import (
    GROUP,
    USER,
    Assignment,
    DirectoryGroup,
    DirectoryUser,
    IdentityCenter,
    PermissionSet,
)
from iam_guardrails.model.unknown import Unknown

_SSO, _STORE = "sso-admin", "identitystore"
_ABSENT = ("ResourceNotFoundException",)


def identity_centers(reading: Reading, region: str, target_account_id: str) -> tuple[IdentityCenter, ...]:
    """Every instance that the credentials see, as far as it concerns the account; refusals are noted.

    reading: of the account whose credentials are used.  region: where Identity Center lives.
    """
    reading.say("Identity Center: instances")
    try:
        listed = reading.pages(_SSO, region, "ListInstances", "Instances", MaxResults=100)
        if not listed:
            raise Refused(f"sso:ListInstances shows no instance in {region} to account {reading.account_id}", "None")
        return tuple(_instance(reading, region, item, target_account_id) for item in listed)
    except Refused as refusal:
        reading.note((IDENTITY_CENTER,), None, refusal.reason)
        return ()


def _instance(reading: Reading, region: str, item: Mapping[str, Any], account_id: str) -> IdentityCenter:
    arn, store = str(item["InstanceArn"]), str(item["IdentityStoreId"])
    asked = {"InstanceArn": arn, "AccountId": account_id, "MaxResults": 100}
    sets = reading.pages(_SSO, region, "ListPermissionSetsProvisionedToAccount", "PermissionSets", **asked)
    assigned: list[Assignment] = []
    for one in sets:
        given = asked | {"PermissionSetArn": one}
        read = _pages(reading, _SSO, region, "ListAccountAssignments", "AccountAssignments", given)
        assigned += [Assignment(one, row["PrincipalType"], row["PrincipalId"]) for row in read]
    groups = [_group(reading, region, store, who) for who in _principals(assigned, GROUP)]
    members = [who for group in groups if not isinstance(group.member_ids, Unknown) for who in group.member_ids]
    users = dict.fromkeys((*_principals(assigned, USER), *members))
    return IdentityCenter(
        instance_arn=arn,
        region=region,
        account_id=reading.account_id,
        permission_sets=tuple(_permission_set(reading, region, arn, one) for one in sets),
        assignments=tuple(assigned),
        users=tuple(_user(reading, region, store, who) for who in users),
        groups=tuple(groups),
    )


def _principals(assigned: Iterable[Assignment], kind: str) -> list[str]:
    return list(dict.fromkeys(item.principal_id for item in assigned if item.principal_type == kind))


def _pages(
    reading: Reading, service: str, region: str, operation: str, key: str, given: Mapping[str, Any]
) -> list[Any]:
    return reading.attempt((IDENTITY_CENTER,), None, lambda: reading.pages(service, region, operation, key, **given))


def _detail(reading: Reading, service: str, region: str, operation: str, **given: Any) -> dict[str, Any] | Unknown:
    """An answer, {} where there is nothing, or Unknown with the refusal, which is noted too."""
    answer = reading.detail(service, region, operation, absent=_ABSENT, **given)
    if isinstance(answer, Unknown):
        reading.note((IDENTITY_CENTER,), None, answer.reason)
    return {} if answer is None else answer


def _listed(
    reading: Reading, service: str, region: str, operation: str, key: str, /, **given: Any
) -> list[Any] | Unknown:
    try:
        return reading.pages(service, region, operation, key, **given)
    except Refused as refusal:
        reading.note((IDENTITY_CENTER,), None, refusal.reason)
        return Unknown(refusal.reason)


def _permission_set(reading: Reading, region: str, instance_arn: str, arn: str) -> PermissionSet:
    given = {"InstanceArn": instance_arn, "PermissionSetArn": arn}
    about = of(_detail(reading, _SSO, region, "DescribePermissionSet", **given), "PermissionSet", {})
    managed = _listed(
        reading, _SSO, region, "ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies", **given, MaxResults=100
    )
    references = "ListCustomerManagedPolicyReferencesInPermissionSet"
    own = _listed(reading, _SSO, region, references, "CustomerManagedPolicyReferences", **given, MaxResults=100)
    return PermissionSet(
        arn=arn,
        name=of(about, "Name", ""),
        session_duration=of(about, "SessionDuration", ""),
        inline_policy=_inline(reading, region, given),
        managed_policy_arns=managed if isinstance(managed, Unknown) else tuple(sorted(item["Arn"] for item in managed)),
        customer_policies=own if isinstance(own, Unknown) else tuple(sorted(map(_path_and_name, own))),
        boundary=_boundary(reading, region, given),
    )


def _inline(reading: Reading, region: str, given: Mapping[str, Any]) -> Document | None:
    text = of(_detail(reading, _SSO, region, "GetInlinePolicyForPermissionSet", **given), "InlinePolicy", "")
    if isinstance(text, Unknown):
        return text
    return document(text, f"the inline policy of {given['PermissionSetArn']}") if text else None


def _boundary(reading: Reading, region: str, given: Mapping[str, Any]) -> str | Unknown | None:
    answer = _detail(reading, _SSO, region, "GetPermissionsBoundaryForPermissionSet", **given)
    found = of(answer, "PermissionsBoundary", None)
    if found is None or isinstance(found, Unknown):
        return found
    if found.get("ManagedPolicyArn"):
        return str(found["ManagedPolicyArn"])
    return "".join(_path_and_name(found["CustomerManagedPolicyReference"]))


def _path_and_name(item: Mapping[str, Any]) -> tuple[str, str]:
    return str(item.get("Path") or "/"), str(item["Name"])


def _user(reading: Reading, region: str, store: str, user_id: str) -> DirectoryUser:
    about = _detail(reading, _STORE, region, "DescribeUser", IdentityStoreId=store, UserId=user_id)
    if isinstance(about, Unknown):
        return DirectoryUser(user_id, about)
    emails: list[Any] = about.get("Emails") or [{}]
    primary: Mapping[str, Any] = next((item for item in emails if item.get("Primary")), emails[0])
    name = about.get("UserName") or Unknown("the identity store does not know the user any more")
    return DirectoryUser(user_id, name, about.get("DisplayName") or "", primary.get("Value") or "")


def _group(reading: Reading, region: str, store: str, group_id: str) -> DirectoryGroup:
    given = {"IdentityStoreId": store, "GroupId": group_id}
    about = _detail(reading, _STORE, region, "DescribeGroup", **given)
    gone = Unknown("the identity store does not know the group any more")
    name = about if isinstance(about, Unknown) else about.get("DisplayName") or gone
    listed = _listed(reading, _STORE, region, "ListGroupMemberships", "GroupMemberships", **given, MaxResults=100)
    if isinstance(listed, Unknown):
        return DirectoryGroup(group_id, name, listed)
    return DirectoryGroup(group_id, name, tuple(item["MemberId"]["UserId"] for item in listed))
