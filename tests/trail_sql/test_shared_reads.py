"""A read of a secret of another account, which both accounts record, is one read by whom the caller's account names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.trail_sql.test_event_ids import answers, record, told
from tests.trail_sql.test_odd_records import ACCOUNT, OTHER

SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db-AbCdEf"
ROLE = f"arn:aws:iam::{OTHER}:role/team/app"
ID = f"{OTHER} AROAEXAMPLE"
NAMED: dict[str, Any] = {
    "type": "AssumedRole", "principalId": "AROAEXAMPLE:i-1", "accountId": OTHER,
    "arn": f"arn:aws:sts::{OTHER}:assumed-role/app/i-1",
    "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE}},
}  # fmt: skip
BY_ID: dict[str, Any] = {"type": "AWSAccount", "principalId": "AROAEXAMPLE:i-1", "accountId": OTHER}
AGAIN = "known by account and id only"


def read(number: int, who: dict[str, Any], owner: str, second: int = 0, **more: Any) -> dict[str, Any]:
    made = record(f"n-{number}", "GetSecretValue", "secretsmanager", userIdentity=who, readOnly=True)
    made |= {"recipientAccountId": owner, "requestParameters": {"secretId": SECRET}, "sharedEventID": f"s-{second}"}
    return made | {"eventTime": f"2026-01-10T09:05:{second:02}Z"} | more


BOTH = [read(1, NAMED, OTHER), read(2, BY_ID, ACCOUNT)]
OF_ANOTHER = BY_ID | {"principalId": "AROAANOTHER:i-1"}


@pytest.mark.parametrize(
    ("found", "who", "again"),
    [
        (BOTH, [ROLE], False),
        ([*BOTH, read(3, NAMED, OTHER, 9), read(4, BY_ID, ACCOUNT, 9)], [ROLE], False),
        (BOTH[:1], [ROLE], False),
        (BOTH[1:], [ID], False),
        ([*BOTH, read(3, BY_ID, ACCOUNT, 9)], [ID, ROLE], True),  # of the second its account has no record here
        ([*BOTH, read(3, OF_ANOTHER, ACCOUNT)], [f"{OTHER} AROAANOTHER", ID, ROLE], True),  # which of the two?
        ([BOTH[0], read(2, BY_ID, ACCOUNT, errorCode="AccessDenied")], [ID, ROLE], True),  # not of one call
        ([BOTH[0], read(2, BY_ID, OTHER)], [ID, ROLE], True),  # the secret's account did not record it
    ],
)
def test_reads_that_two_accounts_recorded(
    found: list[dict[str, Any]], who: list[str], again: bool, tmp_path: Path
) -> None:
    for answer in answers("secret-reads", found, tmp_path):
        assert told(answer, "principal") == [(name,) for name in who], answer.source
        assert any(AGAIN in text for text in answer.coverage.notes) == again


@pytest.mark.parametrize("name", ["last-use", "actions-used"])
def test_of_latest_times_it_is_told_that_a_caller_may_stand_there_twice(name: str, tmp_path: Path) -> None:
    for answer in answers(name, BOTH, tmp_path):
        assert {row.principal for row in answer.rows} - {"unknown"} == {ROLE, ID}  # type: ignore[union-attr]
        assert [ID in text for text in answer.coverage.notes if AGAIN in text] == [True]
    for answer in answers(name, BOTH[1:], tmp_path / "alone"):
        assert not any(AGAIN in text for text in answer.coverage.notes)


def test_who_does_not_get_in_is_of_no_other_account(tmp_path: Path) -> None:
    nameless = {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": ACCOUNT, "userName": "alex"}
    user = nameless | {"arn": f"arn:aws:iam::{ACCOUNT}:user/alex"}
    found = [record("n-1", "ConsoleLogin", "signin", userIdentity=nameless, errorMessage="Failed authentication"),
             record("n-2", "ListUsers", userIdentity=user)]  # fmt: skip
    for answer in answers("last-use", found, tmp_path):
        whose = {row.principal for row in answer.rows} - {"unknown"}  # type: ignore[union-attr]
        assert len(whose) == 2 and not any(AGAIN in text for text in answer.coverage.notes)


def test_of_refusals_it_is_told_where_one_is_there(tmp_path: Path) -> None:
    for number, (who, told_) in enumerate(((BY_ID, True), (NAMED, False))):
        refused = read(3, who, ACCOUNT if who is BY_ID else OTHER, 9, errorCode="AccessDenied")
        for answer in answers("denied-attempts", [*BOTH, refused], tmp_path / f"{number}"):
            assert any(AGAIN in text for text in answer.coverage.notes) == told_
