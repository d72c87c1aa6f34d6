"""The company put into an account of the embedded AWS, by the calls that people and Terraform would make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from iam_guardrails.adapters.aws import session
from iam_guardrails.adapters.company.parts import ACCOUNT_ID, IAM, REGION, Company, Role, User, allow, document
from iam_guardrails.adapters.company.past import give_past
from iam_guardrails.adapters.company.roles import LINKED
from iam_guardrails.model.problem import Problem

_OWNER = {"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": f"{IAM}:root"}, "Action": "kms:*", "Resource": "*"}
_PASSWORD = "Correct-Horse-9-Battery"  # of a person who does not exist, in a server that forgets it
_DAY = timedelta(days=1)


def build(environ: Mapping[str, str], company: Company, now: datetime) -> str:
    """Make all of it; returns a sentence. environ: signs in to the embedded AWS.  now: UTC, for the past.

    Raises botocore's ClientError, and Problem where there is a company already or the embedded AWS takes no past.
    """
    made = session(environ, REGION)
    clients = {name: made.client(name, region_name=REGION) for name in
               ("iam", "secretsmanager", "kms", "sso-admin", "identitystore")}  # fmt: skip
    iam = clients["iam"]
    if any(role["RoleName"] == company.roles[0].name for role in iam.list_roles(MaxItems=1000)["Roles"]):
        raise Problem("a company is in the account already; begin anew with: guardrails sandbox down, then up")
    for name, statements in company.policies.items():
        iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document(*statements)))
    keys = _keys(clients["kms"], company)
    for role in company.roles:
        _role(iam, role, keys)
    for service in LINKED:
        iam.create_service_linked_role(AWSServiceName=service)
    _people(iam, company)
    _secrets(clients["secretsmanager"], company, keys)
    _assignments(clients["sso-admin"], clients["identitystore"], company)
    give_past(environ, _past(company, now))
    return (f"{len(company.roles) + len(LINKED)} roles, {len(company.users)} users, {len(company.secrets)} secrets and "
            f"{len(company.assignments)} assignments of Identity Center of a company that does not exist")  # fmt: skip


def _keys(kms: Any, company: Company) -> dict[str, str]:
    found = {}
    for key in company.keys:
        policy = json.dumps(document(_OWNER, *key.more))
        found[key.alias] = str(kms.create_key(Description=key.alias, Policy=policy)["KeyMetadata"]["Arn"])
        kms.create_alias(AliasName=f"alias/{key.alias}", TargetKeyId=found[key.alias])
    return found


def _role(iam: Any, role: Role, keys: Mapping[str, str]) -> None:
    more = {"PermissionsBoundary": f"{IAM}:policy/{role.boundary}"} if role.boundary else {}
    trust = json.dumps(document(*role.trust))
    iam.create_role(RoleName=role.name, Path=role.path, AssumeRolePolicyDocument=trust, **more)
    if role.statements:
        text = json.dumps(document(*role.statements))
        for alias, arn in keys.items():
            text = text.replace(f"{{{alias}}}", arn)
        iam.put_role_policy(RoleName=role.name, PolicyName=role.name, PolicyDocument=text)
    for name in role.attached:
        iam.attach_role_policy(RoleName=role.name, PolicyArn=name if ":" in name else f"{IAM}:policy/{name}")


def _people(iam: Any, company: Company) -> None:
    for name, statements in company.groups.items():
        iam.create_group(GroupName=name)
        iam.put_group_policy(GroupName=name, PolicyName=name, PolicyDocument=json.dumps(document(*statements)))
    for user in company.users:
        iam.create_user(UserName=user.name)
        for group in user.groups:
            iam.add_user_to_group(GroupName=group, UserName=user.name)
        if user.password_days is not None:
            iam.create_login_profile(UserName=user.name, Password=_PASSWORD)
        if user.key_days is not None:
            iam.create_access_key(UserName=user.name)


def _secrets(store: Any, company: Company, keys: Mapping[str, str]) -> None:
    for one in company.secrets:
        more = {"KmsKeyId": keys[one.key]} if one.key else {}
        made = store.create_secret(Name=one.name, SecretString="nobody reads it", **more)
        if one.policy:
            text = json.dumps(document(*one.policy))
            store.put_resource_policy(SecretId=made["ARN"], ResourcePolicy=text)


def _assignments(center: Any, store: Any, company: Company) -> None:
    instance = center.list_instances()["Instances"][0]
    where, home = {"InstanceArn": instance["InstanceArn"]}, {"IdentityStoreId": instance["IdentityStoreId"]}
    people: dict[str, str] = {}
    inline = json.dumps(document(allow("sts:GetCallerIdentity")))
    for one in company.assignments:
        made = center.create_permission_set(**where, Name=one.permission_set)["PermissionSet"]["PermissionSetArn"]
        for arn in one.managed:
            center.attach_managed_policy_to_permission_set(**where, PermissionSetArn=made, ManagedPolicyArn=arn)
        if not one.managed:
            center.put_inline_policy_to_permission_set(**where, PermissionSetArn=made, InlinePolicy=inline)
        group = store.create_group(**home, DisplayName=one.group)["GroupId"]
        for name in one.people:
            if name not in people:
                given, _, family = name.partition("@")[0].partition(".")
                people[name] = store.create_user(**home, UserName=name, DisplayName=name, Name={
                    "GivenName": given, "FamilyName": family or given})["UserId"]  # fmt: skip
            store.create_group_membership(**home, GroupId=group, MemberId={"UserId": people[name]})
        center.create_account_assignment(**where, TargetId=ACCOUNT_ID, TargetType="AWS_ACCOUNT", PermissionSetArn=made,
                                         PrincipalType="GROUP", PrincipalId=group)  # fmt: skip


def _past(company: Company, now: datetime) -> dict[str, Any]:
    """What the server is told of the time before it began (emulator.past)."""
    return {
        "account_id": ACCOUNT_ID,
        "roles": {role.name: _of_role(role, now) for role in company.roles},
        "users": {user.name: _of_user(user, now) for user in company.users},
    }


def _of_role(role: Role, now: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {"created": _ago(now, role.created_days), "region": REGION}
    if role.used_days is not None:
        at = _ago(now, role.used_days)
        told["used"] = at
        told["services"] = {service: dict.fromkeys(names, at) for service, names in role.uses.items()}
    return told


def _of_user(user: User, now: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {"created": _ago(now, user.created_days)}
    if user.password_used_days is not None:
        told["used"] = _ago(now, user.password_used_days)
    if user.key_days is not None:
        key = {"created": _ago(now, user.key_days), "region": REGION, "service": "s3"}
        if user.key_used_days is not None:
            key["used"] = _ago(now, user.key_used_days)
        told["keys"] = [key]
    return told


def _ago(now: datetime, days: int) -> str:
    return (now - days * _DAY).isoformat()
