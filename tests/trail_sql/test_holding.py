"""What Athena's table holds no record of is as little an answer as what files lack."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from iam_guardrails.adapters.aws.athena import Athena
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.adapters.trail_sql.engine import AthenaEngine
from iam_guardrails.journeys.review_trail import Asker, ask_wholly
from iam_guardrails.journeys.trail_ask import NO_FILE
from iam_guardrails.model.incident.reach import Reach
from iam_guardrails.model.trail.questions.all import QUESTIONS, question
from iam_guardrails.model.trail.window import window
from tests.trail_history import Wanted, write_folder
from tests.trail_sql.lake import LAKE, FakeAthena, connected
from tests.trail_sql.test_answers import NAME, by_athena, by_files

ONE, TWO = LAKE.accounts
LACKS = "Athena's table holds no record of"
WHY = "where the changes of IAM, the sign-ins of root and calls of the global STS endpoint are recorded"
TOLD = ", and nothing tells whether nothing was done there"
UNTOLD = "on which days of the window Athena's table holds records of an account was not asked"
WHEN = window("2026-01-10", "2026-01-14")
OF_DAYS = {"iam-changes", "root-use", "console-use", "breakglass-session", "silencer-calls"}
"""The questions whose statement tells days, too."""


def made(folder: Path, **more: object) -> Path:
    write_folder(Wanted(**{"seed": 3, "events": 250, "accounts": LAKE.accounts, "days": 5, **more}), folder)  # type: ignore[arg-type]
    return folder


@pytest.mark.parametrize("name", [item.name for item in QUESTIONS])
def test_a_region_and_an_account_without_a_record_are_told(name: str, tmp_path: Path) -> None:
    """Alike by one query, which reads no more than before."""
    client = FakeAthena(connected(made(tmp_path, accounts=(ONE,), regions=("us-east-2",))))
    found = by_athena(name, client, WHEN)
    account = f"the source holds nothing of the account {TWO}, only of {ONE}" if question(name).of_roles else (
        f"{LACKS} the account {TWO}")  # fmt: skip
    region = f"{LACKS} us-east-1 of {ONE}"
    of_one = question(name).of_one_region
    assert account in found.not_judged and found.exit_code == 2
    assert (f"{region}, {WHY}" in found.not_judged) is of_one
    assert (region + TOLD in found.coverage.notes) is not of_one
    assert (UNTOLD in found.coverage.notes) is (name not in OF_DAYS)
    assert found.coverage.accounts == (ONE,) and found.coverage.places == ((ONE, "us-east-2"),)
    assert len(client.asked) == 1 + question(name).compares


@pytest.mark.parametrize("name", [item.name for item in QUESTIONS])
def test_where_there_are_records_of_all_nothing_is_told(name: str, tmp_path: Path) -> None:
    """Also where there is none of the window itself, but of its day."""
    tree = made(tmp_path)
    for when in (WHEN, window("2026-01-12T03:00:00.5Z", "2026-01-12T03:00:01Z")):
        found = by_athena(name, FakeAthena(connected(tree)), when)
        assert not [text for text in (*found.not_judged, *found.coverage.notes) if LACKS in text]


@pytest.mark.parametrize("name", sorted(OF_DAYS))
def test_days_are_told_as_of_files(name: str, tmp_path: Path) -> None:
    tree = made(tmp_path / "tree")
    for path in sorted(tree.rglob("2026/01/1[12]")):
        if TWO in str(path) or (path.name == "11" and "us-east-1" in str(path)):
            shutil.rmtree(path)
    files, athena = by_files(name, tree, tmp_path / "kept", WHEN), by_athena(name, FakeAthena(connected(tree)), WHEN)
    told = [[text.replace("file and no digest", "record").replace("file of", "record of") for text in notes
             if "not read" not in text] for notes in (files.coverage.notes, athena.coverage.notes)]  # fmt: skip
    assert told[0] == told[1] and len(told[0]) == (1 if name == "breakglass-session" else 2)
    if name == "breakglass-session":
        assert f"{LACKS} {TWO} on 2026-01-11 to 2026-01-12" in athena.not_judged and files.exit_code == 2


def test_a_table_that_holds_nothing_is_no_answer(tmp_path: Path) -> None:
    folder = tmp_path / f"AWSLogs/{ONE}/CloudTrail/us-east-1/2026/01/10"
    folder.mkdir(parents=True)
    for number, records in enumerate(([], [{"eventTime": "2026-01-10T09:00:00Z"}])):
        path = folder / f"{ONE}_CloudTrail_us-east-1_20260110T0910Z_{number:016}.json.gz"
        path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    client = FakeAthena(connected(tmp_path))
    found = by_athena("breakglass-session", client, window("2026-02-10", "2026-02-14"))
    assert NO_FILE in found.not_judged and found.exit_code == 2
    found = by_athena("breakglass-session", client, window("2026-01-10", "2026-01-11"))
    assert f"the source holds nothing of the account {TWO}, only of {ONE}" in found.not_judged


@pytest.mark.parametrize("name", ["iam-changes", "breakglass-session", "unusual-principals", "secret-reads"])
@pytest.mark.parametrize("lost", ["region", "day", "region's day"])
def test_a_review_lacks_the_same(name: str, lost: str, tmp_path: Path) -> None:
    tree = made(tmp_path / "tree", accounts=(ONE,))
    for path in sorted(tree.rglob("2026/01/12")) if "day" in lost else sorted(tree.rglob("us-east-1")):
        if lost == "day" or "us-east-1" in str(path):
            shutil.rmtree(path)
    roles, now = frozenset({(ONE, NAME)}), datetime(2026, 1, 15, tzinfo=UTC)
    asker = Asker(ONE, "us-east-1", Reach(("us-east-1", "us-east-2")), (), roles, now)
    client = FakeAthena(connected(tree))
    athena = Athena(client, LAKE.region, LAKE.workgroup, LAKE.database, lambda _: None, lambda _: None)
    files = ask_wholly(question(name), Engine(open_objects(str(tree)), tmp_path / "kept", roles, lambda _: None, 1),
                       "files", WHEN, asker)  # fmt: skip
    found = ask_wholly(question(name), AthenaEngine(athena, LAKE, name, roles, now, by_day=True), "athena", WHEN, asker)
    told = [text for text in files.not_judged if "everybody counts as new" not in text]
    assert told == [text.replace(LACKS, "there is no file and no digest of") for text in found.not_judged
                    if "the time before the window" not in text and "everybody" not in text
                    and "of the baseline" not in text]  # fmt: skip
    assert found.exit_code == 2 and found.seen_until == files.seen_until
