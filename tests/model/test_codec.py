"""A capture can be written and read back without loss, and a wrong one is refused at the right place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iam_guardrails.model.codec import CodecError, decode_account, encode, pieces

ACCOUNT: dict[str, Any] = {
    "origin": "live",
    "account_id": "333333333333",
    "home_region": "us-east-2",
    "seen_at": "2026-01-02T03:04:05+00:00",
    "refused": {"keys@us-east-1": "kms:ListKeys was refused"},
    "roles": [
        {
            "address": "r",
            "name": "n",
            "arn": "a",
            "max_session_seconds": {"unknown": "later", "references": ["var.x"]},
            "attached_policy_arns": ["p", {"unknown": "later"}],
            "trust": {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"AWS": ["1", "2"]},
                    "Action": "sts:AssumeRole",
                    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": True}},
                },
            },
        }
    ],
    "alarms": [
        {
            "address": "x",
            "name": "n",
            "arn": "a",
            "region": "us-east-2",
            "threshold": 1,
            "dimensions": [["a", "b"]],
        }
    ],
    "trails": [{"address": "t", "name": "t", "arn": "t", "region": "us-east-2", "selectors": [{"read_write": "All"}]}],
}


def test_round_trip() -> None:
    account = decode_account(ACCOUNT)
    assert decode_account(json.loads(json.dumps(encode(account)))) == account
    assert account.roles[0].trust.statements[0].principals[1].value == "2"  # type: ignore[union-attr]  # known here


@pytest.mark.parametrize("depth", range(9))
@pytest.mark.parametrize(
    "value", [{"b": ({}, [], ()), "a": "\u00e9", "": frozenset("ba")}, {}, (), "x", decode_account(ACCOUNT)]
)
def test_the_pieces_are_what_is_encoded_with_its_keys_in_order(value: object, depth: int) -> None:
    whole = json.dumps(encode(value), sort_keys=True, separators=(",", ":"))
    assert "".join(pieces(value, depth)) == whole


def test_no_piece_holds_more_than_what_stands_at_its_depth() -> None:
    rows = tuple((str(number), "x" * 50) for number in range(100))
    assert max(map(len, pieces({"rows": rows}, 2))) < 80 < max(map(len, pieces({"rows": rows}, 1)))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"roles": {}}, "account.roles: expected a list"),
        ({"roles": [{"address": "r"}]}, "account.roles[0]: Role() lacks"),
        ({"roles": [{"adress": "r"}]}, "Role has no field 'adress'"),
        ({"home_region": 3}, "account.home_region: 3 is not of type str"),
    ],
)
def test_a_wrong_value_is_named(change: dict[str, Any], says: str) -> None:
    with pytest.raises(CodecError) as caught:
        decode_account({**ACCOUNT, **change})
    assert says in str(caught.value)
