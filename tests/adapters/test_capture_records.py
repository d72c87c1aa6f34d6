"""Drills, incidents, waivers and the contract in a capture; one that is broken is told and the others are taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from iam_guardrails.adapters import drills
from iam_guardrails.adapters.capture_records import local_records
from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.model.capture.capture import RECORDS
from iam_guardrails.model.capture.records import DrillSummary
from iam_guardrails.model.drill import LIVE, PASSED, DrillRecord
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Waiver
from iam_guardrails.model.incident.examined import Closed
from iam_guardrails.model.incident.step import CLOSED, NOTED, Noted, Opened
from iam_guardrails.model.unknown import Unknown

ID = "333333333333"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WAIVER = Waiver("r", "*", "T-1", "ada", "known", date(2027, 1, 31))
EXPECTED = Expected(ID, "us-east-2", waivers=(WAIVER,))


def clock() -> Callable[[], datetime]:
    minutes = iter(range(1000))
    return lambda: NOW + timedelta(minutes=next(minutes))


@pytest.fixture
def incidents(tmp_path: Path) -> IncidentRecords:
    found = IncidentRecords(tmp_path / "records", tmp_path / "work", clock(), "ada@desk")
    for number in (1, 2):
        name = f"INC-20261120-120{number}-aaaa"
        found.open(Opened(name, "prod", ID, "us-east-2", "arn:ada", f"outage {number}", 30))
        found.append(name, NOTED, Noted("looking"))
        if number == 1:
            found.append(name, CLOSED, Closed("done", 1))
    return found


def test_records_are_told_in_short(tmp_path: Path, incidents: IncidentRecords) -> None:
    drills.save(tmp_path / "records", DrillRecord("DRILL-1", LIVE, "prod", ID, NOW, PASSED, person="arn:ada"))
    contract = tmp_path / "contract.json"
    contract.write_text(json.dumps({"breakglass": {"role_arn": "x"}}))
    found = local_records(tmp_path / "records", incidents, EXPECTED, contract)
    assert dict(found.refused) == {}
    assert found.drills == (DrillSummary("DRILL-1", LIVE, NOW, None, PASSED, False, "arn:ada"),)
    first, second = found.incidents
    assert (first.id, first.state, first.reason) == ("INC-20261120-1201-aaaa", "closed", "outage 1")
    assert first.closed_at == first.opened_at + timedelta(minutes=2)
    assert first.due_at == first.opened_at + timedelta(minutes=30)
    assert (second.state, second.closed_at, second.exited_at, second.entries) == ("declared", None, None, ())
    assert first.hash == incidents.load(first.id).steps[-1].hash
    assert found.waivers == (WAIVER,)
    assert found.contract == {"breakglass": {"role_arn": "x"}}


def test_a_broken_record_is_told_and_the_others_are_taken(tmp_path: Path, incidents: IncidentRecords) -> None:
    path = incidents.path("INC-20261120-1201-aaaa")
    path.write_text(path.read_text().replace("outage 1", "outage 9"))
    folder = tmp_path / "records" / drills.FOLDER
    folder.mkdir(parents=True)
    (folder / "DRILL-1.json").write_text("{}")
    found = local_records(tmp_path / "records", incidents, EXPECTED, tmp_path / "none.json")
    assert [item.id for item in found.incidents] == ["INC-20261120-1202-aaaa"]
    assert set(found.refused) == {f"{RECORDS}:drills", f"{RECORDS}:INC-20261120-1201-aaaa"}
    assert "DRILL-1.json is no drill record" in found.refused[f"{RECORDS}:drills"]
    assert found.contract == Unknown("nobody applied on this machine")


@pytest.mark.parametrize("text", ["[]", "no json"])
def test_a_contract_that_is_none_is_not_known(tmp_path: Path, incidents: IncidentRecords, text: str) -> None:
    (tmp_path / "contract.json").write_text(text)
    assert isinstance(local_records(tmp_path, incidents, EXPECTED, tmp_path / "contract.json").contract, Unknown)
