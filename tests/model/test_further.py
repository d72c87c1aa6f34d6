"""Settings that no field of the model holds: which are taken, and how they are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from iam_guardrails.model.further import further_of, read_further, settings_of

WHEN = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "item", "further"),
    [
        ("alarms", {"AlarmName": "a", "Threshold": 1.0, "OKActions": ["t"], "StateValue": "OK", "Metrics": []},
         {"OKActions": ["t"]}),
        ("trails", {"Name": "t", "S3BucketName": "b", "S3KeyPrefix": "p", "HomeRegion": "us-east-2"},
         {"S3KeyPrefix": "p"}),
        ("mute_rules", {"Name": "m", "Status": "ACTIVE", "StartDate": WHEN, "MuteTargets": {"AlarmNames": ["a"]}},
         {"StartDate": "2026-11-28T12:00:00+00:00"}),
        ("topics", {"TopicArn": "t", "Policy": "{}", "SubscriptionsConfirmed": "3", "DisplayName": "d"},
         {"DisplayName": "d"}),
        ("metric_filters", {"filterName": "f", "filterPattern": "x", "applyOnTransformedLogs": True},
         {"applyOnTransformedLogs": True}),
        ("event_rules", {"Name": "r", "State": "ENABLED", "RoleArn": "role", "SomethingNew": 1},
         {"RoleArn": "role", "SomethingNew": 1}),
        ("event_targets", {"Id": "1", "Arn": "a", "DeadLetterConfig": {"Arn": "q"}, "ResponseMetadata": {}},
         {"DeadLetterConfig": {"Arn": "q"}}),
    ],
)  # fmt: skip
def test_what_is_set_beside_names_fields_and_what_changes_by_itself(
    kind: str, item: dict[str, Any], further: dict[str, Any]
) -> None:
    assert read_further(further_of(kind, item)) == further
    assert json.loads(json.dumps(settings_of(kind, item))) == settings_of(kind, item)


@pytest.mark.parametrize("name", ["Input", "InputTransformer", "HttpParameters"])
def test_what_may_hold_something_secret_is_kept_as_its_hash(name: str) -> None:
    value: Any = "secret" if name == "Input" else {"HeaderParameters": {"Authorization": "secret"}}
    text = further_of("event_targets", {"Id": "1", name: value})
    assert "secret" not in text
    assert read_further(text)[name].startswith("sha256:")
    assert text != further_of("event_targets", {"Id": "1", name: "other" if name == "Input" else {}})


def test_a_record_and_an_answer_have_the_same_hash() -> None:
    answer = settings_of("event_targets", {"InputTransformer": {"InputTemplate": "x"}})
    assert answer == settings_of("event_targets", {"InputTransformer": {"inputTemplate": "x"}})
