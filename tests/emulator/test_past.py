"""A past that the embedded AWS is given: it comes out through IAM's own calls, and what is no past is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iam_guardrails.adapters.company.past import give_past
from iam_guardrails.emulator.past import PATH
from iam_guardrails.model.problem import Problem

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})  # fmt: skip
LONG_AGO, LATER = "2025-03-01T08:00:00+01:00", "2026-01-02T03:04:05+00:00"


def test_a_past_comes_out_of_the_calls_of_iam(aws: Any, endpoint: str, account_id: str) -> None:
    iam = aws("iam")
    arn = iam.create_role(RoleName="old", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.create_user(UserName="ann")
    iam.create_login_profile(UserName="ann", Password="Correct-Horse-9-Battery")
    iam.create_access_key(UserName="ann")
    role = {"created": LONG_AGO, "used": LATER, "region": "eu-west-1", "services": {"s3": {"GetObject": LATER}}}
    key = {"created": LONG_AGO, "used": LATER, "region": "us-east-2", "service": "sqs"}
    give_past({"AWS_ENDPOINT_URL": endpoint}, {
        "account_id": account_id, "roles": {"old": role}, "users": {"ann": {"created": LONG_AGO, "used": LATER,
                                                                        "keys": [key]}}})  # fmt: skip
    told = iam.get_role(RoleName="old")["Role"]
    assert f"{told['CreateDate']:%Y-%m-%dT%H:%M}" == "2025-03-01T07:00"
    assert (f"{told['RoleLastUsed']['LastUsedDate']:%Y-%m-%d}", told["RoleLastUsed"]["Region"]) == (
        "2026-01-02", "eu-west-1")  # fmt: skip
    job = iam.generate_service_last_accessed_details(Arn=arn, Granularity="ACTION_LEVEL")["JobId"]
    [service] = iam.get_service_last_accessed_details(JobId=job)["ServicesLastAccessed"]
    assert (service["ServiceNamespace"], f"{service['LastAuthenticated']:%Y-%m-%d}") == ("s3", "2026-01-02")
    iam.generate_credential_report()
    row = iam.get_credential_report()["Content"].decode().splitlines()[2].split(",")
    assert row[2] == "2025-03-01T07:00:00+00:00" and row[4] == "2026-01-02T03:04:05+00:00"
    assert row[9:13] == ["2025-03-01T07:00:00+00:00", "2026-01-02T03:04:05+00:00", "us-east-2", "sqs"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"roles": {"nobody": {}}}, "there is no nobody in the account"),
        ({"users": {"nobody": {}}}, "there is no nobody in the account"),
        ({"roles": []}, "this is no past of an account"),
    ],
)
def test_what_is_no_past_is_refused(content: dict[str, Any], says: str, endpoint: str, account_id: str) -> None:
    with pytest.raises(Problem, match=says):
        give_past({"AWS_ENDPOINT_URL": endpoint}, {"account_id": account_id, **content})


@pytest.mark.parametrize("endpoint_url", ["", "https://iam.amazonaws.com", "http://127.0.0.1:1"])
def test_only_the_embedded_aws_is_told(endpoint_url: str) -> None:
    with pytest.raises(Problem, match="sandbox up"):
        give_past({"AWS_ENDPOINT_URL": endpoint_url}, {})


def test_both_sides_name_the_same_address() -> None:
    from iam_guardrails.adapters.company import past

    assert past.PATH == PATH
