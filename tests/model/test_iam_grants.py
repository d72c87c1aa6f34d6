"""What a policy grants and what a Deny really stops."""

from __future__ import annotations

from typing import Any

import pytest

from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.grants import allows, grants_all_but, grants_everything, not_denied

CALLER = "arn:aws:iam::333333333333:role/prod-breakglass-admin"
TRAIL = "arn:aws:cloudtrail:us-east-2:333333333333:trail/prod-trail"


def policy(*statements: dict[str, Any]) -> PolicyDocument:
    return parse({"Statement": list(statements)})


def why(statement: dict[str, Any], *, scoped: bool = True, targets: tuple[str, ...] = (TRAIL,)) -> str:
    document = policy({"Effect": "Deny", "Action": "cloudtrail:*", "Resource": "*"} | statement)
    return not_denied(document, "cloudtrail:StopLogging", scoped=scoped, targets=targets, caller_arn=CALLER)


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"Resource": "arn:aws:cloudtrail:*:333333333333:trail/prod-*"},
        {"Condition": {"ArnLike": {"aws:PrincipalArn": CALLER}}},
        {"Condition": {"StringEquals": {"aws:ResourceTag/guardrail": "true"}}},
    ],
)
def test_denials_that_bite(statement: dict[str, Any]) -> None:
    assert why(statement) == ""


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ({"Effect": "Allow"}, "not denied"),
        ({"Action": "s3:*"}, "not denied"),
        ({"Resource": "arn:aws:cloudtrail:*:333333333333:trail/other"}, "denied only on other resources"),
        (
            {"Condition": {"Bool": {"aws:ViaAWSService": "false"}}},
            "only under a condition on aws:ViaAWSService",
        ),
        (
            {"Condition": {"ArnNotLike": {"aws:PrincipalArn": CALLER}}},
            "only under a condition on aws:PrincipalArn",
        ),
    ],
)
def test_denials_that_do_not(statement: dict[str, Any], reason: str) -> None:
    assert reason in why(statement)


def test_a_scope_that_iam_ignores_does_not_bite() -> None:
    assert "does not look at" in why({"Resource": TRAIL}, scoped=False)
    assert why({"Resource": TRAIL}, targets=()) == ""
    assert why({"Resource": "arn:aws:sns:*:*:x"}, targets=()) == "denied only on other resources"


def test_not_resource_spares_what_it_names() -> None:
    document = policy({"Effect": "Deny", "Action": "*", "NotResource": TRAIL})
    assert TRAIL in not_denied(document, "cloudtrail:StopLogging", scoped=True, targets=(TRAIL,), caller_arn=CALLER)


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
