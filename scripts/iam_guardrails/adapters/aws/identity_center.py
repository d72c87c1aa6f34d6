"""IAM Identity Center, read with credentials of the management or delegated administrator account.

Calls for s permission sets provisioned to the account, g groups that are assigned, u users that are assigned or members
of these: sts:GetCallerIdentity, ListInstances, ceil(s / 100) ListPermissionSetsProvisionedToAccount; for each set
ListAccountAssignments and DescribePermissionSet; for each group ListGroupMemberships; ListGroups and ListUsers page by
page until all are named, at most g and u pages, and DescribeGroup or DescribeUser for whoever is not among them.
What a set grants tells its role in the account, which the authorization details hold; for a set without a role there
GetInlinePolicyForPermissionSet, ListManagedPoliciesInPermissionSet, ListCustomerManagedPolicyReferencesInPermissionSet
and GetPermissionsBoundaryForPermissionSet.
Sources: IAM Identity Center API Reference and Identity Store API Reference, those operations; IAM Identity Center User
Guide, "Permission sets" and "Referencing permission sets in resource policies" (AWSReservedSSO_<set>_<16 digits>).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.permission_sets import SSO, detail, listed, permission_set, provisioned
from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.model.capture.capture import IDENTITY_CENTER
from iam_guardrails.model.capture.identity_center import (
    GROUP,
    USER,
    Assignment,
    DirectoryGroup,
    DirectoryUser,
    IdentityCenter,
)
from iam_guardrails.model.unknown import Unknown

_STORE = "identitystore"


def identity_centers(
    reading: Reading, region: str, target_account_id: str, roles: Iterable[Mapping[str, Any]] = ()
) -> tuple[IdentityCenter, ...]:
    """Every instance that the credentials see, as far as it concerns the account; refusals are noted.

    reading: of the account whose credentials are used.  region: where Identity Center lives.  roles: of the account,
    as its authorization details have them.
    """
    by_set = provisioned(roles)
    reading.say("Identity Center: instances")
    try:
        there = reading.pages(SSO, region, "ListInstances", "Instances", MaxResults=100)
        if not there:
            raise Refused(f"sso:ListInstances shows no instance in {region} to account {reading.account_id}", "None")
        return tuple(_instance(reading, region, item, target_account_id, by_set) for item in there)
    except Refused as refusal:
        reading.note((IDENTITY_CENTER,), None, refusal.reason)
        return ()


def _instance(
    reading: Reading, region: str, item: Mapping[str, Any], account_id: str, roles: Mapping[str, Mapping[str, Any]]
) -> IdentityCenter:  # fmt: skip
    arn, store = str(item["InstanceArn"]), str(item["IdentityStoreId"])
    asked = {"InstanceArn": arn, "AccountId": account_id, "MaxResults": 100}
    sets = reading.pages(SSO, region, "ListPermissionSetsProvisionedToAccount", "PermissionSets", **asked)
    assigned: list[Assignment] = []
    for one in sets:
        given = asked | {"PermissionSetArn": one}
        read = _pages(reading, SSO, region, "ListAccountAssignments", "AccountAssignments", given)
        assigned += [Assignment(one, row["PrincipalType"], row["PrincipalId"]) for row in read]
    refused: list[str] = []
    named = _named(reading, region, store, "Group", _principals(assigned, GROUP), refused)
    groups = [_group(reading, region, store, who, about) for who, about in named.items()]
    members = [who for group in groups if not isinstance(group.member_ids, Unknown) for who in group.member_ids]
    users = _named(reading, region, store, "User", (*_principals(assigned, USER), *members), refused)
    return IdentityCenter(
        instance_arn=arn,
        region=region,
        account_id=reading.account_id,
        permission_sets=tuple(permission_set(reading, region, arn, one, roles) for one in sets),
        assignments=tuple(assigned),
        users=tuple(_user(who, about) for who, about in users.items()),
        groups=tuple(groups),
        singly=tuple(refused),
    )


def _principals(assigned: Iterable[Assignment], kind: str) -> list[str]:
    return list(dict.fromkeys(item.principal_id for item in assigned if item.principal_type == kind))


def _pages(
    reading: Reading, service: str, region: str, operation: str, key: str, given: Mapping[str, Any]
) -> list[Any]:
    return reading.attempt((IDENTITY_CENTER,), None, lambda: reading.pages(service, region, operation, key, **given))


def _named(
    reading: Reading, region: str, store: str, kind: str, ids: Iterable[str], refused: list[str]
) -> dict[str, dict[str, Any] | Unknown]:
    """What the identity store tells of users or groups, by id. kind: "User" or "Group".

    Lists are read as long as they cost no more calls than asking one by one; {} where nobody is of that id.
    refused: gets why a list was not read.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[str, dict[str, Any] | Unknown] = {}
    given: dict[str, Any] = {"IdentityStoreId": store, "MaxResults": 100}
    for _ in wanted if len(wanted) > 1 else ():
        try:
            page = reading.ask(_STORE, region, f"List{kind}s", **given)
        except Refused as refusal:
            refused.append(refusal.reason)
            break  # each is asked about singly, which may be allowed
        found |= {str(one[f"{kind}Id"]): one for one in page.get(f"{kind}s", ()) if one.get(f"{kind}Id") in wanted}
        if len(found) == len(wanted) or not page.get("NextToken"):
            break
        given["NextToken"] = page["NextToken"]
    for who in wanted:
        if who not in found:
            asked = {"IdentityStoreId": store, f"{kind}Id": who}
            found[who] = detail(reading, _STORE, region, f"Describe{kind}", **asked)
    return {who: found[who] for who in wanted}


def _user(user_id: str, about: dict[str, Any] | Unknown) -> DirectoryUser:
    if isinstance(about, Unknown):
        return DirectoryUser(user_id, about)
    emails: list[Any] = about.get("Emails") or [{}]
    primary: Mapping[str, Any] = next((item for item in emails if item.get("Primary")), emails[0])
    name = about.get("UserName") or Unknown("the identity store does not know the user any more")
    return DirectoryUser(user_id, name, about.get("DisplayName") or "", primary.get("Value") or "")


def _group(
    reading: Reading, region: str, store: str, group_id: str, about: dict[str, Any] | Unknown
) -> DirectoryGroup:  # fmt: skip
    given = {"IdentityStoreId": store, "GroupId": group_id}
    gone = Unknown("the identity store does not know the group any more")
    name = about if isinstance(about, Unknown) else about.get("DisplayName") or gone
    found = listed(reading, _STORE, region, "ListGroupMemberships", "GroupMemberships", **given, MaxResults=100)
    if isinstance(found, Unknown):
        return DirectoryGroup(group_id, name, found)
    return DirectoryGroup(group_id, name, tuple(item["MemberId"]["UserId"] for item in found))
