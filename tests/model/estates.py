"""Small accounts as `aws iam get-account-authorization-details` prints them, made in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iam_guardrails.adapters.authorization_details import read_authorization_details
from iam_guardrails.model.iam.principals import Estate

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}"
Doc = dict[str, Any]


def allow(actions: object, resources: object = "*", **more: object) -> Doc:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def allow_but(actions: object, **more: object) -> Doc:
    return {"Effect": "Allow", "NotAction": actions, "Resource": "*", **more}


def deny(actions: object, resources: object = "*", **more: object) -> Doc:
    return {"Effect": "Deny", "Action": actions, "Resource": resources, **more}


def policy(*statements: Doc) -> Doc:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal: object, action: str = "sts:AssumeRole", **more: object) -> Doc:
    return policy({"Effect": "Allow", "Action": action, "Principal": principal, **more})


def _holder(kind: str, name: str, inline: Sequence[Doc], attached: Sequence[str], list_name: str) -> Doc:
    return {
        f"{kind}Name": name, "Path": "/", "Arn": f"{IAM}:{kind.lower()}/{name}",
        list_name: [{"PolicyName": f"p{number}", "PolicyDocument": one} for number, one in enumerate(inline)],
        "AttachedManagedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in attached],
    }  # fmt: skip


def user(
    name: str, *inline: Doc, groups: Sequence[str] = (), attached: Sequence[str] = (), boundary: str = "", **tags: str
) -> Doc:
    made = _holder("User", name, inline, attached, "UserPolicyList")
    return {**made, "UserId": f"AIDA{name.upper():0>17}", "GroupList": list(groups), **_limits(boundary, tags)}


def role(
    name: str, trusted: Doc, *inline: Doc, attached: Sequence[str] = (), boundary: str = "", profile: bool = True,
    **tags: str,
) -> Doc:  # fmt: skip
    made = _holder("Role", name, inline, attached, "RolePolicyList")
    profiles = [{"Arn": f"{IAM}:instance-profile/{name}"}] if profile else []
    return {**made, "RoleId": f"AROA{name.upper():0>17}", "AssumeRolePolicyDocument": trusted,
            "InstanceProfileList": profiles, **_limits(boundary, tags)}  # fmt: skip


def _limits(boundary: str, tags: dict[str, str]) -> Doc:
    made: Doc = {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    return {**made, "PermissionsBoundary": {"PermissionsBoundaryArn": boundary}} if boundary else made


def group(name: str, *inline: Doc, attached: Sequence[str] = ()) -> Doc:
    return _holder("Group", name, inline, attached, "GroupPolicyList")


def managed(name: str, document: Doc, *older: Doc) -> Doc:
    versions = [document, *older]
    return {
        "PolicyName": name, "Path": "/", "Arn": f"{IAM}:policy/{name}", "DefaultVersionId": "v1",
        "PolicyVersionList": [
            {"VersionId": f"v{number}", "IsDefaultVersion": number == 1, "Document": one}
            for number, one in enumerate(versions, 1)
        ],
    }  # fmt: skip


def account(*things: Doc) -> Doc:
    """An account of users, roles, groups and managed policies, in any order."""
    lists = {"UserDetailList": "UserName", "RoleDetailList": "RoleName", "GroupDetailList": "GroupName",
             "Policies": "PolicyName"}  # fmt: skip
    return {name: [one for one in things if key in one] for name, key in lists.items()}


def estate(content: Doc, path: Any) -> Estate:
    """The account, read by the reader of the product."""
    import json

    path.write_text(json.dumps(content))
    return read_authorization_details(str(path), lambda text: None)
