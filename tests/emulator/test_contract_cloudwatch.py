"""CloudWatch as the emulator adds to it, seen through boto3."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

METRIC = {
    "Namespace": "N",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}


@pytest.fixture
def cloudwatch(aws: Any) -> Any:
    return aws("cloudwatch")


def test_put_composite_alarm(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(AlarmName="one", **METRIC)
    cloudwatch.put_composite_alarm(
        AlarmName="any",
        AlarmRule='ALARM("one")',
        AlarmActions=["arn:aws:sns:us-east-2:1:t"],
        ActionsEnabled=False,
    )
    found = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])
    assert found["MetricAlarms"] == []
    composite = found["CompositeAlarms"][0]
    assert (composite["AlarmName"], composite["AlarmRule"]) == ("any", 'ALARM("one")')
    assert (composite["ActionsEnabled"], len(composite["AlarmActions"])) == (False, 1)


def test_describe_alarms_without_types_tells_metric_alarms_only(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(AlarmName="one", **METRIC)
    cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule='ALARM("one")')
    found = cloudwatch.describe_alarms()
    assert [alarm["AlarmName"] for alarm in found["MetricAlarms"]] == ["one"]
    assert found["CompositeAlarms"] == []
    both = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert (len(both["MetricAlarms"]), len(both["CompositeAlarms"])) == (1, 1)


def test_an_alarm_has_no_data_until_somebody_says_so_and_keeps_its_state(cloudwatch: Any) -> None:
    def state() -> str:
        return str(cloudwatch.describe_alarms(AlarmNames=["one"])["MetricAlarms"][0]["StateValue"])

    cloudwatch.put_metric_alarm(AlarmName="one", **METRIC)
    assert state() == "INSUFFICIENT_DATA"
    cloudwatch.set_alarm_state(AlarmName="one", StateValue="ALARM", StateReason="drill")
    cloudwatch.put_metric_alarm(AlarmName="one", **METRIC, AlarmDescription="changed")
    assert state() == "ALARM"


def test_describe_alarm_history_tells_the_changes_of_state(cloudwatch: Any) -> None:
    for name in ("one", "two"):
        cloudwatch.put_metric_alarm(AlarmName=name, **METRIC)
    begin = datetime.now(UTC) - timedelta(minutes=1)
    for value in ("ALARM", "OK"):
        cloudwatch.set_alarm_state(AlarmName="one", StateValue=value, StateReason=f"to {value}")
    items = cloudwatch.describe_alarm_history(AlarmName="one", StartDate=begin)["AlarmHistoryItems"]
    changes = [
        (
            json.loads(i["HistoryData"])["oldState"]["stateValue"],
            json.loads(i["HistoryData"])["newState"]["stateValue"],
        )
        for i in items
    ]
    assert changes == [("ALARM", "OK"), ("INSUFFICIENT_DATA", "ALARM")]
    assert items[0]["HistorySummary"] == "Alarm updated from ALARM to OK"
    assert items[0]["Timestamp"] > items[1]["Timestamp"]
    assert cloudwatch.describe_alarm_history(AlarmName="two")["AlarmHistoryItems"] == []
    assert cloudwatch.describe_alarm_history(HistoryItemType="Action")["AlarmHistoryItems"] == []
    past = cloudwatch.describe_alarm_history(EndDate=begin)["AlarmHistoryItems"]
    assert past == []


def put(cloudwatch: Any, name: str, expression: str, duration: str = "PT1H", **options: Any) -> None:
    schedule = {"Expression": expression, "Duration": duration}
    cloudwatch.put_alarm_mute_rule(Name=name, Rule={"Schedule": schedule}, **options)


def test_alarm_mute_rules_are_kept_told_and_deleted(cloudwatch: Any, account_id: str) -> None:
    put(cloudwatch, "night", "cron(0 2 * * SUN)", MuteTargets={"AlarmNames": ["one"]}, Description="why")
    rule = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="night")
    assert rule["Rule"]["Schedule"] == {"Expression": "cron(0 2 * * SUN)", "Duration": "PT1H"}
    assert rule["MuteTargets"]["AlarmNames"] == ["one"]
    assert (rule["Name"], rule["Description"]) == ("night", "why")
    arn = f"arn:aws:cloudwatch:us-east-2:{account_id}:alarm-mute-rule:night"
    assert rule["AlarmMuteRuleArn"] == arn
    listed = cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    assert [each["AlarmMuteRuleArn"] for each in listed] == [arn]
    assert cloudwatch.list_alarm_mute_rules(AlarmName="other")["AlarmMuteRuleSummaries"] == []
    assert len(cloudwatch.list_alarm_mute_rules(AlarmName="one")["AlarmMuteRuleSummaries"]) == 1
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="night")
    assert cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []
    with pytest.raises(ClientError) as refused:
        cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="night")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_alarm_mute_rules_tell_whether_they_are_active(aws: Any, cloudwatch: Any) -> None:
    now = datetime.now(UTC)
    put(cloudwatch, "always", "cron(* * * * *)")
    put(cloudwatch, "now", f"at({now - timedelta(minutes=5):%Y-%m-%dT%H:%M})")
    put(cloudwatch, "later", f"at({now + timedelta(days=2):%Y-%m-%dT%H:%M})")
    put(cloudwatch, "over", f"at({now - timedelta(days=2):%Y-%m-%dT%H:%M})")
    put(cloudwatch, "expired", "cron(* * * * *)", ExpireDate=now - timedelta(minutes=1))
    put(cloudwatch, "to-come", "cron(* * * * *)", StartDate=now + timedelta(days=1))
    listed = cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    assert {each["AlarmMuteRuleArn"].rpartition(":")[2]: each["Status"] for each in listed} == {
        "always": "ACTIVE",
        "now": "ACTIVE",
        "later": "SCHEDULED",
        "over": "EXPIRED",
        "expired": "EXPIRED",
        "to-come": "SCHEDULED",
    }
    active = cloudwatch.list_alarm_mute_rules(Statuses=["ACTIVE"])["AlarmMuteRuleSummaries"]
    assert len(active) == 2
    assert aws("cloudwatch", region="us-east-1").list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []


def test_alarm_mute_rules_come_in_pages(cloudwatch: Any) -> None:
    for number in range(3):
        put(cloudwatch, f"r{number}", "cron(0 2 * * *)")
    first = cloudwatch.list_alarm_mute_rules(MaxRecords=2)
    rest = cloudwatch.list_alarm_mute_rules(MaxRecords=2, NextToken=first["NextToken"])
    assert (len(first["AlarmMuteRuleSummaries"]), len(rest["AlarmMuteRuleSummaries"])) == (2, 1)
    assert "NextToken" not in rest


@pytest.mark.parametrize(
    ("expression", "duration"),
    [
        ("rate(1 day)", "PT1H"),
        ("cron(0 25 * * *)", "PT1H"),
        ("cron(0 2 * * *)", "PT0M"),
        ("cron(0 2 * * *)", "P16D"),
    ],
)
def test_a_broken_schedule_is_refused(cloudwatch: Any, expression: str, duration: str) -> None:
    with pytest.raises(ClientError) as refused:
        put(cloudwatch, "r", expression, duration)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
