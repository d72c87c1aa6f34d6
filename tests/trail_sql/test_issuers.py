"""A session's issuer that is told as the session itself, and not as its role, is that role to both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from iam_guardrails.model.trail.questions.all import QUESTIONS
from iam_guardrails.model.trail.window import window
from tests.trail_sql.lake import FakeAthena, connected
from tests.trail_sql.test_answers import NAME, by_athena, by_files
from tests.trail_sql.test_odd_records import ACCOUNT, CALLS, SESSION, write

WHEN = window("2026-01-01", None)
WHO = {"type": "AssumedRole", "principalId": "AROAEXAMPLE:INC-1", "accountId": ACCOUNT,
       "sessionContext": {"sessionIssuer": {"type": "Role", "arn": SESSION}}}  # fmt: skip
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{NAME}"


@pytest.mark.parametrize("name", [item.name for item in QUESTIONS])
@pytest.mark.parametrize("arn", [SESSION, f"arn:aws:sts::{ACCOUNT}:federated-user/x", ""])
def test_an_issuer_that_is_a_session_is_its_role(name: str, arn: str, tmp_path: Path) -> None:
    found = [
        {"eventTime": f"2026-01-10T09:05:{number:02}Z", "eventSource": source, "eventName": call, "readOnly": reads,
         "eventID": f"event-{number}", "recipientAccountId": ACCOUNT, "userIdentity": WHO | {"arn": arn},
         "requestParameters": asked, "errorCode": "AccessDenied" if number % 2 else None}
        for number, (source, call, reads, asked) in enumerate(CALLS)
    ]  # fmt: skip
    write(tmp_path / "tree", found, "one")
    files = by_files(name, tmp_path / "tree", tmp_path / "kept", WHEN)
    athena = by_athena(name, FakeAthena(connected(tmp_path / "tree")), WHEN)
    assert list(files.rows) == list(athena.rows)
    callers = {who for row in files.rows if (who := getattr(row, "principal", None))}
    assert callers <= {ROLE} and (files.rows or name == "root-use")
