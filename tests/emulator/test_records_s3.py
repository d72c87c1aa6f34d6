"""S3's calls as CloudTrail writes them, and what an examination of a use makes of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_guardrails.emulator.s3_names import event_name
from iam_guardrails.model.incident.effects.facts import facts_of
from iam_guardrails.model.incident.effects.write import write_of
from iam_guardrails.model.trail.facts import SESSION, Kept
from iam_guardrails.model.trail.questions.records import Record

OPEN = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                                                "Resource": "arn:aws:s3:::x/*"}]}  # fmt: skip
OFF = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@pytest.fixture
def bucket(aws: Any, account_id: str) -> str:
    name = f"b-{account_id}"
    aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    return name


def told(aws: Any) -> list[dict[str, Any]]:
    """S3's records, oldest first."""
    asked = [{"AttributeKey": "EventSource", "AttributeValue": "s3.amazonaws.com"}]
    events = aws("cloudtrail").lookup_events(LookupAttributes=asked)["Events"]
    return [json.loads(item["CloudTrailEvent"]) for item in reversed(events)]


def test_a_bucket_that_is_made_and_removed(aws: Any, bucket: str, account_id: str) -> None:
    aws("s3").delete_bucket(Bucket=bucket)
    made, gone = told(aws)
    assert (made["eventName"], gone["eventName"]) == ("CreateBucket", "DeleteBucket")
    asked = made["requestParameters"]
    assert asked["bucketName"] == bucket and asked.pop("Host")
    assert asked["CreateBucketConfiguration"] == {"xmlns": SPACE, "LocationConstraint": "us-east-2"}
    for one in (made, gone):
        assert (one["eventCategory"], one["managementEvent"], one["readOnly"]) == ("Management", True, False)
        assert one["responseElements"] is None and one["recipientAccountId"] == account_id
        assert one["userIdentity"]["accessKeyId"] and one["awsRegion"] == "us-east-2"
    assert "resources" not in made
    assert gone["resources"] == [{"accountId": account_id, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}]


def test_what_opens_a_bucket_is_recorded_with_what_was_written(aws: Any, bucket: str) -> None:
    s3 = aws("s3")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=OFF)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(OPEN))
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
        {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]})  # fmt: skip
    s3.delete_bucket_policy(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    asked = {one["eventName"]: one["requestParameters"] for one in told(aws)[1:]}
    assert list(asked) == [
        "PutBucketPublicAccessBlock", "PutBucketPolicy", "PutBucketAcl", "PutBucketLifecycle", "DeleteBucketPolicy",
        "DeleteBucketPublicAccessBlock",
    ]  # fmt: skip
    assert asked["PutBucketPublicAccessBlock"]["PublicAccessBlockConfiguration"] == {"xmlns": SPACE} | OFF
    assert asked["PutBucketPolicy"]["bucketPolicy"] == OPEN and asked["PutBucketPolicy"]["policy"] == ""
    assert asked["PutBucketAcl"]["x-amz-acl"] == "public-read" and asked["PutBucketAcl"]["acl"] == ""
    assert asked["PutBucketLifecycle"]["LifecycleConfiguration"]["Rule"]["Expiration"] == {"Days": 1}
    assert {one["bucketName"] for one in asked.values()} == {bucket}


def test_what_is_done_with_objects_is_not_recorded_and_reads_of_buckets_are(aws: Any, bucket: str) -> None:
    s3 = aws("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.get_object(Bucket=bucket, Key="k")
    s3.list_objects_v2(Bucket=bucket)
    s3.head_bucket(Bucket=bucket)
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}]})
    s3.list_buckets()
    s3.get_bucket_versioning(Bucket=bucket)
    names = [(one["eventName"], one["readOnly"]) for one in told(aws)[1:]]
    assert names == [("ListBuckets", True), ("GetBucketVersioning", True)]


def test_what_is_done_with_items_and_by_functions_is_no_management_event(aws: Any) -> None:
    tables = aws("dynamodb")
    tables.create_table(
        TableName="t", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )  # fmt: skip
    tables.put_item(TableName="t", Item={"k": {"S": "x"}})
    tables.get_item(TableName="t", Key={"k": {"S": "x"}})
    asked = [{"AttributeKey": "EventSource", "AttributeValue": "dynamodb.amazonaws.com"}]
    found = aws("cloudtrail").lookup_events(LookupAttributes=asked)["Events"]
    assert [one["EventName"] for one in found] == ["CreateTable"]


def test_a_call_that_failed_says_why(aws: Any, bucket: str) -> None:
    with pytest.raises(ClientError):
        aws("s3").get_bucket_policy(Bucket=bucket)
    (_, failed) = told(aws)
    assert failed["errorCode"] == "NoSuchBucketPolicy" and failed["errorMessage"]
    assert failed["requestParameters"]["bucketName"] == bucket


def test_the_account_blocks_public_access_under_a_name_of_its_own(aws: Any, account_id: str) -> None:
    aws("s3control").put_public_access_block(AccountId=account_id, PublicAccessBlockConfiguration=OFF)
    (one,) = told(aws)
    assert (one["eventName"], one["eventSource"]) == ("PutAccountPublicAccessBlock", "s3.amazonaws.com")


def test_an_opened_bucket_is_an_item_of_a_use(aws: Any, bucket: str) -> None:
    s3 = aws("s3")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(OPEN))
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=OFF)
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    kept = [Kept(str(number), number, SESSION, json.dumps(one).encode()) for number, one in enumerate(told(aws)[1:])]
    facts, unplaced = facts_of([write_of(Record(one)) for one in kept])
    assert {fact.kind.name: fact.names["Bucket"] for fact in facts} == {
        "bucket-policy": bucket, "public-access-block": bucket,
    }  # fmt: skip
    written = {fact.kind.name: call.state(write, fact.names) for fact in facts for write, call in fact.steps}
    assert written["public-access-block"] == OFF
    assert [one.writes[0].action for one in unplaced] == ["s3:PutBucketAcl"]


@pytest.mark.parametrize(
    ("method", "query", "bucket", "name"),
    [
        ("PUT", {"versioning": ""}, "b", "PutBucketVersioning"),
        ("PUT", {"encryption": ""}, "b", "PutBucketEncryption"),
        ("DELETE", {"encryption": ""}, "b", "DeleteBucketEncryption"),
        ("GET", {"accelerate": ""}, "b", "GetAccelerateConfiguration"),
        ("PUT", {"x-id": "CreateBucket"}, "b", "CreateBucket"),
        ("DELETE", {"location": ""}, "b", ""),
        ("GET", {"versions": ""}, "b", ""),
        ("GET", {"uploads": ""}, "b", ""),
        ("GET", {"list-type": "2"}, "b", ""),
        ("POST", {"delete": ""}, "b", ""),
        ("PUT", {}, "", ""),
    ],
)
def test_the_names_of_events(method: str, query: dict[str, str], bucket: str, name: str) -> None:
    assert event_name(method, query, bucket) == name
