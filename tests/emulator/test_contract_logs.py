"""CloudWatch Logs as the emulator adds to it, seen through boto3."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.emulator.waiting import until

GROUP = "/app"
CHANGE = {"metricName": "hits", "metricNamespace": "App", "metricValue": "1"}


@pytest.fixture
def logs(aws: Any) -> Any:
    client = aws("logs")
    client.create_log_group(logGroupName=GROUP)
    client.create_log_stream(logGroupName=GROUP, logStreamName="s")
    return client


def put_filter(logs: Any, pattern: str, name: str = "f", group: str = GROUP, **change: Any) -> None:
    logs.put_metric_filter(
        logGroupName=group, filterName=name, filterPattern=pattern, metricTransformations=[CHANGE | change]
    )


def write(logs: Any, *events: Any, group: str = GROUP) -> None:
    now = int(time.time() * 1000)
    texts = [each if isinstance(each, str) else json.dumps(each) for each in events]
    entries = [{"timestamp": now, "message": text} for text in texts]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=entries)


def statistics(aws: Any, name: str = "hits", namespace: str = "App", **options: Any) -> dict[str, float]:
    """Sum and SampleCount over the last minutes; nothing when there are no data."""
    now = datetime.now(UTC)
    points = aws("cloudwatch").get_metric_statistics(
        Namespace=namespace, MetricName=name, StartTime=now - timedelta(minutes=5), Period=3600,
        EndTime=now + timedelta(minutes=5), Statistics=["Sum", "SampleCount", "Maximum"], **options,
    )["Datapoints"]  # fmt: skip
    return {key: points[0][key] for key in ("Sum", "SampleCount", "Maximum")} if points else {}


def refusal(call: Any, *given: Any, **options: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(*given, **options)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def test_test_metric_filter_tells_the_matches(logs: Any) -> None:
    events = [json.dumps({"eventName": name, "n": 1}) for name in ("AssumeRole", "GetRole")] + ["no JSON"]
    pattern = '{ ($.eventName = "Assume*") && ($.n = 1) }'
    matches = logs.test_metric_filter(filterPattern=pattern, logEventMessages=events)["matches"]
    assert [(each["eventNumber"], each["eventMessage"]) for each in matches] == [(1, events[0])]
    assert matches[0]["extractedValues"] == {"$.eventName": "AssumeRole", "$.n": "1"}
    words = logs.test_metric_filter(filterPattern="JSON", logEventMessages=events)["matches"]
    assert [each["eventNumber"] for each in words] == [3]
    every = logs.test_metric_filter(filterPattern="", logEventMessages=events)["matches"]
    assert len(every) == 3


@pytest.mark.parametrize("pattern", ["{ broken ((", "{ $.a EXISTS }", "{ $.a = b.c/d }"])
def test_a_broken_pattern_is_refused_everywhere(logs: Any, pattern: str) -> None:
    sentence = ("InvalidParameterException", "Invalid metric filter pattern")
    assert refusal(logs.test_metric_filter, filterPattern=pattern, logEventMessages=["x"]) == sentence
    assert refusal(put_filter, logs, pattern) == sentence
    code, _ = refusal(logs.filter_log_events, logGroupName=GROUP, filterPattern=pattern)
    assert code == "InvalidParameterException"
    assert logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"] == []


def test_put_metric_filter_refuses_what_aws_refuses(logs: Any) -> None:
    code, message = refusal(put_filter, logs, "{ $.a = 1 }", defaultValue=0.0, dimensions={"A": "$.a"})
    assert (code, "mutually exclusive" in message) == ("InvalidParameterException", True)
    assert refusal(put_filter, logs, "{ $.a = 1 }", group="/none")[0] == "ResourceNotFoundException"


def test_a_filter_of_the_same_name_is_replaced_and_goes_with_its_group(logs: Any) -> None:
    put_filter(logs, "{ $.a = 1 }")
    put_filter(logs, "{ $.a = 2 }")
    found = logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"]
    assert [each["filterPattern"] for each in found] == ["{ $.a = 2 }"]
    logs.delete_log_group(logGroupName=GROUP)
    assert logs.describe_metric_filters()["metricFilters"] == []


def test_put_log_events_give_data_points_with_the_default_for_the_others(aws: Any, logs: Any) -> None:
    put_filter(logs, '{ $.name = "x" }', metricValue="2", defaultValue=0.0)
    assert statistics(aws) == {}
    write(logs, {"name": "x"}, {"name": "y"}, {"name": "x"}, "no JSON")
    until(lambda: statistics(aws), "data point")
    assert statistics(aws) == {"Sum": 4.0, "SampleCount": 4.0, "Maximum": 2.0}
    group = [{"Name": "LogGroupName", "Value": GROUP}]
    assert statistics(aws, "IncomingLogEvents", "AWS/Logs", Dimensions=group)["Sum"] == 4.0


def test_values_and_dimensions_come_from_the_event(aws: Any, logs: Any) -> None:
    put_filter(logs, '{ $.kind = "t" }', metricValue="$.ms", dimensions={"Who": "$.who.name"})
    ann = {"kind": "t", "who": {"name": "ann"}}
    write(logs, ann | {"ms": 30}, {"kind": "t", "ms": 5, "who": {}}, ann | {"ms": "no"}, ann)
    until(lambda: statistics(aws), "data point")
    listed = aws("cloudwatch").list_metrics(Namespace="App")["Metrics"]
    assert [each["Dimensions"] for each in listed] == [[{"Name": "Who", "Value": "ann"}]]
    assert statistics(aws) == {"Sum": 30.0, "SampleCount": 1.0, "Maximum": 30.0}
    now = datetime.now(UTC)
    metric = {"Namespace": "App", "MetricName": "hits", "Dimensions": listed[0]["Dimensions"]}
    query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}}
    told = aws("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(minutes=5), EndTime=now + timedelta(minutes=5)
    )
    assert told["MetricDataResults"][0]["Values"] == [30.0]


def test_without_a_match_and_without_a_default_there_is_no_data_point(aws: Any, logs: Any) -> None:
    put_filter(logs, '{ $.name = "x" }')
    put_filter(logs, '{ $.name != "x" }', name="undetermined", metricName="undetermined")
    put_filter(logs, "{ $.name = * }", name="all", metricName="all")
    write(logs, {"other": 1}, {"name": "y"})
    until(lambda: statistics(aws, "all"), "data point")
    assert statistics(aws) == {}
    assert statistics(aws, "undetermined")["SampleCount"] == 1.0  # the missing field is not taken for a match


def test_create_log_group_keeps_the_class_and_only_standard_has_metric_filters(logs: Any) -> None:
    logs.create_log_group(logGroupName="/rare", logGroupClass="INFREQUENT_ACCESS")
    told = {each["logGroupName"]: each["logGroupClass"] for each in logs.describe_log_groups()["logGroups"]}
    assert told == {GROUP: "STANDARD", "/rare": "INFREQUENT_ACCESS"}
    assert refusal(put_filter, logs, "{ $.a = 1 }", group="/rare")[0] == "InvalidOperationException"


def test_filter_log_events_filters(logs: Any) -> None:
    write(logs, {"name": "x"}, {"name": "y"}, "name x")
    pattern = '{ $.name = "x" }'
    found = logs.filter_log_events(logGroupName=GROUP, filterPattern=pattern)["events"]
    assert [json.loads(each["message"]) for each in found] == [{"name": "x"}]
    words = logs.filter_log_events(logGroupName=GROUP, filterPattern="name x")["events"]
    assert [each["message"] for each in words] == ['{"name": "x"}', "name x"]
    assert len(logs.filter_log_events(logGroupName=GROUP)["events"]) == 3
