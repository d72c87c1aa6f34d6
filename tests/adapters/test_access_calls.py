"""The calls of a removal and a rollback, where AWS refuses, throttles, or does not know yet what was just made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_guardrails.adapters.aws.access_calls import AwsAccess, Denied
from iam_guardrails.adapters.aws.errors import AwsError
from iam_guardrails.model.removal.calls import Call

ACCOUNT = "333333333333"
MADE = datetime(2020, 1, 1, tzinfo=UTC)
KEY_ID = "AKIA" + "Q3EGUIXRVLBN7P5T"  # in two parts, so that this file holds none
ATTACH = Call("AttachRolePolicy", {"RoleName": "app", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"})


class Client:
    """IAM and STS that answer each call with the next of some codes, "" for well."""

    def __init__(self, codes: list[str]) -> None:
        self.codes = codes
        self.given: list[dict[str, Any]] = []

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/operator"}

    def get_user(self, UserName: str) -> dict[str, Any]:
        return {"User": {"Arn": f"arn:aws:iam::{ACCOUNT}:user/{UserName}", "Path": "/", "CreateDate": MADE}}

    def list_access_keys(self, UserName: str) -> dict[str, Any]:
        return {"AccessKeyMetadata": [{"AccessKeyId": KEY_ID, "Status": "Active", "CreateDate": MADE}]}

    def get_access_key_last_used(self, AccessKeyId: str) -> dict[str, Any]:
        return {"AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}

    def get_login_profile(self, UserName: str) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "NoSuchEntity"}}, "GetLoginProfile")

    def __getattr__(self, name: str) -> Any:
        def call(**given: Any) -> dict[str, Any]:
            if name.startswith("list_"):
                return {}
            self.given.append(given)
            code = self.codes.pop(0) if self.codes else ""
            if code:
                raise ClientError({"Error": {"Code": code}}, name)
            return {}

        return call


class Session:
    def __init__(self, *codes: str) -> None:
        self.made = Client(list(codes))

    def client(self, service_name: str, region_name: str) -> Any:
        return self.made


def access(*codes: str) -> tuple[AwsAccess, list[float], Client]:
    waited: list[float] = []
    session = Session(*codes)
    return AwsAccess(session, ACCOUNT, "us-east-2", waited.append), waited, session.made


@pytest.mark.parametrize(("call", "codes", "answer", "waits"), [
    (ATTACH, (), "done", 0), (ATTACH, ("NoSuchEntity", "NoSuchEntity"), "done", 2),
    (ATTACH, ("EntityAlreadyExists",), "was there already", 0), (ATTACH, ("Throttling",), "done", 1),
    (Call("DetachRolePolicy", ATTACH.given), ("NoSuchEntity",), "was gone already", 0),
    (Call("DeleteRole", {"RoleName": "app"}), ("NoSuchEntity",), "was gone already", 0),
])  # fmt: skip
def test_what_becomes_of_a_call(call: Call, codes: tuple[str, ...], answer: str, waits: int) -> None:
    iam, waited, _ = access(*codes)
    assert iam.do(call) == answer and len(waited) == waits


@pytest.mark.parametrize(("call", "codes", "why"), [
    (ATTACH, ("AccessDenied",), r"iam:AttachRolePolicy was refused \(AccessDenied\)"),
    (ATTACH, ("NoSuchEntity",) * 5, r"iam:AttachRolePolicy failed \(NoSuchEntity\)"),
    (Call("CreateRole", {"RoleName": "app"}), ("EntityAlreadyExists",), r"iam:CreateRole failed"),
    (Call("DeleteRole", {"RoleName": "app"}), ("DeleteConflict",), r"iam:DeleteRole failed \(DeleteConflict\)"),
])  # fmt: skip
def test_what_is_refused_says_what(call: Call, codes: tuple[str, ...], why: str) -> None:
    with pytest.raises(Denied, match=why):
        access(*codes)[0].do(call)


def test_a_key_goes_by_its_last_letters_until_the_call_itself() -> None:
    iam, _, client = access()
    call = Call("UpdateAccessKey", {"UserName": "ann", "AccessKeyId": "…7P5T of 2020-01-01T00:00:00Z",
                                    "Status": "Inactive"})  # fmt: skip
    with pytest.raises(Denied, match=r"there is no AccessKeyId …7P5T"):
        iam.do(call)
    held = iam.held("access key", "ann")
    assert held is not None and KEY_ID not in repr(held)
    assert iam.do(call) == "done" and client.given == [{**call.given, "AccessKeyId": KEY_ID}]


def test_another_account_is_refused() -> None:
    with pytest.raises(AwsError, match="belong to account 333333333333"):
        AwsAccess(Session(), "111111111111", "us-east-2", lambda seconds: None)
