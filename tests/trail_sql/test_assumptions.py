"""What a record says of who assumed a role, and with MFA or not, is the same to every engine in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.trail_sql.test_event_ids import answers, record, told
from tests.trail_sql.test_odd_records import ACCOUNT, OTHER, ROLE

USER: dict[str, Any] = {
    "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": ACCOUNT, "userName": "alex",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/alex",
}  # fmt: skip
GIVEN_OUT: dict[str, Any] = {
    "type": "FederatedUser", "principalId": f"{ACCOUNT}:alex", "accountId": ACCOUNT,
    "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/alex",
    "sessionContext": {
        "sessionIssuer": {"type": "IAMUser", "arn": USER["arn"]}, "attributes": {"mfaAuthenticated": "false"},
    },
}  # fmt: skip
ELSEWHERE: dict[str, Any] = {"type": "AWSAccount", "principalId": "AIDAELSEWHERE", "accountId": OTHER}
REFUSED: dict[str, Any] = {
    "errorCode": "AccessDenied",
    "errorMessage": f"User: x is not authorized to perform: sts:AssumeRole on resource: {ROLE}",
}
WRONG_CODE: dict[str, Any] = {
    "errorCode": "AccessDenied",
    "errorMessage": "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
}


def assume(number: int, who: dict[str, Any], device: str = "", **more: Any) -> dict[str, Any]:
    asks = {"roleArn": ROLE, "roleSessionName": "s"} | ({"serialNumber": device} if device else {})
    made = record(f"n-{number}", "AssumeRole", "sts", userIdentity=who, requestParameters=asks, readOnly=True)
    return made | {"eventTime": f"2026-01-10T09:05:{number:02}Z"} | more


def test_a_user_and_a_session_it_gave_out_are_two_kinds_of_caller_in_any_order(tmp_path: Path) -> None:
    found = [assume(1, USER, **REFUSED), assume(2, GIVEN_OUT, **REFUSED)]
    for answer in answers("role-assumptions", found, tmp_path):
        assert told(answer, "principal", "kind", "mfa") == [
            (USER["arn"], "IAMUser", "no"), (USER["arn"], "FederatedUser", "no")
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "mfa"),
    [
        (assume(1, ELSEWHERE, f"arn:aws:iam::{OTHER}:mfa/owner"), "yes"),
        (assume(1, ELSEWHERE, f"arn:aws:iam::{OTHER}:mfa/owner", sharedEventID="s-1"), "yes"),
        (assume(1, ELSEWHERE), ""),  # his session may have had MFA
        (assume(1, ELSEWHERE, sharedEventID="s-1"), ""),
        (assume(1, ELSEWHERE, "arn:mfa", **WRONG_CODE), ""),
        (assume(1, ELSEWHERE, "arn:mfa", sharedEventID="s-1", **WRONG_CODE), ""),
        (assume(1, USER, "arn:mfa", **WRONG_CODE), "no"),
        (assume(1, USER, "arn:mfa", sharedEventID="s-1", **WRONG_CODE), "no"),
        (assume(1, USER, "arn:mfa", **REFUSED), "yes"),  # refused for another reason than the code
        (assume(1, GIVEN_OUT, "arn:mfa"), "no"),
    ],
)
def test_whether_the_caller_had_mfa(entry: dict[str, Any], mfa: str, tmp_path: Path) -> None:
    for answer in answers("role-assumptions", [entry], tmp_path):
        assert told(answer, "mfa") == [(mfa,)], answer.source


def test_who_is_new_shows_mfa_of_a_user_of_another_account(tmp_path: Path) -> None:
    for answer in answers("unusual-principals", [assume(1, ELSEWHERE, "arn:mfa")], tmp_path):
        assert told(answer, "principal", "mfa") == [(f"{OTHER} AIDAELSEWHERE", "yes")]
