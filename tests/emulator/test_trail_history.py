"""A month in the trail's bucket of the embedded AWS: written through S3, and questions answered over it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.emulator.conftest import HOME
from tests.trail_history import Wanted
from tests.trail_history.sandbox import fill

from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.questions.all import Asked, question
from iam_guardrails.model.trail.window import Window


class Signed:
    """A session that makes the test's clients."""

    def __init__(self, aws: Callable[..., Any]) -> None:
        self.aws = aws

    def client(self, service_name: str, region_name: str) -> Any:
        return self.aws(service_name, region=region_name)


@pytest.fixture
def variables(endpoint: str, account_id: str, assume: Callable[..., dict[str, str]]) -> dict[str, str]:
    """The process environment of somebody who is signed in to the test's account."""
    keys = assume(f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole")
    return {
        "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": HOME, "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"], "AWS_SESSION_TOKEN": keys["SessionToken"],
    }  # fmt: skip


def test_a_history_fills_the_trails_bucket_and_is_asked(
    aws: Any, account_id: str, variables: dict[str, str], tmp_path: Path
) -> None:
    bucket = f"trail-{account_id}"
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": HOME})
    aws("cloudtrail").create_trail(Name="prod-trail", S3BucketName=bucket, S3KeyPrefix="logs")
    wanted = Wanted(seed=8, events=600, accounts=(account_id,), regions=(HOME, "us-east-1"), days=4, security=40)
    truth, source = fill(Signed(aws), HOME, wanted)
    assert source == f"s3://{bucket}/logs/AWSLogs/{account_id}" and len(truth.keys) > 4
    roles = frozenset({(account_id, wanted.role_name)})
    for fresh in (len(truth.keys), 0):
        objects = open_objects(source, variables)
        engine = Engine(objects, tmp_path, roles, lambda _: None, cores=2)  # each process has to connect anew
        found = engine.ask(Window())
        rows = question("breakglass-session").answer(Asked(found.facts, roles=roles))
        seen = found.coverage
        assert (seen.files, seen.fresh, seen.events, seen.unreadable) == (len(truth.keys), fresh, truth.written, ())
        inside = {event for session in truth.sessions for event in (session.entry, *session.inside)}
        assert inside and inside <= {row.event_id for row in rows}


def test_without_a_trail_there_is_nothing_to_fill(aws: Any, account_id: str) -> None:
    with pytest.raises(Problem, match="has no trail in that account; apply the environment first"):
        fill(Signed(aws), HOME, Wanted(accounts=(account_id,)))
