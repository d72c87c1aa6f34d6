"""The summary of a capture: what it holds, how many calls it took, and what is not judged, for people and programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.adapters.capturing import capture
from tests.adapters.fake_cloud import HOME, FakeCloud, refused

from iam_guardrails.model.capture.capture import Capture
from iam_guardrails.reports.capture import as_json, as_text, not_answered


@pytest.fixture
def partial(tmp_path: Path) -> Capture:
    cloud = FakeCloud()
    cloud.refuse["secretsmanager.list_secrets"] = refused()
    cloud.refuse["iam.get_credential_report"] = refused()
    cloud.refuse["cloudtrail.describe_trails"] = refused()
    return capture(tmp_path, cloud, without=("compliance",))[0]


def test_the_text_tells_all_of_it(partial: Capture) -> None:
    text = as_text(partial, "my.capture.gz", 7)
    assert "captured 333333333333 (prod, live) as of 2026-11-20 12:00 UTC\n  my.capture.gz\n" in text
    assert "2 users, 3 roles, 1 managed policies, 4 last access, 6 findings, 0 secrets" in text
    assert f"{sum(partial.calls.values())} calls, 7 of this run" in text
    refusals, unasked = text.partition("not judged, because a call brought no answer:")[2].split("not asked for:")
    assert f"  secrets@us-east-1+{HOME}: secretsmanager:ListSecrets was refused (AccessDenied)" in refusals
    assert "access_keys, credentials, root_users: iam:GetCredentialReport was refused (AccessDenied)" in refusals
    assert f"trails@us-east-1+{HOME}: cloudtrail:DescribeTrails was refused" in refusals
    assert "compliance: it was left out" in unasked
    assert as_text(partial, "x", sum(partial.calls.values())).count("of this run") == 0


def test_each_line_of_calls_adds_up(partial: Capture) -> None:
    for part in (item for item in partial.parts if item.calls):
        (line,) = [item for item in as_text(partial, "x", 0).splitlines() if item.startswith(f"  {part.name} ")]
        assert int(line.split(":")[0].split()[-1]) == sum(part.calls.values())


def test_json_tells_the_same(partial: Capture) -> None:
    told = json.loads(as_json(partial, "my.capture.gz", 7))
    assert (
        told["calls"]
        == sum(partial.calls.values())
        == sum(count for part in told["calls_by_part"].values() for count in part.values())
    )
    assert told["refused"] == not_answered(partial)
    assert {"credentials", f"secrets@{HOME}", f"trails@{HOME}"} <= set(told["refused"])
    assert told["unasked"] == dict(partial.unasked)
    assert told["counts"]["roles"] == 3


def test_a_whole_capture_has_nothing_unanswered(tmp_path: Path) -> None:
    found, _ = capture(tmp_path, FakeCloud())
    assert not_answered(found) == {}
    assert "brought no answer" not in as_text(found, "x", 0)
