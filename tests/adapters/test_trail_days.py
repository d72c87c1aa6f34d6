"""A bucket's files of some days: those that a list of everything has, without a look at CloudTrail's other days."""

from __future__ import annotations

import io
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.trail_history import Signer, Wanted, write_folder

from iam_guardrails.adapters import trail_days
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_listing import list_store
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.adapters.trail_s3_objects import S3Objects
from iam_guardrails.model.trail.questions.all import QUESTIONS, Asked
from iam_guardrails.model.trail.window import ALL_DAYS, Window, window

ACCOUNTS = ("111122223333", "444455556666")
FOREIGN = (
    "top.json", "AWSLogs/x.json", "AWSLogs/o-0123456789/111122223333/CloudTrail/eu-west-1/2025/12/01/f.json",
    "AWSLogs/111122223333/Config/us-east-1/2025/1/1/f.json", "AWSLogs/111122223333/CloudTrail/here.json",
    "AWSLogs/111122223333/CloudTrail/us-east-1/2025/f.json", "AWSLogs/111122223333/CloudTrail/us-east-1/2025/13/40/f",
    "AWSLogs/111122223333/CloudTrail/nowhere/2025/01/01/f.json", "org/AWSLogs/999999999999/CloudTrail/us-east-1/f.json",
    "org/AWSLogs/999999999999/CloudTrail/us-east-1/2025/06/30/f.json", "a/b/AWSLogs/999999999999/CloudTrail/f.json",
    "AWSLogs/111122223333/CloudTrail/us-east-1/2026/02/30/f.json", "z/2025/01/01/f.json",
    "AWSLogs/111122223333/CloudTrail/us-east-1/2024/02/29/f.json",
    "org/AWSLogs/o-0123456789/999999999999/vpcflowlogs/us-east-1/2026/01/20/f", "AWSLogs/111122223333/Config/f.json",
    "AWSLogs/111122223333/WAFLogs/cloudfront/acl/2025/12/31/23/55/f",
    "AWSLogs/aws-account-id=999999999999/aws-service=vpcflowlogs/aws-region=a/year=2025/month=12/day=31/f",
)  # fmt: skip
_FOLDER = re.compile(r"(?:^|/)AWSLogs/(?:o-[a-z0-9]+/)?[0-9]{12}/CloudTrail[^/]*/[a-z]+-[a-z-]+-[0-9]+/"
                     r"([0-9]{4})/(?:(0[1-9]|1[0-2])/(?:(0[1-9]|[12][0-9]|3[01])/)?)?")  # fmt: skip
_OTHER_FOLDER = re.compile(r"(?:^|/)AWSLogs/[^/]+/(?:[0-9]{12}/)?(?:Config|WAFLogs|[a-z-]*=?vpcflowlogs)/(?:[^/]+/)*?"
                           r"(?:year=)?([0-9]{4})/(?:month=)?([0-9]{1,2})/(?:day=)?([0-9]{1,2})/")  # fmt: skip


def is_of_other_days(key: str, when: Window) -> bool:
    """Whether a key lies in a folder of CloudTrail's, or of other logs of AWS, for a day,
    month or year of which no day is asked for."""
    if not (said := _FOLDER.search(key) or _OTHER_FOLDER.search(key)):
        return False
    year, month, day = (part and part.zfill(2) for part in said.groups())
    first, last = (f"{year}-{month or of_month}-{day or of_day}" for of_month, of_day in (("01", "01"), ("12", "31")))
    return last < when.file_days[0] or first > when.file_days[1]


class Bucket:
    """A stand-in for an S3 client: ListObjectsV2 with delimiters, in pages, and GetObject."""

    def __init__(self, content: dict[str, bytes], page: int = 9) -> None:
        self.content, self.page = content, page
        self.asked: list[tuple[str, int]] = []

    def list_objects_v2(self, Bucket: str, Prefix: str, Delimiter: str = "", ContinuationToken: str = "") -> Any:
        names: dict[str, str] = {}
        for key in sorted(self.content):
            if key.startswith(Prefix):
                at = key.find("/", len(Prefix)) if Delimiter else -1
                names.setdefault(key if at < 0 else key[: at + 1], key)
        found = [name for name in sorted(names) if name > ContinuationToken]
        here = found[: self.page]
        self.asked.append((Prefix, len(here)))
        contents = [{"Key": key, "Size": len(self.content[key]), "ETag": f'"{len(key)}"'} for key in here
                    if key in self.content]  # fmt: skip
        more = {"IsTruncated": True, "NextContinuationToken": here[-1]} if len(found) > self.page else {}
        folders = [{"Prefix": key} for key in here if key not in self.content]
        return {"Contents": contents, "CommonPrefixes": folders, "IsTruncated": False, **more}

    def get_object(self, Bucket: str, Key: str) -> Any:
        return {"Body": io.BytesIO(self.content[Key])}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days") / "tree"
    write_folder(Wanted(seed=8, events=300, accounts=ACCOUNTS, days=6, security=60), folder, Signer())
    for key in FOREIGN:
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_text("{}")
    return folder


def content_of(tree: Path) -> dict[str, bytes]:
    """What the bucket holds; a copy in a folder has metadata beside its files."""
    files = (path for path in tree.rglob("*") if path.is_file() and not path.name.endswith(".metadata.json"))
    return {str(path.relative_to(tree)): path.read_bytes() for path in files}


WINDOWS = [
    Window(), window("2026-01-11", "2026-01-12"), window("2026-01-13", None), window(None, "2026-01-10"),
    window("2024-01-01", "2026-12-31"), window("2024-02-01", "2024-03-01"),
    window("2025-12-31T12:00:00Z", "2026-01-10"),
]  # fmt: skip


@pytest.mark.parametrize("when", WINDOWS, ids=str)
@pytest.mark.parametrize("prefix", ["", "AWSLogs", "org", "AWSLogs/111122223333/CloudTrail/us-east-1", "z", "none"])
@pytest.mark.parametrize("few", [0, 1000])
def test_only_other_days_of_cloudtrails_layout_are_left_out(
    when: Window, prefix: str, few: int, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_days, "_FEW", few)  # how many files of another service are listed in any case
    content = content_of(tree)
    store = S3Objects("b", prefix, client=Bucket(content))
    below = f"{prefix}/" if prefix else ""
    expected = {key for key in content if key.startswith(below) and not is_of_other_days(key, when)}
    if not prefix:  # deeper than is looked into, and so listed as a whole
        expected |= {key for key in content if key.startswith("a/b/")}
    found = [item.key for item in store.list_days(when.file_days)]
    assert len(found) == len(set(found)) and set(found) == expected


@pytest.mark.parametrize("when", WINDOWS[1:4], ids=str)
def test_a_bucket_answers_as_a_folder_does(when: Window, tree: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    shutil.copytree(tree, folder)
    for key in FOREIGN:
        if is_of_other_days(key, when):  # of a folder they are read, of a bucket nobody looks there
            (folder / key).unlink()
    bucket = Bucket(content_of(tree), 1000)
    found = []
    for objects in (open_objects(str(folder)), S3Objects("b", client=bucket)):
        answered = Engine(objects, tmp_path / "cache", frozenset(), lambda _: None, 1).ask(when)
        facts = list(answered.facts)
        seen = answered.coverage
        rows = [list(item.answer(Asked(facts))) for item in QUESTIONS if not item.compares]
        found.append((rows, seen.files, seen.events, seen.skipped, seen.days, seen.accounts, seen.first_day,
                      [re.sub(r"\d+ files? ", "files ", note) for note in seen.notes],  # of a bucket no number
                      {item.key for item in seen.unreadable}))  # fmt: skip
    assert found[0] == found[1] and found[0][1] and found[0][3]


CONFIG = "AWSLogs/111122223333/Config/us-east-1/2026/1/{0}/ConfigHistory/111122223333_Config_us-east-1_ConfigHistory_" \
         "AWS::S3::Bucket_202601{0}T010203Z_202601{0}T020304Z_1.json.gz"  # fmt: skip
FLOW = "AWSLogs/444455556666/vpcflowlogs/us-east-1/2026/01/{0}/444455556666_vpcflowlogs_us-east-1_fl-1234abcd_" \
       "202601{0}T1620Z_fe123456.log.gz"  # fmt: skip


@pytest.mark.parametrize("when", [Window(), window("2026-01-13", None), window("2026-01-12", "2026-01-13")], ids=str)
def test_aws_other_logs_are_skipped_and_cloudtrails_files_among_them_read(when: Window, tmp_path: Path) -> None:
    signer, made = Signer(), Wanted(seed=8, events=300, accounts=ACCOUNTS, days=6, security=60)
    write_folder(made, tmp_path / "tree", signer)
    moved = next((tmp_path / "tree").rglob("*_CloudTrail_*_20260113T*.json.gz"))
    others = [*(text.format(day) for text in (CONFIG, FLOW) for day in (10, 11, 13)),
              "AWSLogs/111122223333/Config/ConfigWritabilityCheckFile",
              "AWSLogs/111122223333/ELBAccessLogTestFile"]  # fmt: skip
    found = []
    for place, extra in (("tree", ()), ("other", others)):
        folder = tmp_path / place
        if extra:
            shutil.copytree(tmp_path / "tree", folder)
            hidden = folder / CONFIG.format(13)
            hidden.parent.mkdir(parents=True)
            (folder / moved.relative_to(tmp_path / "tree")).rename(hidden.parent / moved.name)
            for key in extra:
                (folder / key).parent.mkdir(parents=True, exist_ok=True)
                (folder / key).write_bytes(b"no JSON")
        stores = (open_objects(str(folder)), S3Objects("b", client=Bucket(content_of(folder), 1000)))
        for number, objects in enumerate(stores):
            answered = Engine(objects, tmp_path / f"{place}{number}", frozenset(), lambda _: None, 1).ask(when)
            seen, facts = answered.coverage, list(answered.facts)
            rows = [list(item.answer(Asked(facts))) for item in QUESTIONS if not item.compares]
            found.append((rows, seen.files, seen.events, seen.unreadable, seen.skipped))
    assert [it[:4] for it in found] == [found[0][:4]] * 4 and found[0][0]
    of_window = [key for key in others if not is_of_other_days(key, when)]
    assert [it[4] for it in found[2:]] == [it[4] + len(of_window) for it in found[:2]]


def test_a_day_costs_no_look_at_the_others(tree: Path, tmp_path: Path) -> None:
    day = "AWSLogs/111122223333/CloudTrail/us-east-1/{:%Y/%m/%d}/"
    day += "111122223333_CloudTrail_us-east-1_{:%Y%m%d}T0905Z_{}.json"
    days = [datetime(2025, 1, 1) + timedelta(days=number) for number in range(300)]
    content = {day.format(at, at, f"{number:016d}"): b"{}" for at in days for number in range(20)}
    bucket = Bucket(content, 1000)
    listing = list_store(
        S3Objects("b", client=bucket), str(tmp_path), days=window("2025-05-05", "2025-05-06").file_days
    )
    assert sum(count for folder in listing.folders for count, _ in folder.shares.values()) == 4 * 20
    assert sum(count for _, count in bucket.asked) < 200
    assert listing.has(("2025-05-06", "2025-05-07")) and not listing.has(ALL_DAYS)


def test_what_was_listed_for_other_days_is_listed_anew(tree: Path, tmp_path: Path) -> None:
    bucket = Bucket(content_of(tree), 1000)
    engine = Engine(S3Objects("b", client=bucket), tmp_path / "cache", frozenset(), lambda _: None, 1)
    first = engine.ask(window("2026-01-12", "2026-01-13")).coverage.files
    both = engine.ask(window("2026-01-10", "2026-01-13")).coverage.files
    assert 0 < first < both
    asked = len(bucket.asked)
    assert engine.ask(window("2026-01-12", "2026-01-13")).coverage.files == first and len(bucket.asked) == asked
