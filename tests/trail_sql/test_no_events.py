"""Records that are no whole event are told by both engines, and spoil nothing of the rest of an answer."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.aws.athena import Athena
from iam_guardrails.adapters.trail_sql.engine import AthenaEngine
from iam_guardrails.journeys.review_trail import Asker, ask_wholly
from iam_guardrails.model.incident.reach import Reach
from iam_guardrails.model.trail.questions.all import QUESTIONS, question
from iam_guardrails.model.trail.window import window
from tests.trail_sql.lake import LAKE, FakeAthena, connected
from tests.trail_sql.test_answers import NAME, by_athena, by_files

ONE, TWO = LAKE.accounts
WHEN = window("2026-01-08", "2026-01-14")
WHY = "no eventSource or no eventName, or no eventTime as CloudTrail writes it (YYYY-MM-DDTHH:MM:SSZ)"
ROOT = {"type": "Root", "principalId": ONE, "arn": f"arn:aws:iam::{ONE}:root", "accountId": ONE}
CALLS = [("iam.amazonaws.com", "CreateUser"), ("sts.amazonaws.com", "AssumeRole"),
         ("secretsmanager.amazonaws.com", "GetSecretValue"), ("cloudtrail.amazonaws.com", "StopLogging"),
         ("signin.amazonaws.com", "ConsoleLogin")]  # fmt: skip
NO_EVENTS: list[dict[str, Any]] = [
    {"eventTime": None}, {"eventTime": "yesterday"}, {"eventTime": ""}, {"eventTime": "2026-02-30T09:05:00Z"},
    {"eventTime": "2026-01-10"}, {"eventTime": "2026-01-10T09:05:00"}, {"eventTime": "9999-01-10T09:05:00Z"},
    {"eventTime": "0026-01-10T09:05:00Z"}, {"eventSource": None}, {"eventName": None},
    {"eventTime": None, "eventSource": None, "eventName": None},
]  # fmt: skip


def records(**of_first: Any) -> list[dict[str, Any]]:
    """Two of every call, one of them changed."""
    return [
        {"eventVersion": "1.11", "eventTime": f"2026-01-10T09:05:0{number}Z", "eventSource": source, "eventName": name,
         "eventID": f"{name}-{number}", "recipientAccountId": ONE, "userIdentity": ROOT, "readOnly": False,
         "awsRegion": "us-east-1", "requestParameters": {"roleArn": f"arn:aws:iam::{ONE}:role/{NAME}"}}
        | (of_first if number == 0 else {})
        for source, name in CALLS for number in range(2)
    ]  # fmt: skip


def written(folder: Path, of_day: dict[str, list[dict[str, Any]]], account: str = ONE, number: int = 0) -> Path:
    for day, found in of_day.items():
        path = folder / f"AWSLogs/{account}/CloudTrail/us-east-1/2026/01/{day}"
        path.mkdir(parents=True, exist_ok=True)
        name = f"{account}_CloudTrail_us-east-1_202601{day}T0910Z_{number:016}.json.gz"
        (path / name).write_bytes(gzip.compress(json.dumps({"Records": found}).encode(), mtime=0))
    return folder


def told(number: str, *places: str) -> str:
    return f"{number} of CloudTrail's ({WHY}) and in no answer: files of {', '.join(places)}"


@pytest.mark.parametrize("name", [item.name for item in QUESTIONS])
def test_records_that_are_no_events_are_told(name: str, tmp_path: Path) -> None:
    for number, change in enumerate(NO_EVENTS):
        tree = written(tmp_path / "tree", {"10": records(**change)}, number=number)
    files, athena = by_files(name, tree, tmp_path / "kept", WHEN), by_athena(name, FakeAthena(connected(tree)), WHEN)
    number = len(NO_EVENTS) * len(CALLS)
    assert len(files.coverage.unreadable) == number and files.exit_code == 2
    text = told(f"{number} records are no events", f"{ONE} us-east-1 2026-01-10 ({number})")
    assert text in athena.not_judged and athena.exit_code == 2
    assert list(athena.rows) == list(files.rows)
    assert files.rows or question(name).compares or name == "denied-attempts"


@pytest.mark.parametrize("name", [item.name for item in QUESTIONS])
@pytest.mark.parametrize("empty", ["eventSource", "eventName"])
def test_an_empty_name_is_a_name(name: str, empty: str, tmp_path: Path) -> None:
    tree = written(tmp_path / "tree", {"10": records(**{empty: ""})})
    files, athena = by_files(name, tree, tmp_path / "kept", WHEN), by_athena(name, FakeAthena(connected(tree)), WHEN)
    assert list(athena.rows) == list(files.rows) and not athena.coverage.unreadable
    assert not any("no events" in text for text in athena.not_judged)


def test_they_are_told_where_they_lie_also_out_of_the_window(tmp_path: Path) -> None:
    """When they were is not known. A query reads the files of two days after the window, too."""
    tree = written(tmp_path, {day: records(eventName=None)[:2] for day in ("07", "09", "15", "18")})
    written(tree, {"10": records(eventTime="?")[:1]}, TWO)
    found = by_athena("last-use", FakeAthena(connected(tree)), WHEN)
    places = (f"{ONE} us-east-1 2026-01-09 (1)", f"{ONE} us-east-1 2026-01-15 (1)", f"{TWO} us-east-1 2026-01-10 (1)")
    assert told("3 records are no events", *places) in found.not_judged
    alone = by_athena("last-use", FakeAthena(connected(tree)), window("2026-01-14", "2026-01-15T06:00:00Z"))
    assert told("1 record is no event", f"{ONE} us-east-1 2026-01-15 (1)") in alone.not_judged


def test_of_many_places_ten_are_named(tmp_path: Path) -> None:
    tree = written(tmp_path, {f"{day:02}": records(eventName=None)[:1] for day in range(1, 14)})
    found = by_athena("root-use", FakeAthena(connected(tree)), window("2026-01-01", "2026-01-20"))
    (text,) = [text for text in found.not_judged if "no events" in text]
    assert text.startswith("13 records are no events") and text.endswith("2026-01-10 (1) and of 3 places more")


@pytest.mark.parametrize("time", ["2026-01-10T10:05:00+01:00", "2026-01-10T09:05:00.5Z", "2026-01-10t09:05:00z"])
def test_a_time_in_another_form_is_not_judged(time: str, tmp_path: Path) -> None:
    """The embedded engine reads it; as a text, which Athena compares, it is no time of CloudTrail's."""
    tree = written(tmp_path / "tree", {"10": records(eventTime=time)})
    assert by_files("last-use", tree, tmp_path / "kept", WHEN).exit_code == 0
    found = by_athena("last-use", FakeAthena(connected(tree)), WHEN)
    assert told("5 records are no events", f"{ONE} us-east-1 2026-01-10 (5)") in found.not_judged


@pytest.mark.parametrize("name", ["unusual-principals", "iam-changes"])
def test_a_baseline_and_a_review_tell_them(name: str, tmp_path: Path) -> None:
    """The next review begins where they lie, as after a file that cannot be read."""
    days = {f"{day:02}": [item | {"eventTime": item["eventTime"].replace("-10T", f"-{day:02}T")} for item in records()]
            for day in range(7, 16)}  # fmt: skip
    tree = written(tmp_path, days | {"11": [*days["11"], *records(eventName=None)[:1]]})
    now, roles = datetime(2026, 1, 16, tzinfo=UTC), frozenset({(ONE, NAME)})
    client = FakeAthena(connected(tree))
    athena = Athena(client, LAKE.region, LAKE.workgroup, LAKE.database, lambda _: None, lambda _: None)
    asker = Asker(ONE, "us-east-1", Reach(("us-east-1",)), (), roles, now)
    found = ask_wholly(question(name), AthenaEngine(athena, LAKE, name, roles, now, by_day=True), "athena", WHEN, asker)
    text = told("1 record is no event", f"{ONE} us-east-1 2026-01-11 (1)")
    assert text in found.not_judged
    assert found.seen_until is not None and found.seen_until < datetime(2026, 1, 11, tzinfo=UTC)
    later = by_athena("unusual-principals", client, window("2026-01-12", "2026-01-14"))
    assert f"of the baseline: {text}" in later.not_judged


@pytest.mark.parametrize("asked", ['{"n":1e999}', '{"n":NaN}', '{"userName":"\\ud800"}', "[" * 3000 + "]" * 3000])
@pytest.mark.parametrize("name", ["iam-changes", "root-use"])
def test_what_was_asked_for_hides_no_record(name: str, asked: str, tmp_path: Path) -> None:
    """A column that holds JSON is a text to Athena, whatever it holds."""
    tree = written(tmp_path, {"10": records()})
    database = connected(tree)
    database.execute(f'UPDATE "{LAKE.database}"."{LAKE.table}" SET requestParameters = ? WHERE eventID = ?',
                     [asked, "CreateUser-0"])  # fmt: skip
    found = by_athena(name, FakeAthena(database), WHEN)
    rows: Any = found.rows
    unread = [item.record for item in found.coverage.unreadable]
    assert ("event CreateUser-0" in unread) is not any(row.event_id == "CreateUser-0" for row in rows)
    assert any(row.event_id == "CreateUser-1" for row in rows)
