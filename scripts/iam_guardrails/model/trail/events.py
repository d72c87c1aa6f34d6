"""CloudTrail records of true shape, made for one account, to ask a pattern: would you see this?

Sources: AWS IAM User Guide "Logging IAM and AWS STS API calls with AWS CloudTrail"
(cloudtrail-integration); AWS CloudTrail User Guide "CloudTrail record contents", "CloudTrail userIdentity
element" and "AWS Management Console sign-in events". Worth knowing: a denied AssumeRole has null
requestParameters and no resources; a SwitchRole record carries the target role's session as its
userIdentity and no sessionContext; across accounts the caller has an account id, no ARN.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.value import frozen

GLOBAL_REGION = "us-east-1"  # where IAM, the global STS endpoint and root's console sign-in are recorded
TIME = "2026-01-15T09:30:00Z"
INCIDENT = "INC-20260115"
_CALLER_ACCOUNT = "999999999999"


@frozen
class TrailEvent:
    """One record. `what` is a noun phrase that a message can use; `record` is what CloudTrail writes."""

    what: str
    region: str
    record: Mapping[str, Any]


@frozen
class Place:
    """Where records are made: the account, a Region, the partition."""

    account_id: str
    region: str
    partition: str = "aws"


@frozen
class Targets:
    """Names of the real guardrails, so that a filter which is limited to them sees the generated calls."""

    trail_name: str = "trail"
    log_group_name: str = "/aws/cloudtrail/trail"
    filter_name: str = "filter"
    alarm_name: str = "alarm"
    topic_arn: str = "arn:aws:sns:us-east-1:123456789012:topic"
    rule_name: str = "rule"
    key_id: str = "11111111-2222-3333-4444-555555555555"
    recorder_name: str = "default"
    channel_name: str = "default"
    config_rule_name: str = "rule"
    role_name: str = "role"
    policy_arn: str = "arn:aws:iam::123456789012:policy/policy"
    user_name: str = "user"


def bus_event(event: TrailEvent, place: Place) -> dict[str, Any]:
    """The record as EventBridge delivers it on the default bus, inside its envelope."""
    sign_in = event.record["eventType"] == "AwsConsoleSignIn"
    return {
        "version": "0", "id": "6f87d04b-9f74-4f04-a780-7acf4b0a9b38", "account": place.account_id, "time": TIME,
        "detail-type": "AWS Console Sign In via CloudTrail" if sign_in else "AWS API Call via CloudTrail",
        "source": "aws." + str(event.record["eventSource"]).split(".")[0],
        "region": event.region, "resources": [], "detail": event.record,
    }  # fmt: skip


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
    return tuple(TrailEvent(what, place.region, _assume(role_arn, place, caller)) for what, caller in callers)


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
        "type": "AssumedRole", "principalId": "AROAEXAMPLEROLE00001:owner", "arn": arn, "accountId": place.account_id,
    }, None)  # fmt: skip
    switch |= {
        "eventType": "AwsConsoleSignIn", "responseElements": {"SwitchRole": "Success"}, "sourceIPAddress": "203.0.113.9",
        "additionalEventData": {"SwitchFrom": f"arn:{place.partition}:iam::{place.account_id}:user/breakglass/owner"},
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
        TrailEvent(
            "a console sign-in of the root user", GLOBAL_REGION, _console_login(place, root, mfa="Yes")
        ),
        TrailEvent("an API call of the root user", GLOBAL_REGION, api),
    )


def console_without_mfa(place: Place) -> tuple[TrailEvent, ...]:
    """An IAM user signs in to the console with a password alone."""
    user = {
        "type": "IAMUser", "principalId": "AIDAEXAMPLEUSER00005", "accountId": place.account_id, "userName": "casual",
        "arn": f"arn:{place.partition}:iam::{place.account_id}:user/casual",
    }  # fmt: skip
    return (
        TrailEvent("a console sign-in without MFA", GLOBAL_REGION, _console_login(place, user, mfa="No")),
    )


IAM_CHANGES: Mapping[str, tuple[str, ...]] = {
    # CIS AWS Foundations Benchmark "Ensure IAM policy changes are monitored"
    "policies": (
        "DeleteGroupPolicy", "DeleteRolePolicy", "DeleteUserPolicy", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy",
        "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "AttachRolePolicy",
        "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy", "AttachGroupPolicy", "DetachGroupPolicy",
    ),
    # what that list leaves out, although each of these gives or widens access
    "trust, boundaries and credentials": (
        "SetDefaultPolicyVersion", "UpdateAssumeRolePolicy", "UpdateRole", "PutRolePermissionsBoundary",
        "DeleteRolePermissionsBoundary", "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary", "CreateUser",
        "CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile", "AddUserToGroup", "DeactivateMFADevice",
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
    return tuple(
        TrailEvent(name, GLOBAL_REGION, call("iam", name, where, caller, parameters)) for name in names
    )


def ordinary(place: Place) -> tuple[TrailEvent, ...]:
    """Everyday traffic that no guardrail may report: a worker's calls, a service assuming its role, a
    federated sign-in.
    """
    worker_arn = f"arn:{place.partition}:iam::{place.account_id}:role/mw-worker"
    worker = session(worker_arn, place, "i-0123456789abcdef0")
    service = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    center = session(
        f"arn:{place.partition}:iam::{place.account_id}:role/aws-reserved/sso.amazonaws.com/"
        "AWSReservedSSO_ReadOnly_0123456789abcdef", place, "reader@example.com",
    )  # fmt: skip
    federated = {key: value for key, value in center.items() if key != "sessionContext"}
    made = (
        ("a worker's read of a queue", call("sqs", "GetQueueAttributes", place, worker, {"queueUrl": "q"}, read_only=True)),
        ("a worker's write", call("ec2", "CreateTags", place, worker, {"resourcesSet": {"items": []}})),
        ("EC2 assuming the worker's role", _assume(worker_arn, place, service)),
        ("a federated console sign-in", _console_login(place, federated, mfa="No")),
        ("a list of roles", call("iam", "ListRoles", place, center, None, read_only=True)),
        ("a service event", {**call("kms", "RotateKey", place, {"accountId": place.account_id, "invokedBy": "AWS Internal"},
                                    None), "eventType": "AwsServiceEvent"}),
    )  # fmt: skip
    return tuple(TrailEvent(what, record["awsRegion"], record) for what, record in made)


def administrator(place: Place) -> dict[str, Any]:
    """The userIdentity of an everyday administrator's role session: the caller of the generated changes."""
    return session(f"arn:{place.partition}:iam::{place.account_id}:role/administrator", place, "admin")


def session(role_arn: str, place: Place, name: str, source_identity: str = "") -> dict[str, Any]:
    """The userIdentity of a role session: `arn` is without the role's path, the session issuer's with it."""
    role_name = role_arn.rpartition("/")[2]
    account_id = role_arn.split(":")[4]
    context: dict[str, Any] = {
        "sessionIssuer": {
            "type": "Role", "principalId": "AROAEXAMPLEROLE00001", "arn": role_arn, "accountId": account_id,
            "userName": role_name,
        },
        "webIdFederationData": {},
        "attributes": {"creationDate": TIME, "mfaAuthenticated": "false"},
    }  # fmt: skip
    if source_identity:
        context["sourceIdentity"] = source_identity
    return {
        "type": "AssumedRole", "principalId": f"AROAEXAMPLEROLE00001:{name}", "accountId": account_id,
        "arn": f"arn:{place.partition}:sts::{account_id}:assumed-role/{role_name}/{name}",
        "accessKeyId": "ASIAEXAMPLE000000001", "sessionContext": context,
    }  # fmt: skip


def call(
    service: str,
    name: str,
    place: Place,
    caller: Mapping[str, Any],
    parameters: Mapping[str, Any] | None,
    *,
    read_only: bool = False,
) -> dict[str, Any]:
    """A record of one API call as CloudTrail writes it, without what only the single call knows."""
    return {
        "eventVersion": "1.11", "userIdentity": dict(caller), "eventTime": TIME,
        "eventSource": f"{service}.amazonaws.com", "eventName": name, "awsRegion": place.region,
        "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2.32.0", "requestParameters": parameters,
        "responseElements": None, "requestID": "b0f2c1d4-0c3d-4f9b-9a67-0a1b2c3d4e5f",
        "eventID": "0d1e2f3a-4b5c-4d6e-8f90-a1b2c3d4e5f6", "readOnly": read_only, "eventType": "AwsApiCall",
        "managementEvent": True, "recipientAccountId": place.account_id, "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": f"{service}.{place.region}.amazonaws.com"},
    }  # fmt: skip


def _assume(role_arn: str, place: Place, caller: Mapping[str, Any]) -> dict[str, Any]:
    parameters = {
        "roleArn": role_arn, "roleSessionName": "owner", "durationSeconds": 3600, "sourceIdentity": INCIDENT,
        "serialNumber": f"arn:{place.partition}:iam::{place.account_id}:mfa/owner",
    }  # fmt: skip
    name = role_arn.rpartition("/")[2]
    made = call("sts", "AssumeRole", place, caller, parameters, read_only=True)
    made["responseElements"] = {
        "credentials": {"accessKeyId": "ASIAEXAMPLE000000002", "expiration": TIME, "sessionToken": "…"},
        "assumedRoleUser": {
            "assumedRoleId": "AROAEXAMPLEROLE00001:owner",
            "arn": f"arn:{place.partition}:sts::{place.account_id}:assumed-role/{name}/owner",
        },
        "sourceIdentity": INCIDENT,
    }
    made["resources"] = [{"accountId": place.account_id, "type": "AWS::IAM::Role", "ARN": role_arn}]
    made["additionalEventData"] = {
        "RequestDetails": {"endpointType": "regional", "awsServingRegion": place.region}
    }
    if caller["type"] == "AWSAccount":
        made["sharedEventID"] = "5c9f7a52-7d6e-4a7a-8d0b-0c8b6f1f3a11"
    return made


def _console_login(place: Place, caller: Mapping[str, Any], mfa: str) -> dict[str, Any]:
    where = Place(place.account_id, GLOBAL_REGION, place.partition)
    made = call("signin", "ConsoleLogin", where, caller, None)
    return made | {
        "eventType": "AwsConsoleSignIn", "responseElements": {"ConsoleLogin": "Success"},
        "additionalEventData": {"LoginTo": "https://console.aws.amazon.com/", "MobileVersion": "No", "MFAUsed": mfa},
    }  # fmt: skip
