"""What a policy grants."""

from __future__ import annotations

from typing import Any

import pytest

from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.grants import allows, grants_all_but, grants_everything


def policy(*statements: dict[str, Any]) -> PolicyDocument:
    return parse({"Statement": list(statements)})


@pytest.mark.parametrize(
    ("statement", "everything", "all_but"),
    [
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, True, False),
        ({"Effect": "Allow", "Action": ["s3:Get*", "*:*"], "Resource": ["*"]}, True, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::x"}, True, False),
        ({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:*:*:*:*"}, False, False),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, False, False),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, False, True),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::x"}, False, False),
        ({"Effect": "Allow", "Action": "iam:*", "Resource": "*"}, False, False),
    ],
)
def test_what_counts_as_everything(statement: dict[str, Any], everything: bool, all_but: bool) -> None:
    only = policy(statement).statements[0]
    assert (grants_everything(only), grants_all_but(only)) == (everything, all_but)


def test_allows_reads_not_action() -> None:
    assert allows(policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), "s3:GetObject")
    assert not allows(policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), "IAM:PassRole")
    assert not allows(policy({"Effect": "Deny", "Action": "*", "Resource": "*"}), "s3:GetObject")
