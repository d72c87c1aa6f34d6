"""Every way into a role, as CloudTrail records it: the API in all its forms, federation, the console.

Sources: AWS IAM User Guide "Logging IAM and AWS STS API calls with AWS CloudTrail" (cloudtrail-integration: the
records of AssumeRole, AssumeRoleWithSAML and AssumeRoleWithWebIdentity, and both records of a cross-account call) and
"Manage AWS STS in an AWS Region" (id_credentials_temp_region-endpoints: the global endpoint is recorded in us-east-1);
AWS CloudTrail User Guide "AWS Management Console sign-in events" (SwitchRole).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.trail.record import GLOBAL_REGION, Place, TrailEvent, assume, session

ENTRY = "way in"
API_FORMS = (
    "assume-iam-user", "assume-identity-center", "assume-cross-account", "assume-chained", "assume-without-incident",
    "assume-console",
)  # fmt: skip
_OTHER_ACCOUNT = "999999999999"
_SHARED_ID = "5c9f7a52-7d6e-4a7a-8d0b-0c8b6f1f3a11"
Record = dict[str, Any]


def ways_in(role_arn: str, place: Place, regions: tuple[str, ...], two_ways: tuple[str, ...]) -> Iterator[TrailEvent]:
    """Successful entries into the role.

    place: the account's home.  regions: every Region whose endpoint can be chosen.  two_ways: the Regions (home and
    second) in which every form is asked for; in the others one form stands for all, since only the Region differs.
    """
    for region in two_ways:
        where = Place(place.account_id, region, place.partition)
        yield from assumed(role_arn, where)
        for name, what, record in _federated(role_arn, where):
            yield TrailEvent(what, region, record, name, ENTRY, role_arn, name.removeprefix("assume-"))
        yield _callers_copy(role_arn, where)
    yield _global_endpoint(role_arn, place)
    for region in regions:
        if region not in two_ways:
            where = Place(place.account_id, region, place.partition)
            made = assume(role_arn, where, iam_user(where))
            what = "an AssumeRole through another Region's STS endpoint"
            yield TrailEvent(what, region, made, "assume-other-region", ENTRY, role_arn)


def assumed(role_arn: str, place: Place) -> tuple[TrailEvent, ...]:
    """Successful AssumeRole records in the role's account, in one Region, by everybody who can call it."""
    made = _api(role_arn, place)
    return tuple(TrailEvent(what, place.region, record, name, ENTRY, role_arn) for name, what, record in made)


def iam_user(place: Place, name: str = "owner", path: str = "/breakglass/") -> Record:
    """The userIdentity of an IAM user with an access key."""
    return {
        "type": "IAMUser", "principalId": "AIDAEXAMPLEUSER00001", "accountId": place.account_id,
        "arn": f"arn:{place.partition}:iam::{place.account_id}:user{path}{name}",
        "accessKeyId": "AKIAEXAMPLE000000001", "userName": name,
    }  # fmt: skip


def identity_center(place: Place, permission_set: str = "Emergency", user: str = "owner@example.com") -> Record:
    """The userIdentity of an Identity Center session in the account."""
    role = f"role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_{permission_set}_0123456789abcdef"
    return session(f"arn:{place.partition}:iam::{place.account_id}:{role}", place, user)


def _api(role_arn: str, place: Place) -> Iterator[tuple[str, str, Record]]:
    hub = f"arn:{place.partition}:iam::{place.account_id}:role/hub"
    foreign = {"type": "AWSAccount", "principalId": "AIDAEXAMPLEUSER00002", "accountId": _OTHER_ACCOUNT}
    yield "assume-iam-user", "an AssumeRole by an IAM user of the account", assume(role_arn, place, iam_user(place))
    center = assume(role_arn, place, identity_center(place))
    yield "assume-identity-center", "an AssumeRole by an Identity Center session", center
    yield "assume-cross-account", "an AssumeRole from another account", assume(role_arn, place, foreign)
    chained = assume(role_arn, place, session(hub, place, "owner"))
    yield "assume-chained", "an AssumeRole by a session of another role", chained
    plain = assume(role_arn, place, iam_user(place))
    for part in (plain["requestParameters"], plain["responseElements"]):
        del part["sourceIdentity"]
    yield "assume-without-incident", "an AssumeRole without a source identity", plain
    console = assume(role_arn, place, iam_user(place)) | {
        "sourceIPAddress": "AWS Internal",
        "userAgent": "AWS Internal",
    }
    console["requestParameters"] = {"roleArn": role_arn, "roleSessionName": "owner"}
    del console["responseElements"]["sourceIdentity"], console["tlsDetails"]
    yield "assume-console", "the AssumeRole of a console role switch", console


def _federated(role_arn: str, place: Place) -> Iterator[tuple[str, str, Record]]:
    iam = f"arn:{place.partition}:iam::{place.account_id}"
    saml = {"type": "SAMLUser", "principalId": "SampleUkh1i4+ExamplexL/jEvs=:alex", "userName": "alex"}
    saml["identityProvider"] = "SampleUkh1i4+ExamplexL/jEvs="
    made = assume(role_arn, place, saml) | {"eventName": "AssumeRoleWithSAML"}
    provider = f"{iam}:saml-provider/idp"
    made["requestParameters"] = {
        "sAMLAssertionID": "_c0046cEXAMPLEb9d4b8eEXAMPLE2619aEXAMPLE", "roleArn": role_arn, "roleSessionName": "alex",
        "principalTags": {}, "durationSeconds": 3600, "principalArn": provider,
    }  # fmt: skip
    made["resources"].append({"accountId": place.account_id, "type": "AWS::IAM::SAMLProvider", "ARN": provider})
    yield "assume-saml", "an AssumeRoleWithSAML", made
    web = {"type": "WebIdentityUser", "principalId": "idp.example.com:app:alex", "userName": "alex"}
    web["identityProvider"] = f"{iam}:oidc-provider/idp.example.com"
    made = assume(role_arn, place, web) | {"eventName": "AssumeRoleWithWebIdentity"}
    made["requestParameters"] = {"roleArn": role_arn, "roleSessionName": "alex", "durationSeconds": 3600}
    yield "assume-oidc", "an AssumeRoleWithWebIdentity", made


def _callers_copy(role_arn: str, place: Place) -> TrailEvent:
    """The other record of a cross-account call: it names the person, and stays in the person's account."""
    where = Place(_OTHER_ACCOUNT, place.region, place.partition)
    made = assume(role_arn, place, iam_user(where)) | {
        "recipientAccountId": _OTHER_ACCOUNT,
        "sharedEventID": _SHARED_ID,
    }
    what = "the caller's record of an AssumeRole from another account"
    return TrailEvent(what, place.region, made, "assume-cross-account-caller", ENTRY, role_arn, here=False)


def _global_endpoint(role_arn: str, place: Place) -> TrailEvent:
    where = Place(place.account_id, GLOBAL_REGION, place.partition)
    made = assume(role_arn, where, iam_user(where))
    made["tlsDetails"] = made["tlsDetails"] | {"clientProvidedHostHeader": "sts.amazonaws.com"}
    made["additionalEventData"] = {"RequestDetails": {"endpointType": "global", "awsServingRegion": place.region}}
    what = "an AssumeRole through the global STS endpoint"
    return TrailEvent(what, GLOBAL_REGION, made, "assume-global-endpoint", ENTRY, role_arn)


def is_global(record: Mapping[str, Any]) -> bool:
    """Whether the record is one of a global service: IAM, CloudFront, Route 53, Organizations, the global STS endpoint.

    Source: AWS CloudTrail User Guide, cloudtrail-concepts (global service events).
    """
    source = str(record.get("eventSource", ""))
    if source == "sts.amazonaws.com":
        details = (record.get("additionalEventData") or {}).get("RequestDetails") or {}
        return bool(details.get("endpointType") == "global")
    return source.partition(".")[0] in ("iam", "cloudfront", "route53", "organizations")
