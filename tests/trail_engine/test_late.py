"""Events that CloudTrail delivered long after they happened: what is known of them counts, and the rest is told."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_export import export
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.adapters.trail_s3_objects import S3Objects
from iam_guardrails.cli import main
from iam_guardrails.model.trail.answer import Coverage
from iam_guardrails.model.trail.window import Window, told_late, unread_after, window
from tests.adapters.test_trail_days import Bucket

ACCOUNT = "111122223333"
NOW = datetime(2026, 11, 28, tzinfo=UTC)
FIRST = window("2026-01-10", "2026-01-11")
UNREAD = (
    "not read: 1 file delivered after 2026-01-13; what CloudTrail delivered of the window more than 2 days late is not"
    " in here, a later --until reads further"
)
LATE = (
    "events of 2026-01-10 came more than 2 days late, in files of up to 2026-01-14: an answer about those days alone"
    " may lack them; ask for it with --until 2026-01-12 or later"
)


def file(folder: Path, day: str, *times: str) -> None:
    """A file that was delivered on a day, with an event of each time."""
    where = folder / f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{day.replace('-', '/')}"
    where.mkdir(parents=True, exist_ok=True)
    records = [
        {"eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/bob"},
         "eventTime": time, "eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "awsRegion": "us-east-1",
         "requestParameters": {"userName": time}, "eventID": time, "recipientAccountId": ACCOUNT}
        for time in times
    ]  # fmt: skip
    name = f"{ACCOUNT}_CloudTrail_us-east-1_{day.replace('-', '')}T0910Z_abcdefgh12345678.json.gz"
    (where / name).write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An event of the 10th in a file of the 14th, and of each day one of its own."""
    folder = tmp_path / "tree"
    for day in ("2026-01-10", "2026-01-11", "2026-01-12"):
        file(folder, day, f"{day}T09:00:00Z")
    file(folder, "2026-01-14", "2026-01-10T09:30:00Z", "2026-01-14T09:00:00Z")
    return folder


def ask(folder: Path, cache: Path, when: Window) -> tuple[list[str], Coverage]:
    found = Engine(FolderObjects(str(folder)), cache, frozenset(), lambda _: None, 1).ask(when)
    ids = {item.event_id for day, facts in found.facts if when.covers(day) is not False for item in facts.kept}
    return sorted(ids), found.coverage


def test_a_late_file_that_was_not_read_is_told(tree: Path, tmp_path: Path) -> None:
    found, seen = ask(tree, tmp_path / "cache", FIRST)
    assert found == ["2026-01-10T09:00:00Z"]
    assert seen.notes == (UNREAD,) and seen.unread_later


@pytest.mark.parametrize(
    ("when", "ids"),
    [
        (FIRST, ["2026-01-10T09:00:00Z", "2026-01-10T09:30:00Z"]),
        (window("2026-01-10T09:10:00Z", "2026-01-10T09:40:00Z"), ["2026-01-10T09:30:00Z"]),
    ],
)
def test_a_late_file_that_was_read_before_counts(tree: Path, tmp_path: Path, when: Window, ids: list[str]) -> None:
    _, seen = ask(tree, tmp_path / "cache", window("2026-01-11", "2026-01-15"))
    assert LATE in seen.notes
    found, seen = ask(tree, tmp_path / "cache", when)
    assert found == ids
    assert not seen.unread_later and UNREAD not in seen.notes
    assert (seen.first_day, seen.last_day) == ("2026-01-10", "2026-01-14")


def test_a_later_end_reads_further(tree: Path, tmp_path: Path) -> None:
    found, seen = ask(tree, tmp_path / "cache", window("2026-01-10", "2026-01-12"))
    assert "2026-01-10T09:30:00Z" in found
    assert not any("late" in note for note in seen.notes)


def test_a_file_that_came_into_a_late_day_is_told(tree: Path, tmp_path: Path) -> None:
    ask(tree, tmp_path / "cache", Window())
    file(tree, "2026-01-14", "2026-01-14T10:00:00Z")
    _, seen = ask(tree, tmp_path / "cache", FIRST)
    assert seen.unread_later


def test_of_a_bucket_the_limit_is_told(tmp_path: Path) -> None:
    key = f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2026/01/10/{ACCOUNT}_CloudTrail_us-east-1_20260110T0910Z_a1.json.gz"
    bucket = Bucket({key: b'{"Records":[]}'})
    seen = Engine(S3Objects("b", client=bucket), tmp_path, frozenset(), lambda _: None, 1).ask(FIRST).coverage
    assert seen.notes == (UNREAD.replace("1 file ", "files "),)


def test_an_export_tells_how_many_files_came_later(tree: Path, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    assert export(FolderObjects(str(tree)), FIRST, tmp_path / "lake", lambda _: None).later == "1 file"


def test_nothing_is_told_where_nothing_can_have_come_yet() -> None:
    assert unread_after(FIRST, "files", datetime(2026, 1, 13, 23, tzinfo=UTC)) == ()
    assert unread_after(window("2026-01-10", None), "files", NOW) == ()
    assert unread_after(FIRST, "files", NOW) == (UNREAD.replace("1 file ", "files "),)


def test_many_late_days_are_counted() -> None:
    assert told_late({}) == ()
    late = {f"2026-01-{day:02}": "2026-02-20" for day in range(1, 13)}
    assert "2026-01-10 and 2 days more came" in told_late(late)[0]


def assumed(folder: Path, day: str, time: str, who: str) -> None:
    """A file that was delivered on a day, with an assumption of a role."""
    where = folder / f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{day.replace('-', '/')}"
    where.mkdir(parents=True)
    record = {
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/{who}", "accountId": ACCOUNT},
        "eventTime": time, "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "eventID": time,
        "requestParameters": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/x", "roleSessionName": "s"},
        "recipientAccountId": ACCOUNT,
    }  # fmt: skip
    name = f"{ACCOUNT}_CloudTrail_us-east-1_{day.replace('-', '')}T1000Z_abcdefgh12345678.json.gz"
    (where / name).write_bytes(gzip.compress(json.dumps({"Records": [record]}).encode()))


def test_what_was_read_for_the_baseline_was_read_now(tmp_path: Path) -> None:
    assumed(tmp_path / "tree", "2026-01-11", "2026-01-11T09:00:00Z", "bob")
    engine, when = Engine(FolderObjects(str(tmp_path / "tree")), tmp_path / "cache", frozenset(), print, 1), FIRST
    assert engine.ask(when.before(timedelta(days=9))).coverage.fresh == 1
    assert engine.ask(when).coverage.fresh == 1


def ask_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], list[str]]:
    """The exit code, the principals and the notes of an answer."""
    code = main(["trail", "ask", *arguments, "--since", "2026-01-10", "--format", "json", "--processes", "1"])
    found = json.loads(capsys.readouterr().out)
    return code, [row["principal"] for row in found["rows"]], found["coverage"]["notes"]


@pytest.mark.parametrize("until", [(), ("--until", "2026-01-13")])
def test_a_baseline_has_what_the_same_question_reads_whatever_was_asked_before(
    until: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bob's call of the 5th is in a file of the 15th, which is read for the window after it."""
    folder = tmp_path / "tree"
    assumed(folder, "2026-01-01", "2026-01-01T09:00:00Z", "alice")
    assumed(folder, "2026-01-11", "2026-01-11T09:00:00Z", "bob")
    assumed(folder, "2026-01-15", "2026-01-05T09:00:00Z", "bob")
    for first in ((), ("role-assumptions",)):
        cache = str(tmp_path / f"cache{len(first)}")
        for name in (*first, "unusual-principals", "unusual-principals"):
            days = ("--baseline-days", "9") if name == "unusual-principals" else ()
            code, rows, notes = ask_command(capsys, name, "--source", str(folder), "--cache", cache, *days, *until)
            assert code == 0
            assert not any("ask again" in note or "not read" in note for note in notes)
        assert rows == []


def test_an_answer_whose_baseline_lacks_files_is_not_kept_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, cache = tmp_path / "tree", str(tmp_path / "cache")
    assumed(folder, "2026-01-01", "2026-01-01T09:00:00Z", "alice")
    assumed(folder, "2026-01-11", "2026-01-11T09:00:00Z", "bob")
    assumed(folder, "2026-01-16", "2026-01-05T09:00:00Z", "bob")
    given = ("unusual-principals", "--source", str(folder), "--cache", cache, "--baseline-days", "9")
    for _ in range(2):
        _, rows, notes = ask_command(capsys, *given, "--until", "2026-01-13")
        assert rows == [f"arn:aws:iam::{ACCOUNT}:user/bob"]
        assert any(note.startswith("of the baseline: not read: 1 file delivered after 2026-01-15") for note in notes)
    _, rows, notes = ask_command(capsys, *given, "--until", "2026-01-14")  # as the note says
    assert rows == [] and not any("not read" in note for note in notes)
    assert ask_command(capsys, *given, "--until", "2026-01-13")[1] == []
