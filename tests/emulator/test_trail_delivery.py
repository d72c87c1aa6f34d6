"""Which trail delivers which record, and what becomes of it; seen through boto3 where AWS shows it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from tests.emulator.waiting import until

from iam_guardrails.emulator import trail_logs
from iam_guardrails.emulator.trails import LoggingTrail


def trail(**settings: Any) -> LoggingTrail:
    usual: dict[str, Any] = {
        "name": "t", "account_id": "1" * 12, "region": "us-east-2", "multi_region": True, "global_events": True,
        "log_group_arn": None, "basic": (), "advanced": (), "status": None,
    }  # fmt: skip
    return LoggingTrail(**usual | settings)


def event(service: str = "kms", region: str = "us-east-2", *, read: bool = False, name: str = "CreateKey") -> Any:
    return {
        "eventSource": f"{service}.amazonaws.com", "awsRegion": region, "readOnly": read, "eventName": name,
        "eventCategory": "Management", "userIdentity": {"arn": "arn:aws:iam::1:user/ann"},
    }  # fmt: skip


def fields(**tests: dict[str, list[str]]) -> dict[str, Any]:
    category = [{"Field": "eventCategory", "Equals": ["Management"]}]
    return {"FieldSelectors": category + [{"Field": name, **test} for name, test in tests.items()]}


@pytest.mark.parametrize(
    ("settings", "record", "covered"),
    [
        ({}, event(), True),
        ({}, event(region="eu-west-1"), True),
        ({"multi_region": False}, event(region="eu-west-1"), False),
        ({"multi_region": False}, event(), True),
        ({"multi_region": False}, event("iam", "us-east-1"), False),
        ({"multi_region": False, "region": "us-east-1"}, event("iam", "us-east-1"), True),
        ({"multi_region": False, "region": "us-east-1", "global_events": False}, event("iam", "us-east-1"), False),
        ({"multi_region": False, "global_events": False}, event("sts"), True),
        ({"global_events": False}, event("sts", "us-east-1"), False),
        ({"basic": ({"ReadWriteType": "WriteOnly"},)}, event(read=True), False),
        ({"basic": ({"ReadWriteType": "WriteOnly"},)}, event(), True),
        ({"basic": ({"ReadWriteType": "ReadOnly"},)}, event(), False),
        ({"basic": ({"ReadWriteType": "ReadOnly"}, {"ReadWriteType": "WriteOnly"})}, event(), True),
        ({"basic": ({"IncludeManagementEvents": False},)}, event(), False),
        ({"basic": ({"ExcludeManagementEventSources": ["kms.amazonaws.com"]},)}, event(), False),
        ({"basic": ({"ExcludeManagementEventSources": ["kms.amazonaws.com"]},)}, event("sts"), True),
        ({"advanced": (fields(),)}, event(), True),
        ({"advanced": (fields(readOnly={"Equals": ["false"]}),)}, event(read=True), False),
        ({"advanced": (fields(readOnly={"Equals": ["false"]}),)}, event(), True),
        ({"advanced": (fields(eventSource={"NotEquals": ["kms.amazonaws.com"]}),)}, event(), False),
        ({"advanced": (fields(eventName={"StartsWith": ["Create", "Put"]}),)}, event(), True),
        ({"advanced": (fields(eventName={"NotStartsWith": ["Create"]}),)}, event(), False),
        ({"advanced": (fields(eventName={"EndsWith": ["Role"]}),)}, event(), False),
        ({"advanced": (fields(eventName={"NotEndsWith": ["Role"]}),)}, event(), True),
        ({"advanced": (fields(**{"userIdentity.arn": {"Equals": ["arn:aws:iam::1:user/ann"]}}),)}, event(), True),
        ({"advanced": ({"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]},)}, event(), False),
    ],
)
def test_a_trail_covers_what_its_settings_say(settings: dict[str, Any], record: Any, covered: bool) -> None:
    assert trail(**settings).covers(record) is covered


@pytest.fixture
def logged(aws: Any, account_id: str) -> Any:
    """Starts a trail with a log group, `logged(**settings)`; the answer tells the records in the group."""

    def start(**settings: Any) -> Any:
        logs, cloudtrail = aws("logs"), aws("cloudtrail")
        aws("s3", region="us-east-1").create_bucket(Bucket=f"b-{account_id}")
        logs.create_log_group(logGroupName="g")
        usual = {
            "S3BucketName": f"b-{account_id}",
            "IsMultiRegionTrail": True,
            "CloudWatchLogsLogGroupArn": f"arn:aws:logs:us-east-2:{account_id}:log-group:g:*",
            "CloudWatchLogsRoleArn": f"arn:aws:iam::{account_id}:role/delivery",
        }
        cloudtrail.create_trail(Name="main", **usual | settings)
        cloudtrail.start_logging(Name="main")
        return lambda: [json.loads(each["message"]) for each in logs.filter_log_events(logGroupName="g")["events"]]

    return start


def test_records_of_every_region_arrive_in_order_in_the_streams_of_cloudtrail(
    aws: Any, logged: Any, account_id: str
) -> None:
    told = logged()
    for number in range(20):
        aws("sns", region="eu-west-1").create_topic(Name=f"t{number}")
    aws("iam").create_user(UserName="ann")
    until(lambda: any(each["eventName"] == "CreateUser" for each in told()), "CreateUser")
    names = [each["requestParameters"]["name"] for each in told() if each["eventName"] == "CreateTopic"]
    assert names == [f"t{number}" for number in range(20)]
    expected = {f"{account_id}_CloudTrail_{region}" for region in ("eu-west-1", "us-east-1", "us-east-2")}
    streams = until(lambda: _streams(aws("logs"), 3), "streams of three Regions")
    assert set(streams) == expected
    first = aws("logs").get_log_events(logGroupName="g", logStreamName=f"{account_id}_CloudTrail_us-east-1")
    assert "CreateUser" in first["events"][0]["message"]


def test_data_events_are_not_delivered_and_not_looked_up(aws: Any, logged: Any) -> None:
    told = logged()
    url = aws("sqs").create_queue(QueueName="q")["QueueUrl"]
    aws("sqs").send_message(QueueUrl=url, MessageBody="x")
    aws("sqs").get_queue_attributes(QueueUrl=url)
    until(lambda: any(each["eventName"] == "GetQueueAttributes" for each in told()), "GetQueueAttributes")
    assert "SendMessage" not in [each["eventName"] for each in told()]
    seen = [each["EventName"] for each in aws("cloudtrail").lookup_events()["Events"]]
    assert "GetQueueAttributes" in seen
    assert "SendMessage" not in seen


def test_put_event_selectors_decide_from_the_next_call_on(aws: Any, logged: Any) -> None:
    told = logged()
    selector = {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}
    aws("cloudtrail").put_event_selectors(TrailName="main", EventSelectors=[selector])
    aws("sts").get_caller_identity()
    aws("sns").create_topic(Name="t")
    until(lambda: any(each["eventName"] == "CreateTopic" for each in told()), "CreateTopic")
    names = [each["eventName"] for each in told()]
    assert "PutEventSelectors" in names
    assert "GetCallerIdentity" not in names


def test_get_trail_status_tells_the_last_delivery_or_what_hinders_it(aws: Any, logged: Any) -> None:
    told = logged()
    cloudtrail = aws("cloudtrail")
    assert "LatestDeliveryTime" not in cloudtrail.get_trail_status(Name="main")
    until(told, "record")
    before = time.time()
    status = until(lambda: _with(cloudtrail, "LatestCloudWatchLogsDeliveryTime"), "time of a delivery")
    assert abs(status["LatestCloudWatchLogsDeliveryTime"].timestamp() - before) < 60
    aws("logs").delete_log_group(logGroupName="g")
    status = until(lambda: _with(cloudtrail, "LatestCloudWatchLogsDeliveryError"), "error")
    assert status["LatestCloudWatchLogsDeliveryError"] == "Log group does not exist."


def _streams(logs: Any, count: int) -> list[str]:
    found = [each["logStreamName"] for each in logs.describe_log_streams(logGroupName="g")["logStreams"]]
    return found if len(found) >= count else []


def _with(cloudtrail: Any, name: str) -> Any:
    status = cloudtrail.get_trail_status(Name="main")
    return status if name in status else None


def test_a_record_over_256_kb_is_left_out(
    aws: Any, logged: Any, account_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = logged()
    monkeypatch.setattr(trail_logs, "_MOST_BYTES", 3_000)
    aws("sns").create_topic(Name="long", Tags=[{"Key": "k", "Value": "x" * 3_000}])
    aws("sns").create_topic(Name="short")
    until(lambda: any("short" in str(each) for each in told()), "short record")
    assert not any("long" in str(each["requestParameters"]) for each in told())


def test_the_owner_of_a_role_gets_a_record_of_its_own(assume: Any, logged: Any, account_id: str) -> None:
    told = logged()
    assume(f"arn:aws:iam::{account_id}:role/hub-target", session="someone")
    record = until(lambda: [each for each in told() if "someone" in str(each["requestParameters"])], "record")[0]
    assert (record["userIdentity"]["type"], record["recipientAccountId"]) == ("AWSAccount", account_id)
