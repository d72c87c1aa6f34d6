"""What a permission set grants in the account: by its role there, or asked of IAM Identity Center call by call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, Refused, document, of
from iam_guardrails.model.account import Document
from iam_guardrails.model.capture.capture import IDENTITY_CENTER
from iam_guardrails.model.capture.identity_center import PermissionSet
from iam_guardrails.model.unknown import Unknown

SSO = "sso-admin"
_ABSENT = ("ResourceNotFoundException",)
_ROLE = re.compile(r"AWSReservedSSO_(?P<set>.+)_[0-9a-f]{16}")
_PATH = "/aws-reserved/sso.amazonaws.com/"


def detail(reading: Reading, service: str, region: str, operation: str, **given: Any) -> dict[str, Any] | Unknown:
    """An answer, {} where there is nothing, or Unknown with the refusal, which is noted too."""
    answer = reading.detail(service, region, operation, absent=_ABSENT, **given)
    if isinstance(answer, Unknown):
        reading.note((IDENTITY_CENTER,), None, answer.reason)
    return {} if answer is None else answer


def listed(
    reading: Reading, service: str, region: str, operation: str, key: str, /, **given: Any
) -> list[Any] | Unknown:
    """Every item under a key of every page, or Unknown with the refusal, which is noted too."""
    try:
        return reading.pages(service, region, operation, key, **given)
    except Refused as refusal:
        reading.note((IDENTITY_CENTER,), None, refusal.reason)
        return Unknown(refusal.reason)


def provisioned(roles: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The role of each permission set by the set's name; without those of which there are two."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for role in roles:
        name = _ROLE.fullmatch(str(role.get("RoleName", "")))
        if name and str(role.get("Path", "")).startswith(_PATH):
            found.setdefault(name["set"], []).append(role)
    return {name: those[0] for name, those in found.items() if len(those) == 1}


def permission_set(
    reading: Reading, region: str, instance_arn: str, arn: str, roles: Mapping[str, Mapping[str, Any]]
) -> PermissionSet:
    """One set. roles: as `provisioned` gives them; a set without one there takes four calls more."""
    given = {"InstanceArn": instance_arn, "PermissionSetArn": arn}
    about = of(detail(reading, SSO, region, "DescribePermissionSet", **given), "PermissionSet", {})
    name = of(about, "Name", "")
    role = roles.get(name) if isinstance(name, str) else None
    if role is not None and len(role.get("RolePolicyList") or ()) <= 1:
        return _of_role(arn, name, of(about, "SessionDuration", ""), role)
    managed = listed(
        reading, SSO, region, "ListManagedPoliciesInPermissionSet", "AttachedManagedPolicies", **given, MaxResults=100
    )
    references = "ListCustomerManagedPolicyReferencesInPermissionSet"
    own = listed(reading, SSO, region, references, "CustomerManagedPolicyReferences", **given, MaxResults=100)
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


def _inline(reading: Reading, region: str, given: Mapping[str, Any]) -> Document | None:
    text = of(detail(reading, SSO, region, "GetInlinePolicyForPermissionSet", **given), "InlinePolicy", "")
    if isinstance(text, Unknown):
        return text
    return document(text, f"the inline policy of {given['PermissionSetArn']}") if text else None


def _boundary(reading: Reading, region: str, given: Mapping[str, Any]) -> str | Unknown | None:
    answer = detail(reading, SSO, region, "GetPermissionsBoundaryForPermissionSet", **given)
    found = of(answer, "PermissionsBoundary", None)
    if found is None or isinstance(found, Unknown):
        return found
    if found.get("ManagedPolicyArn"):
        return str(found["ManagedPolicyArn"])
    return "".join(_path_and_name(found["CustomerManagedPolicyReference"]))


def _of_aws(arn: str) -> bool:
    return arn.split(":")[4] == "aws"


def _split(arn: str) -> tuple[str, str]:
    """The path and the name of a managed policy, by its ARN."""
    path, _, name = arn.partition(":policy")[2].rpartition("/")
    return f"{path}/", name


def _path_and_name(item: Mapping[str, Any]) -> tuple[str, str]:
    return str(item.get("Path") or "/"), str(item["Name"])
