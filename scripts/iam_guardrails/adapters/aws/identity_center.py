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

import re
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
_ROLE = re.compile(r"AWSReservedSSO_(?P<set>.+)_[0-9a-f]{16}")
_PATH = "/aws-reserved/sso.amazonaws.com/"


def identity_centers(
    reading: Reading, region: str, target_account_id: str, roles: Iterable[Mapping[str, Any]] = ()
) -> tuple[IdentityCenter, ...]:
    """Every instance that the credentials see, as far as it concerns the account; refusals are noted.

    reading: of the account whose credentials are used.  region: where Identity Center lives.  roles: of the account,
    as its authorization details have them.
    """
    provisioned = _provisioned(roles)
    reading.say("Identity Center: instances")
    try:
        listed = reading.pages(_SSO, region, "ListInstances", "Instances", MaxResults=100)
        if not listed:
            raise Refused(f"sso:ListInstances shows no instance in {region} to account {reading.account_id}", "None")
        return tuple(_instance(reading, region, item, target_account_id, provisioned) for item in listed)
    except Refused as refusal:
        reading.note((IDENTITY_CENTER,), None, refusal.reason)
        return ()


def _provisioned(roles: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The role of each permission set by the set's name; without those of which there are two."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for role in roles:
        name = _ROLE.fullmatch(str(role.get("RoleName", "")))
        if name and str(role.get("Path", "")).startswith(_PATH):
            found.setdefault(name["set"], []).append(role)
    return {name: those[0] for name, those in found.items() if len(those) == 1}


def _instance(
    reading: Reading, region: str, item: Mapping[str, Any], account_id: str, roles: Mapping[str, Mapping[str, Any]]
) -> IdentityCenter:  # fmt: skip
    arn, store = str(item["InstanceArn"]), str(item["IdentityStoreId"])
    asked = {"InstanceArn": arn, "AccountId": account_id, "MaxResults": 100}
    sets = reading.pages(_SSO, region, "ListPermissionSetsProvisionedToAccount", "PermissionSets", **asked)
    assigned: list[Assignment] = []
    for one in sets:
        given = asked | {"PermissionSetArn": one}
        read = _pages(reading, _SSO, region, "ListAccountAssignments", "AccountAssignments", given)
        assigned += [Assignment(one, row["PrincipalType"], row["PrincipalId"]) for row in read]
    named = _named(reading, region, store, "Group", _principals(assigned, GROUP))
    groups = [_group(reading, region, store, who, about) for who, about in named.items()]
    members = [who for group in groups if not isinstance(group.member_ids, Unknown) for who in group.member_ids]
    users = dict.fromkeys((*_principals(assigned, USER), *members))
    return IdentityCenter(
        instance_arn=arn,
        region=region,
        account_id=reading.account_id,
        permission_sets=tuple(_permission_set(reading, region, arn, one, roles) for one in sets),
        assignments=tuple(assigned),
        users=tuple(_user(who, about) for who, about in _named(reading, region, store, "User", users).items()),
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


def _named(
    reading: Reading, region: str, store: str, kind: str, ids: Iterable[str]
) -> dict[str, dict[str, Any] | Unknown]:
    """What the identity store tells of users or groups, by id. kind: "User" or "Group".

    Lists are read as long as they cost no more calls than asking one by one; {} where nobody is of that id.
    """
    wanted = list(dict.fromkeys(ids))
    found: dict[str, dict[str, Any] | Unknown] = {}
    given: dict[str, Any] = {"IdentityStoreId": store, "MaxResults": 100}
    for _ in wanted if len(wanted) > 1 else ():
        try:
            page = reading.ask(_STORE, region, f"List{kind}s", **given)
        except Refused:
            break  # each is asked about singly, which may be allowed
        found |= {str(one[f"{kind}Id"]): one for one in page.get(f"{kind}s", ()) if one.get(f"{kind}Id") in wanted}
        if len(found) == len(wanted) or not page.get("NextToken"):
            break
        given["NextToken"] = page["NextToken"]
    for who in wanted:
        if who not in found:
            asked = {"IdentityStoreId": store, f"{kind}Id": who}
            found[who] = _detail(reading, _STORE, region, f"Describe{kind}", **asked)
    return {who: found[who] for who in wanted}


def _permission_set(
    reading: Reading, region: str, instance_arn: str, arn: str, roles: Mapping[str, Mapping[str, Any]]
) -> PermissionSet:
    given = {"InstanceArn": instance_arn, "PermissionSetArn": arn}
    about = of(_detail(reading, _SSO, region, "DescribePermissionSet", **given), "PermissionSet", {})
    name = of(about, "Name", "")
    role = roles.get(name) if isinstance(name, str) else None
    if role is not None and len(role.get("RolePolicyList") or ()) <= 1:
        return _of_role(arn, name, of(about, "SessionDuration", ""), role)
    managed = _listed(
        reading, _SSO, region, "ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies", **given, MaxResults=100
    )
    references = "ListCustomerManagedPolicyReferencesInPermissionSet"
    own = _listed(reading, _SSO, region, references, "CustomerManagedPolicyReferences", **given, MaxResults=100)
    return PermissionSet(
        arn=arn,
        name=name,
        session_duration=of(about, "SessionDuration", ""),
        inline_policy=_inline(reading, region, given),
        managed_policy_arns=managed if isinstance(managed, Unknown) else tuple(sorted(item["Arn"] for item in managed)),
        customer_policies=own if isinstance(own, Unknown) else tuple(sorted(map(_path_and_name, own))),
        boundary=_boundary(reading, region, given),
    )


def _of_role(arn: str, name: str, session_duration: str, role: Mapping[str, Any]) -> PermissionSet:
    """What a set grants in the account, by the role that Identity Center made of it there."""
    attached = [str(item["PolicyArn"]) for item in role.get("AttachedManagedPolicies") or ()]
    inline = [item["PolicyDocument"] for item in role.get("RolePolicyList") or ()]
    boundary = (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    return PermissionSet(
        arn=arn,
        name=name,
        session_duration=session_duration,
        inline_policy=document(inline[0], f"the inline policy of {role['RoleName']}") if inline else None,
        managed_policy_arns=tuple(sorted(one for one in attached if _of_aws(one))),
        customer_policies=tuple(sorted(_split(one) for one in attached if not _of_aws(one))),
        boundary=boundary if boundary is None or _of_aws(boundary) else "".join(_split(boundary)),
    )


def _of_aws(arn: str) -> bool:
    return arn.split(":")[4] == "aws"


def _split(arn: str) -> tuple[str, str]:
    """The path and the name of a managed policy, by its ARN."""
    path, _, name = arn.partition(":policy")[2].rpartition("/")
    return f"{path}/", name


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
    listed = _listed(reading, _STORE, region, "ListGroupMemberships", "GroupMemberships", **given, MaxResults=100)
    if isinstance(listed, Unknown):
        return DirectoryGroup(group_id, name, listed)
    return DirectoryGroup(group_id, name, tuple(item["MemberId"]["UserId"] for item in listed))
