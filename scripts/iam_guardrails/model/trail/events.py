"""CloudTrail records about the account itself: root, sign-ins to the console, changes of IAM.

Sources: AWS CloudTrail User Guide "CloudTrail record contents", "CloudTrail userIdentity element" and "AWS Management
Console sign-in events"; AWS IAM User Guide "Logging IAM and AWS STS API calls with AWS CloudTrail".
"""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.trail.apart import Apart
from iam_guardrails.model.trail.guarded import Guarded, Targets
from iam_guardrails.model.trail.record import (
    Place,
    TrailEvent,
    bus_event,
    call,
    console_login,
)
from iam_guardrails.model.trail.silencing import ALL_ALIKE, events_of_call
from iam_guardrails.model.value import changed

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
    where = place.everywhere
    api = call("iam", "CreateAccessKey", where, key, {"userName": "backdoor"})
    return (
        TrailEvent("a console sign-in of the root user", where.region, console_login(place, root, mfa="Yes")),
        TrailEvent("an API call of the root user", where.region, api),
    )


def console_without_mfa(place: Place) -> tuple[TrailEvent, ...]:
    """An IAM user signs in to the console with a password alone."""
    user = {
        "type": "IAMUser", "principalId": "AIDAEXAMPLEUSER00005", "userName": "casual",
        "accountId": place.account_id,
        "arn": f"arn:{place.partition}:iam::{place.account_id}:user/casual",
    }  # fmt: skip
    made = console_login(place, user, mfa="No")
    return (TrailEvent("a console sign-in without MFA", made["awsRegion"], made),)


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
    return (TrailEvent("a failed console sign-in", made["awsRegion"], made, "console-failure"),)


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


def iam_changes(place: Place, targets: Targets, apart: Apart = ALL_ALIKE) -> tuple[TrailEvent, ...]:
    """The records of each IAM call that changes who may do what: of the guarded roles, policies and users, and of an
    everyday one, since whoever changes that also changes who may do what.
    """
    others = {
        "roles": Guarded("app", label="another role"),
        "policies": Guarded(f"arn:{place.partition}:iam::{place.account_id}:policy/app", label="another policy"),
        "users": Guarded("casual", label="another user"),
    }
    every = changed(targets, delivery_roles=(), **{kind: (*targets.of(kind), it) for kind, it in others.items()})
    names = (name for group in IAM_CHANGES.values() for name in group)
    made = (event for name in names for event in events_of_call(f"iam:{name}", name, place, every, apart))
    return tuple(TrailEvent(event.what, event.region, event.record, f"iam-{event.id}") for event in made)
