"""Alarms as DescribeAlarms tells of them: a metric of their own, one query, an expression, an anomaly band."""

from __future__ import annotations

from typing import Any

import pytest

from iam_guardrails.adapters.aws.alarms import BAND, EXPRESSION, read_alarm

METRIC = {"Namespace": "N", "MetricName": "m", "Dimensions": [{"Name": "d", "Value": "v"}]}
STAT = {"Id": "m1", "MetricStat": {"Metric": METRIC, "Period": 60, "Stat": "Sum", "Unit": "Count"}}
HEAD = {"AlarmArn": "arn:aws:cloudwatch:us-east-2:333333333333:alarm:a", "AlarmName": "a", "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold"}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({**METRIC, "Statistic": "Sum", "Period": 60, "Unit": "Count"}, ("N", "m", "Sum", 60, 1.0, "Count")),
        ({"Metrics": [STAT]}, ("N", "m", "Sum", 60, 1.0, "Count")),
        ({"Metrics": [STAT, {"Id": "e", "Expression": "m1 * 2"}]}, ("N", "m", EXPRESSION, 60, EXPRESSION, "Count")),
        ({"Metrics": [STAT], "ThresholdMetricId": "ad"}, ("N", "m", "Sum", 60, BAND, "Count")),
        ({"Metrics": [{"Id": "q", "Expression": "SELECT 1"}]}, (EXPRESSION,) * 5 + (None,)),
    ],
)
def test_what_an_alarm_watches(more: dict[str, Any], told: tuple[object, ...]) -> None:
    made = read_alarm("us-east-2", {**HEAD, **more})
    seen = (made.namespace, made.metric_name, made.statistic, made.period_seconds, made.threshold, made.unit)
    assert seen == told
    assert made.dimensions == (() if told[0] is EXPRESSION else (("d", "v"),))
