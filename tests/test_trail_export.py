"""`guardrails trail export`: each record once, by account and day, the same files every time."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iam_guardrails.adapters.trail_export import TYPES, export
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.window import Window, window
from tests.trail_engine import naive
from tests.trail_history import Wanted, records, write_folder

ACCOUNTS = ("111122223333", "444455556666")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    write_folder(Wanted(seed=5, events=1200, accounts=ACCOUNTS, days=3, twice=0.1, security=120), folder)
    return folder


def written(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(folder: Path, columns: str = "*") -> list[Any]:
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{folder}/*/*/events.parquet')").fetchall()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "iam_guardrails", "trail", "export", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


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


def test_a_repeat_gives_the_same_bytes_and_a_window_only_its_days(tree: Path, tmp_path: Path) -> None:
    export(open_objects(str(tree)), Window(), tmp_path / "all", lambda _: None)
    first = written(tmp_path / "all")
    export(open_objects(str(tree)), window("2026-01-11", "2026-01-12"), tmp_path / "all", lambda _: None)
    assert written(tmp_path / "all") == first
    export(open_objects(str(tree)), window("2026-01-11", "2026-01-12"), tmp_path / "one", lambda _: None)
    assert written(tmp_path / "one") == {name: text for name, text in first.items() if "day=2026-01-11" in name} != {}


def test_what_cannot_be_read_is_named_and_the_rest_exported(tree: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    event = json.loads(gzip.decompress(next(tree.rglob("*.json.gz")).read_bytes()))["Records"][0]
    (folder / "good.json").write_text(json.dumps([event, {"eventName": 3}]))
    odd = [
        event | {"eventTime": time, "eventID": time} for time in ("2026-01-10T09:00:00", "0001-01-01T00:00:00+05:00")
    ]
    (folder / "times.json").write_text(json.dumps({"Records": [*odd, event | {"userAgent": "\ud800"}]}))
    (folder / "year.json").write_text(json.dumps({"Records": odd[1:]}))
    (folder / "cut.json.gz").write_bytes(gzip.compress(b'{"Records": []}', mtime=0)[:-9])
    ran = run("--source", str(folder), "--parquet", str(tmp_path / "out"))
    assert ran.returncode == 2 and len(rows(tmp_path / "out")) == 1
    told = [line.split(":")[1].strip() for line in ran.stdout.splitlines() if line.startswith("NOT READ")]
    assert told == ["cut.json.gz", "good.json, record 1", "times.json, record 0", "times.json, record 1",
                    "year.json, record 0"]  # fmt: skip


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


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("--since", "2026-01-10T08:00:00Z"), "whole days"), (("--since", "2031-01-01"), "holds no file")],
)
def test_what_cannot_be_exported_is_one_sentence(
    arguments: tuple[str, ...], told: str, tree: Path, tmp_path: Path
) -> None:
    ran = run("--source", str(tree), "--parquet", str(tmp_path / "out"), *arguments)
    assert ran.returncode == 2 and told in ran.stderr and "Traceback" not in ran.stderr


def test_a_folder_that_cannot_be_written(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(Problem, match="cannot be written"):
        export(open_objects(str(tree)), Window(), tmp_path / "out", lambda _: None)


def test_without_the_extra_the_sentence_names_it(tree: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules['duckdb'] = None; from iam_guardrails.cli import main; sys.exit(main(sys.argv[1:]))"
    asked = ["trail", "export", "--source", str(tree), "--parquet", str(tmp_path / "out")]
    ran = subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, text=True)
    assert ran.returncode == 2 and "iam-guardrails[sql]" in ran.stderr and "Traceback" not in ran.stderr
