"""Reads of secrets under one event id: that they are of different records is told, and only what is so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iam_guardrails.adapters.trail_engine.gather import Gathering
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.questions.uses import secret_reads

READ: dict[str, Any] = {
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"},
    "eventTime": "2026-01-10T10:00:00Z", "eventSource": "secretsmanager.amazonaws.com", "eventName": "GetSecretValue",
    "recipientAccountId": "111122223333", "eventID": "e1", "sourceIPAddress": "1.1.1.1",
    "requestParameters": {"secretId": "a"},
}  # fmt: skip


def asked(*records: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The secrets of the rows, and what is left open."""
    gathering = Gathering(frozenset())
    gathering.take("k", json.dumps({"Records": records}, separators=(",", ":")).encode())
    doubts = Doubts()
    rows = secret_reads(iter(gathering.facts().items()), doubts)
    return [row.secret for row in rows], list(doubts.open_points())


def test_another_secret_under_the_same_id_is_told() -> None:
    secrets, told = asked(READ, READ | {"requestParameters": {"secretId": "b"}})
    assert secrets == ["a", "b"]
    assert len(told) == 1 and "(e1)" in told[0] and "all that count here are told" in told[0]


@pytest.mark.parametrize(
    ("source", "name", "parameters"),
    [
        ("secretsmanager", "BatchGetSecretValue", {"secretIdList": ["a", "b"]}),
        ("ssm", "GetParameters", {"names": ["a", "b"]}),
    ],
)
def test_one_call_may_read_several(source: str, name: str, parameters: dict[str, Any]) -> None:
    call = READ | {"eventSource": f"{source}.amazonaws.com", "eventName": name, "requestParameters": parameters}
    assert asked(call, call) == (["a", "b"], [])


def test_that_a_row_shows_one_of_two_addresses_is_told() -> None:
    secrets, told = asked(READ, READ | {"sourceIPAddress": "2.2.2.2"})
    assert secrets == ["a"]
    assert len(told) == 1 and "of some only the address" in told[0] and "all that count here are told" not in told[0]
