"""`guardrails trail verify`: what it prints, its exit codes, and how bad input ends; also from a bucket."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.cli import main
from tests.test_cli import sentence
from tests.trail_history import Signer, Wanted, records, write_bucket, write_folder

EVIDENCE = Path(__file__).parent / "cases" / "trail" / "evidence"
WANTED = Wanted(seed=9, events=40, regions=("us-east-2",), per_file=8, prefix="logs", bucket="prod-trail-logs")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify")
    signer = Signer()
    write_folder(WANTED, folder / "store", signer)
    (folder / "keys.json").write_text(json.dumps(signer.public_keys()))
    return folder


def verified(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int = 0) -> str:
    assert main(["trail", "verify", *map(str, arguments)]) == code
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_a_sound_folder(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = verified(capsys, tree / "store", "--public-keys", tree / "keys.json")
    assert "  complete and unchanged from 2026-01-10T00:01:31Z to 2026-01-11T01:01:31Z\n" in out
    assert "  digest files: 25 valid\n" in out
    assert out.endswith(f"{tree}/store: complete and unchanged, as far as the spans above go\n")
    report = json.loads(verified(capsys, tree / "store", "--public-keys", tree / "keys.json", "--format", "json"))
    assert (report["verdict"], report["not_judged"], report["notes"]) == ("valid", [], [])
    (chain,) = report["chains"]
    assert chain["complete"] == [{"from": "2026-01-10T00:01:31Z", "to": "2026-01-11T01:01:31Z"}]
    assert chain["digest_files"] == {"valid": 25, "invalid": 0, "missing": 0, "not_judged": 0}
    assert (chain["prefix"], chain["buckets"], chain["findings"]) == ("logs", ["prod-trail-logs"], [])


def test_a_folder_whose_name_is_not_utf8(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = tmp_path / os.fsdecode(b"of J\xe4nner")
    shutil.copytree(tree / "store/logs", odd / os.fsdecode(b"\xe4/logs"))
    out = verified(capsys, odd, "--public-keys", tree / "keys.json")
    assert "  complete and unchanged from 2026-01-10T00:01:31Z to 2026-01-11T01:01:31Z\n" in out
    assert out.endswith("/of J\\xe4nner: complete and unchanged, as far as the spans above go\n")
    log = next(path for path in odd.rglob("*_CloudTrail_*.json.gz"))
    log.write_bytes(b"altered")
    found = json.loads(verified(capsys, odd, "--public-keys", tree / "keys.json", "--format", "json", code=1))
    assert [item["kind"] for item in found["chains"][0]["findings"]] == ["altered"]


def test_the_case_of_the_readme(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    given = (EVIDENCE / "store", "--public-keys", EVIDENCE / "public-keys.json")
    report = json.loads(verified(capsys, *given, "--format", "json", code=1))
    assert report["verdict"] == "tampered"
    assert [item["kind"] for item in report["chains"][0]["findings"]] == ["altered", "missing"]
    altered = report["chains"][0]["findings"][0]["file"]
    assert verified(capsys, *given, "--output", tmp_path / "report", code=1) == ""
    assert f"  ALTERED {altered}: its content is not what" in (tmp_path / "report").read_text()
    good = ("--since", "2026-01-10T02:01:31Z", "--until", "2026-01-10T05:01:31+00:00")
    assert "  log files: 1 valid\n" in verified(capsys, *given, *good)


@pytest.mark.parametrize(
    ("period", "spans"),
    [
        ((), []),
        (("--since", "2026-01-10"), []),
        (("--since", "2026-01-10T02:01:31Z"), ["on 2026-01-10 before 2026-01-10T02:01:31Z"]),
        (
            ("--until", "2026-01-10T05:01:31Z"),
            ["from 2026-01-10T05:01:31Z to the end of 2026-01-12 (a later --until judges them)"],
        ),
        (
            ("--since", "2026-01-10T02:01:31Z", "--until", "2026-01-10T05:01:31Z"),
            [
                "on 2026-01-10 before 2026-01-10T02:01:31Z",
                "from 2026-01-10T05:01:31Z to the end of 2026-01-12 (a later --until judges them)",
            ],
        ),
    ],
)
def test_files_that_ask_reads_of_a_period_and_verify_does_not_judge_are_told(
    capsys: pytest.CaptureFixture[str], period: tuple[str, ...], spans: list[str]
) -> None:
    main([*map(str, ("trail", "verify", EVIDENCE / "store", "--public-keys", EVIDENCE / "public-keys.json")), *period])
    told = [line for line in capsys.readouterr().out.splitlines() if "trail ask" in line]
    assert told == [
        f"note: log files delivered {span} are not judged, though `trail ask` of the same time reads them too: events"
        " of that time may be in them"
        for span in spans
    ]


def test_keys_that_nobody_gives(tree: Path) -> None:
    """Without --public-keys AWS is asked; with no credentials nothing is authenticated, and that is told."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    variables |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "HOME": str(tree)}
    done = run(tree / "store", variables)
    assert done.returncode == 2
    assert "NOT JUDGED 25 files from logs/AWSLogs/111122223333/CloudTrail-Digest/us-east-2/" in done.stdout
    assert "there is no public key to check its signature with: There are no AWS credentials" in done.stdout
    assert "Traceback" not in done.stderr


def run(source: str | Path, variables: dict[str, str], *more: str) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, "-m", "iam_guardrails", "trail", "verify", str(source), *more]
    return subprocess.run(asked, env=variables, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["/none/at/all"], "there is no folder"), ([__file__], "is no folder"), (["s3://"], "names no bucket"),
        ([".", "--since", "soon"], '--since: "soon" is no time'), ([".", "--until", "x" * 100_000], "is no time"),
        ([".", "--since", "1999-01-01"], "no files of the year 1999"),
        ([".", "--until", "2999-01-01"], "in the future"),
        ([".", "--since", "0001-01-01T00:00:00+14:00"], "is no time"),
        ([".", "--since", "2026-01-02", "--until", "2026-01-01"], "--since must be before --until"),
        ([".", "--public-keys", "/none"], "there is no file /none"), ([".", "--public-keys", __file__], "is not JSON"),
    ],
)  # fmt: skip
def test_bad_input(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["trail", "verify", *(str(tmp_path) if one == "." else one for one in arguments)]) == 2
    assert reason in sentence(capsys)


def test_an_output_inside_the_source_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "store"
    shutil.copytree(EVIDENCE / "store", tree)
    held = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    (tmp_path / "link").symlink_to(tree)
    (tmp_path / "out.json").symlink_to(next(iter(held)))  # which is replaced, and lies beside
    monkeypatch.chdir(tree)
    given = ["trail", "verify", str(tree), "--public-keys", str(EVIDENCE / "public-keys.json")]
    for inside in (next(iter(held)), tree / "a.json", tree / "b" / ".." / "a.json", tmp_path / "link" / "a.json",
                   tree / "b" / "c", "here.json"):  # fmt: skip
        assert main([*given, "--output", str(inside)]) == 2
        said = capsys.readouterr()
        assert f"--output {inside} lies in the source" in said.err and said.out == "" and said.err.count("\n") == 1
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == held
    assert not (tree / "b").exists()
    main([*given, "--output", str(tmp_path / "out.json")])
    assert (tmp_path / "out.json").read_text() and not (tmp_path / "out.json").is_symlink()
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == held


def test_odd_names_are_printed_as_escapes(tree: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[2J\udcff"
    write_folder(WANTED, folder / "AWSLogs", None)
    out = verified(capsys, tmp_path, "--public-keys", tree / "keys.json", code=2)
    assert "\x1b" not in out and "a\\x1b[2J\\xff/AWSLogs" in out


def test_a_folder_that_was_unpacked(tree: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """By `gunzip -r`, which leaves the files with metadata under their names."""
    shutil.copytree(tree / "store", tmp_path / "store")
    subprocess.run(["gunzip", "-r", tmp_path / "store"], check=True)
    assert not list((tmp_path / "store").rglob("*.gz"))
    out = verified(capsys, tmp_path / "store", "--public-keys", tree / "keys.json")
    assert "  complete and unchanged from 2026-01-10T00:01:31Z to 2026-01-11T01:01:31Z\n" in out
    assert "  digest files: 25 valid\n" in out
    assert "files are unpacked here, and judged by content" in out
    assert "none of CloudTrail's by" not in out


def test_a_file_added_to_a_copy_in_the_last_minutes(
    tree: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(tree / "store", tmp_path / "store")
    folder = tmp_path / "store/logs/AWSLogs/111122223333/CloudTrail/us-east-2/2026/01/11"
    folder.mkdir(parents=True, exist_ok=True)
    name = "111122223333_CloudTrail_us-east-2_20260111T0050Z_FORGED0000000000.json.gz"
    (folder / name).write_bytes(gzip.compress(b'{"Records":[]}'))
    given = (tmp_path / "store", "--public-keys", tree / "keys.json")
    out = verified(capsys, *given, code=2)
    assert "  complete and unchanged from 2026-01-10T00:01:31Z to 2026-01-11T00:50:00Z\n" in out
    assert "  NOT JUDGED 1 log file of 2026-01-11T00:50:00Z: only a digest file after 2026-01-11T01:01:31Z could" in out
    assert "to 2026-01-11T00:46:31Z\n" in verified(capsys, *given, "--until", "2026-01-11T00:46:31Z")


@pytest.fixture(scope="module")
def bucket() -> Iterator[dict[str, str]]:
    """The environment of an S3 that holds the tree."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull,
        "PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }  # fmt: skip
    client = boto3.client(
        "s3", region_name="us-east-1", endpoint_url=variables["AWS_ENDPOINT_URL"], aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )  # fmt: skip
    client.create_bucket(Bucket=WANTED.bucket)
    write_bucket(WANTED, client, WANTED.bucket, Signer())
    client.put_object(Bucket=WANTED.bucket, Key="logs2/other", Body=b"")
    yield variables
    server.stop()


def test_a_bucket_holds_what_the_folder_holds(bucket: dict[str, str], tree: Path) -> None:
    there, here = open_objects("s3://prod-trail-logs/logs", bucket), open_objects(str(tree / "store"))
    listed = [(item.key, item.size) for item in there.list()]
    assert listed == [(item.key, item.size) for item in here.list()]
    newest = max(key for key, _size in listed if "CloudTrail-Digest" in key)
    assert there.read(newest) == here.read(newest)
    assert there.metadata(newest) == here.metadata(newest)
    assert there.metadata(newest)["signature-algorithm"] == "SHA256withRSA"
    assert len(list(records(tree / "store"))) >= 40


def test_a_bucket_is_verified(bucket: dict[str, str], tree: Path) -> None:
    asked = ("--public-keys", str(tree / "keys.json"), "--format", "json")
    period = ("--until", "2026-01-11T01:01:31Z")
    done = run("s3://prod-trail-logs/logs/", bucket, *asked, *period)
    assert done.stderr == ""
    report: dict[str, Any] = json.loads(done.stdout)
    assert (report["verdict"], done.returncode) == ("valid", 0)
    assert report["chains"][0]["log_files"]["valid"] > 3
    late = run("s3://prod-trail-logs/logs", bucket, *asked)
    assert late.returncode == 2
    assert "although one is delivered every hour" in late.stdout
    part = run("s3://prod-trail-logs/logs/AWSLogs/111122223333/CloudTrail-Digest", bucket, *asked, *period)
    assert (part.returncode, json.loads(part.stdout)["chains"][0]["findings"]) == (2, [])
    assert "it is outside of what was given" in part.stdout
    none = run("s3://no-such-bucket/logs", bucket, *asked)
    assert (none.returncode, none.stdout) == (2, "")
    assert "s3://no-such-bucket/logs cannot be listed: s3:ListBucket failed (NoSuchBucket)" in none.stderr
