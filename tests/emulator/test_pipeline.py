"""The delivery worker: it starts and stops with the server, and nothing ends it in between."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.emulator.conftest import client_with
from tests.emulator.waiting import until

from iam_guardrails.adapters import sandbox
from iam_guardrails.emulator import pipeline, state
from iam_guardrails.emulator.alarms import decide
from iam_guardrails.emulator.pipeline import Pipeline
from iam_guardrails.emulator.server import DELIVERY_SECONDS, ServerError, delivery_seconds
from iam_guardrails.emulator.state import GuardrailsBackend


def test_the_delay_is_read_from_the_environment() -> None:
    assert delivery_seconds({}) == 2.0
    assert delivery_seconds({DELIVERY_SECONDS: "0.1"}) == 0.1
    for wrong in ("soon", "-1", "nan", "4000"):
        with pytest.raises(ServerError, match=DELIVERY_SECONDS):
            delivery_seconds({DELIVERY_SECONDS: wrong})


def test_the_server_process_delivers_after_the_delay_and_stops_at_once(tmp_path: Path) -> None:
    running = sandbox.up(tmp_path, inherited={DELIVERY_SECONDS: "0.3"})
    try:
        keys = {"AccessKeyId": "x", "SecretAccessKey": "x"}
        logs = client_with(running.endpoint, keys, "logs", "us-east-2")
        trail = client_with(running.endpoint, keys, "cloudtrail", "us-east-2")
        client_with(running.endpoint, keys, "s3", "us-east-1").create_bucket(Bucket="trails")
        logs.create_log_group(logGroupName="g")
        arn = "arn:aws:logs:us-east-2:123456789012:log-group:g:*"
        trail.create_trail(Name="main", S3BucketName="trails", CloudWatchLogsLogGroupArn=arn)
        trail.start_logging(Name="main")
        began = time.monotonic()
        trail.describe_trails()
        until(lambda: logs.filter_log_events(logGroupName="g")["events"], "record")
        assert time.monotonic() - began > 0.3
    finally:
        began = time.monotonic()
        assert sandbox.down(tmp_path)
    assert time.monotonic() - began < 5


def test_reset_forgets_what_waits_and_the_worker_goes_on(endpoint: str, aws: Any, assume: Any, account_id: str) -> None:
    state.memory(account_id).wait({"awsRegion": "us-east-2"}, ("not a trail",))  # the worker trips over this one
    state.memory(account_id).later(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    urllib.request.urlopen(urllib.request.Request(endpoint + "/moto-api/reset", method="POST"), timeout=30)
    assert not state.memory(account_id).waiting
    done: list[int] = []
    state.memory(account_id).later(lambda: done.append(1))
    until(lambda: done, "job")


def test_a_job_that_fails_does_not_end_the_worker(endpoint: str, account_id: str) -> None:
    done: list[int] = []
    state.memory(account_id).later(lambda: json.loads("{"))
    state.memory(account_id).wait({"awsRegion": "us-east-2"}, ("not a trail",))
    state.memory(account_id).later(lambda: done.append(1))
    until(lambda: done, "job")


def test_what_does_not_fit_is_dropped_and_said(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(state, "MAX_EVENTS", 2)
    kept = GuardrailsBackend("aws", "1" * 12)
    for number in range(5):
        kept.wait({"n": number}, ("trail",))
    assert [event["n"] for _, event, _ in kept.waiting] == [0, 1]
    assert len(pipeline._due(kept, time.monotonic())) == 2
    assert "3 records or jobs did not fit" in caplog.text
    kept.wait({"n": 6}, ())
    assert not kept.waiting


def test_the_worker_stops() -> None:
    with Pipeline(delay=60.0) as worker:
        assert worker._thread.is_alive()
    assert not worker._thread.is_alive()


class Alarm:
    """An alarm with three periods of which two decide."""

    comparison_operator, threshold, statistic = "GreaterThanOrEqualToThreshold", 1.0, "Sum"
    evaluation_periods, datapoints_to_alarm = 3, 2

    def __init__(self, treat: str | None) -> None:
        self.treat_missing_data = treat


@pytest.mark.parametrize(
    ("values", "missing", "ignore", "breaching", "not_breaching"),
    [
        ((0, 0, 0), "OK", "OK", "OK", "OK"),
        ((1, 0, 1), "ALARM", "ALARM", "ALARM", "ALARM"),
        ((None, None, None), "INSUFFICIENT_DATA", None, "ALARM", "OK"),
        ((0, None, None), "OK", None, "ALARM", "OK"),
        ((1, None, None), "ALARM", None, "ALARM", "OK"),
        ((1, 0, None), "OK", None, "ALARM", "OK"),
        ((0, 0, None), "OK", "OK", "OK", "OK"),
    ],
)
def test_missing_data_are_treated_as_the_alarm_says(
    values: tuple[float | None, ...], missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    expected = {
        None: missing, "missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching
    }  # fmt: skip
    given = [None if value is None else float(value) for value in values]
    assert {treat: decide(Alarm(treat), given)[0] for treat in expected} == expected
