"""The event catalogue: every way in and every silencer is there, with the shape CloudTrail gives it."""

from __future__ import annotations

from collections import Counter

import pytest

from iam_guardrails.model.silencers import SILENCERS
from iam_guardrails.model.trail import everyday
from iam_guardrails.model.trail.catalogue import (
    ENTRY,
    FAMILIES,
    IDENTITY,
    INSIDE,
    REFUSED,
    ROOT,
    SIGN_IN,
    SILENCER,
    Scope,
    catalogue,
    of_family,
)
from iam_guardrails.model.trail.entering import is_global
from iam_guardrails.model.trail.guarded import Targets
from iam_guardrails.model.trail.record import Place, TrailEvent
from iam_guardrails.model.trail.regions import regions_of

ROLE = "arn:aws:iam::333333333333:role/emergency/prod-breakglass-admin"
OTHER = "arn:aws:iam::333333333333:role/glass-breaker"
HOME = Place("333333333333", "us-east-2")
MADE = catalogue(Scope(HOME, "us-east-1", (ROLE, OTHER), Targets()))
BY_ID = {item.id: item for item in reversed(MADE) if item.role_arn in ("", ROLE)}


def record(name: str) -> dict[str, object]:
    return dict(BY_ID[name].record)


def test_every_family_is_there_and_every_event_once() -> None:
    assert {item.family for item in MADE} == set(FAMILIES)
    counted = Counter((item.id, item.region, item.role_arn) for item in MADE)
    assert [key for key, number in counted.items() if number > 1] == []


@pytest.mark.parametrize("item", MADE, ids=lambda item: f"{item.id}-{item.region}-{item.role_arn[-5:]}")
def test_every_record_has_the_fields_cloudtrail_always_writes(item: TrailEvent) -> None:
    always = {"eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "requestParameters",
              "responseElements", "eventID", "eventType", "recipientAccountId", "readOnly"}  # fmt: skip
    assert always <= set(item.record)
    assert item.record["awsRegion"] == item.region
    assert (item.record["recipientAccountId"] == "333333333333") is item.here
    if item.family == ENTRY:
        assert item.record["readOnly"] is True
        assert item.record["requestParameters"]["roleArn"] == item.role_arn
        name = item.role_arn.rpartition("/")[2]
        assert f":assumed-role/{name}/" in item.record["responseElements"]["assumedRoleUser"]["arn"]


def test_a_use_through_every_regions_endpoint_and_the_global_one() -> None:
    entries = of_family(MADE, ENTRY, ROLE)
    assert {item.region for item in entries} == set(regions_of("aws", "us-east-2", "us-east-1"))
    made = record("assume-global-endpoint")
    assert made["awsRegion"] == "us-east-1"
    assert made["tlsDetails"] == {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": "sts.amazonaws.com"}
    assert is_global(made) and not is_global(record("assume-iam-user"))
    assert is_global(record("iam-UpdateRole"))


def test_both_records_of_a_cross_account_call_share_their_id() -> None:
    owner, caller = record("assume-cross-account"), record("assume-cross-account-caller")
    assert owner["sharedEventID"] == caller["sharedEventID"]
    assert owner["recipientAccountId"] != caller["recipientAccountId"]
    assert set(owner["userIdentity"]) == {"type", "principalId", "accountId"}
    assert caller["userIdentity"]["userName"] == "owner"
    assert not BY_ID["assume-cross-account-caller"].here


def test_who_enters_in_each_form() -> None:
    kinds = {name: record(name)["userIdentity"]["type"] for name in BY_ID if name.startswith("assume-")}
    assert kinds == {
        "assume-iam-user": "IAMUser", "assume-identity-center": "AssumedRole", "assume-cross-account": "AWSAccount",
        "assume-chained": "AssumedRole", "assume-without-incident": "IAMUser", "assume-console": "IAMUser",
        "assume-saml": "SAMLUser", "assume-oidc": "WebIdentityUser", "assume-cross-account-caller": "IAMUser",
        "assume-global-endpoint": "IAMUser", "assume-other-region": "IAMUser",
    }  # fmt: skip
    assert record("assume-saml")["eventName"] == "AssumeRoleWithSAML"
    assert record("assume-oidc")["eventName"] == "AssumeRoleWithWebIdentity"
    assert [item["type"] for item in record("assume-saml")["resources"]] == ["AWS::IAM::Role", "AWS::IAM::SAMLProvider"]
    assert "sourceIdentity" not in record("assume-without-incident")["requestParameters"]
    assert record("assume-console")["sourceIPAddress"] == "AWS Internal"


def test_a_denied_attempt_names_the_role_in_its_message_or_nowhere() -> None:
    for name in ("denied", "denied-identity-center"):
        made = record(name)
        assert made["requestParameters"] is None and "resources" not in made
        assert ROLE in str(made["errorMessage"])
    assert ROLE not in str(record("denied-mfa-code"))
    assert record("denied-expired-token")["requestParameters"] == {"roleArn": ROLE, "roleSessionName": "x"}


def test_what_a_session_leaves_behind() -> None:
    assert len(of_family(MADE, INSIDE, ROLE)) == 7
    api, switch, login = record("inside-write"), record("console-switch-role"), record("console-login")
    assert api["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == ROLE
    for made in (switch, login):
        assert made["eventSource"] == "signin.amazonaws.com" and made["eventType"] == "AwsConsoleSignIn"
        assert "sessionContext" not in made["userIdentity"]


def test_one_event_per_silencer_and_the_rest_of_the_account() -> None:
    assert len(SILENCERS) >= 30
    assert [item.what for item in of_family(MADE, SILENCER)] == [silencer.name for silencer in SILENCERS]
    assert [item.call for item in of_family(MADE, SILENCER)] == [silencer.name for silencer in SILENCERS]
    assert len(of_family(MADE, IDENTITY)) == 32
    assert (len(of_family(MADE, ROOT)), len(of_family(MADE, SIGN_IN)), len(of_family(MADE, REFUSED, ROLE))) == (
        2,
        2,
        24,
    )


def test_other_partitions_have_their_own_regions() -> None:
    made = catalogue(Scope(Place("333333333333", "cn-north-1", "aws-cn"), "cn-northwest-1",
                           ("arn:aws-cn:iam::333333333333:role/x",), Targets()))  # fmt: skip
    entries = of_family(made, ENTRY)
    assert {item.region for item in entries if item.id != "assume-global-endpoint"} == {"cn-north-1", "cn-northwest-1"}


def test_everyday_traffic_is_of_many_kinds() -> None:
    traffic = everyday.ordinary(HOME)
    assert len({item.what for item in traffic}) == len(traffic) >= 10
    assert any(item.record.get("errorCode") == "AccessDenied" for item in traffic)
