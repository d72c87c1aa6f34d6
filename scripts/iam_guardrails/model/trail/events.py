"""CloudTrail records of true shape, made for one account, to ask a pattern: would you see this?

Sources: AWS IAM User Guide "Logging IAM and AWS STS API calls with AWS CloudTrail"
(cloudtrail-integration); AWS CloudTrail User Guide "CloudTrail record contents", "CloudTrail userIdentity
element" and "AWS Management Console sign-in events". Worth knowing: a denied AssumeRole has null
requestParameters and no resources; a SwitchRole record carries the target role's session as its
userIdentity and no sessionContext; across accounts the caller has an account id, no ARN.
"""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.trail.record import (
    GLOBAL_REGION,
    INCIDENT,
    Place,
    Targets,
    TrailEvent,
    administrator,
    assume,
    bus_event,
    call,
    console_login,
    session,
)

__all__ = [
    "IAM_CHANGES", "INCIDENT", "Place", "Targets", "TrailEvent", "activity", "assumed", "bus_event",
    "console_without_mfa", "denied", "iam_changes", "root_use",
]  # fmt: skip

_CALLER_ACCOUNT = "999999999999"


def assumed(role_arn: str, place: Place) -> tuple[TrailEvent, ...]:
    """Successful AssumeRole records in the role's account: by an IAM user, from Identity Center, across
    accounts.
    """
    user = {
        "type": "IAMUser", "principalId": "AIDAEXAMPLEUSER00001", "accountId": place.account_id,
        "arn": f"arn:{place.partition}:iam::{place.account_id}:user/breakglass/owner",
        "accessKeyId": "AKIAEXAMPLE000000001", "userName": "owner",
    }  # fmt: skip
    center_arn = (
        f"arn:{place.partition}:iam::{place.account_id}:role/aws-reserved/sso.amazonaws.com/us-east-2/"
        "AWSReservedSSO_Emergency_0123456789abcdef"
    )
    foreign = {"type": "AWSAccount", "principalId": "AIDAEXAMPLEUSER00002", "accountId": _CALLER_ACCOUNT}
    callers = (
        ("an AssumeRole by an IAM user of the account", user),
        ("an AssumeRole by an Identity Center session", session(center_arn, place, "owner@example.com")),
        ("an AssumeRole from another account", foreign),
    )
    return tuple(TrailEvent(what, place.region, assume(role_arn, place, caller)) for what, caller in callers)


def denied(role_arn: str, place: Place) -> tuple[TrailEvent, ...]:
    """An AssumeRole that IAM refused: only the error message still names the role."""
    arn = f"arn:{place.partition}:iam::{place.account_id}:user/curious"
    caller = {
        "type": "IAMUser", "principalId": "AIDAEXAMPLEUSER00003", "arn": arn, "accountId": place.account_id,
        "accessKeyId": "AKIAEXAMPLE000000003", "userName": "curious",
    }  # fmt: skip
    message = f"User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    made = call("sts", "AssumeRole", place, caller, None, read_only=True)
    made |= {"errorCode": "AccessDenied", "errorMessage": message}
    return (TrailEvent("a denied AssumeRole", place.region, made),)


def activity(role_arn: str, place: Place) -> tuple[TrailEvent, ...]:
    """What a session of the role leaves behind: an API call, and the SwitchRole of the console."""
    inside = session(role_arn, place, "owner", source_identity=INCIDENT)
    api = call(
        "ec2",
        "StopInstances",
        place,
        inside,
        {"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0"}]}},
    )
    name = role_arn.rpartition("/")[2]
    arn = f"arn:{place.partition}:sts::{place.account_id}:assumed-role/{name}/owner"
    switch = call("signin", "SwitchRole", place, {
        "type": "AssumedRole", "principalId": "AROAEXAMPLEROLE00001:owner", "arn": arn,
        "accountId": place.account_id,
    }, None)  # fmt: skip
    owner = f"arn:{place.partition}:iam::{place.account_id}:user/breakglass/owner"
    switch |= {
        "eventType": "AwsConsoleSignIn", "responseElements": {"SwitchRole": "Success"},
        "sourceIPAddress": "203.0.113.9", "additionalEventData": {"SwitchFrom": owner},
    }  # fmt: skip
    return (
        TrailEvent("an API call inside a session of the role", place.region, api),
        TrailEvent("a console SwitchRole into the role", place.region, switch),
    )


def root_use(place: Place) -> tuple[TrailEvent, ...]:
    """The root user signs in to the console, and calls an API."""
    root = {
        "type": "Root", "principalId": place.account_id, "accountId": place.account_id,
        "arn": f"arn:{place.partition}:iam::{place.account_id}:root",
    }  # fmt: skip
    key = {**root, "accessKeyId": "AKIAEXAMPLE000000004"}
    where = Place(place.account_id, GLOBAL_REGION, place.partition)
    api = call("iam", "CreateAccessKey", where, key, {"userName": "backdoor"})
    return (
        TrailEvent("a console sign-in of the root user", GLOBAL_REGION, console_login(place, root, mfa="Yes")),
        TrailEvent("an API call of the root user", GLOBAL_REGION, api),
    )


def console_without_mfa(place: Place) -> tuple[TrailEvent, ...]:
    """An IAM user signs in to the console with a password alone."""
    user = {
        "type": "IAMUser", "principalId": "AIDAEXAMPLEUSER00005", "userName": "casual",
        "accountId": place.account_id,
        "arn": f"arn:{place.partition}:iam::{place.account_id}:user/casual",
    }  # fmt: skip
    return (TrailEvent("a console sign-in without MFA", GLOBAL_REGION, console_login(place, user, mfa="No")),)


IAM_CHANGES: Mapping[str, tuple[str, ...]] = {
    # CIS AWS Foundations Benchmark "Ensure IAM policy changes are monitored"
    "policies": (
        "DeleteGroupPolicy", "DeleteRolePolicy", "DeleteUserPolicy", "PutGroupPolicy", "PutRolePolicy",
        "PutUserPolicy",
        "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "AttachRolePolicy",
        "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy", "AttachGroupPolicy", "DetachGroupPolicy",
    ),
    # what that list leaves out, although each of these gives or widens access
    "trust, boundaries and credentials": (
        "SetDefaultPolicyVersion", "UpdateAssumeRolePolicy", "UpdateRole", "PutRolePermissionsBoundary",
        "DeleteRolePermissionsBoundary", "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary",
        "CreateUser",
        "CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile", "AddUserToGroup",
        "DeactivateMFADevice",
        "CreateSAMLProvider", "UpdateSAMLProvider", "CreateOpenIDConnectProvider",
    ),
}  # fmt: skip


def iam_changes(place: Place, targets: Targets) -> tuple[TrailEvent, ...]:
    """One record per IAM call that changes who may do what."""
    where = Place(place.account_id, GLOBAL_REGION, place.partition)
    caller = administrator(where)
    parameters = {
        "roleName": targets.role_name, "userName": targets.user_name, "policyArn": targets.policy_arn,
        "policyName": "policy", "groupName": "group",
    }  # fmt: skip
    names = (name for group in IAM_CHANGES.values() for name in group)
    return tuple(TrailEvent(name, GLOBAL_REGION, call("iam", name, where, caller, parameters)) for name in names)
