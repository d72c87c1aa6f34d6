"""The record of an incident that another machine opened, brought here from the store."""

from __future__ import annotations

import shlex
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.test_incident_history import Held, opened

from iam_guardrails.adapters.incidents import IncidentRecords, already_open
from iam_guardrails.journeys.records_fetch import fetch
from iam_guardrails.model.incident.chain import Head
from iam_guardrails.model.incident.fetching import Fetched, fetch_command
from iam_guardrails.model.incident.step import BEFORE, NOTED, Before, Noted
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed
from iam_guardrails.reports.records import fetched_text

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
ID = "INC-20261128-0900-aaaa"


def records(folder: Path, store: Held | None = None, by: str = "alex@laptop") -> IncidentRecords:
    return IncidentRecords(folder / "records", folder / "work", lambda: NOW, by, store)


def there(tmp_path: Path, notes: int, name: str = ID, **more: Any) -> str:
    """A record as another machine has it, with so many notes."""
    other = records(Path(tempfile.mkdtemp(dir=tmp_path)), by="sam@desktop")
    other.open(changed(opened(name), **more))
    for number in range(notes):
        other.append(name, NOTED, Noted(f"note {number}"))
    return other.path(name).read_text()


@pytest.fixture
def store() -> Held:
    return Held()


@pytest.fixture
def mine(tmp_path: Path, store: Held) -> IncidentRecords:
    return records(tmp_path / "here", store)


def fetched(mine: IncidentRecords, wanted: str = ID, simulated: bool = False) -> Fetched:
    found, path = fetch(wanted, [("dev", records(mine.records.parent / "dev")), ("prod", mine)], simulated, print)
    assert path == mine.path(ID)
    return found


def test_what_only_the_store_has_is_here_whole_and_can_be_gone_on_with(
    mine: IncidentRecords, store: Held, tmp_path: Path
) -> None:
    store.texts[ID] = there(tmp_path, 2)
    found = fetched(mine, ID[-4:])
    assert (found.environment, found.added, found.lines) == ("prod", 3, 3)
    assert mine.path(ID).read_text() == store.texts[ID] and not mine.check(ID).broken
    assert len(mine.append(ID, NOTED, Noted("go on")).steps) == 4
    text = fetched_text(found, "x", "guardrails breakglass enter")
    assert "3 lines, 3 new" in text and "sam@desktop wrote the last of them" in text
    assert text.endswith("next: guardrails breakglass enter\n")


class Stopped(IncidentRecords):
    """Killed when the record is written and its head is not."""

    def _write_head(self, incident_id: str, head: Head) -> None:
        if head.lines:
            raise KeyboardInterrupt
        super()._write_head(incident_id, head)


def test_what_is_killed_in_between_is_whole_and_done_again(store: Held, mine: IncidentRecords, tmp_path: Path) -> None:
    store.texts[ID] = there(tmp_path, 2)
    killed = Stopped(mine.records, mine.work, mine.now, mine.by, store)
    with pytest.raises(KeyboardInterrupt):
        fetched(killed)
    assert not mine.check(ID).broken and len(mine.load(ID).steps) == 3
    assert fetched(mine).added == 0 and len(mine.append(ID, NOTED, Noted("go on")).steps) == 4


def test_the_files_that_no_store_has_are_named(mine: IncidentRecords, store: Held, tmp_path: Path) -> None:
    other = records(tmp_path / "other")
    other.open(opened(ID))
    other.append(ID, BEFORE, Before(f"{ID}.before.json.gz", "0" * 64))
    store.texts[ID] = other.path(ID).read_text()
    found = fetched(mine)
    assert found.lacking == (f"{ID}.before.json.gz",)
    assert "without it `close` has nothing to compare with" in fetched_text(found, "x", "y")


@pytest.mark.parametrize(("here", "store_has", "added", "says"), [
    (1, 3, 2, "4 lines, 2 new"), (2, 2, 0, "as it is in the store: 3 lines"),
    (3, 1, -2, "longer here: 4 lines, 2 lines"),
])  # fmt: skip
def test_a_record_that_goes_on_is_made_longer_and_never_shorter(
    mine: IncidentRecords, store: Held, tmp_path: Path, here: int, store_has: int, added: int, says: str
) -> None:
    store.texts[ID] = there(tmp_path, here)
    fetched(mine)
    store.texts[ID] = there(tmp_path, store_has)
    found = fetched(mine)
    assert found.added == added and says in fetched_text(found, "x", "y")
    assert mine.path(ID).read_text() == there(tmp_path, max(here, store_has))


@pytest.mark.parametrize(("ours", "theirs", "longer"), [
    (3, 1, "4 lines here, 2 lines in the store, the longer is the one here"),
    (1, 3, "2 lines here, 4 lines in the store, the longer is the one in the store"),
    (1, 1, "they are of one length"),
])  # fmt: skip
def test_a_record_that_differs_is_not_written_over_and_the_longer_is_named(
    mine: IncidentRecords, store: Held, tmp_path: Path, ours: int, theirs: int, longer: str
) -> None:
    mine.open(opened(ID))
    for number in range(ours):
        mine.append(ID, NOTED, Noted(f"ours {number}"))
    before = mine.path(ID).read_text()
    store.texts[ID] = there(tmp_path, theirs)
    with pytest.raises(Problem, match=longer):
        fetched(mine)
    assert mine.path(ID).read_text() == before


def test_a_broken_copy_is_not_brought_here(mine: IncidentRecords, store: Held, tmp_path: Path) -> None:
    whole = there(tmp_path, 2)
    first, _, third = whole.splitlines(keepends=True)
    for text in (whole.replace("note 0", "note 9"), first + third, whole[:-9], ""):
        store.texts[ID] = text
        with pytest.raises(Problem, match="nothing was written"):
            fetched(mine)
    assert not mine.path(ID).exists()


def test_a_broken_record_here_is_evidence_and_stays(mine: IncidentRecords, store: Held, tmp_path: Path) -> None:
    store.texts[ID] = there(tmp_path, 2)
    fetched(mine)
    mine.path(ID).write_text(there(tmp_path, 2).replace("note 0", "note 9"))
    with pytest.raises(Problem, match=r"line 2: .*keep it elsewhere as evidence"):
        fetched(mine)
    mine.path(ID).unlink()
    assert fetched(mine).added == 3  # its head is there, and the store has all that it tells of


def test_where_the_store_lacks_what_was_here_nothing_is_written(
    mine: IncidentRecords, store: Held, tmp_path: Path
) -> None:
    store.texts[ID] = there(tmp_path, 2)
    fetched(mine)
    mine.path(ID).unlink()
    store.texts[ID] = there(tmp_path, 1)
    with pytest.raises(Problem, match=r"1 of 3 lines are missing.*version control"):
        fetched(mine)
    assert not mine.path(ID).exists()


@pytest.mark.parametrize(
    ("name", "more", "simulated"),
    [("INC-20261128-0900-bbbb", {}, False), (ID, {"environment": "dev"}, False), (ID, {"simulated": True}, False),
     (ID, {}, True)],
)  # fmt: skip
def test_what_belongs_elsewhere_is_not_brought_here(
    mine: IncidentRecords, store: Held, tmp_path: Path, name: str, more: dict[str, Any], simulated: bool
) -> None:
    store.texts[ID] = there(tmp_path, 0, name, **more)
    with pytest.raises(Problem, match="does not belong here"):
        fetched(mine, simulated=simulated)


def test_what_is_in_no_store_or_in_none_that_answers_is_said(mine: IncidentRecords, store: Held) -> None:
    with pytest.raises(Problem, match="names no single incident in 1 store"):
        fetched(mine)
    store.refusal = "AWS did not answer"
    with pytest.raises(Problem, match="is not known: the store of prod cannot be read: AWS did not answer"):
        fetched(mine)
    with pytest.raises(Problem, match="there is no store: give --store"):
        fetch(ID, [("prod", changed(mine, store=None))], False, print)


def test_the_command_names_the_store_quoted_and_is_told_where_another_machine_has_one_open(
    mine: IncidentRecords, store: Held, tmp_path: Path
) -> None:
    assert shlex.split(fetch_command(ID, "s3://b/a b", True))[3:] == [ID, "--store", "s3://b/a b", "--sandbox"]
    store.texts[ID] = there(tmp_path, 0)
    incident = fetched(mine).incident
    assert str(already_open(incident, store.url)).endswith(f"guardrails records fetch {ID} --store s3://records/x")
