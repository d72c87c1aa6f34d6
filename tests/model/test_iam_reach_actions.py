"""A look at raw statements says of a document what parsing it would say."""

from __future__ import annotations

from typing import Any

import pytest

from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.reach.actions import Actions

ASKED = ("secretsmanager:GetSecretValue", "kms:Decrypt")


def document(**elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **elements}]}


@pytest.mark.parametrize(
    "elements",
    [
        {"Action": "secretsmanager:*"},
        {"Action": ["s3:*", "kms:Decrypt"]},
        {"Action": "s3:GetObject"},
        {"Action": []},
        {"NotAction": "s3:*"},
        {"NotAction": ["iam:*", "kms:*"]},
        {"NotAction": ["kms:*", "secretsmanager:Get*"]},
        {"NotAction": "*"},
        {"NotAction": "s3:*", "Effect": "Deny"},
    ],
)
def test_the_statements_that_matter_are_those_of_the_parsed_document(elements: dict[str, Any]) -> None:
    actions = Actions(ASKED)
    raw = document(**elements)
    (statement,) = parse(raw).statements
    found = Actions(ASKED).relevant(raw)
    assert found == ([(0, raw["Statement"][0])] if actions.of(statement) else [])


@pytest.mark.parametrize(
    "elements",
    [
        {"Action": "kms:*", "NotAction": "s3:*"},
        {"NotAction": []},
        {"NotAction": ""},
        {"NotAction": [["kms:*"]]},
        {"NotAction": ["kms:*", 7]},
        {"NotAction": {"kms": "*"}},
        {},
    ],
)
def test_of_an_unusual_statement_nothing_is_said(elements: dict[str, Any]) -> None:
    assert Actions(ASKED).relevant(document(**elements)) is None
