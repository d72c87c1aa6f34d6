"""Refused attempts to enter a role, and what a session of it leaves behind, as CloudTrail records it.

Sources: AWS IAM User Guide "Logging IAM and AWS STS API calls with AWS CloudTrail"; AWS CloudTrail User Guide
"CloudTrail userIdentity element" and "AWS Management Console sign-in events"; AWS CLI User Guide
cli-configure-sign-in (AuthorizeOAuth2Access, CreateOAuth2Token). Worth knowing: a denied AssumeRole has null
requestParameters and no resources, so only its message names the role; with a wrong MFA code not even that. A
SwitchRole or ConsoleLogin record carries the role's session as its userIdentity and no sessionContext.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_guardrails.model.trail.entering import iam_user, identity_center
from iam_guardrails.model.trail.record import INCIDENT, Place, TrailEvent, call, console_login, session

REFUSED = "refused attempt"
INSIDE = "inside a session"
Record = dict[str, Any]


def refused(role_arn: str, place: Place) -> Iterator[TrailEvent]:
    """Attempts that AWS refused."""
    for name, what, record in _refusals(role_arn, place):
        yield TrailEvent(what, place.region, record, name, REFUSED, role_arn)


def inside(role_arn: str, place: Place) -> Iterator[TrailEvent]:
    """What is recorded once somebody is in, by API and in the console."""
    for name, what, record in _traces(role_arn, place):
        yield TrailEvent(what, record["awsRegion"], record, name, INSIDE, role_arn)


def _refusals(role_arn: str, place: Place) -> Iterator[tuple[str, str, Record]]:
    curious = iam_user(place, "curious", "/")
    yield "denied", "a denied AssumeRole", _denied(role_arn, place, curious)
    center = identity_center(place, "ReadOnly")
    yield (
        "denied-identity-center",
        "a denied AssumeRole by an Identity Center session",
        _denied(role_arn, place, center),
    )
    expired = call("sts", "AssumeRole", place, curious, {"roleArn": role_arn, "roleSessionName": "x"}, read_only=True)
    expired |= {"errorCode": "ExpiredTokenException"}
    expired |= {"errorMessage": "The security token included in the request is expired"}
    yield "denied-expired-token", "an AssumeRole that failed on an expired token", expired
    wrong = call("sts", "AssumeRole", place, iam_user(place), None, read_only=True)
    wrong |= {"errorCode": "AccessDenied"}
    wrong |= {"errorMessage": "MultiFactorAuthentication failed with invalid MFA one time pass code. "}
    yield "denied-mfa-code", "an AssumeRole that failed on a wrong MFA code", wrong


def _denied(role_arn: str, place: Place, caller: Record) -> Record:
    message = f"User: {caller['arn']} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    made = call("sts", "AssumeRole", place, caller, None, read_only=True)
    return made | {"errorCode": "AccessDenied", "errorMessage": message}


def _traces(role_arn: str, place: Place) -> Iterator[tuple[str, str, Record]]:
    owner = session(role_arn, place, "owner", source_identity=INCIDENT)
    stop = {"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0"}]}}
    yield "inside-write", "an API call inside a session of the role", call("ec2", "StopInstances", place, owner, stop)
    look = call("ec2", "DescribeInstances", place, owner, {"maxResults": 50}, read_only=True)
    yield "inside-read", "a read inside a session of the role", look
    bare = {key: value for key, value in owner.items() if key not in ("sessionContext", "accessKeyId")}
    switch = call("signin", "SwitchRole", place, bare, None) | {
        "eventType": "AwsConsoleSignIn", "responseElements": {"SwitchRole": "Success"},
        "sourceIPAddress": "203.0.113.9", "additionalEventData": {"SwitchFrom": iam_user(place)["arn"]},
    }  # fmt: skip
    yield "console-switch-role", "a console SwitchRole into the role", switch
    yield "console-login", "a federated console sign-in as the role", console_login(place, bare, mfa="No")
    token = call("signin", "CreateOAuth2Token", place, owner, None, read_only=True)
    yield "console-oauth", "a console session of the role turned into command-line credentials", token
