"""The record of a successful AssumeRole by anybody who can call it.

Sources: AWS IAM User Guide "Logging IAM and AWS STS API calls with AWS CloudTrail" (cloudtrail-integration: the
records of AssumeRole, AssumeRoleWithSAML and AssumeRoleWithWebIdentity, and both records of a cross-account call);
AWS STS API Reference, AssumeRole (SerialNumber is "the MFA device that is associated with the user who is making the
call", so only an IAM user sends one) and AssumeRoleWithSAML, AssumeRoleWithWebIdentity (response elements).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.trail.record import INCIDENT, TIME, Place, call, session
from iam_guardrails.model.trail.regions import console_domain

Record = dict[str, Any]


def iam_user(place: Place, name: str = "owner", path: str = "/breakglass/") -> Record:
    """The userIdentity of an IAM user with an access key."""
    return {
        "type": "IAMUser", "principalId": "AIDAEXAMPLEUSER00001", "accountId": place.account_id,
        "arn": f"arn:{place.partition}:iam::{place.account_id}:user{path}{name}",
        "accessKeyId": "AKIAEXAMPLE000000001", "userName": name,
    }  # fmt: skip


def identity_center(place: Place, permission_set: str = "Emergency", user: str = "owner@example.com") -> Record:
    """The userIdentity of an Identity Center session in the account.

    Its role's path names the Region of the directory, except us-east-1 (IAM Identity Center User Guide,
    referencingpermissionsets).
    """
    region = place.directory_region or place.region
    path = "" if region == "us-east-1" else f"{region}/"
    role = f"role/aws-reserved/sso.amazonaws.com/{path}AWSReservedSSO_{permission_set}_0123456789abcdef"
    return session(f"arn:{place.partition}:iam::{place.account_id}:{role}", place, user)


def assume(
    role_arn: str,
    place: Place,
    caller: Mapping[str, Any],
    *,
    session_name: str = "owner",
    incident: str = INCIDENT,
    mfa_device: str = "",
) -> Record:
    """The record of a successful AssumeRole.

    incident: the source identity, "" for none.  mfa_device: the serial number sent along, "" for none; that of the
    caller's own account, in both records of a cross-account call.
    """
    parameters: Record = {"roleArn": role_arn, "roleSessionName": session_name, "durationSeconds": 3600}
    parameters |= {"sourceIdentity": incident} if incident else {}
    parameters |= {"serialNumber": mfa_device} if mfa_device else {}
    name = role_arn.rpartition("/")[2]
    made = call("sts", "AssumeRole", place, caller, parameters, read_only=True)
    owner = role_arn.split(":")[4]
    made["responseElements"] = {
        "credentials": {"accessKeyId": "ASIAEXAMPLE000000002", "expiration": TIME, "sessionToken": "…"},
        "assumedRoleUser": {
            "assumedRoleId": f"AROAEXAMPLEROLE00001:{session_name}",
            "arn": f"arn:{place.partition}:sts::{owner}:assumed-role/{name}/{session_name}",
        },
    }
    if incident:
        made["responseElements"]["sourceIdentity"] = incident
    made["resources"] = [{"accountId": owner, "type": "AWS::IAM::Role", "ARN": role_arn}]
    made["additionalEventData"] = {"RequestDetails": {"endpointType": "regional", "awsServingRegion": place.region}}
    if caller["type"] in ("AWSAccount", "AWSService"):
        made["sharedEventID"] = ""
    return made


def mfa_device(place: Place, name: str = "owner") -> str:
    """The serial number of an IAM user's MFA device."""
    return f"arn:{place.partition}:iam::{place.account_id}:mfa/{name}"


def by_user(role_arn: str, place: Place, incident: str = INCIDENT) -> Record:
    """The record of an AssumeRole by an IAM user of the account, with an MFA code."""
    return assume(role_arn, place, iam_user(place), incident=incident, mfa_device=mfa_device(place))


def saml_provider(place: Place) -> str:
    """The ARN of the account's SAML provider."""
    return f"arn:{place.partition}:iam::{place.account_id}:saml-provider/idp"


def with_saml(role_arn: str, place: Place) -> Record:
    """The record of an AssumeRoleWithSAML."""
    qualifier, provider = "SampleUkh1i4+ExamplexL/jEvs=", saml_provider(place)
    caller = {"type": "SAMLUser", "principalId": f"{qualifier}:alex", "userName": "alex", "identityProvider": qualifier}
    made = assume(role_arn, place, caller, session_name="alex", incident="") | {"eventName": "AssumeRoleWithSAML"}
    made["requestParameters"] |= {
        "sAMLAssertionID": "_c0046cEXAMPLEb9d4b8eEXAMPLE2619aEXAMPLE", "principalArn": provider, "principalTags": {},
    }  # fmt: skip
    made["responseElements"] |= {
        "subject": "alex", "subjectType": "persistent", "issuer": "https://idp.example.com/saml",
        "audience": f"https://signin.{console_domain(place.partition)}/saml", "nameQualifier": qualifier,
    }  # fmt: skip
    made["resources"].append({"accountId": place.account_id, "type": "AWS::IAM::SAMLProvider", "ARN": provider})
    return made


def with_web_identity(role_arn: str, place: Place) -> Record:
    """The record of an AssumeRoleWithWebIdentity."""
    provider = f"arn:{place.partition}:iam::{place.account_id}:oidc-provider/idp.example.com"
    caller = {"type": "WebIdentityUser", "principalId": f"{provider}:app:alex", "userName": "alex",
              "identityProvider": provider}  # fmt: skip
    made = assume(role_arn, place, caller, session_name="alex", incident="")
    made["responseElements"] |= {"provider": provider, "subjectFromWebIdentityToken": "alex", "audience": "app"}
    return made | {"eventName": "AssumeRoleWithWebIdentity"}
