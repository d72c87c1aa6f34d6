"""`guardrails trail export`: each record once, by account and day, the same files every time."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pytest

from iam_guardrails.adapters import trail_export, trail_parquet, trail_spool
from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_engine import reading
from iam_guardrails.adapters.trail_export import export
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.adapters.trail_row import TYPES
from iam_guardrails.adapters.trail_s3_objects import S3Objects
from iam_guardrails.adapters.trail_spool import LOCK, SPOOL
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.window import Window, window
from tests.adapters.test_trail_days import Bucket
from tests.trail_engine import naive
from tests.trail_history import Wanted, records, write_folder

ACCOUNTS = ("111122223333", "444455556666")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    write_folder(Wanted(seed=5, events=1200, accounts=ACCOUNTS, days=3, twice=0.1, security=120), folder)
    return folder


def written(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path != folder / LOCK)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def rows(folder: Path, columns: str = "*") -> list[Any]:
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{folder}/*/*/events.parquet')").fetchall()


COMMAND = [sys.executable, "-m", "iam_guardrails", "trail", "export"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True)


def test_each_record_once_with_its_columns(tree: Path, tmp_path: Path) -> None:
    ran = run("--source", str(tree), "--parquet", str(tmp_path / "out"))
    assert ran.returncode == 0, ran.stderr
    seen = list(records(tree))
    found = naive.distinct(seen)
    assert len(found) < len(seen), "nothing was delivered twice"
    expected = sorted(
        (
            record["eventID"], record["eventTime"].rstrip("Z").replace("T", " "), record["eventSource"],
            record["eventName"], naive.who(record), record.get("errorCode"), record.get("readOnly"),
        )
        for record in found
    )  # fmt: skip
    columns = "event_id, CAST(event_time AS VARCHAR), event_source, event_name, principal, error_code, read_only"
    assert sorted(rows(tmp_path / "out", columns)) == expected
    assert f"from {len(list(tree.rglob('*.json.gz')))} files with {len(seen)} records" in ran.stdout
    kinds = duckdb.sql(f"DESCRIBE FROM read_parquet('{tmp_path}/out/*/*/events.parquet', hive_partitioning=false)")
    assert {name: kind for name, kind, *_ in kinds.fetchall()} == TYPES
    days = {(path.parts[-3], path.parts[-2]) for path in (tmp_path / "out").rglob("*.parquet")}
    assert days == {(f"account={item}", f"day=2026-01-1{day}") for item in ACCOUNTS for day in range(3)}


def event(when: str, event_id: str, **more: object) -> dict[str, object]:
    """A call of one account."""
    return {"eventTime": when, "eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "eventID": event_id,
            "recipientAccountId": ACCOUNTS[0]} | more  # fmt: skip


def delivered(folder: Path, name: str, *told: dict[str, object]) -> None:
    """A file of an account with these records. name: the Region and the time in the file's name."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{ACCOUNTS[0]}_CloudTrail_{name}_abcdefgh12345678.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"Records": told}).encode()))


def test_a_file_of_another_name_is_read_whatever_the_window(tmp_path: Path) -> None:
    """No hour, no day and no Region as CloudTrail writes them: a question reads such a file too."""
    names = ("us-east-1_20250101T9999Z", "us-east-1_20250230T1000Z", "useast_20250101T1000Z", "us-east-_20250101T1000Z")
    for name in ("us-east-1_20260110T1000Z", "us-east-1_20250110T1000Z", *names):
        delivered(tmp_path / "tree", name, event("2026-01-10T09:00:00Z", name))
    found = export(open_objects(str(tmp_path / "tree")), window("2026-01-10", None), tmp_path / "out", lambda _: None)
    assert found.files == found.events == 5 and {name for (name,) in rows(tmp_path / "out", "event_id")} > {*names}


def test_records_that_differ_in_what_has_no_column_are_all_there(tmp_path: Path) -> None:
    """Those of one event id are named; those without one are kept; the same, however it is written, is one."""
    made = [event("2026-01-10T09:00:00Z", "e-1", requestParameters={"roleName": name, "x": "é"}) for name in "abcd"]
    for record in made[:2]:
        del record["eventID"]
    backwards = [dict(reversed(list(record.items()))) for record in made]
    delivered(tmp_path / "tree", "us-east-1_20260110T1000Z", *made, made[0])
    (tmp_path / "tree/lines.json").write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in backwards))
    half = event("2026-01-10T10:00:00Z", "half", requestParameters={"a": "\ud800"})
    for number in range(2):
        (tmp_path / f"tree/half{number}.json").write_text(json.dumps({"Records": [half]}))
    ran = run("--source", str(tmp_path / "tree"), "--parquet", str(tmp_path / "out"))
    assert ran.returncode == 2 and "different records have the same event id (e-1)" in ran.stdout
    assert ids(tmp_path / "out") == {"2026-01-10": [None, None, "e-1", "e-1", "half"]}


def ids(folder: Path) -> dict[str, list[str | None]]:
    """The event ids of each day of an export."""
    found: dict[str, list[str | None]] = {}
    for day, event_id in sorted(rows(folder, "day::VARCHAR, event_id"), key=lambda row: (row[0], row[1] or "")):
        found.setdefault(day, []).append(event_id)
    return found


def test_no_record_goes_that_may_be_in_a_file_that_came_too_late_to_be_read(tmp_path: Path) -> None:
    tree, out = tmp_path / "tree", tmp_path / "out"
    when = ("--since", "2026-01-04", "--until", "2026-01-07")
    given = ("--source", str(tree), "--parquet", str(out))
    for day in (4, 5):
        delivered(tree, f"us-east-1_202601{day:02}T1000Z", event(f"2026-01-{day:02}T08:00:00Z", f"in time {day}"))
    late = [event(f"2026-01-{day:02}T09:00:00Z", f"late {day}") for day in (5, 6)]
    delivered(tree, "us-east-1_20260115T1000Z", *late)
    assert run(*given).returncode == 0
    everything = {"2026-01-04": ["in time 4"], "2026-01-05": ["in time 5", "late 5"], "2026-01-06": ["late 6"]}
    assert ids(out) == everything
    before = written(out)
    ran = run(*given, *when)
    assert ran.returncode == 2 and ids(out) == everything and written(out) == before
    told = [line.split(" ")[2] for line in ran.stdout.splitlines() if line.startswith("NOT EXPORTED: ")]
    assert told == [f"account={ACCOUNTS[0]}/day=2026-01-{day:02}/events.parquet" for day in (5, 6)]
    assert "not read: 1 file delivered after 2026-01-09" in ran.stdout and "removed" not in ran.stdout
    delivered(tree, "us-east-1_20260104T1100Z", event("2026-01-04T08:30:00Z", "new"))
    assert run(*given, *when).returncode == 2, "what would lose nothing is written"
    assert ids(out) == everything | {"2026-01-04": ["in time 4", "new"]}
    assert run(*given, *when[:2]).returncode == 0, "without an end all is read"
    (tree / f"{ACCOUNTS[0]}_CloudTrail_us-east-1_20260115T1000Z_abcdefgh12345678.json.gz").unlink()
    ran = run(*given, *when)
    assert ran.returncode == 0 and "2026-01-06" not in ids(out) and "removed, as the source has nothing" in ran.stdout
    assert ids(out) == {"2026-01-04": ["in time 4", "new"], "2026-01-05": ["in time 5"]}


def test_no_record_goes_that_may_be_in_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    tree, out = tmp_path / "tree", tmp_path / "out"
    for day in (5, 6, 7):
        delivered(tree, f"us-east-1_202601{day:02}T1000Z", event(f"2026-01-{day:02}T08:00:00Z", f"{day}"))
        delivered(tree, f"us-east-1_202601{day:02}T1200Z", event(f"2026-01-{day:02}T11:00:00Z", f"{day} too"))
    export(open_objects(str(tree)), Window(), out, lambda _: None)
    for day in (5, 7):
        delivered(tree, f"us-east-1_202601{day:02}T1200Z")
    delivered(tree, "us-east-1_20260106T1000Z")
    delivered(tree, "us-east-1_20260106T1200Z")
    (tree / f"{ACCOUNTS[0]}_CloudTrail_us-east-1_20260106T1300Z_abcdefgh12345678.json.gz").write_bytes(b"{")
    found = export(open_objects(str(tree)), Window(), out, lambda _: None)
    assert found.left == tuple(f"account={ACCOUNTS[0]}/day=2026-01-0{day}/events.parquet" for day in (5, 6))
    assert found.removed == ()
    assert ids(out) == {"2026-01-05": ["5", "5 too"], "2026-01-06": ["6", "6 too"], "2026-01-07": ["7"]}
    (out / found.left[0]).write_bytes(b"no Parquet")
    assert export(open_objects(str(tree)), Window(), out, lambda _: None).left == found.left


def test_of_a_bucket_no_record_goes_that_may_be_where_nobody_looked(tree: Path, tmp_path: Path) -> None:
    content = {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*.json.gz")}
    key = min(key for key in content if "/2026/01/10/" in key)
    elsewhere = key.replace("/2026/01/10/", "/2026/01/20/").rpartition("/")[0] + "/other.json"
    held = event("2026-01-10T09:00:00Z", "late")
    out = tmp_path / "out"
    bucket = S3Objects("b", client=Bucket(content | {elsewhere: json.dumps([held]).encode()}, 1000))
    when = window("2026-01-10", "2026-01-11")
    export(bucket, Window(), out, lambda _: None)
    before = written(out)
    found = export(bucket, when, out, lambda _: None)
    assert found.left == (f"account={ACCOUNTS[0]}/day=2026-01-10/events.parquet",) and written(out) == before


def test_what_another_export_puts_there_meanwhile_counts(tmp_path: Path) -> None:
    made, target = tmp_path / "made", tmp_path / "there"
    for path in (made, target):
        path.write_text(path.name)
    asked: list[str] = []

    def would_lose() -> bool:
        asked.append(target.read_text())
        if len(asked) == 1:
            (tmp_path / "more").write_text("more")
            (tmp_path / "more").replace(target)
        return len(asked) > 1

    assert trail_export._put(made, target, would_lose, is_open=True) is False
    assert asked == ["there", "more"] and target.read_text() == "more"


def test_a_repeat_gives_the_same_bytes_and_a_window_only_its_days(tree: Path, tmp_path: Path) -> None:
    export(open_objects(str(tree)), Window(), tmp_path / "all", lambda _: None)
    first = written(tmp_path / "all")
    export(open_objects(str(tree)), window("2026-01-11", "2026-01-12"), tmp_path / "all", lambda _: None)
    assert written(tmp_path / "all") == first
    export(open_objects(str(tree)), window("2026-01-11", "2026-01-12"), tmp_path / "one", lambda _: None)
    assert written(tmp_path / "one") == {name: text for name, text in first.items() if "day=2026-01-11" in name} != {}


def test_what_is_sorted_hour_by_hour_is_the_same(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, at_once in (("whole", 64 << 20), ("[hours]", 0)):
        monkeypatch.setattr(trail_parquet, "SORTED_BYTES", at_once)
        export(open_objects(str(tree)), Window(), tmp_path / name, lambda _: None)
    (tmp_path / "[hours]").rename(tmp_path / "hours")
    assert written(tmp_path / "hours").keys() == written(tmp_path / "whole").keys()
    assert rows(tmp_path / "hours") == rows(tmp_path / "whole") != []


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the peak")
def test_memory_does_not_grow_with_the_records_of_a_day(tmp_path: Path) -> None:
    """One process for each size; without hours 300,000 more records take 300 MB more."""
    program = """
import pathlib, sys, duckdb
from iam_guardrails.adapters.trail_parquet import loses, write
spool, number = pathlib.Path(sys.argv[1]), int(sys.argv[2])
with (spool / "111122223333 2026-01-10 1").open("w") as file:
    for at in range(number):
        file.write('{"key":"%032x","event_id":"%036x","event_time":"2026-01-10 %02d:%02d:00","user_agent":"%0200d"}\\n'
                   % (at * 7919 % number, at, at % 24, at % 60, at))
write(duckdb, spool, "111122223333 2026-01-10", spool / "made", corrected=False)
with (spool / "111122223333 2026-01-10 1").open("a") as file:
    file.write('{"key":"","event_id":"more","event_time":"2026-01-10 12:00:00"}\\n')
write(duckdb, spool, "111122223333 2026-01-10", spool / "more", corrected=False)
for there, made, is_less in (("made", "more", False), ("more", "made", True)):
    assert loses(duckdb, spool, spool / there, spool / made) is is_less
print([int(line.split()[1]) for line in open("/proc/self/status") if "VmHWM" in line][0] >> 10)
"""
    peaks = []
    for number in (75_000, 200_000):
        (spool := tmp_path / str(number)).mkdir()
        ran = [sys.executable, "-c", program, str(spool), str(number)]
        peaks.append(int(subprocess.run(ran, capture_output=True, text=True, check=True).stdout))
    assert peaks[1] < peaks[0] + 100, peaks


def test_what_cannot_be_read_is_named_and_the_rest_exported(tree: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    event = json.loads(gzip.decompress(next(tree.rglob("*.json.gz")).read_bytes()))["Records"][0]
    (folder / "good.json").write_text(json.dumps([event, {"eventName": 3}]))
    odd = [
        event | {"eventTime": time, "eventID": time} for time in ("2026-01-10T09:00:00", "0001-01-01T00:00:00+05:00")
    ]
    (folder / "times.json").write_text(
        json.dumps({"Records": [*odd, event | {"userAgent": "\ud800", "eventID": "half"}]})
    )
    (folder / "year.json").write_text(json.dumps({"Records": odd[1:]}))
    (folder / "cut.json.gz").write_bytes(gzip.compress(b'{"Records": []}', mtime=0)[:-9])
    ran = run("--source", str(folder), "--parquet", str(tmp_path / "out"))
    assert ran.returncode == 2 and len(rows(tmp_path / "out")) == 2
    told = [line.split(":")[1].strip() for line in ran.stdout.splitlines() if line.startswith("NOT READ")]
    assert told == ["cut.json.gz", "good.json, record 1", "times.json, record 0", "times.json, record 1",
                    "year.json, record 0"]  # fmt: skip


def test_keys_are_printed_as_text(tree: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    shutil.copytree(tree / "AWSLogs", folder / os.fsdecode(b"J\xe4nner/AWSLogs"))
    (folder / "esc\x1b[31mRED\x07.json").write_text("garbage \x1b[32m")
    (folder / os.fsdecode(b"notes-\xe4.json")).write_text("garbage")
    ran = run("--source", str(folder), "--parquet", str(tmp_path / "out"))
    assert ran.returncode == 2 and all(line.isprintable() for line in ran.stdout.splitlines())
    told = [line.split(",")[0] for line in ran.stdout.splitlines() if line.startswith("NOT READ")]
    assert told == [r"NOT READ: esc\x1b[31mRED\x07.json", r"NOT READ: notes-\xe4.json"]
    export(open_objects(str(tree)), Window(), tmp_path / "plain", lambda _: None)
    assert written(tmp_path / "out") == written(tmp_path / "plain") != {}


def test_a_record_cannot_choose_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    event = {"eventTime": "2026-01-10T09:05:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
             "recipientAccountId": "../../../escaped"}  # fmt: skip
    (folder / "e.json").write_text(json.dumps({"Records": [event, event, event | {"eventName": "GetBucketAcl"}]}))
    found = export(open_objects(str(folder)), Window(), tmp_path / "out", lambda _: None)
    assert found.written == ("account=unknown/day=2026-01-10/events.parquet",)
    assert sorted(rows(tmp_path / "out", "event_name")) == [("GetBucketAcl",), ("ListBuckets",)]


def test_days_that_are_gone_from_the_source_go_from_the_export(tmp_path: Path) -> None:
    folder, out = tmp_path / "tree", tmp_path / "out"
    folder.mkdir()
    event = {"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets"}

    def put(account: str, *days: str) -> None:
        made = [json.dumps(event | {"eventTime": f"{day}T09:00:00Z", "recipientAccountId": account}) for day in days]
        # two lists of one name, of which decoders take the last
        text = f'{{"Records": [{made[0]}], "Records": [{", ".join(made[1:])}]}}'
        (folder / f"{account}.json").write_text(text)

    put(ACCOUNTS[0], "2026-01-10", "2026-01-11", "2026-01-12")
    put(ACCOUNTS[1], "2026-01-10", "2026-01-11")
    (folder / "111122223333_CloudTrail-Insight_us-east-1_20260110T0905Z_a.json").write_text("{}")
    first = export(open_objects(str(folder)), Window(), out, lambda _: None)
    assert (len(first.written), first.skipped, first.removed) == (5, 1, ())
    (out / f"account={ACCOUNTS[0]}" / "day=other").mkdir()
    (out / f"account={ACCOUNTS[0]}" / "day=other" / "events.parquet").write_bytes(b"")
    put(ACCOUNTS[0], "2026-01-10")
    (folder / f"{ACCOUNTS[1]}.json").unlink()
    (folder / "bad.json").write_text("{")
    assert export(open_objects(str(folder)), Window(), out, lambda _: None).removed == ()
    (folder / "bad.json").unlink()
    one = f"account={ACCOUNTS[0]}/day=2026-01-1{{}}/events.parquet"
    found = export(open_objects(str(folder)), window(None, "2026-01-12"), out, lambda _: None)
    assert found.removed == (one.format(1),)
    ran = run("--source", str(folder), "--parquet", str(out))
    assert f"that day now: {one.format(2)}\n" in ran.stdout and "1 files of digests" in ran.stdout
    kept = [{name for name in names if ACCOUNTS[1] in name} for names in (written(out), first.written)]
    assert kept[0] == kept[1] and kept[0]
    assert sorted(path.name for path in (out / f"account={ACCOUNTS[0]}").iterdir()) == ["day=2026-01-10", "day=other"]


def test_a_sign_in_that_failed_by_its_own_answer_did_not_succeed(tmp_path: Path) -> None:
    step = {"eventTime": "2026-01-10T09:00:00Z", "eventSource": "signin.amazonaws.com", "awsRegion": "cn-north-1",
            "userIdentity": {"type": "Root", "accountId": "333333333333", "principalId": "333333333333"}}  # fmt: skip
    told = [step | {"eventID": "1", "eventName": "CheckMfa", "responseElements": {"CheckMfa": "Failure"}},
            step | {"eventID": "2", "eventName": "CheckMfa", "responseElements": {"CheckMfa": "Success"}},
            step | {"eventID": "3", "eventName": "Other", "serviceEventDetails": {"Other": "Failure"}},
            step | {"eventID": "4", "eventName": "Other", "responseElements": None}]  # fmt: skip
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/a.json").write_text(json.dumps({"Records": told}))
    export(open_objects(str(tmp_path / "tree")), Window(), tmp_path / "out", lambda _: None)
    found = sorted(rows(tmp_path / "out", "event_id, error_code, principal"))
    root = "arn:aws-cn:iam::333333333333:root"
    assert found == [("1", "Failure", root), ("2", None, root), ("3", "Failure", root), ("4", None, root)]


def test_what_failed_without_a_code_did_not_succeed(tmp_path: Path) -> None:
    login = {"eventTime": "2026-01-10T09:00:00Z", "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin"}
    told = [login | {"eventID": "1", "errorMessage": "Failed authentication"}, login | {"eventID": "2"},
            login | {"eventID": "3", "errorCode": "AccessDenied", "errorMessage": "no"}]  # fmt: skip
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/a.json").write_text(json.dumps({"Records": told}))
    export(open_objects(str(tmp_path / "tree")), Window(), tmp_path / "out", lambda _: None)
    found = sorted(rows(tmp_path / "out", "event_id, error_code"))
    assert found == [("1", "Failure"), ("2", None), ("3", "AccessDenied")]


def test_a_refused_assumption_names_its_role_in_its_message_only(tmp_path: Path) -> None:
    """As role-assumptions reads it, and of assumptions alone."""
    role, other = "arn:aws:iam::111122223333:role/team/one", "arn:aws:iam::111122223333:role/two"
    message = f"User: x is not authorized to perform: sts:AssumeRole on resource: {role} because it is denied"
    call = {"eventTime": "2026-01-10T09:00:00Z", "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
            "errorCode": "AccessDenied", "errorMessage": message}  # fmt: skip
    told = [call | {"eventID": "1", "requestParameters": None}, call | {"eventID": "2"},
            call | {"eventID": "3", "requestParameters": {"roleArn": other}},
            call | {"eventID": "4", "requestParameters": {"roleArn": ""}},
            call | {"eventID": "5", "requestParameters": {"roleArn": [other]}},
            call | {"eventID": "6", "eventName": "AssumeRoleWithSAML", "requestParameters": "no object"},
            call | {"eventID": "7", "errorMessage": "it is refused"},
            call | {"eventID": "8", "eventName": "GetFederationToken"},
            call | {"eventID": "9", "eventSource": "iam.amazonaws.com", "eventName": "PassRole"}]  # fmt: skip
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/a.json").write_text(json.dumps({"Records": told}))
    export(open_objects(str(tmp_path / "tree")), Window(), tmp_path / "out", lambda _: None)
    found = dict(rows(tmp_path / "out", "event_id, requested_role"))
    assert found == {"1": role, "2": role, "3": other, "4": role, "5": role, "6": role, "7": None, "8": None, "9": None}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("--since", "2026-01-10T08:00:00Z"), "whole days"), (("--since", "2031-01-01"), "holds no file")],
)
def test_what_cannot_be_exported_is_one_sentence(
    arguments: tuple[str, ...], told: str, tree: Path, tmp_path: Path
) -> None:
    ran = run("--source", str(tree), "--parquet", str(tmp_path / "out"), *arguments)
    assert ran.returncode == 2 and told in ran.stderr and "Traceback" not in ran.stderr


def test_exports_at_the_same_time_give_whole_files(tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(open_objects(str(tree)), Window(), tmp_path / "alone", lambda _: None)
    given = [*COMMAND, "--source", str(tree), "--parquet", str(out)]
    started = [subprocess.Popen(given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    while any(one.poll() is None for one in started):
        if list(out.glob("account=*/day=*/events.parquet")):
            assert rows(out, "COUNT(*)"), "a file that can be read"
    assert [(one.returncode, one.communicate()[1].count("cannot")) for one in started] == [(0, 0)] * 3
    assert written(out) == written(tmp_path / "alone")


class Ends(FolderObjects):
    """A folder during whose reading the process is killed."""

    def read_several(self, keys: Iterable[str]) -> Iterator[tuple[str, bytes | Damage]]:
        for number, item in enumerate(super().read_several(keys)):
            if number == 9:
                os._exit(9)
            yield item


def test_what_a_killed_export_left_goes_with_the_next_and_no_other_is_disturbed(tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = (
        "import sys; from pathlib import Path; from tests.test_trail_export import Ends;"
        " from iam_guardrails.adapters import trail_spool; from iam_guardrails.adapters.trail_export import export;"
        " from iam_guardrails.model.trail.window import Window; trail_spool.SPOOLED_BYTES = 1;"
        " trail_spool.fetched = lambda objects, keys: objects.read_several(keys);"
        " export(Ends(sys.argv[1]), Window(), Path(sys.argv[2]), print)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tree), str(out)], capture_output=True, text=True)
    assert killed.returncode == 9, killed.stderr
    (left,) = out.glob(f"{SPOOL}*")
    assert any(path.stat().st_size for path in left.iterdir()) and left.stat().st_mode & 0o77 == 0
    with trail_spool.spool_in(tmp_path / "other") as mine:
        (mine / "lines").write_text("")
        export(open_objects(str(tree)), Window(), tmp_path / "other", lambda _: None)
        assert (mine / "lines").exists(), "of an export that is at work"
    export(open_objects(str(tree)), Window(), out, lambda _: None)
    assert {path.name for path in out.iterdir()} == {LOCK, *(f"account={item}" for item in ACCOUNTS)}
    assert written(out) == written(tmp_path / "other")


@pytest.mark.parametrize("cores", [1, 2])
def test_several_processes_write_the_same(
    cores: int, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of two records with one id, of which one is taken, whichever is read first."""
    folder = tmp_path / "in"
    shutil.copytree(tree, folder)
    event = json.loads(gzip.decompress(next(tree.rglob("*.json.gz")).read_bytes()))["Records"][0]
    for number in range(20):
        (folder / f"{number}.json").write_text(json.dumps([event | {"userAgent": f"agent {number % 3}"}]))
        (folder / f"bad{number:02}.json").write_text("{")
    found = export(open_objects(str(folder)), Window(), tmp_path / "one", lambda _: None, 1)
    order = FolderObjects.list
    for size, backwards in ((3, False), (7, True)):
        monkeypatch.setattr(reading, "BATCH_FILES", size)
        monkeypatch.setattr(FolderObjects, "list", lambda it, turned=backwards: sorted(order(it), reverse=turned))
        again = export(open_objects(str(folder)), Window(), tmp_path / f"{size}", lambda _: None, cores)
        assert again == found and len(found.unreadable) == 20
        assert written(tmp_path / f"{size}") == written(tmp_path / "one") != {}

    def full(_reader: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(trail_spool.Reader, "_flush", full)
    with pytest.raises(Problem, match=r"cannot be written .*No space left"):
        export(open_objects(str(folder)), Window(), tmp_path / "full", lambda _: None, cores)


@pytest.mark.parametrize("name", ["a[1]", "b*?", "c=1", "région=x", "d{1,2}"])
def test_a_folder_may_have_any_name(name: str, tree: Path, tmp_path: Path) -> None:
    when = window("2026-01-11", "2026-01-12")
    for folder in ("plain", name):
        export(open_objects(str(tree)), when, tmp_path / folder, lambda _: None)
    assert written(tmp_path / name) == written(tmp_path / "plain") != {}


def test_a_folder_that_duckdb_cannot_name(tree: Path, tmp_path: Path) -> None:
    ran = run("--source", str(tree), "--parquet", str(tmp_path / os.fsdecode(b"l\xe4")))
    assert ran.returncode == 2 and "not UTF-8" in ran.stderr and "defect" not in ran.stderr


def test_a_folder_in_the_source_is_refused(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree)
    for folder in (tree, tree / "lake", tmp_path / "link" / "lake"):
        ran = run("--source", str(tree), "--parquet", str(folder))
        assert ran.returncode == 2 and "lies in the source" in ran.stderr
    assert not (tree / "lake").exists() and not (tree / LOCK).exists()


def test_of_a_bucket_the_days_of_the_window_are_listed_and_several_files_are_read_at_once(
    tree: Path, tmp_path: Path
) -> None:
    class Waiting(Bucket):
        together = threading.Barrier(2)
        numbers = itertools.count(1)
        read: ClassVar[set[str]] = set()

        def get_object(self, Bucket: str, Key: str) -> Any:
            if next(self.numbers) in (2, 3):  # the first is fetched alone: it connects
                self.together.wait(timeout=20)
            self.read.add(Key)
            return super().get_object(Bucket, Key)

    content = {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*.json.gz")}
    of_before = "AWSLogs/111122223333/CloudTrail/us-east-1/2025/{0:02}/10/{0}.json.gz"
    bucket = Waiting(content | {of_before.format(month): b"" for month in range(1, 13)}, 1000)
    when = window("2026-01-11", "2026-01-12")
    found = export(S3Objects("b", client=bucket), when, tmp_path / "out", lambda _: None)
    assert found.unreadable == () and found.files == len(bucket.read) and bucket.read < set(content)
    export(open_objects(str(tree)), when, tmp_path / "plain", lambda _: None)
    assert written(tmp_path / "out") == written(tmp_path / "plain") != {}


def test_logs_of_other_services_are_skipped_and_a_file_of_cloudtrails_among_them_read(
    tree: Path, tmp_path: Path
) -> None:
    shutil.copytree(tree, tmp_path / "tree")
    there = tmp_path / "tree" / "AWSLogs/111122223333/Config"
    there.mkdir()
    plain = export(open_objects(str(tree)), Window(), tmp_path / "plain", lambda _: None)
    (there / "ConfigWritabilityCheckFile").write_bytes(b"")
    moved = next((tmp_path / "tree").rglob("*_CloudTrail_*.json.gz"))
    moved.rename(there / moved.name)
    found = export(open_objects(str(tmp_path / "tree")), Window(), tmp_path / "out", lambda _: None)
    assert (found.unreadable, found.skipped) == (plain.unreadable, plain.skipped + 1)
    assert written(tmp_path / "out") == written(tmp_path / "plain") != {}


def test_a_folder_that_cannot_be_written(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(Problem, match="cannot be written"):
        export(open_objects(str(tree)), Window(), tmp_path / "out", lambda _: None)


def test_without_the_extra_the_sentence_names_it(tree: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules['duckdb'] = None; from iam_guardrails.cli import main; sys.exit(main(sys.argv[1:]))"
    asked = ["trail", "export", "--source", str(tree), "--parquet", str(tmp_path / "out")]
    ran = subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, text=True)
    assert ran.returncode == 2 and "iam-guardrails[sql]" in ran.stderr and "Traceback" not in ran.stderr
