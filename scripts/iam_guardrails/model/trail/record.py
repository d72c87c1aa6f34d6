"""The form of a CloudTrail record: what every record has, who called, and how EventBridge wraps it.

Sources: AWS CloudTrail User Guide "CloudTrail record contents" and "CloudTrail userIdentity element"; Amazon
EventBridge User Guide "AWS service events delivered via AWS CloudTrail".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from iam_guardrails.model.trail.regions import console_domain, dns_suffix, global_region
from iam_guardrails.model.value import frozen

TIME = "2026-01-15T09:30:00Z"
_NAMESPACE = bytes.fromhex("6ba7b8119dad11d180b400c04fd430c8")  # that of URLs
INCIDENT = "INC-20260115"
EVENT_ID = "6f87d04b-9f74-4f04-a780-7acf4b0a9b38"


@frozen
class TrailEvent:
    """One record.

    what: a noun phrase that a message can use.  record: what CloudTrail writes.  id, family: its place in the
    catalogue (catalogue.py).  role_arn: the break-glass role it is about.  door: the kind of federated principal
    ("saml", "oidc") that the role's trust policy must admit for it to happen; "" when none is needed.  here: whether
    this account's CloudTrail records it.  call: the call as a policy writes it, where the event is one of a silencer.
    """

    what: str
    region: str
    record: Mapping[str, Any]
    id: str = ""
    family: str = ""
    role_arn: str = ""
    door: str = ""
    here: bool = True
    call: str = ""


@frozen
class Place:
    """Where records are made: the account, a Region, the partition.

    directory_region: the Region IAM Identity Center lives in; "" where it is the Region itself.
    """

    account_id: str
    region: str
    partition: str = "aws"
    directory_region: str = ""

    def at(self, region: str) -> Place:
        """The same account in another Region."""
        if region == self.region:
            return self
        return Place(self.account_id, region, self.partition, self.directory_region or self.region)

    @property
    def everywhere(self) -> Place:
        """The same account in the Region that records global services."""
        return self.at(global_region(self.partition))


_DETAIL_TYPES = {
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
    "AwsCloudTrailInsight": "AWS Insight via CloudTrail",
}


def bus_event(event: TrailEvent, place: Place) -> dict[str, Any]:
    """The record as EventBridge delivers it on the default bus, inside its envelope."""
    return envelope(event.record, place.at(event.region), EVENT_ID, TIME)


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
    """A record of one API call as CloudTrail writes it, without what only the single call knows (see `numbered`)."""
    host = f"{service}.{place.region}.{dns_suffix(place.partition)}"
    return {
        "eventVersion": "1.11", "userIdentity": dict(caller), "eventTime": TIME,
        "eventSource": f"{service}.amazonaws.com", "eventName": name, "awsRegion": place.region,
        "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2.32.0", "requestParameters": parameters,
        "responseElements": None, "requestID": "", "eventID": "", "readOnly": read_only, "eventType": "AwsApiCall",
        "managementEvent": True, "recipientAccountId": place.account_id, "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": host},
    }  # fmt: skip


def numbered(record: Mapping[str, Any], name: str, call_name: str) -> dict[str, Any]:
    """The record with ids that are its own and the same in every run.

    name: of the record.  call_name: of the call behind it. The two records of a cross-account call differ in eventID
    and share requestID and sharedEventID (IAM User Guide, cloudtrail-integration).
    """
    made = {**record, "eventID": _uuid(name)}
    if "requestID" in made:
        made["requestID"] = _uuid(f"request {call_name}")
    if "sharedEventID" in made:
        made["sharedEventID"] = _uuid(f"shared {call_name}")
    return made


@lru_cache(maxsize=1)
def _sha1() -> Any:
    """SHA-1 from Python's own module, because hashlib loads OpenSSL, which costs as much as a plan's rules."""
    try:
        from _sha1 import sha1  # type: ignore[import-not-found,unused-ignore] # it has no type information
    except ImportError:  # another Python than CPython
        from hashlib import sha1
    return sha1


def _uuid(name: str) -> str:
    """A UUID of version 5 (RFC 9562), without the module uuid, which would cost more than all records together."""
    text = _sha1()(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def console(name: str, place: Place, caller: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a successful sign-in event of the console; `more` is its additionalEventData.

    It has no requestID. Source: AWS CloudTrail User Guide "AWS Management Console sign-in events".
    """
    made = call("signin", name, place, caller, None)
    del made["requestID"]
    made["tlsDetails"]["clientProvidedHostHeader"] = f"{place.region}.signin.{console_domain(place.partition)}"
    return made | {
        "eventType": "AwsConsoleSignIn", "responseElements": {name: "Success"}, "userAgent": "Mozilla/5.0",
        "sourceIPAddress": "203.0.113.9", "additionalEventData": dict(more),
    }  # fmt: skip


def console_login(place: Place, caller: Mapping[str, Any], mfa: str, provider: str = "") -> dict[str, Any]:
    """The record of a successful sign-in to the console.

    mfa: "Yes" or "No".  provider: the ARN of the SAML provider that vouched, for a federated sign-in.
    """
    page = f"https://console.{console_domain(place.partition)}/"
    more = {"LoginTo": page, "MobileVersion": "No", "MFAUsed": mfa}
    return console("ConsoleLogin", place.everywhere, caller, more | ({"SamlProviderArn": provider} if provider else {}))
