"""The records of the catalogue have the shape AWS documents: ids, MFA devices, federation, console, partitions, IAM."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from iam_guardrails.model.account import Account, Trail
from iam_guardrails.model.chain.recording import trail_link
from iam_guardrails.model.trail import everyday
from iam_guardrails.model.trail.catalogue import ENTRY, IDENTITY, REFUSED, SILENCER, Scope, catalogue, of_family
from iam_guardrails.model.trail.guarded import Targets
from iam_guardrails.model.trail.matching import matcher
from iam_guardrails.model.trail.record import Place, TrailEvent
from iam_guardrails.model.trail.regions import console_domain, dns_suffix, global_region, partition_of, regions_of

ROLE = "arn:aws:iam::333333333333:role/emergency/prod-breakglass-admin"
HOME = Place("333333333333", "us-east-2")
MADE = catalogue(Scope(HOME, "us-east-1", (ROLE,), Targets()))
OTHER_ACCOUNT = "999999999999"


def record(name: str, region: str = "") -> Any:
    return next(item.record for item in MADE if item.id == name and region in ("", item.region))


def partitioned(partition: str, home: str, second: str) -> tuple[TrailEvent, ...]:
    role_arn = f"arn:{partition}:iam::333333333333:role/x"
    return catalogue(Scope(Place("333333333333", home, partition), second, (role_arn,), Targets()))


def test_every_record_has_ids_of_its_own() -> None:
    events = [item.record["eventID"] for item in (*MADE, *everyday.ordinary(HOME))]
    assert [each for each, number in Counter(events).items() if number > 1] == []
    shape = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(shape.fullmatch(each) for each in events)
    again = catalogue(Scope(HOME, "us-east-1", (ROLE,), Targets()))
    assert [item.record["eventID"] for item in again] == [item.record["eventID"] for item in MADE]


@pytest.mark.parametrize("region", ["us-east-1", "us-east-2"])
def test_the_two_records_of_a_cross_account_call(region: str) -> None:
    owner, caller = record("assume-cross-account", region), record("assume-cross-account-caller", region)
    assert owner["eventID"] != caller["eventID"]
    assert (owner["sharedEventID"], owner["requestID"]) == (caller["sharedEventID"], caller["requestID"])
    assert owner["sharedEventID"]
    assert owner["requestParameters"] == caller["requestParameters"]
    assert owner["requestParameters"]["serialNumber"] == f"arn:aws:iam::{OTHER_ACCOUNT}:mfa/owner"
    assert owner["responseElements"] == caller["responseElements"]
    assert owner["resources"] == caller["resources"]
    assert owner["resources"][0]["accountId"] == "333333333333"
    assert owner["userIdentity"]["principalId"] == caller["userIdentity"]["principalId"]


def test_only_an_iam_user_sends_the_serial_number_of_an_mfa_device() -> None:
    with_device = {
        item.id for item in of_family(MADE, ENTRY) if "serialNumber" in (item.record["requestParameters"] or {})
    }
    assert with_device == {
        "assume-iam-user", "assume-cross-account", "assume-cross-account-caller", "assume-without-incident",
        "assume-global-endpoint", "assume-other-region",
    }  # fmt: skip
    launched = next(item.record for item in everyday.ordinary(HOME) if item.what.startswith("EC2"))
    assert launched["requestParameters"] == {
        "roleArn": "arn:aws:iam::333333333333:role/mw-worker", "roleSessionName": "i-0123456789abcdef0",
        "durationSeconds": 3600,
    }  # fmt: skip
    assert "sourceIdentity" not in launched["responseElements"]


@pytest.mark.parametrize("name", ["assume-saml", "assume-oidc"])
def test_federated_records_carry_the_session_they_ask_for(name: str) -> None:
    made = record(name)
    assert made["requestParameters"]["roleSessionName"] == "alex"
    assert made["responseElements"]["assumedRoleUser"] == {
        "assumedRoleId": "AROAEXAMPLEROLE00001:alex",
        "arn": "arn:aws:sts::333333333333:assumed-role/prod-breakglass-admin/alex",
    }
    assert "sourceIdentity" not in made["responseElements"]


def test_federated_records_carry_what_the_identity_provider_said() -> None:
    saml, oidc = record("assume-saml")["responseElements"], record("assume-oidc")["responseElements"]
    assert set(saml) == {
        "credentials",
        "assumedRoleUser",
        "subject",
        "subjectType",
        "issuer",
        "audience",
        "nameQualifier",
    }
    assert saml["audience"] == "https://signin.aws.amazon.com/saml"
    assert saml["nameQualifier"] == record("assume-saml")["userIdentity"]["identityProvider"]
    assert set(oidc) == {"credentials", "assumedRoleUser", "provider", "subjectFromWebIdentityToken", "audience"}
    assert oidc["provider"] == record("assume-oidc")["userIdentity"]["identityProvider"]


def test_console_records_say_whence_and_whither() -> None:
    switch, login = record("console-switch-role"), record("console-login")
    assert set(switch["additionalEventData"]) == {"SwitchFrom", "RedirectTo"}
    assert switch["additionalEventData"]["RedirectTo"].startswith("https://us-east-2.console.aws.amazon.com/")
    assert login["additionalEventData"]["SamlProviderArn"] == "arn:aws:iam::333333333333:saml-provider/idp"
    assert login["additionalEventData"]["MFAUsed"] == "No"
    users = next(item.record for item in MADE if item.id.startswith("console-without-mfa"))
    assert "SamlProviderArn" not in users["additionalEventData"]


@pytest.mark.parametrize(
    ("name", "event_name", "read_only"),
    [
        ("console-oauth-authorize", "AuthorizeOAuth2Access", True),
        ("console-oauth", "CreateOAuth2Token", True),
        ("console-sign-in-token", "GetSigninToken", False),
    ],
)
def test_the_ways_from_a_session_to_the_console_and_back(name: str, event_name: str, read_only: bool) -> None:
    made = record(name)
    assert (made["eventSource"], made["eventName"], made["readOnly"]) == ("signin.amazonaws.com", event_name, read_only)
    assert made["userIdentity"]["arn"] == "arn:aws:sts::333333333333:assumed-role/prod-breakglass-admin/owner"


def test_refused_attempts_are_recorded_in_the_region_of_the_endpoint() -> None:
    refused = of_family(MADE, REFUSED)
    assert {item.region for item in refused} == set(regions_of("aws", "us-east-2", "us-east-1"))
    forms = {"denied", "denied-identity-center", "denied-expired-token", "denied-mfa-code"}
    for region in ("us-east-2", "us-east-1"):
        assert forms <= {item.id for item in refused if item.region == region}
    made = record("denied-global-endpoint")
    assert made["awsRegion"] == "us-east-1" and made["requestParameters"] is None
    assert made["tlsDetails"]["clientProvidedHostHeader"] == "sts.amazonaws.com"


IAM_KEYS = {
    "PutRolePolicy": {"roleName", "policyName", "policyDocument"}, "DeleteRolePolicy": {"roleName", "policyName"},
    "AttachUserPolicy": {"userName", "policyArn"}, "PutGroupPolicy": {"groupName", "policyName", "policyDocument"},
    "DetachGroupPolicy": {"groupName", "policyArn"}, "CreatePolicy": {"policyName", "policyDocument"},
    "DeletePolicy": {"policyArn"}, "SetDefaultPolicyVersion": {"policyArn", "versionId"},
    "UpdateAssumeRolePolicy": {"roleName", "policyDocument"}, "CreateUser": {"userName"},
    "PutUserPermissionsBoundary": {"userName", "permissionsBoundary"}, "CreateAccessKey": {"userName"},
    "AddUserToGroup": {"groupName", "userName"}, "DeactivateMFADevice": {"userName", "serialNumber"},
    "CreateSAMLProvider": {"name", "sAMLMetadataDocument"},
    "UpdateSAMLProvider": {"sAMLProviderArn", "sAMLMetadataDocument"},
    "CreateOpenIDConnectProvider": {"url", "clientIDList"},
}  # fmt: skip


@pytest.mark.parametrize("name", IAM_KEYS)
def test_an_iam_change_carries_its_own_request_parameters(name: str) -> None:
    assert set(record(f"iam-{name}")["requestParameters"]) == IAM_KEYS[name]


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ('{ $.requestParameters.roleName = "*" }', 8),
        ('{ $.requestParameters.userName = "*" }', 12),
        ('{ $.requestParameters.groupName = "*" }', 5),
        ('{ $.requestParameters.policyArn = "*" }', 10),
    ],
)
def test_a_filter_on_one_parameter_sees_only_the_changes_that_have_it(pattern: str, number: int) -> None:
    assert sum(bool(matcher(pattern)(item.record)) for item in of_family(MADE, IDENTITY)) == number


@pytest.mark.parametrize(
    ("partition", "home", "second", "recorded"),
    [("aws-us-gov", "us-gov-east-1", "us-gov-west-1", "us-gov-west-1"),
     ("aws-cn", "cn-northwest-1", "cn-north-1", "cn-north-1")],
)  # fmt: skip
def test_other_partitions_record_global_services_in_their_own_region(
    partition: str, home: str, second: str, recorded: str
) -> None:
    made = partitioned(partition, home, second)
    assert {item.region for item in made} == {home, second}
    assert not [item.id for item in made if "global-endpoint" in item.id]
    one_region = [item for item in made if item.record["eventSource"] == "iam.amazonaws.com"]
    one_region += [item for item in made if item.record["eventName"] == "ConsoleLogin"]
    assert len(one_region) > 40 and {item.region for item in one_region} == {recorded}
    center = [item for item in made if item.id == "assume-identity-center"]
    assert {item.region for item in center} == {home, second}
    arns = {item.record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] for item in center}
    assert len(arns) == 1 and f"/sso.amazonaws.com/{home}/" in arns.pop()
    assert "us-east" not in str([item.record for item in made])


@pytest.mark.parametrize("region", ["us-gov-west-1", "us-gov-east-1"])
def test_a_trail_of_one_region_gets_global_events_where_its_partition_records_them(region: str) -> None:
    made = partitioned("aws-us-gov", "us-gov-east-1", "us-gov-west-1")
    event = next(item for item in made if item.id == "iam-UpdateRole")
    trail = Trail("t", "t", f"arn:aws-us-gov:cloudtrail:{region}:333333333333:trail/t", region,
                  log_group_arn="g", delivery_role_arn="r")  # fmt: skip
    account = Account("plan", "333333333333", region)
    assert trail_link(trail, event, account).holds is (region == "us-gov-west-1")


def test_the_directorys_region_is_left_out_where_it_is_us_east_1() -> None:
    place = Place("333333333333", "us-east-2", "aws", "us-east-1")
    made = catalogue(Scope(place, "us-east-1", (ROLE,), Targets()))
    center = next(item.record for item in made if item.id == "assume-identity-center")
    arn = center["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"]
    assert "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_" in arn


def test_partitions_by_region() -> None:
    assert [partition_of(name) for name in ("us-gov-west-1", "cn-north-1", "eu-west-1", "eusc-de-east-1")] == [
        "aws-us-gov", "aws-cn", "aws", "aws-eusc",
    ]  # fmt: skip
    sovereign = "aws-eusc"
    assert (global_region(sovereign), regions_of(sovereign)) == ("eusc-de-east-1", ("eusc-de-east-1",))
    assert (dns_suffix(sovereign), console_domain(sovereign)) == ("amazonaws.eu", "amazonaws-eusc.eu")


def test_one_record_per_call_where_nothing_tells_the_things_apart() -> None:
    assert len(of_family(MADE, SILENCER)) == len({item.call for item in of_family(MADE, SILENCER)})
