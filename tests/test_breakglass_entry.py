"""The wiring of enter: an exit a moment ago is waited out, and no step is lost in silence."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.entry_wiring import Keeper, Setting, revoked_until, wait_for_revocations
from iam_guardrails.incident_wiring import Found
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.incident.examined import Closed
from iam_guardrails.model.incident.step import CLOSED, EXITED, LEFT, NOTED, Exited, Left, Noted, Opened
from iam_guardrails.model.problem import Problem

ROLE_ARN = "arn:aws:iam::333333333333:role/prod-breakglass-admin"
FIRST, SECOND = "INC-20261128-1200-aaaa", "INC-20261128-1250-bbbb"


def found(root: Path, ahead_seconds: float = 0) -> Found:
    """An open incident after one whose exit revokes what is issued in the next seconds."""
    records = IncidentRecords(root / "records", root / "work", lambda: datetime.now(UTC), "a@b")
    for name in (FIRST, SECOND):
        records.open(Opened(name, "prod", "333333333333", "us-east-2", "alex", "why", 30))
        if name == FIRST:
            until = datetime.now(UTC) + timedelta(seconds=ahead_seconds)
            records.append(name, EXITED, Exited(ROLE_ARN, until))
            records.append(name, CLOSED, Closed("done", 1))
    return Found("prod", records, records.load(SECOND))


def test_an_exit_a_moment_ago_is_waited_out(tmp_path: Path) -> None:
    there, said = found(tmp_path, 1.5), list[str]()
    began = time.monotonic()
    wait_for_revocations(there, ROLE_ARN, said.append)
    assert 0.5 < time.monotonic() - began < 5 and "waiting for that" in said[0]
    wait_for_revocations(there, ROLE_ARN, said.append)
    wait_for_revocations(there, f"{ROLE_ARN}-2", said.append)
    assert len(said) == 1


def test_a_revocation_far_ahead_is_refused_and_a_broken_record_is_not_in_the_way(tmp_path: Path) -> None:
    there = found(tmp_path, 600)
    with pytest.raises(Problem, match="so a new one would be refused everywhere"):
        wait_for_revocations(there, ROLE_ARN, lambda _: None)
    moved = datetime.now(UTC)
    there.records.append(SECOND, EXITED, Exited(ROLE_ARN, moved))
    assert revoked_until(there, ROLE_ARN) == moved
    there.records.path(SECOND).write_text("broken\n")
    there.records.path(FIRST).write_text("broken\n")
    assert revoked_until(there, ROLE_ARN) is None


def test_what_cannot_be_written_is_printed_and_written_later_in_its_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = found(tmp_path)
    keeper, folder = Keeper(there), there.records.folder
    folder.rename(folder.with_name("away"))
    assert keeper.keep(NOTED, Noted("one")) == 0 and not keeper.whole
    line = capsys.readouterr().err.splitlines()[-1]
    assert json.loads(line)["content"] == {"text": "one"}
    folder.with_name("away").rename(folder)
    assert keeper.keep(LEFT, Left(0, "ended", 0, 1)) == 3 and keeper.whole
    assert [item.kind for item in there.records.load(SECOND).steps] == ["opened", NOTED, LEFT]
    assert keeper.incident.state == "declared"


def test_the_contract_of_the_last_apply_tells_the_roles_arn(tmp_path: Path) -> None:
    setting = Setting(tmp_path, "prod", Expected("333333333333", "us-east-2"), {}, False)
    assert setting.contract_role_arn() == ""
    path = tmp_path / ".guardrails" / "prod" / "contract.json"
    path.parent.mkdir(parents=True)
    for text, arn in (('{"breakglass": {"role_arn": "arn:x"}}', "arn:x"), ("[]", ""), ("{", ""), ('{"a": 1}', "")):
        path.write_text(text)
        assert setting.contract_role_arn() == arn
