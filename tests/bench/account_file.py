"""A made-up account of any size, as `aws iam get-account-authorization-details` prints it, and its secrets.

Roles with services, other roles, an account and an identity provider in their trust; a fifth with a boundary; half of
the roles with inline policies, most of them texts of their own; customer policies with conditions, NotAction,
NotResource, Deny and policy variables; the documents of AWS's managed policies that moto carries.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret"
KEYS = tuple(f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{number:08x}-1111-2222-3333-444455556666" for number in range(8))
_TEAMS = tuple(f"team{number}" for number in range(40))
_WHEN = "2025-03-04T05:06:07+00:00"


def write_account(path: Path, roles: int, indent: int | None = None) -> int:
    """Write the file; returns its size in bytes."""
    text = json.dumps(account(roles), indent=indent)
    path.write_text(text)
    return len(text)


def write_resources(folder: Path, count: int) -> tuple[Path, Path]:
    """The list of secrets, and their policies and keys."""
    arns, told = [], dict[str, Any]()
    for number in range(count):
        arn = f"{SECRET}:{_TEAMS[number % len(_TEAMS)]}/app{number}-AbCdEf"
        arns.append(arn)
        told[arn] = {"policy": _secret_policy(arn) if number % 4 == 0 else None, "key": KEYS[number % len(KEYS)]}
    told |= {key: {"policy": _key_policy(number)} for number, key in enumerate(KEYS)}
    listed, policies = folder / "secrets.txt", folder / "policies.json"
    listed.write_text("\n".join(arns) + "\n")
    policies.write_text(json.dumps(told))
    return listed, policies


def _secret_policy(arn: str) -> dict[str, Any]:
    return _policy(_allow("secretsmanager:GetSecretValue", "*", Principal={"AWS": "arn:aws:iam::444455556666:root"}),
                   {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
                    "Condition": {"StringNotEquals": {"aws:PrincipalAccount": [ACCOUNT, "444455556666"]}}})  # fmt: skip


def _key_policy(number: int) -> dict[str, Any]:
    delegates = _allow("kms:*", "*", Principal={"AWS": f"{IAM}:root"})
    named = _allow(["kms:Decrypt", "kms:DescribeKey"], "*", Principal={"AWS": [f"{IAM}:role/role{number}"]})
    return _policy(named) if number == 7 else _policy(delegates, named)


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(actions: object, resources: object, **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def account(roles: int, seed: int = 7) -> dict[str, Any]:
    """The file's content."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    chance = Random(seed)
    ours = [_customer_policy(number, chance) for number in range(roles // 5)]
    managed = json.loads(aws_managed_policies_data)
    theirs = [_aws_policy(name, item) for name, item in list(managed.items())[: max(60, roles // 8)]]
    usual = [item["Arn"] for item in chance.sample(theirs, min(60, len(theirs)))]
    made = _Maker(roles, chance, [item["Arn"] for item in ours], [item["Arn"] for item in theirs], usual)
    groups = [made.group(number) for number in range(max(3, roles // 200))]
    return {
        "UserDetailList": [made.user(number, groups) for number in range(roles // 20)],
        "GroupDetailList": groups,
        "RoleDetailList": [made.role(number) for number in range(roles)],
        "Policies": ours + theirs,
    }


def _aws_policy(name: str, item: dict[str, Any]) -> dict[str, Any]:
    arn = f"arn:aws:iam::aws:policy{item['Path']}{name}"
    return _stored(name, arn, item["Path"], item["DefaultVersionId"], item["Document"])


def _stored(name: str, arn: str, path: str, version: str, document: object) -> dict[str, Any]:
    return {
        "PolicyName": name, "PolicyId": f"ANPA{len(name):016d}", "Arn": arn, "Path": path,
        "DefaultVersionId": version, "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0, "IsAttachable": True,
        "CreateDate": _WHEN, "UpdateDate": _WHEN,
        "PolicyVersionList": [{"Document": document, "VersionId": version, "IsDefaultVersion": True,
                               "CreateDate": _WHEN}],
    }  # fmt: skip


def _customer_policy(number: int, chance: Random) -> dict[str, Any]:
    name = f"customer{number}"
    return _stored(name, f"{IAM}:policy/{name}", "/", "v1", _customer_document(number, chance))


def _customer_document(number: int, chance: Random) -> dict[str, Any]:
    team = _TEAMS[number % len(_TEAMS)]
    kinds = [
        _allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{team}-data/app{number}/*"),
        _allow(["dynamodb:GetItem", "dynamodb:Query"], f"arn:aws:dynamodb:*:{ACCOUNT}:table/{team}-{number}"),
        _allow("secretsmanager:GetSecretValue", f"{SECRET}:{team}/*"),
        _allow(["secretsmanager:Get*", "secretsmanager:List*"], "*",
               Condition={"StringEquals": {"aws:ResourceTag/team": team}}),
        _allow("secretsmanager:GetSecretValue", SECRET + ":${aws:PrincipalTag/team}/*"),
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "secretsmanager:*", "NotResource": f"{SECRET}:{team}/*"},
        _allow("sts:AssumeRole", f"{IAM}:role/role{chance.randrange(100)}*"),
        _allow(["kms:Decrypt", "kms:GenerateDataKey"], list(chance.sample(KEYS, 3))),
        _allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:*:{ACCOUNT}:log-group:/{team}/*"),
        _allow("iam:PassRole", f"{IAM}:role/{team}-*", Condition={"StringEquals": {"iam:PassedToService": "ec2"}}),
    ]  # fmt: skip
    weights = (20, 12, 10, 4, 3, 1, 2, 3, 8, 30, 7)
    chosen = chance.choices(range(len(kinds)), weights, k=3)
    return _policy(*(kinds[at] for at in sorted(set(chosen))))


class _Maker:
    def __init__(self, roles: int, chance: Random, ours: list[str], theirs: list[str], usual: list[str]) -> None:
        self.roles, self.chance, self.ours, self.theirs, self.usual = roles, chance, ours, theirs, usual

    def attached(self) -> list[dict[str, str]]:
        pick = self.chance
        arns = pick.sample(self.ours, pick.randint(0, 2)) + pick.sample(self.usual, pick.randint(0, 1))
        arns += pick.sample(self.theirs, 1) if pick.random() < 0.15 else []
        return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in dict.fromkeys(arns)]

    def inline(self, number: int) -> list[dict[str, Any]]:
        if self.chance.random() < 0.5:
            return []
        return [{"PolicyName": f"inline{number}", "PolicyDocument": _customer_document(number, self.chance)}]

    def boundary(self) -> dict[str, Any]:
        if self.chance.random() > 0.2:
            return {}
        arn = self.chance.choice(["arn:aws:iam::aws:policy/PowerUserAccess", self.ours[0], self.ours[1]])
        return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}}

    def tags(self) -> list[dict[str, str]]:
        return [{"Key": "team", "Value": self.chance.choice(_TEAMS)}, {"Key": "cost-center", "Value": "1234"}]

    def trust(self, number: int) -> dict[str, Any]:
        kind = self.chance.random()
        if kind < 0.6:
            service = self.chance.choice(["lambda", "ec2", "ecs-tasks", "states", "glue", "cloudformation"])
            return _trusting({"Service": f"{service}.amazonaws.com"})
        if kind < 0.75:
            return _trusting({"AWS": f"{IAM}:role/role{self.chance.randrange(self.roles)}"})
        if kind < 0.85:
            return _trusting({"AWS": f"{IAM}:root"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}})
        if kind < 0.9:
            return _trusting({"AWS": f"{IAM}:root"})
        if kind < 0.95:
            return _trusting(
                {"AWS": "arn:aws:iam::444455556666:root"}, {"StringEquals": {"sts:ExternalId": str(number)}}
            )
        return _trusting({"Federated": f"{IAM}:saml-provider/idp"}, {"StringEquals": {"SAML:aud": "x"}})

    def role(self, number: int) -> dict[str, Any]:
        name = f"role{number}"
        return {
            "Path": "/", "RoleName": name, "RoleId": f"AROA{number:017d}", "Arn": f"{IAM}:role/{name}",
            "CreateDate": _WHEN, "AssumeRolePolicyDocument": self.trust(number), "InstanceProfileList": [],
            "RolePolicyList": self.inline(number), "AttachedManagedPolicies": self.attached(), **self.boundary(),
            "Tags": self.tags(), "RoleLastUsed": {"LastUsedDate": _WHEN, "Region": "us-east-1"},
        }  # fmt: skip

    def user(self, number: int, groups: list[dict[str, Any]]) -> dict[str, Any]:
        name = f"user{number}"
        return {
            "Path": "/", "UserName": name, "UserId": f"AIDA{number:017d}", "Arn": f"{IAM}:user/{name}",
            "CreateDate": _WHEN, "UserPolicyList": self.inline(number), "AttachedManagedPolicies": self.attached(),
            "GroupList": [item["GroupName"] for item in self.chance.sample(groups, self.chance.randint(0, 2))],
            **self.boundary(), "Tags": self.tags(),
        }  # fmt: skip

    def group(self, number: int) -> dict[str, Any]:
        name = f"group{number}"
        return {
            "Path": "/", "GroupName": name, "GroupId": f"AGPA{number:017d}", "Arn": f"{IAM}:group/{name}",
            "CreateDate": _WHEN, "GroupPolicyList": self.inline(number), "AttachedManagedPolicies": self.attached(),
        }  # fmt: skip


def _trusting(principal: dict[str, str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    action = "sts:AssumeRoleWithSAML" if "Federated" in principal else "sts:AssumeRole"
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return _policy({**statement, "Condition": condition} if condition else statement)
