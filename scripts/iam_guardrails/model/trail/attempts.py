"""Refused attempts to enter a role, and what a session of it leaves behind, as CloudTrail records it.

Sources: AWS IAM User Guide "Logging IAM and AWS STS API calls with AWS CloudTrail" and "Manage AWS STS in an AWS
Region" (a call is recorded in the Region of its endpoint, refused or not); AWS CloudTrail User Guide "CloudTrail
userIdentity element" and "AWS Management Console sign-in events"; AWS IAM User Guide
id_roles_providers_enable-console-custom-url (GetSigninToken); AWS CLI User Guide cli-configure-sign-in
(AuthorizeOAuth2Access, CreateOAuth2Token: both read-only). Worth knowing: a denied AssumeRole has null
requestParameters and no resources, so only its message names the role; with a wrong MFA code not even that. A
SwitchRole or ConsoleLogin record carries the role's session as its userIdentity and no sessionContext.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_guardrails.model.trail.assuming import iam_user, identity_center, saml_provider
from iam_guardrails.model.trail.entering import through_global_endpoint
from iam_guardrails.model.trail.record import INCIDENT, Place, TrailEvent, call, console, console_login, session
from iam_guardrails.model.trail.regions import console_domain, has_global_sts

REFUSED = "refused attempt"
INSIDE = "inside a session"
Record = dict[str, Any]


def refused(role_arn: str, place: Place, regions: tuple[str, ...], two_ways: tuple[str, ...]) -> Iterator[TrailEvent]:
    """Attempts that AWS refused, in the Regions of the endpoints called; the arguments are those of `ways_in`."""
    for region in two_ways:
        for name, what, record in _refusals(role_arn, place.at(region)):
            yield TrailEvent(what, region, record, name, REFUSED, role_arn)
    if has_global_sts(place.partition):
        where = place.everywhere
        made = through_global_endpoint(_denied(role_arn, where, iam_user(where, "curious", "/")), place)
        what = "a denied AssumeRole through the global STS endpoint"
        yield TrailEvent(what, where.region, made, "denied-global-endpoint", REFUSED, role_arn)
    for region in regions:
        if region not in two_ways:
            where = place.at(region)
            made = _denied(role_arn, where, iam_user(where, "curious", "/"))
            what = "a denied AssumeRole through another Region's STS endpoint"
            yield TrailEvent(what, region, made, "denied-other-region", REFUSED, role_arn)


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
    page = f"https://{place.region}.console.{console_domain(place.partition)}/console/home?region={place.region}#"
    switch = console("SwitchRole", place, bare, {"SwitchFrom": iam_user(place)["arn"], "RedirectTo": page})
    yield "console-switch-role", "a console SwitchRole into the role", switch
    login = console_login(place, bare, mfa="No", provider=saml_provider(place))
    yield "console-login", "a federated console sign-in as the role", login
    url = console("GetSigninToken", place.everywhere, owner, {"MobileVersion": "No", "MFAUsed": "No"})
    yield "console-sign-in-token", "a console address made from credentials of the role", url
    allow = call("signin", "AuthorizeOAuth2Access", place, owner, None, read_only=True)
    yield "console-oauth-authorize", "a console session of the role that lets the command line in", allow
    token = call("signin", "CreateOAuth2Token", place, owner, None, read_only=True)
    yield "console-oauth", "a console session of the role turned into command-line credentials", token
