"""Every way into a role, as CloudTrail records it: the API in all its forms, federation, the console.

Sources: those of assuming.py; AWS IAM User Guide "Manage AWS STS in an AWS Region" (the page
id_credentials_temp_region-endpoints: the global endpoint is recorded in us-east-1); AWS CloudTrail User Guide "AWS
Management Console sign-in events" (SwitchRole).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.trail.assuming import (
    Record,
    assume,
    by_user,
    iam_user,
    identity_center,
    mfa_device,
    with_saml,
    with_web_identity,
)
from iam_guardrails.model.trail.record import Place, TrailEvent, session
from iam_guardrails.model.trail.regions import has_global_sts

ENTRY = "way in"
CROSS_ACCOUNT = "assume-cross-account"
API_FORMS = (
    "assume-iam-user", "assume-identity-center", CROSS_ACCOUNT, "assume-chained", "assume-without-incident",
    "assume-console",
)  # fmt: skip
_OTHER_ACCOUNT = "999999999999"


def ways_in(role_arn: str, place: Place, regions: tuple[str, ...], two_ways: tuple[str, ...]) -> Iterator[TrailEvent]:
    """Successful entries into the role.

    place: the account's home.  regions: every Region whose endpoint can be chosen.  two_ways: the Regions (home and
    second) in which every form is asked for; in the others one form stands for all, since only the Region differs.
    """
    for region in two_ways:
        where = place.at(region)
        yield from assumed(role_arn, where)
        for name, what, record in _federated(role_arn, where):
            yield TrailEvent(what, region, record, name, ENTRY, role_arn, name.removeprefix("assume-"))
        yield _callers_copy(role_arn, where)
    if has_global_sts(place.partition):
        where = place.everywhere
        made = through_global_endpoint(by_user(role_arn, where), place)
        what = "an AssumeRole through the global STS endpoint"
        yield TrailEvent(what, where.region, made, "assume-global-endpoint", ENTRY, role_arn)
    for region in regions:
        if region not in two_ways:
            made = by_user(role_arn, place.at(region))
            what = "an AssumeRole through another Region's STS endpoint"
            yield TrailEvent(what, region, made, "assume-other-region", ENTRY, role_arn)


def assumed(role_arn: str, place: Place) -> tuple[TrailEvent, ...]:
    """Successful AssumeRole records in the role's account, in one Region, by everybody who can call it."""
    made = _api(role_arn, place)
    return tuple(TrailEvent(what, place.region, record, name, ENTRY, role_arn) for name, what, record in made)


def _api(role_arn: str, place: Place) -> Iterator[tuple[str, str, Record]]:
    hub = f"arn:{place.partition}:iam::{place.account_id}:role/hub"
    foreign = {"type": "AWSAccount", "principalId": "AIDAEXAMPLEUSER00002", "accountId": _OTHER_ACCOUNT}
    yield "assume-iam-user", "an AssumeRole by an IAM user of the account", by_user(role_arn, place)
    center = assume(role_arn, place, identity_center(place))
    yield "assume-identity-center", "an AssumeRole by an Identity Center session", center
    serial = mfa_device(_elsewhere(place))
    yield CROSS_ACCOUNT, "an AssumeRole from another account", assume(role_arn, place, foreign, mfa_device=serial)
    chained = assume(role_arn, place, session(hub, place, "owner"))
    yield "assume-chained", "an AssumeRole by a session of another role", chained
    yield "assume-without-incident", "an AssumeRole without a source identity", by_user(role_arn, place, incident="")
    console = assume(role_arn, place, iam_user(place), incident="")
    console |= {"sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal"}
    del console["tlsDetails"], console["requestParameters"]["durationSeconds"]
    yield "assume-console", "the AssumeRole of a console role switch", console


def _federated(role_arn: str, place: Place) -> Iterator[tuple[str, str, Record]]:
    yield "assume-saml", "an AssumeRoleWithSAML", with_saml(role_arn, place)
    yield "assume-oidc", "an AssumeRoleWithWebIdentity", with_web_identity(role_arn, place)


def _elsewhere(place: Place) -> Place:
    return Place(_OTHER_ACCOUNT, place.region, place.partition)


def _callers_copy(role_arn: str, place: Place) -> TrailEvent:
    """The other record of a cross-account call: it names the person, and stays in the person's account."""
    where = _elsewhere(place)
    made = by_user(role_arn, where)
    made["userIdentity"]["principalId"] = "AIDAEXAMPLEUSER00002"
    made["sharedEventID"] = ""
    what = "the caller's record of an AssumeRole from another account"
    return TrailEvent(what, place.region, made, f"{CROSS_ACCOUNT}-caller", ENTRY, role_arn, here=False)


def through_global_endpoint(record: Record, place: Place) -> Record:
    """The record as it is of a call through the global STS endpoint, served by `place`'s Region."""
    return record | {
        "tlsDetails": record["tlsDetails"] | {"clientProvidedHostHeader": "sts.amazonaws.com"},
        "additionalEventData": {"RequestDetails": {"endpointType": "global", "awsServingRegion": place.region}},
    }


def is_global(record: Mapping[str, Any]) -> bool:
    """Whether the record is one of a global service: IAM, CloudFront, Route 53, Organizations, the global STS endpoint.

    Source: AWS CloudTrail User Guide, cloudtrail-concepts (global service events).
    """
    source = str(record.get("eventSource", ""))
    if source == "sts.amazonaws.com":
        details = (record.get("additionalEventData") or {}).get("RequestDetails") or {}
        return bool(details.get("endpointType") == "global")
    return source.partition(".")[0] in ("iam", "cloudfront", "route53", "organizations")
