"""sts:AssumeRoot is an assumption like any other: who became the root user of which account."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.journeys.trail_ask import ask
from iam_guardrails.model.trail.principal import root_of
from iam_guardrails.model.trail.questions.all import question
from iam_guardrails.model.trail.window import Window

MANAGEMENT = "111111111111"
ADMIN = f"arn:aws:iam::{MANAGEMENT}:user/admin"
WEEK = Window(datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 28, tzinfo=UTC))


def record(number: int, target: str, day: int = 22) -> dict[str, object]:
    return {
        "eventVersion": "1.11", "eventTime": f"2026-11-{day:02}T10:00:00Z", "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoot", "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.1", "eventID": f"e-{number}",
        "requestParameters": {"targetPrincipal": target, "taskPolicyArn": {"arn": "x"}}, "readOnly": True,
        "userIdentity": {"type": "IAMUser", "arn": ADMIN, "accountId": MANAGEMENT, "userName": "admin"},
        "recipientAccountId": MANAGEMENT,
    }  # fmt: skip


def test_each_account_whose_root_somebody_became_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "AWSLogs"
    folder.mkdir()
    found = [record(1, "333333333333"), record(2, "arn:aws:iam::444444444444:root"), record(3, "555555555555", day=2),
             record(4, "555555555555")]  # fmt: skip
    (folder / "a.json").write_text(json.dumps({"Records": found}))
    engine = Engine(open_objects(str(folder)), tmp_path / "cache", frozenset(), lambda _text: None, cores=1)
    answer = ask(question("unusual-principals"), engine, "files", WEEK, baseline=timedelta(days=30), roles=frozenset())
    assert [(row.role, row.principal) for row in answer.rows] == [
        ("arn:aws:iam::333333333333:root", ADMIN), ("arn:aws:iam::444444444444:root", ADMIN)
    ]  # fmt: skip


@pytest.mark.parametrize(("target", "root"), [("333333333333", "arn:aws:iam::333333333333:root"), ("", ""), ("x", "")])
def test_a_root_user_goes_by_its_account(target: str, root: str) -> None:
    assert root_of(target) == root


def test_a_root_user_is_of_the_partition_that_is_told() -> None:
    there = "arn:aws-cn:iam::333333333333:root"
    assert root_of(there) == there
    assert root_of("333333333333", "arn:aws-cn:iam::111111111111:user/admin") == there
