"""The records of an environment, on disk and in a store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.incident_records import forge

from iam_guardrails.adapters.incident_history import history
from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.model.incident.chain import line_of
from iam_guardrails.model.incident.examined import Closed
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.step import CLOSED, ENTERED, NOTED, Noted, Opened, Step
from iam_guardrails.model.problem import Problem

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


class Held:
    """A store that holds texts."""

    url = "s3://records/x"

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.refusal = ""

    def claim(self, incident_id: str) -> Incident | None:
        return None

    def send(self, incident_id: str, steps: Sequence[Step]) -> int:
        return 0

    def ids(self) -> tuple[str, ...]:
        if self.refusal:
            raise Problem(self.refusal)
        return tuple(self.texts)

    def text(self, incident_id: str) -> str:
        return self.texts[incident_id]

    def sent_at(self, incident_id: str) -> None:
        return None

    def is_locked(self) -> bool:
        return True


def opened(name: str) -> Opened:
    return Opened(name, "prod", "333333333333", "us-east-2", "owner", "an outage", 30)


@pytest.fixture
def store() -> Held:
    return Held()


@pytest.fixture
def records(tmp_path: Path, store: Held) -> IncidentRecords:
    return IncidentRecords(tmp_path / "records", tmp_path / "work", lambda: NOW, "alex@laptop", store)


def on_another_machine(tmp_path: Path, name: str, notes: Sequence[str] = ()) -> str:
    other = IncidentRecords(tmp_path / "elsewhere", tmp_path / "work", lambda: NOW, "sam@desktop")
    other.open(opened(name))
    for text in notes:
        other.append(name, NOTED, Noted(text))
    return other.path(name).read_text()


def test_an_incident_that_only_the_store_knows(records: IncidentRecords, store: Held, tmp_path: Path) -> None:
    store.texts["INC-2"] = on_another_machine(tmp_path, "INC-2")
    records.open(opened("INC-1"))
    found = history(records)
    assert [item.id for item in found.incidents] == ["INC-1", "INC-2"] and (found.broken, found.unread) == ((), "")


def test_the_longer_of_two_records_counts(records: IncidentRecords, store: Held) -> None:
    records.open(opened("INC-1"))
    short = records.path("INC-1").read_text()
    records.append("INC-1", CLOSED, Closed("done", 1))
    store.texts["INC-1"] = short
    assert history(records).incidents[0].state == "closed"
    steps = records.load("INC-1").steps
    store.texts["INC-1"] = "".join(f"{line_of(item)}\n" for item in steps)
    records.path("INC-1").write_text(short)
    records.folder.joinpath("INC-1.head.json").write_text(f'{{"lines": 1, "hash": "{steps[0].hash}"}}')
    assert history(records).incidents[0].state == "closed"


def test_two_records_that_differ_are_broken(records: IncidentRecords, store: Held, tmp_path: Path) -> None:
    store.texts["INC-1"] = on_another_machine(tmp_path, "INC-1", ["a"])
    records.open(opened("INC-1"))
    found = history(records)
    assert found.incidents == () and "differs from the one in the store" in found.broken[0].why


def test_a_store_whose_record_is_damaged(records: IncidentRecords, store: Held, tmp_path: Path) -> None:
    text = on_another_machine(tmp_path, "INC-2")
    store.texts["INC-2"] = text.replace("an outage", "a story")
    assert "its hash does not fit" in history(records).broken[0].why
    records.open(opened("INC-2"))
    assert "in the store, line 1" in history(records).broken[0].where


def test_a_store_that_does_not_answer_is_said(records: IncidentRecords, store: Held) -> None:
    records.open(opened("INC-1"))
    store.refusal = "s3:ListBucket was denied"
    found = history(records)
    assert len(found.incidents) == 1 and "s3:ListBucket was denied" in found.unread


def test_records_that_are_gone_cut_or_of_another_id(records: IncidentRecords) -> None:
    for number in (1, 2, 3):
        records.open(opened(f"INC-{number}"))
        records.append(f"INC-{number}", CLOSED, Closed("done", 1))
    records.path("INC-1").unlink()
    records.path("INC-2").write_text(records.path("INC-2").read_text().splitlines(keepends=True)[0])
    for path in (records.path("INC-3"), records.folder / "INC-3.head.json"):
        path.rename(path.with_name(path.name.replace("INC-3", "INC-4")))
    said = {item.incident_id: item.why for item in history(records).broken}
    assert set(said) == {"INC-1", "INC-2", "INC-4"}
    assert "gone" in said["INC-1"] and "missing" in said["INC-2"] and "the record of INC-3" in said["INC-4"]


def test_a_head_without_lines_is_of_a_record_that_was_never_begun(records: IncidentRecords) -> None:
    records.folder.mkdir(parents=True)
    (records.folder / "INC-1.head.json").write_text('{"lines": 0, "hash": ""}')
    assert history(records).broken == ()


def test_a_step_that_is_not_what_it_should_be_breaks_its_record(records: IncidentRecords) -> None:
    records.open(opened("INC-1"))
    forge(records, "INC-1", ENTERED, {"role_arn": 7})
    assert "step 2 (entered)" in history(records).broken[0].why
