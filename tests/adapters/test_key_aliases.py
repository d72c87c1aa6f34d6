"""An alias is a key of this account only where its ARN says so, or none is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from iam_guardrails.adapters.aws.topics import own_alias

READING: Any = SimpleNamespace(partition="aws", account_id="333333333333")


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("alias/secrets", "alias/secrets"),
        ("arn:aws:kms:us-east-2:333333333333:alias/secrets", "alias/secrets"),
        ("arn:aws:kms:us-east-2:999999999999:alias/secrets", ""),
        ("arn:aws:kms:us-east-1:333333333333:alias/secrets", ""),
        ("arn:aws:kms:us-east-2:333333333333:key/11111111-own", ""),
        ("11111111-own", ""),
    ],
)
def test_an_alias_of_another_account_or_region_is_none_of_this_one(reference: str, name: str) -> None:
    assert own_alias(READING, "us-east-2", reference) == name
