"""CloudTrail and STS as the emulator adds to them, seen through boto3."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)


def find(trail: Any, key: str, value: str) -> list[dict[str, Any]]:
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}]
    )
    return [event for page in pages for event in page["Events"]]


def records(trail: Any, key: str, value: str) -> list[dict[str, Any]]:
    return [json.loads(event["CloudTrailEvent"]) for event in find(trail, key, value)]


@pytest.fixture
def trails(aws: Any, account_id: str) -> Any:
    aws("s3", region="us-east-1").create_bucket(Bucket=f"trails-{account_id}")
    trail = aws("cloudtrail")
    for name in ("first", "second"):
        trail.create_trail(Name=name, S3BucketName=f"trails-{account_id}", IsMultiRegionTrail=True)
    return trail


def test_describe_trails_keeps_to_the_names(aws: Any, trails: Any) -> None:
    named = trails.describe_trails(trailNameList=["second"])["trailList"]
    assert [trail["Name"] for trail in named] == ["second"]
    arn = named[0]["TrailARN"]
    assert [t["Name"] for t in trails.describe_trails(trailNameList=[arn])["trailList"]] == ["second"]
    assert len(trails.describe_trails()["trailList"]) == 2
    assert len(aws("cloudtrail", region="us-east-1").describe_trails()["trailList"]) == 2


def test_the_status_of_a_trail_tells_no_delivery(trails: Any) -> None:
    trails.start_logging(Name="first")
    status = trails.get_trail_status(Name="first")
    assert status["IsLogging"] is True
    assert status["StartLoggingTime"]
    assert not [name for name in status if name.startswith("LatestDelivery")]


def test_event_selectors_are_told_and_seen(trails: Any) -> None:
    def custom() -> bool:
        return bool(trails.get_trail(Name="first")["Trail"]["HasCustomEventSelectors"])

    default = trails.get_event_selectors(TrailName="first")["EventSelectors"]
    assert [(each["ReadWriteType"], each["IncludeManagementEvents"]) for each in default] == [("All", True)]
    assert not custom()
    trails.put_event_selectors(
        TrailName="first", EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    )
    assert trails.get_event_selectors(TrailName="first")["EventSelectors"][0]["ReadWriteType"] == "WriteOnly"
    assert custom()
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}]
    trails.put_event_selectors(TrailName="first", AdvancedEventSelectors=[{"FieldSelectors": fields}])
    answer = trails.get_event_selectors(TrailName="first")
    assert "EventSelectors" not in answer
    assert answer["AdvancedEventSelectors"][0]["FieldSelectors"] == fields
    assert custom()
    trails.put_event_selectors(
        TrailName="first", EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    )
    assert not custom()


def test_an_assume_role_is_recorded_in_the_shape_of_cloudtrail(aws: Any, assume: Any, account_id: str) -> None:
    iam = aws("iam")
    role = iam.create_role(RoleName="breakglass", Path="/emergency/", AssumeRolePolicyDocument=TRUST)["Role"]
    iam.create_user(UserName="owner")
    keys = iam.create_access_key(UserName="owner")["AccessKey"]
    serial = f"arn:aws:iam::{account_id}:mfa/owner"
    answer = aws("sts", keys=keys).assume_role(
        RoleArn=role["Arn"],
        RoleSessionName="owner",
        SourceIdentity="INC-42",
        SerialNumber=serial,
        TokenCode="123456",
    )
    assert answer["SourceIdentity"] == "INC-42"
    trail = aws("cloudtrail")
    event = records(trail, "ResourceName", role["Arn"])[0]
    session_arn = f"arn:aws:sts::{account_id}:assumed-role/breakglass/owner"
    assert event["eventSource"] == "sts.amazonaws.com"
    assert event["readOnly"] is True
    assert event["userIdentity"]["type"] == "IAMUser"
    assert event["userIdentity"]["arn"] == f"arn:aws:iam::{account_id}:user/owner"
    assert event["requestParameters"] == {
        "roleArn": role["Arn"],
        "roleSessionName": "owner",
        "sourceIdentity": "INC-42",
        "serialNumber": serial,
    }
    assert event["responseElements"]["assumedRoleUser"]["arn"] == session_arn
    assert event["responseElements"]["assumedRoleUser"]["assumedRoleId"] == f"{role['RoleId']}:owner"
    assert event["responseElements"]["sourceIdentity"] == "INC-42"
    assert event["responseElements"]["credentials"]["accessKeyId"] == answer["Credentials"]["AccessKeyId"]
    assert "secretAccessKey" not in event["responseElements"]["credentials"]
    assert event["resources"] == [{"accountId": account_id, "type": "AWS::IAM::Role", "ARN": role["Arn"]}]
    assert event["additionalEventData"]["RequestDetails"]["awsServingRegion"] == "us-east-2"

    aws("kms", keys=answer["Credentials"]).create_key(Description="x")
    used = records(trail, "AccessKeyId", answer["Credentials"]["AccessKeyId"])[0]
    identity = used["userIdentity"]
    assert (identity["type"], identity["arn"]) == ("AssumedRole", session_arn)
    assert identity["principalId"] == f"{role['RoleId']}:owner"
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == role["Arn"]
    assert identity["sessionContext"]["sourceIdentity"] == "INC-42"
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    assert (used["eventName"], used["readOnly"]) == ("CreateKey", False)
    assert used["responseElements"]["keyMetadata"]["description"] == "x"


def test_an_assume_role_across_accounts_is_recorded_twice(aws: Any, assume: Any, account_id: str) -> None:
    assume(f"arn:aws:iam::{account_id}:role/hub-target", session="someone")
    arn = f"arn:aws:iam::{account_id}:role/hub-target"
    owners = records(aws("cloudtrail"), "ResourceName", arn)
    assert len(owners) == 1
    identity = owners[0]["userIdentity"]
    assert (identity["type"], identity["accountId"]) == ("AWSAccount", "123456789012")
    assert "arn" not in identity
    assert owners[0]["recipientAccountId"] == account_id
    callers = aws("cloudtrail", keys={"AccessKeyId": "outsider", "SecretAccessKey": "outsider"})
    twins = records(callers, "ResourceName", arn)
    assert [each["sharedEventID"] for each in twins] == [owners[0]["sharedEventID"]]
    assert twins[0]["eventID"] != owners[0]["eventID"]


def test_iam_calls_are_found_in_us_east_1_only(aws: Any) -> None:
    aws("iam").create_user(UserName="owner")
    assert find(aws("cloudtrail"), "EventName", "CreateUser") == []
    found = find(aws("cloudtrail", region="us-east-1"), "EventName", "CreateUser")
    assert [(event["EventSource"], event["ReadOnly"]) for event in found] == [("iam.amazonaws.com", "false")]
    assert {"ResourceType": "AWS::IAM::User", "ResourceName": "owner"} in found[0]["Resources"]


def test_a_refused_call_is_recorded_with_its_error(aws: Any) -> None:
    with pytest.raises(ClientError):
        aws("iam").get_role(RoleName="none")
    event = records(aws("cloudtrail", region="us-east-1"), "EventName", "GetRole")[0]
    assert event["errorCode"] == "NoSuchEntity"
    assert "none" in event["errorMessage"]
    assert event["responseElements"] is None


def test_secrets_are_not_recorded(aws: Any) -> None:
    aws("iam").create_user(UserName="owner")
    aws("iam").create_login_profile(UserName="owner", Password="Correct-Horse-9-Battery")
    aws("secretsmanager").create_secret(Name="s", SecretString="deep secret")
    told = json.dumps(find(aws("cloudtrail", region="us-east-1"), "EventName", "CreateLoginProfile"), default=str)
    told += json.dumps(find(aws("cloudtrail"), "EventName", "CreateSecret"), default=str)
    assert "CreateSecret" in told
    assert "CreateLoginProfile" in told
    assert "Battery" not in told
    assert "deep secret" not in told


def test_lookup_events_pages_newest_first_while_calls_go_on(aws: Any) -> None:
    topics = [f"topic-{number}" for number in range(5)]
    for name in topics:
        aws("sns").create_topic(Name=name)
    trail = aws("cloudtrail")
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "CreateTopic"}]
    names, token = [], {}
    while True:
        page = trail.lookup_events(LookupAttributes=wanted, MaxResults=2, **token)
        names += [json.loads(each["CloudTrailEvent"])["requestParameters"]["name"] for each in page["Events"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert names == topics[::-1]


def test_lookup_events_keeps_to_a_time_range(aws: Any) -> None:
    aws("sns").create_topic(Name="t")
    trail, now = aws("cloudtrail"), datetime.now(UTC)
    hour = timedelta(hours=1)
    assert trail.lookup_events(StartTime=now - hour, EndTime=now + hour)["Events"]
    assert trail.lookup_events(StartTime=now - 2 * hour, EndTime=now - hour)["Events"] == []
    with pytest.raises(ClientError) as refused:
        trail.lookup_events(StartTime=now, EndTime=now - hour)
    assert refused.value.response["Error"]["Code"] == "InvalidTimeRangeException"


def test_lookup_events_refuses_what_aws_refuses(aws: Any) -> None:
    trail = aws("cloudtrail")
    attribute = {"AttributeKey": "EventName", "AttributeValue": "X"}
    for arguments, expected in (
        ({"LookupAttributes": [attribute, attribute]}, "InvalidLookupAttributesException"),
        ({"MaxResults": 50, "NextToken": "nonsense"}, "InvalidNextTokenException"),
    ):
        with pytest.raises(ClientError) as refused:
            trail.lookup_events(**arguments)
        assert refused.value.response["Error"]["Code"] == expected


def test_assume_role_without_a_source_identity_tells_none(aws: Any, account_id: str) -> None:
    answer = aws("sts").assume_role(RoleArn=f"arn:aws:iam::{account_id}:role/r", RoleSessionName="tester")
    assert "SourceIdentity" not in answer


def test_a_chained_session_keeps_the_source_identity_of_the_first(aws: Any, account_id: str) -> None:
    keys = None
    for hop, more in (("one", {"SourceIdentity": "INC-42"}), ("two", {}), ("three", {"SourceIdentity": "INC-43"})):
        arn = f"arn:aws:iam::{account_id}:role/{hop}"
        answer = aws("sts", keys=keys).assume_role(RoleArn=arn, RoleSessionName="hop", **more)
        assert answer["SourceIdentity"] == "INC-42"
        keys = answer["Credentials"]
    aws("kms", keys=keys).create_key(Description="x")
    used = records(aws("cloudtrail"), "AccessKeyId", keys["AccessKeyId"])[0]
    assert used["userIdentity"]["sessionContext"]["sourceIdentity"] == "INC-42"
