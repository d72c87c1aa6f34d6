"""The default event bus: which record reaches which target, and in what words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.emulator.waiting import until

from iam_guardrails.emulator.bus_input import rendered

EVENT = {
    "version": "0",
    "time": "2026-01-15T09:30:00Z",
    "detail": {"who": 'ann "the" owner', "n": 7, "list": [{"a": "x"}], "ok": True, "odd-name": "o", "with.dot": "w"},
}


class Rule:
    """What rendering needs to know of a rule."""

    name, arn = "r", "arn:rule/r"


def filled(template: str, **paths: str) -> str:
    return rendered({"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}, Rule(), EVENT)


@pytest.mark.parametrize(
    ("template", "paths", "text"),
    [
        ('"<w> did <n>."', {"w": "$.detail.who", "n": "$.detail.n"}, '"ann \\"the\\" owner did 7."'),
        ('{"w": <w>, "n": <n>}', {"w": "$.detail.who", "n": "$.detail.n"}, '{"w": "ann \\"the\\" owner", "n": 7}'),
        ('{"w": "by <w>"}', {"w": "$.detail.list[0].a"}, '{"w": "by x"}'),
        ('"no <x>."', {"x": "$.detail.none.there"}, '"no ."'),
        ('"<t> <aws.events.rule-name> <aws.events.rule-arn>"', {"t": "$.time"}, '"2026-01-15T09:30:00Z r arn:rule/r"'),
        ('"<unknown>"', {}, '"<unknown>"'),
        ('"one <n>"\n"two <n>"', {"n": "$.detail.n"}, '"one 7"\n"two 7"'),
        ("<d>", {"d": "$.detail.list"}, '[{"a": "x"}]'),
        ('"<o> <w>"', {"o": "$.detail.odd-name", "w": "$.detail['with.dot']"}, '"o w"'),
        ("<aws.events.event>", {}, '{"version": "0", "time": "2026-01-15T09:30:00Z"}'),
        ('"<ok>"', {"ok": "$.detail.ok"}, '"true"'),
    ],
)  # fmt: skip
def test_a_template_is_filled_in(template: str, paths: dict[str, str], text: str) -> None:
    assert filled(template, **paths) == text


def test_a_target_gets_a_text_a_part_or_the_event() -> None:
    assert rendered({"Input": '{"a": 1}'}, Rule(), EVENT) == '{"a": 1}'
    assert rendered({"InputPath": "$.detail.list"}, Rule(), EVENT) == '[{"a": "x"}]'
    assert json.loads(rendered({}, Rule(), EVENT)) == EVENT


@pytest.fixture
def bus(aws: Any, account_id: str) -> Any:
    """A logging trail without a log group, and `bus(pattern, …)`: reads what the rule sends to a queue."""
    aws("s3", region="us-east-1").create_bucket(Bucket=f"b-{account_id}")
    aws("cloudtrail").create_trail(Name="main", S3BucketName=f"b-{account_id}", IsMultiRegionTrail=True)
    aws("cloudtrail").start_logging(Name="main")

    def rule(name: str, pattern: dict[str, Any], region: str = "us-east-2", **target: Any) -> Any:
        sqs = aws("sqs", region=region)
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        aws("events", region=region).put_rule(Name=name, EventPattern=json.dumps(pattern))
        arn = f"arn:aws:sqs:{region}:{account_id}:{name}"
        aws("events", region=region).put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn} | target])

        def read() -> Any:
            messages = sqs.receive_message(QueueUrl=url).get("Messages")
            return json.loads(messages[0]["Body"]) if messages else None

        return read

    return rule


def test_a_queue_gets_the_record_in_its_envelope(aws: Any, bus: Any, account_id: str) -> None:
    read = bus("topics", {"source": ["aws.sns"], "detail": {"eventName": ["CreateTopic"]}})
    aws("sns").create_topic(Name="t")
    event = until(read, "event")
    assert (event["detail-type"], event["account"]) == ("AWS API Call via CloudTrail", account_id)
    assert (event["region"], event["version"], event["resources"]) == ("us-east-2", "0", [])
    assert event["detail"]["requestParameters"]["name"] == "t"
    assert event["time"] == event["detail"]["eventTime"]


def test_a_rule_sees_the_records_of_its_own_region(aws: Any, bus: Any) -> None:
    pattern = {"detail": {"eventName": ["CreateUser", "CreateTopic"]}}
    home = bus("home", pattern)
    east = bus("east", pattern, region="us-east-1")
    aws("iam").create_user(UserName="ann")
    aws("sns").create_topic(Name="t")
    assert until(east, "event")["detail"]["eventName"] == "CreateUser"
    assert until(home, "event")["detail"]["eventName"] == "CreateTopic"


def test_a_disabled_rule_and_a_target_that_fails_hinder_nobody(aws: Any, bus: Any, account_id: str) -> None:
    pattern = {"detail": {"eventName": ["CreateTopic"]}}
    gone = {"Id": "gone", "Arn": f"arn:aws:sns:us-east-2:{account_id}:gone"}
    function = {"Id": "f", "Arn": f"arn:aws:lambda:us-east-2:{account_id}:function:f"}
    off, on = bus("a-off", pattern), bus("b-on", pattern)
    aws("events").put_targets(Rule="b-on", Targets=[gone, function])
    aws("events").disable_rule(Name="a-off")
    aws("sns").create_topic(Name="t")
    assert until(on, "event")
    assert off() is None
