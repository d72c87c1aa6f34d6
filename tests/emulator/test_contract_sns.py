"""SNS as the emulator adds to it, seen through boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.emulator.waiting import until


@pytest.fixture
def topic(aws: Any) -> str:
    return str(aws("sns").create_topic(Name="t")["TopicArn"])


def test_a_message_reaches_a_queue_in_the_envelope_of_a_notification(aws: Any, topic: str, queue: Any) -> None:
    receive = queue(topic)
    message_id = aws("sns").publish(TopicArn=topic, Message="hello", Subject="hi")["MessageId"]
    told = json.loads(until(receive, "message"))
    assert {key: told[key] for key in ("Type", "Message", "Subject", "TopicArn", "MessageId")} == {
        "Type": "Notification", "Message": "hello", "Subject": "hi", "TopicArn": topic, "MessageId": message_id,
    }  # fmt: skip
    assert {"Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"} <= set(told)


@pytest.mark.parametrize(("raw", "plain"), [("true", True), ("false", False)])
def test_raw_message_delivery_leaves_the_envelope_out(aws: Any, topic: str, queue: Any, raw: str, plain: bool) -> None:
    receive = queue(topic, RawMessageDelivery=raw)
    aws("sns").publish(TopicArn=topic, Message="hello")
    assert (until(receive, "message") == "hello") is plain


def test_a_filter_policy_is_honoured(aws: Any, topic: str, queue: Any) -> None:
    by_body = queue(topic, FilterPolicy='{"AlarmName": ["wanted"]}', FilterPolicyScope="MessageBody")
    by_attribute = queue(topic, FilterPolicy='{"kind": ["drill"]}')
    kind = {"kind": {"DataType": "String", "StringValue": "drill"}}
    aws("sns").publish(TopicArn=topic, Message='{"AlarmName": "other"}')
    aws("sns").publish(TopicArn=topic, Message='{"AlarmName": "wanted"}')
    aws("sns").publish(TopicArn=topic, Message="no JSON", MessageAttributes=kind)
    assert json.loads(until(by_body, "message"))["Message"] == '{"AlarmName": "wanted"}'
    assert json.loads(until(by_attribute, "message"))["Message"] == "no JSON"
    assert (by_body(), by_attribute()) == (None, None)


def test_others_get_nothing_and_hinder_nobody(aws: Any, assume: Any, topic: str, queue: Any) -> None:
    sns = aws("sns")
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://192.0.2.1/never")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="owner@example.com")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{topic.replace(':sns:', ':sqs:')}-gone")
    elsewhere = aws("sqs", keys=assume("arn:aws:iam::499999999998:role/x"))
    url = elsewhere.create_queue(QueueName="far")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-2:499999999998:far")
    receive = queue(topic)
    sns.publish(TopicArn=topic, Message="hello")
    assert json.loads(until(receive, "message"))["Message"] == "hello"
    far = elsewhere.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(far[0]["Body"])["Message"] == "hello"
