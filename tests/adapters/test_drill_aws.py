"""What a live drill does to AWS: the Region of each alarm, and whose queues it removes; with fake clients."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_guardrails.adapters import drills
from iam_guardrails.adapters.aws import AwsError
from iam_guardrails.adapters.aws.drill_world import AwsWorld
from iam_guardrails.adapters.aws.mailbox import SqsMailbox
from iam_guardrails.model.drill import LIVE, PASSED, DrillRecord, Watched, is_over
from iam_guardrails.model.value import changed

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
TOPIC = "arn:aws:sns:us-east-2:333333333333:prod-security-alerts"
HERE, THERE = Watched("used", "us-east-2"), Watched("used", "us-east-1")


class CloudWatch:
    def __init__(self, ringing: bool) -> None:
        self.ringing = ringing

    def describe_alarms(self, **asked: Any) -> Mapping[str, Any]:
        state = "ALARM" if self.ringing else "OK"
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": state} for name in asked["AlarmNames"]]}

    def describe_alarm_history(self, **asked: Any) -> Mapping[str, Any]:
        item = {"Timestamp": NOW, "HistoryData": '{"newState": {"stateValue": "ALARM"}}'}
        return {"AlarmHistoryItems": [item] if self.ringing else []}


class Queues:
    """SNS and SQS of one Region in one: queues by name, subscriptions by the queue's name."""

    def __init__(self, *names: str, refuses: str = "") -> None:
        self.queues, self.subscribed, self.refuses = list(names), list(names), refuses

    def list_queues(self, QueueNamePrefix: str) -> Mapping[str, Any]:
        return {"QueueUrls": [f"https://sqs/3/{name}" for name in self.queues if name.startswith(QueueNamePrefix)]}

    def list_subscriptions_by_topic(self, TopicArn: str) -> Mapping[str, Any]:
        base = "arn:aws:sqs:us-east-2:333333333333"
        return {"Subscriptions": [{"Endpoint": f"{base}:{name}", "SubscriptionArn": f"arn:{name}"}
                                  for name in self.subscribed]}  # fmt: skip

    def create_queue(self, QueueName: str, **_: Any) -> Mapping[str, Any]:
        if self.refuses:
            raise ClientError({"Error": {"Code": self.refuses, "Message": ""}}, "CreateQueue")
        self.queues.append(QueueName)
        return {"QueueUrl": f"https://sqs/3/{QueueName}"}

    def set_queue_attributes(self, **_: Any) -> Mapping[str, Any]:
        return {}

    def subscribe(self, Endpoint: str, **_: Any) -> Mapping[str, Any]:
        self.subscribed.append(Endpoint.rpartition(":")[2])
        return {"SubscriptionArn": f"arn:{self.subscribed[-1]}"}

    def unsubscribe(self, SubscriptionArn: str) -> Mapping[str, Any]:
        self.subscribed.remove(SubscriptionArn.removeprefix("arn:"))
        return {}

    def delete_queue(self, QueueUrl: str) -> Mapping[str, Any]:
        self.queues.remove(QueueUrl.rpartition("/")[2])
        return {}


class Session:
    def __init__(self, by_region: Mapping[str, Any]) -> None:
        self.by_region = by_region

    def client(self, service_name: str, region_name: str) -> Any:
        return self.by_region[region_name]


@pytest.mark.parametrize("ringing", ["us-east-1", "us-east-2"])
def test_each_alarm_is_looked_up_in_its_own_region(ringing: str) -> None:
    session = Session({name: CloudWatch(name == ringing) for name in ("us-east-1", "us-east-2")})
    world = AwsWorld(session, session, "us-east-1", None)
    found = tuple(item for item in (HERE, THERE) if item.region == ringing)
    assert world.in_alarm((HERE, THERE)) == found
    assert tuple(world.rung_since((HERE, THERE), NOW)) == found
    assert world.in_alarm(()) == ()


def mailbox(queues: Queues, drill_id: str = "DRILL-20261125T090000Z", ended: tuple[str, ...] = ()) -> SqsMailbox:
    session = Session({"us-east-2": queues})
    return SqsMailbox(session, drill_id, lambda name: is_over(name, NOW, ended), lambda _: None)


RUNNING_NOW = "guardrails-drill-drill-20261125t084500z-0"
OLD = "guardrails-drill-drill-20261125t050000z-0"
NAMED = "guardrails-drill-somebody-0"


def test_the_queue_of_a_drill_that_may_still_run_is_left_alone() -> None:
    queues = Queues(RUNNING_NOW, OLD, NAMED, "another")
    box = mailbox(queues)
    box.open([TOPIC])
    mine = "guardrails-drill-drill-20261125t090000z-0"
    assert queues.queues == queues.subscribed == [RUNNING_NOW, NAMED, "another", mine]
    assert box.close() == ()
    assert queues.queues == queues.subscribed == [RUNNING_NOW, NAMED, "another"]


def test_the_queue_of_a_drill_whose_record_says_it_ended_is_removed_at_once() -> None:
    queues = Queues(RUNNING_NOW)
    mailbox(queues, ended=("DRILL-20261125T084500Z",)).open([TOPIC])
    assert RUNNING_NOW not in queues.queues and RUNNING_NOW not in queues.subscribed


def test_a_drill_of_two_topics_of_one_region_keeps_its_own_queues() -> None:
    queues = Queues()
    mailbox(queues, ended=("DRILL-20261125T090000Z",)).open([TOPIC, f"{TOPIC}-2"])
    assert len(queues.queues) == len(queues.subscribed) == 2


def test_a_queue_that_is_refused_says_so() -> None:
    with pytest.raises(AwsError, match=r"sqs:CreateQueue was refused \(AccessDenied\) in us-east-2"):
        mailbox(Queues(refuses="AccessDenied")).open([TOPIC])


def test_a_killed_drill_of_this_machine_is_known_to_be_over(tmp_path: Path) -> None:
    records, work = tmp_path / "records", tmp_path / "work"
    done = DrillRecord("DRILL-20261125T080000Z", LIVE, "prod", "333333333333", NOW, PASSED)
    for number, state in enumerate((PASSED, "running", "running", "running")):
        at = NOW + timedelta(seconds=number)
        drills.save(records, changed(done, id=f"DRILL-2026112{number}T080000Z", started_at=at, outcome=state))
    (work / drills.LOCKS).mkdir(parents=True)
    (work / drills.LOCKS / "DRILL-20261121T080000Z").touch()  # its process is gone
    with drills.running(work, "DRILL-20261122T080000Z"):
        assert drills.ended(records, work) == {"DRILL-20261120T080000Z", "DRILL-20261121T080000Z"}
    assert not (work / drills.LOCKS / "DRILL-20261122T080000Z").exists()
