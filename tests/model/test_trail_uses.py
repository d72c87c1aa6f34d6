"""Whose a use is: a role's by its whole ARN, and where a record tells no path, that of the role it must have been."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from iam_guardrails.adapters.trail_engine.gather import Gathering
from iam_guardrails.model.trail.facts import DayFacts, use_of
from iam_guardrails.model.trail.questions.uses import actions_used, denied, last_use

ACCOUNT = "333333333333"
OLD, BARE, NEW = (f"arn:aws:iam::{ACCOUNT}:role/{path}" for path in ("legacy/app", "app", "ops/app"))


def used(*calls: tuple[int, str, str]) -> Iterable[tuple[str, DayFacts]]:
    """Facts of calls: the day, the action, and the caller's role ("" where only the session's ARN is told)."""
    for day, action, role in calls:
        who: dict[str, Any] = {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s",
            "accountId": ACCOUNT,
        }
        if role:
            who["sessionContext"] = {"sessionIssuer": {"arn": role}}
        record = {"eventTime": f"2026-01-{day:02}T12:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": action,
                  "eventID": f"{day} {action}", "userIdentity": who,
                  "errorCode": "AccessDenied" if day > 20 else None}  # fmt: skip
        gathering = Gathering(frozenset())
        gathering.take("k", json.dumps({"Records": [record]}).encode())
        yield from gathering.facts().items()


@pytest.mark.parametrize(
    ("calls", "rows"),
    [
        ([(1, "A", OLD), (9, "B", BARE), (9, "C", NEW)], {(OLD, "A"), (BARE, "B"), (NEW, "C")}),
        ([(1, "A", OLD), (9, "B", "")], {(OLD, "A"), (OLD, "B")}),
        ([(9, "B", ""), (1, "A", NEW)], {(NEW, "A"), (NEW, "B")}),
        ([(9, "B", "")], {(BARE, "B")}),
        ([(9, "B", ""), (1, "A", BARE)], {(BARE, "A"), (BARE, "B")}),
        ([(1, "A", OLD), (2, "B", ""), (8, "C", ""), (9, "D", NEW)],
         {(OLD, "A"), (OLD, "B"), (NEW, "C"), (NEW, "D")}),
        ([(1, "A", OLD), (2, "B", OLD), (8, "B", ""), (9, "D", BARE)],
         {(OLD, "A"), (OLD, "B"), (BARE, "B"), (BARE, "D")}),
    ],
)  # fmt: skip
def test_roles_of_one_name_are_told_apart(calls: list[tuple[int, str, str]], rows: set[tuple[str, str]]) -> None:
    facts = list(used(*calls))
    assert {(row.principal, row.action.removeprefix("s3:")) for row in actions_used(facts)} == rows
    assert {row.principal for row in last_use(facts)} == {principal for principal, _ in rows}


def test_refused_calls_too() -> None:
    facts = list(used((1, "A", OLD), (25, "B", ""), (26, "C", NEW)))
    assert [(row.principal, row.action) for row in denied(facts)] == [(NEW, "s3:C"), (NEW, "s3:B")]


def test_a_call_that_failed_is_a_use_too_and_no_success() -> None:
    """NoSuchBucketPolicy is what AWS answers somebody whom it let ask."""
    uses = {OLD: {use_of("s3.amazonaws.com", "GetBucketPolicy", "NoSuchBucketPolicy"): 90,
                  use_of("s3.amazonaws.com", "GetObject", "AccessDenied"): 70},
            NEW: {use_of("s3.amazonaws.com", "GetObject", ""): 50}}  # fmt: skip
    failed, used = last_use([("1970-01-01", DayFacts(uses, [], [], []))])
    assert (failed.principal, failed.last, failed.last_denied, failed.last_failed, failed.actions) == (
        OLD, "", "1970-01-01T00:01:10Z", "1970-01-01T00:01:30Z", 0
    )  # fmt: skip
    assert (used.principal, used.last, used.last_denied, used.last_failed) == (NEW, "1970-01-01T00:00:50Z", "", "")
