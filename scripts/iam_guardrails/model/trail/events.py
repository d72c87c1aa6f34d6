"""CloudTrail records about the account itself: root, sign-ins to the console, changes of IAM.

Sources: AWS CloudTrail User Guide "CloudTrail record contents", "CloudTrail userIdentity element" and "AWS Management
Console sign-in events"; AWS IAM User Guide "Logging IAM and AWS STS API calls with AWS CloudTrail".
"""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.trail.record import (
    GLOBAL_REGION,
    Place,
    Targets,
    TrailEvent,
    administrator,
    bus_event,
    call,
    console_login,
)

__all__ = [
    "IAM_CHANGES", "Place", "Targets", "TrailEvent", "bus_event", "console_failure", "console_without_mfa",
    "iam_changes", "root_use",
]  # fmt: skip


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


def console_failure(place: Place) -> tuple[TrailEvent, ...]:
    """Somebody fails to sign in to the console as an IAM user."""
    user = {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLEUSER00006",
        "userName": "casual",
        "accountId": place.account_id,
    }
    made = console_login(place, user, mfa="No")
    made |= {"errorMessage": "Failed authentication", "responseElements": {"ConsoleLogin": "Failure"}}
    return (TrailEvent("a failed console sign-in", GLOBAL_REGION, made, "console-failure"),)


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
