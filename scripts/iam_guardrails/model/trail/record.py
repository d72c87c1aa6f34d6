"""The form of a CloudTrail record: what every record has, who called, and how EventBridge wraps it.

Sources: AWS CloudTrail User Guide "CloudTrail record contents" and "CloudTrail userIdentity element"; Amazon
EventBridge User Guide "AWS service events delivered via AWS CloudTrail".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.value import frozen

GLOBAL_REGION = "us-east-1"  # where IAM, the global STS endpoint and root's console sign-in are recorded
TIME = "2026-01-15T09:30:00Z"
INCIDENT = "INC-20260115"
EVENT_ID = "6f87d04b-9f74-4f04-a780-7acf4b0a9b38"


@frozen
class TrailEvent:
    """One record.

    what: a noun phrase that a message can use.  record: what CloudTrail writes.  id, family: its place in the
    catalogue (catalogue.py).  role_arn: the break-glass role it is about.  door: the kind of federated principal
    ("saml", "oidc") that the role's trust policy must admit for it to happen; "" when none is needed.  here: whether
    this account's CloudTrail records it.
    """

    what: str
    region: str
    record: Mapping[str, Any]
    id: str = ""
    family: str = ""
    role_arn: str = ""
    door: str = ""
    here: bool = True


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


_DETAIL_TYPES = {
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
    "AwsCloudTrailInsight": "AWS Insight via CloudTrail",
}


def bus_event(event: TrailEvent, place: Place) -> dict[str, Any]:
    """The record as EventBridge delivers it on the default bus, inside its envelope."""
    where = Place(place.account_id, event.region, place.partition)
    return envelope(event.record, where, EVENT_ID, TIME)


def envelope(record: Mapping[str, Any], place: Place, event_id: str, time: str) -> dict[str, Any]:
    """`record` inside the envelope that EventBridge puts around it; `place` is where the bus is."""
    return {
        "version": "0", "id": event_id, "time": time,
        "account": place.account_id,
        "detail-type": _DETAIL_TYPES.get(str(record.get("eventType")), "AWS API Call via CloudTrail"),
        "source": "aws." + str(record["eventSource"]).split(".")[0],
        "region": place.region, "resources": [], "detail": record,
    }  # fmt: skip


def is_enveloped(event: Mapping[str, Any]) -> bool:
    """Whether an event already is in the envelope of EventBridge."""
    return "detail-type" in event and isinstance(event.get("detail"), Mapping)


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
    host = f"{service}.{place.region}.amazonaws.com"
    return {
        "eventVersion": "1.11", "userIdentity": dict(caller), "eventTime": TIME,
        "eventSource": f"{service}.amazonaws.com", "eventName": name, "awsRegion": place.region,
        "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2.32.0", "requestParameters": parameters,
        "responseElements": None, "requestID": "b0f2c1d4-0c3d-4f9b-9a67-0a1b2c3d4e5f",
        "eventID": "0d1e2f3a-4b5c-4d6e-8f90-a1b2c3d4e5f6", "readOnly": read_only, "eventType": "AwsApiCall",
        "managementEvent": True, "recipientAccountId": place.account_id, "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": host},
    }  # fmt: skip


def assume(role_arn: str, place: Place, caller: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a successful AssumeRole, in the account of the role."""
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
    made["additionalEventData"] = {"RequestDetails": {"endpointType": "regional", "awsServingRegion": place.region}}
    if caller["type"] == "AWSAccount":
        made["sharedEventID"] = "5c9f7a52-7d6e-4a7a-8d0b-0c8b6f1f3a11"
    return made


def console_login(place: Place, caller: Mapping[str, Any], mfa: str) -> dict[str, Any]:
    """The record of a successful sign-in to the console; `mfa` is "Yes" or "No"."""
    where = Place(place.account_id, GLOBAL_REGION, place.partition)
    made = call("signin", "ConsoleLogin", where, caller, None)
    return made | {
        "eventType": "AwsConsoleSignIn", "responseElements": {"ConsoleLogin": "Success"},
        "additionalEventData": {"LoginTo": "https://console.aws.amazon.com/", "MFAUsed": mfa},
    }  # fmt: skip
