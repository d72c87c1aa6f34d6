"""Whose last accessed data is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from iam_guardrails.model.capture.scope import ALL, NEVER_USED, NOBODY, OF_AWS, SCOPE, Scope, principals_in_scope

ID = "333333333333"
IAM = f"arn:aws:iam::{ID}"
USED = {"LastUsedDate": "2026-01-02T03:04:05+00:00"}


def role(name: str, path: str = "/", used: Any = USED) -> dict[str, Any]:
    return {"RoleName": name, "Arn": f"{IAM}:role{path}{name}", "Path": path, "RoleLastUsed": used}


DETAILS = {
    "UserDetailList": [{"UserName": "ada", "Arn": f"{IAM}:user/people/ada"}],
    "RoleDetailList": [
        role("breakglass"), role("mw-worker", "/service/"), role("mw-old", used={}), role("mw-older", used=None),
        role("other"), role("mw-AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/"),
    ],
}  # fmt: skip


def scope(last_access: str) -> Scope:
    return Scope(ID, ("us-east-2",), ("breakglass",), (), ("mw-*",), ("prod/*",), last_access)


@pytest.mark.parametrize(
    ("last_access", "names"),
    [(SCOPE, ["ada", "breakglass", "mw-worker"]), (ALL, ["ada", "breakglass", "mw-worker", "other"]), (NOBODY, [])],
)
def test_who_is_asked_about(last_access: str, names: list[str]) -> None:
    asked, unasked = principals_in_scope(DETAILS, scope(last_access))
    assert [arn.rpartition("/")[2] for arn in asked] == names
    reasons = {arn.rpartition("/")[2]: why for arn, why in unasked.items()}
    expected = {"mw-old": NEVER_USED, "mw-older": NEVER_USED, "mw-AWSServiceRoleForX": OF_AWS}
    assert reasons == ({} if last_access == NOBODY else expected)


@pytest.mark.parametrize(
    ("arn", "held"),
    [
        (f"{IAM}:user/people/ada", True), (f"{IAM}:role/service/mw-worker", True), (f"{IAM}:role/breakglass", True),
        (f"{IAM}:role/other", False), (f"{IAM}:group/mw-x", False), ("arn:aws:s3:::mw-bucket", False),
    ],
)  # fmt: skip
def test_findings_about_users_and_named_roles_are_in_scope(arn: str, held: bool) -> None:
    assert scope(SCOPE).holds(arn) is held


def test_secrets_are_named_by_pattern() -> None:
    assert [scope(SCOPE).names_secret(name) for name in ("prod/db", "Prod/db", "dev/db")] == [True, False, False]
