"""Secret values that a use was shown are named, in every form of the dossier, so that somebody rotates them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.incident_records import incident, record

from iam_guardrails.model.codec import encode
from iam_guardrails.model.incident.examined import Closed, Examined, Shown, StateChange
from iam_guardrails.model.incident.seen_secrets import shown_secrets
from iam_guardrails.model.incident.step import EXAMINED
from iam_guardrails.reports.dossier import html, markdown, text
from iam_guardrails.reports.dossier.told import Dossier, difference
from iam_guardrails.reports.incident import told

READ = [
    ("secretsmanager:GetSecretValue", {"secretId": "db"}, {}, ["db"]),
    ("secretsmanager:BatchGetSecretValue", {"secretIdList": ["a", "b"]}, {}, ["a", "b"]),
    ("ssm:GetParameters", {"names": ["/a", "/b"], "withDecryption": True}, {}, ["/a", "/b"]),
    ("ssm:GetParameter", {"name": "/a"}, {}, []),
    ("kms:Decrypt", {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}, {"resources": [{"ARN": "arn:key"}]}, ["arn:key"]),
    ("ec2:GetPasswordData", None, {}, ["what it is, the record does not tell"]),
    ("secretsmanager:DescribeSecret", {"secretId": "db"}, {}, []),
    ("secretsmanager:GetSecretValue", {"secretId": "db"}, {"errorCode": "AccessDenied"}, []),
]


@pytest.mark.parametrize(("action", "request_", "more", "names"), READ, ids=[f"{one[0]} {one[3]}" for one in READ])
def test_what_was_read_is_named(action: str, request_: Any, more: dict[str, Any], names: list[str]) -> None:
    found = shown_secrets([record(action, request_, **{"readOnly": True, **more})] * 2)
    assert found == tuple(Shown(action, name, 2, "2026-11-28T12:00:00Z") for name in names)


def test_a_difference_that_may_be_of_others_too_says_so() -> None:
    change = StateChange("roles", "r", "tags", "{}", "x", item="tag-1", who="by this use or others: x")
    assert difference(change).endswith("(tag-1; by this use or others: x)")


def test_every_form_says_that_it_is_to_be_rotated() -> None:
    examined = Examined("", "", "test", secrets_read=(Shown("secretsmanager:GetSecretValue", "db", 2, "noon"),))
    use = incident("other", [(EXAMINED, examined)])
    dossier = Dossier("prod", use, examined, Closed("x", 2), use.steps[-1])
    says = "rotate db (secretsmanager:GetSecretValue, 2 times, last noon)"
    for form in (text.body(use, examined), markdown.render(dossier), html.render(dossier)):
        assert says in form
    assert "secrets were read, rotate: db" in told(use.steps[-1])
    assert "read" not in told(incident("other", [(EXAMINED, Examined("", "", "test"))]).steps[-1])
    assert encode(examined)["secrets_read"][0]["what"] == "db"
