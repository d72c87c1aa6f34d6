"""Alarms that are evaluated, seen through boto3."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.emulator.waiting import until

TOO_MANY = {
    "Namespace": "N", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching",
}  # fmt: skip


class Watch:
    """The alarms of one account, with a topic and a queue behind it."""

    def __init__(self, aws: Any, queue: Any) -> None:
        self.aws = aws
        self.client = aws("cloudwatch")
        self.topic = aws("sns").create_topic(Name="alerts")["TopicArn"]
        self.receive = queue(self.topic)

    def alarm(self, name: str = "one", **settings: Any) -> None:
        self.client.put_metric_alarm(AlarmName=name, **TOO_MANY | {"AlarmActions": [self.topic]} | settings)

    def put(self, value: float, age: float = 0.0, metric: str = "m") -> None:
        at = datetime.now(UTC) - timedelta(seconds=age)
        self.client.put_metric_data(Namespace="N", MetricData=[{"MetricName": metric, "Value": value, "Timestamp": at}])

    def state(self, name: str = "one") -> str:
        found = self.client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return str((found["MetricAlarms"] + found["CompositeAlarms"])[0]["StateValue"])

    def is_(self, state: str, name: str = "one") -> None:
        until(lambda: self.state(name) == state, f"{state} of {name}")

    def message(self) -> dict[str, Any]:
        told = json.loads(until(self.receive, "message"))
        return json.loads(told["Message"]) | {"Subject": told["Subject"]}

    def actions(self, name: str = "one") -> list[str]:
        items = self.client.describe_alarm_history(AlarmName=name, HistoryItemType="Action")["AlarmHistoryItems"]
        return [item["HistorySummary"] for item in items]


@pytest.fixture
def watch(aws: Any, queue: Any) -> Watch:
    return Watch(aws, queue)


def test_put_metric_data_turns_an_alarm_on_and_it_tells_the_topic(watch: Watch, account_id: str) -> None:
    watch.alarm(AlarmDescription="why")
    watch.put(1.0)
    told = watch.message()
    assert told["Subject"] == 'ALARM: "one" in US East (Ohio)'
    expected = {
        "AlarmName": "one", "AlarmDescription": "why", "AWSAccountId": account_id, "Region": "US East (Ohio)",
        "OldStateValue": "INSUFFICIENT_DATA", "NewStateValue": "ALARM", "AlarmActions": [watch.topic],
    }  # fmt: skip
    assert {key: told[key] for key in expected} == expected
    assert "greater than or equal to the threshold (1.0)" in told["NewStateReason"]
    trigger = told["Trigger"]
    assert (trigger["MetricName"], trigger["Namespace"], trigger["Statistic"]) == ("m", "N", "SUM")
    assert (trigger["Period"], trigger["Threshold"], trigger["TreatMissingData"]) == (60, 1.0, "notBreaching")
    until(watch.actions, "action in the history")
    assert watch.actions() == [f"Successfully executed action {watch.topic}"]


def test_without_further_data_it_returns_to_ok_and_tells_the_second_use(watch: Watch) -> None:
    watch.alarm(Period=10, OKActions=[watch.topic])
    watch.put(1.0, age=8.5)
    assert watch.message()["NewStateValue"] == "ALARM"
    told = watch.message()
    assert (told["OldStateValue"], told["NewStateValue"]) == ("ALARM", "OK")
    assert "1 missing datapoint was treated as [NonBreaching]" in told["NewStateReason"]
    watch.put(1.0)
    assert watch.message()["NewStateValue"] == "ALARM"


@pytest.mark.parametrize(
    ("settings", "values", "state"),
    [
        ({"Statistic": "Average", "Threshold": 3.0}, [2.0, 5.0], "ALARM"),
        ({"Statistic": "Average", "Threshold": 4.0}, [2.0, 5.0], "OK"),
        ({"Statistic": "Minimum", "Threshold": 2.0}, [2.0, 5.0], "ALARM"),
        ({"Statistic": "Maximum", "Threshold": 6.0}, [2.0, 5.0], "OK"),
        ({"Statistic": "SampleCount", "Threshold": 2.0}, [0.0, 0.0], "ALARM"),
        ({"ComparisonOperator": "LessThanThreshold"}, [0.0], "ALARM"),
        ({"ComparisonOperator": "GreaterThanThreshold"}, [1.0], "OK"),
        ({"ComparisonOperator": "LessThanOrEqualToThreshold"}, [2.0], "OK"),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, [1.0], "OK"),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2, "TreatMissingData": "breaching"}, [0.0], "ALARM"),
        ({"Unit": "Bytes", "TreatMissingData": "breaching"}, [0.0], "ALARM"),
    ],
)
def test_statistic_comparison_and_periods_count(
    watch: Watch, settings: dict[str, Any], values: list[float], state: str
) -> None:
    data = [{"MetricName": "m", "Values": values, "Timestamp": datetime.now(UTC)}]
    watch.alarm(**settings)
    watch.client.put_metric_data(Namespace="N", MetricData=data)
    watch.is_(state)


def test_an_action_that_fails_is_told_in_the_history(watch: Watch) -> None:
    watch.aws("sns", region="us-east-1").create_topic(Name="alerts")  # there, but not in the alarm's Region
    wrong = [watch.topic + "-gone", watch.topic.replace("us-east-2", "us-east-1"), "arn:aws:lambda:us-east-2:1:f"]
    watch.alarm(AlarmActions=[*wrong, watch.topic])
    watch.put(1.0)
    assert watch.message()["NewStateValue"] == "ALARM"
    until(lambda: len(watch.actions()) == 4, "actions in the history")
    failed = [text for text in watch.actions() if text.startswith("Failed to execute action ")]
    assert {text.removeprefix("Failed to execute action ").partition('. Received error: "')[0] for text in failed} == {
        *wrong
    }


def test_set_alarm_state_runs_the_actions_on_a_change_only(watch: Watch) -> None:
    watch.alarm()
    for _ in range(2):
        watch.client.set_alarm_state(AlarmName="one", StateValue="ALARM", StateReason="by hand")
    assert watch.message()["NewStateReason"] == "by hand"
    watch.client.disable_alarm_actions(AlarmNames=["one"])
    watch.client.set_alarm_state(AlarmName="one", StateValue="OK", StateReason="by hand")
    watch.client.set_alarm_state(AlarmName="one", StateValue="ALARM", StateReason="unheard")
    watch.alarm("other")
    watch.client.set_alarm_state(AlarmName="other", StateValue="ALARM", StateReason="last")
    assert watch.message()["NewStateReason"] == "last"
    assert watch.actions() == [f"Successfully executed action {watch.topic}"]


def test_further_data_are_no_further_change(watch: Watch) -> None:
    watch.alarm()
    for number, metric in enumerate(("m", "m2", "m", "m3")):  # the alarms on m2 and m3 show that m was looked at
        watch.put(1.0, metric=metric)
        if metric != "m":
            watch.alarm(f"shows-{number}", MetricName=metric, AlarmActions=[])
            watch.is_("ALARM", f"shows-{number}")
    changes = watch.client.describe_alarm_history(AlarmName="one", HistoryItemType="StateUpdate")
    assert [item["HistorySummary"] for item in changes["AlarmHistoryItems"]] == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM"
    ]


def test_a_state_set_by_hand_stays_until_data_come(watch: Watch) -> None:
    watch.alarm()
    watch.put(1.0)
    watch.is_("ALARM")
    watch.client.set_alarm_state(AlarmName="one", StateValue="OK", StateReason="by hand")
    for number in range(2):
        watch.alarm(f"shows-{number}", MetricName=f"m{number}", AlarmActions=[])
        watch.put(1.0, metric=f"m{number}")
        watch.is_("ALARM", f"shows-{number}")
    assert watch.state() == "OK"
    watch.put(0.0)
    watch.is_("ALARM")


def test_put_composite_alarm_follows_its_alarms(watch: Watch) -> None:
    for name in ("one", "two"):
        watch.alarm(name, AlarmActions=[], MetricName="m" if name == "one" else "other")
    rule = 'ALARM("one") AND NOT (ALARM(two) OR FALSE)'
    watch.client.put_composite_alarm(AlarmName="any", AlarmRule=rule, AlarmActions=[watch.topic])
    watch.client.put_composite_alarm(AlarmName="on-any", AlarmRule="ALARM(any)")
    watch.is_("OK", "any")
    watch.put(1.0)
    told = watch.message()
    assert (told["AlarmName"], told["AlarmRule"], told["NewStateValue"]) == ("any", rule, "ALARM")
    watch.is_("ALARM", "on-any")
    watch.client.set_alarm_state(AlarmName="two", StateValue="ALARM", StateReason="x")
    watch.is_("OK", "any")
    watch.is_("OK", "on-any")


@pytest.mark.parametrize("rule", ["ALARM(one) OR", "ALARM one", "(ALARM(one)", "ALARM(one) ALARM(two)", "SOME(one)"])
def test_a_composite_alarm_with_a_broken_rule_is_refused(watch: Watch, rule: str) -> None:
    with pytest.raises(ClientError) as refused:
        watch.client.put_composite_alarm(AlarmName="any", AlarmRule=rule)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
