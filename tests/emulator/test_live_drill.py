"""From a use of the break-glass role to a message in a queue, by plain boto3 calls only."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.emulator.waiting import until

HOME, GROUP, ALARM, RULE = "us-east-2", "/trail", "breakglass", "breakglass-rule"
_fences = itertools.count()
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


class Account:
    """An account with a role, a trail, an alarm, an event rule, and a queue behind the topic of both."""

    def __init__(self, aws: Callable[..., Any], account_id: str, queue: Callable[..., Any], event: str) -> None:
        self.aws, self.account_id = aws, account_id
        role = aws("iam").create_role(
            RoleName="breakglass", Path="/emergency/", AssumeRolePolicyDocument=json.dumps(TRUST)
        )
        self.role_arn = role["Role"]["Arn"]
        aws("iam").create_user(UserName="owner")
        self.keys = aws("iam").create_access_key(UserName="owner")["AccessKey"]
        self.topic_arn = aws("sns").create_topic(Name="alerts")["TopicArn"]
        self.receive = queue(self.topic_arn)
        self._alarm(event)
        self._rule()
        aws("logs").create_log_group(logGroupName=GROUP)
        self._filter(event)
        self._trail()

    def _trail(self) -> None:
        bucket = f"trail-{self.account_id}"
        self.aws("s3", region="us-east-1").create_bucket(Bucket=bucket)
        self.trail = self.aws("cloudtrail")
        self.trail.create_trail(
            Name="main",
            S3BucketName=bucket,
            IsMultiRegionTrail=True,
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:{HOME}:{self.account_id}:log-group:{GROUP}:*",
            CloudWatchLogsRoleArn=f"arn:aws:iam::{self.account_id}:role/delivery",
        )
        self.trail.start_logging(Name="main")

    def _filter(self, event: str) -> None:
        pattern = f'{{ ($.eventName = "{event}") && ($.requestParameters.roleArn = "{self.role_arn}") }}'
        change = {"metricName": "used", "metricNamespace": "Drill", "metricValue": "1", "defaultValue": 0.0}
        self.aws("logs").put_metric_filter(
            logGroupName=GROUP, filterName="used", filterPattern=pattern, metricTransformations=[change]
        )

    def _alarm(self, event: str) -> None:
        self.aws("cloudwatch").put_metric_alarm(
            AlarmName=ALARM, AlarmDescription="Somebody used it.", Namespace="Drill", MetricName="used",
            Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1.0, TreatMissingData="notBreaching",
            ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[self.topic_arn],
        )  # fmt: skip

    def _rule(self) -> None:
        events = self.aws("events")
        pattern = {"source": ["aws.sts"], "detail": {"requestParameters": {"roleArn": [self.role_arn]}}}
        state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
        events.put_rule(Name=RULE, EventPattern=json.dumps(pattern), State=state)
        transformer = {
            "InputPathsMap": {"who": "$.detail.userIdentity.arn", "name": "$.detail.requestParameters.roleSessionName"},
            "InputTemplate": '"<who> uses it as <name>."',
        }
        events.put_targets(Rule=RULE, Targets=[{"Id": "topic", "Arn": self.topic_arn, "InputTransformer": transformer}])

    def use(self, name: str) -> None:
        self.aws("sts", keys=self.keys).assume_role(
            RoleArn=self.role_arn, RoleSessionName=name, SourceIdentity="INC-42",
            SerialNumber=f"arn:aws:iam::{self.account_id}:mfa/owner", TokenCode="123456",
        )  # fmt: skip

    def next(self) -> str:
        """The next message: "ALARM" for the alarm's, else the session name that the event rule's tells."""
        envelope = json.loads(until(self.receive, "message"))
        message = json.loads(envelope["Message"])
        return message["NewStateValue"] if isinstance(message, dict) else message.rstrip(".").rpartition(" ")[2]

    def fence(self) -> None:
        """Wait until what was called before this is done with, alarms included: two rounds of the worker."""
        for number in next(_fences), next(_fences):
            stamp = f"fence-{number}"
            self.aws("kms").create_key(Description=stamp)
            until(lambda stamp=stamp: stamp in str(self.events('{ $.eventName = "CreateKey" }')), "delivery")

    def events(self, pattern: str) -> list[Any]:
        return [json.loads(e["message"]) for e in
                self.aws("logs").filter_log_events(logGroupName=GROUP, filterPattern=pattern)["events"]]  # fmt: skip

    def state(self) -> str:
        return str(self.aws("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"][0]["StateValue"])


@pytest.fixture
def account(aws: Any, account_id: str, queue: Any, request: pytest.FixtureRequest) -> Account:
    return Account(aws, account_id, queue, getattr(request, "param", "AssumeRole"))


def test_a_use_is_told_by_the_alarm_and_by_the_event_rule(account: Account) -> None:
    account.use("first")
    assert {account.next(), account.next()} == {"ALARM", "first"}
    assert account.state() == "ALARM"
    account.use("second")  # the alarm is on already, and tells nothing a second time
    assert account.next() == "second"
    account.fence()
    assert account.receive() is None


def test_with_alarm_actions_off_only_the_event_rule_tells(account: Account) -> None:
    account.aws("cloudwatch").disable_alarm_actions(AlarmNames=[ALARM])
    account.use("first")
    until(lambda: account.state() == "ALARM", "alarm")
    assert account.next() == "first"
    account.fence()
    assert account.receive() is None


def test_a_muted_alarm_changes_and_tells_nobody(account: Account) -> None:
    account.aws("cloudwatch").put_alarm_mute_rule(
        Name="quiet",
        Rule={"Schedule": {"Expression": "cron(* * * * *)", "Duration": "PT1H"}},
        MuteTargets={"AlarmNames": [ALARM]},
    )
    account.use("first")
    until(lambda: account.state() == "ALARM", "alarm")
    assert account.next() == "first"
    account.fence()
    assert account.receive() is None


def test_a_stopped_trail_tells_nothing_but_that_it_was_stopped(account: Account) -> None:
    account.trail.stop_logging(Name="main")
    account.use("unseen")
    account.trail.start_logging(Name="main")
    account.fence()
    assert account.receive() is None
    assert account.state() != "ALARM"
    assert account.events('{ $.eventName = "AssumeRole" }') == []
    assert len(account.events('{ $.eventName = "StopLogging" }')) == 1
    account.use("seen")
    assert {account.next(), account.next()} == {"ALARM", "seen"}


@pytest.mark.parametrize("account", ["AssumeRoles"], indirect=True)
def test_a_misspelt_filter_gives_no_alarm(account: Account) -> None:
    account.use("first")
    assert account.next() == "first"
    account.fence()
    until(lambda: account.state() == "OK", "data")
    assert account.receive() is None


def test_a_read_only_event_does_not_reach_a_rule_that_is_merely_enabled(account: Account) -> None:
    account.aws("events").enable_rule(Name=RULE)
    account.use("first")
    assert account.next() == "ALARM"
    account.fence()
    assert account.receive() is None


def test_the_record_of_the_use_is_as_cloudtrail_writes_it(account: Account) -> None:
    account.use("first")
    account.fence()
    record = account.events('{ $.eventName = "AssumeRole" }')[0]
    assert record["userIdentity"]["type"] == "IAMUser"
    assert record["requestParameters"]["sourceIdentity"] == "INC-42"
    assert record["requestParameters"]["serialNumber"].endswith(":mfa/owner")
    assert record["responseElements"]["assumedRoleUser"]["arn"].endswith(":assumed-role/breakglass/first")
    assert record["resources"][0]["ARN"] == account.role_arn
    assert record["managementEvent"] is True
