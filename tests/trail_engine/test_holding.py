"""What a source does not hold is no answer: nothing of the window, or not the Region that a question is about."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.journeys.trail_ask import NO_FILE, ask
from iam_guardrails.model.incident.reach import global_gaps
from iam_guardrails.model.trail.answer import Answer, Coverage, Query
from iam_guardrails.model.trail.holding import absent
from iam_guardrails.model.trail.questions.all import question
from iam_guardrails.model.trail.window import window
from iam_guardrails.model.value import changed
from iam_guardrails.reports.trail_ask import render_answer

ONE, TWO = "111122223333", "444455556666"
NONE = Coverage(1, 0, 0, 0, 0, ())


def put(
    folder: Path, day: str, region: str = "us-east-2", account: str = ONE, layout: bool = True, records: Any = None
) -> None:
    """A file of CloudTrail's, with one record unless told; layout: whether it lies where CloudTrail puts it."""
    under = folder / f"AWSLogs/{account}/CloudTrail/{region}/{day.replace('-', '/')}" if layout else folder
    name = f"{account}_CloudTrail_{region}_{day.replace('-', '')}T0905Z_aaaaaaaaaaaaaaaa.json.gz"
    under.mkdir(parents=True, exist_ok=True)
    (under / name).write_bytes(
        gzip.compress(json.dumps({"Records": [record(day)] if records is None else records}).encode())
    )


def record(day: str) -> dict[str, Any]:
    return {"eventTime": f"{day}T09:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
            "eventID": day, "recipientAccountId": ONE}  # fmt: skip


def export(folder: Path, *days: str) -> None:
    """A file of another name than CloudTrail's, with a record for each day."""
    folder.mkdir(exist_ok=True)
    (folder / "export.json").write_text(json.dumps({"Records": [record(day) for day in days]}))


def asked(name: str, folder: Path, since: str | None = None, until: str | None = None) -> Answer:
    engine = Engine(open_objects(str(folder)), folder.parent / "cache", frozenset(), lambda _: None, 1)
    return ask(question(name), engine, "s", window(since, until), baseline=timedelta(1), roles=frozenset())


@pytest.mark.parametrize(
    ("days", "since", "until", "empty", "notes"),
    [
        (["2026-01-02"], "2026-03-01", "2026-04-01", True, ()),
        (["2026-01-02"], "2026-03-01", None, True, ()),
        ([], None, None, True, ()),
        (["2026-01-02"], None, None, False, ()),
        (["2026-01-02", "2026-03-05"], None, None, False, ()),
        (["2026-03-02"], "2026-03-01", "2026-03-04", False, ("there is no file of 2026-03-01, 2026-03-03",)),
    ],
)
def test_a_file_of_another_name_counts_where_it_holds_something_of_the_window(
    days: list[str], since: str | None, until: str | None, empty: bool, notes: tuple[str, ...], tmp_path: Path
) -> None:
    export(tmp_path / "tree", *days)
    for _ in ("read", "from the cache"):
        found = asked("silencer-calls", tmp_path / "tree", since, until)
        assert (NO_FILE in found.not_judged, found.coverage.notes) == (empty, notes)
        assert found.exit_code == (2 if empty else 0) and bool(found.unverified) is not empty


@pytest.mark.parametrize(
    ("said", "holds", "empty"),
    [
        ("2026-03-02", "2026-03-02", True), ("2026-03-02", "2026-02-28", False), ("2026-02-28", "", False),
        ("2026-02-29", "2026-02-28", False), ("2026-02-29", "2026-03-02", True),
    ],
)  # fmt: skip
def test_a_file_of_a_day_after_the_window_counts_where_it_came_late(
    said: str, holds: str, empty: bool, tmp_path: Path
) -> None:
    put(tmp_path / "tree", said, records=[record(holds)] if holds else [])
    found = asked("last-use", tmp_path / "tree", "2026-02-26", "2026-03-01")
    assert (NO_FILE in found.not_judged, found.exit_code) == (empty, 2 if empty else 0)


def test_such_a_file_hides_no_day_of_cloudtrails_own(tmp_path: Path) -> None:
    put(tmp_path / "tree", "2026-03-02")
    export(tmp_path / "tree", "2026-03-01")
    found = asked("last-use", tmp_path / "tree", "2026-03-01", "2026-03-04")
    assert found.coverage.notes == ("there is no file of 2026-03-01, 2026-03-03",) and found.exit_code == 0


WHY = "where the changes of IAM, the sign-ins of root and calls of the global STS endpoint are recorded"
LACKING = f"us-east-1 of {{}}, {WHY}"
GOV = f"us-gov-west-1 of {TWO}, where the changes of IAM and the sign-ins of root are recorded"


@pytest.mark.parametrize("layout", [True, False])
@pytest.mark.parametrize(
    "name",
    ["iam-changes", "root-use", "console-use", "silencer-calls", "role-assumptions", "unusual-principals", "last-use"],
)
def test_what_is_recorded_in_one_region_is_not_judged_without_it(name: str, layout: bool, tmp_path: Path) -> None:
    tree, cut, since = tmp_path / "tree", name != "last-use", "2026-03-02"
    for account in (ONE, TWO):
        put(tree, "2026-03-02", account=account, layout=layout)
    put(tree, "2026-03-02", "us-east-1", layout=layout)
    found = asked(name, tree, since)
    nobody = tuple(item for item in found.not_judged if "everybody counts as new" in item)  # the baseline is empty
    assert found.not_judged == (
        *nobody,
        *((f"there is no file and no digest of {LACKING.format(TWO)}",) if cut else ()),
    )
    assert "; 2 accounts in us-east-1, us-east-2, files of" in render_answer(found, "text")
    assert json.loads(render_answer(found, "json"))["coverage"]["regions"] == ["us-east-1", "us-east-2"]
    put(tree, "2026-03-02", "us-east-1", TWO, layout)
    assert asked(name, tree, since).not_judged == nobody


@pytest.mark.parametrize(
    ("coverage", "source", "told"),
    [
        (NONE, "s", ()),
        (changed(NONE, places=((ONE, "cn-north-1"), (TWO, "us-gov-east-1"))), "s",
         (f"there is no file and no digest of {GOV}",)),
        (changed(NONE, places=((ONE, "us-east-2"),), queries=(Query("q", 1, 1, 1),)), "s",
         (f"Athena's table was not asked about {LACKING.format(ONE)}",)),
        (NONE, "lookup:us-east-2", (f"LookupEvents was not asked in {LACKING.replace(' of {}', '')}",)),
        (NONE, "lookup:eu-west-1, us-east-1", ()),
        (NONE, "logs:group@us-east-2", ()),
        (changed(NONE, unit="page", places=((ONE, "us-east-2"),)), "logs:group@us-east-2",
         (f"the log group holds no record of {LACKING.format(ONE)}",)),
        (changed(NONE, unit="page", places=((ONE, "us-east-2"),), every_region=True), "logs:group@us-east-2", ()),
    ],
)  # fmt: skip
def test_which_region_that_is(coverage: Coverage, source: str, told: tuple[str, ...]) -> None:
    assert global_gaps(coverage, source, window(None, None)) == told


def digest(folder: Path, region: str, *days: str) -> None:
    """A digest of each day, where CloudTrail puts it."""
    for day in days:
        under = folder / f"AWSLogs/{ONE}/CloudTrail-Digest/{region}/{day.replace('-', '/')}"
        under.mkdir(parents=True, exist_ok=True)
        (under / f"{ONE}_CloudTrail-Digest_{region}_t_us-east-2_{day.replace('-', '')}T120131Z.json.gz").write_bytes(
            b""
        )


DAYS = tuple(f"2026-03-0{number}" for number in range(1, 8))


@pytest.mark.parametrize(
    ("elsewhere", "there", "since", "until", "lacking"),
    [
        (DAYS, DAYS, None, None, ""),
        (DAYS, DAYS[:1], None, None, "2026-03-02 to 2026-03-06"),
        (DAYS, ("2026-03-02", "2026-03-06"), None, None, "2026-03-03 to 2026-03-05"),
        (DAYS, (*DAYS[1:4], *DAYS[5:6]), None, None, "2026-03-05"),
        (DAYS, DAYS[1:6], None, None, ""),  # a trail begins in the middle of a day, and the newest goes on
        (DAYS, DAYS[1:6], "2026-02-20", None, ""),
        (DAYS, DAYS[1:6], "2026-03-01", None, "2026-03-01"),
        (DAYS, DAYS[3:], "2026-03-03T08:00:00Z", "2026-03-03T09:00:00Z", "2026-03-03"),
        (DAYS, DAYS[:3], "2026-03-02", "2026-03-04", ""),  # what comes after the window is not asked for
        ((), DAYS[:1], None, None, ""),  # without digests a day on which nothing was done looks alike: see below
    ],
)
@pytest.mark.parametrize("name", ["iam-changes", "last-use"])
def test_days_that_lack_that_region_alone_are_not_judged(
    name: str, elsewhere: tuple[str, ...], there: tuple[str, ...], since: str | None, until: str | None, lacking: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    tree = tmp_path / "tree"
    for day in DAYS:
        put(tree, day)
    digest(tree, "us-east-2", *elsewhere)
    digest(tree, "us-east-1", *there)
    what, why = LACKING.format(ONE).split(", ", 1)
    sentence = (
        f"there is no file and no digest of {what} on {lacking}, although there are digests of other Regions, {why}"
    )
    wanted = (sentence,) if lacking and name == "iam-changes" else ()
    assert asked(name, tree, since, until).not_judged == wanted


@pytest.mark.parametrize(
    ("name", "there", "told"),
    [
        ("iam-changes", DAYS, ""),
        ("iam-changes", (*DAYS[:2], *DAYS[4:]), "2026-03-03 to 2026-03-04"),
        ("iam-changes", DAYS[1:6], ""),
        ("last-use", DAYS[:2], ""),
    ],
)
def test_without_digests_days_that_lack_that_region_alone_are_told(
    name: str, there: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    for day in DAYS:
        put(tree, day)
    for day in there:
        put(tree, day, "us-east-1")
    why = "and without digests nothing tells whether nothing was done there"
    found = asked(name, tree)
    assert found.coverage.notes == ((f"there is no file of us-east-1 of {ONE} on {told}, {why}",) if told else ())
    assert found.not_judged == ()
    digest(tree, "us-east-2", DAYS[2])
    assert (DAYS[2] in str(asked(name, tree).not_judged)) is bool(told)
    digest(tree, "us-east-1", *DAYS)
    assert asked(name, tree).coverage.notes == ()


@pytest.mark.parametrize(("account", "told"), [(ONE, False), (TWO, True)])
def test_a_session_is_not_judged_without_that_region_of_its_own_account(
    account: str, told: bool, tmp_path: Path
) -> None:
    for owner in (ONE, TWO):
        put(tmp_path / "tree", "2026-03-02", account=owner)
    put(tmp_path / "tree", "2026-03-02", "us-east-1")
    roles = frozenset({(account, "prod-breakglass-admin")})
    engine = Engine(open_objects(str(tmp_path / "tree")), tmp_path / "cache", roles, lambda _: None, 1)
    found = ask(question("breakglass-session"), engine, "s", window(None, None), baseline=timedelta(1), roles=roles)
    assert found.not_judged == ((f"there is no file and no digest of {LACKING.format(TWO)}",) if told else ())


WEEK = (DAYS[0], DAYS[-1])
LACKS, TOLD = "there is no file and no digest of {} on {}", ", and nothing tells whether nothing was done there"


@pytest.mark.parametrize(
    ("files", "digests", "since", "until", "not_judged", "told"),
    [
        (DAYS, (), *WEEK, "", ""),
        ((*DAYS[:2], *DAYS[4:]), (), *WEEK, "", "2026-03-03 to 2026-03-04"),
        ((*DAYS[:2], *DAYS[4:]), (), None, None, "", "2026-03-03 to 2026-03-04"),
        ((*DAYS[:2], *DAYS[4:]), (), "2026-03-03T08:00:00Z", "2026-03-03T09:00:00Z", "", "2026-03-03"),
        (DAYS[:2], (), *WEEK, "", "2026-03-03 to 2026-03-06"),  # it was closed, or the folder holds no more
        (DAYS[2:], (), *WEEK, "", "2026-03-01 to 2026-03-02"),
        (DAYS[2:], (), None, None, "", ""),  # an account that came later
        (DAYS[:1], DAYS, *WEEK, "", ""),  # digests tell that nothing was done
        (DAYS[:1], (*DAYS[:3], *DAYS[4:]), *WEEK, "2026-03-04", ""),
        (DAYS[:1], DAYS[2:3] + DAYS[5:], *WEEK, "2026-03-04 to 2026-03-05", "2026-03-02"),
    ],
)
def test_days_on_which_an_account_has_nothing_are_told(
    files: tuple[str, ...], digests: tuple[str, ...], since: str | None, until: str | None, not_judged: str, told: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Where the question is about a role of it, each of them leaves the answer open; other accounts' then do not."""
    tree = tmp_path / "tree"
    for region in ("us-east-1", "us-east-2"):
        for day in DAYS:
            put(tree, day, region, TWO)
        for day in files:
            put(tree, day, region)
        digest(tree, region, *digests)
    for name in ("last-use", "iam-changes"):
        found = asked(name, tree, since, until)
        assert found.not_judged == (
            (f"{LACKS.format(ONE, not_judged)}, although there are digests of days before and after",)
            * bool(not_judged)
        )
        assert [note for note in found.coverage.notes if "not read: " not in note] == (
            [LACKS.format(ONE, told) + TOLD] * bool(told)
        )
    for account in (ONE, TWO):
        roles = frozenset({(account, "prod-breakglass-admin")})
        engine = Engine(open_objects(str(tree)), tmp_path / "cache", roles, lambda _: None, 1)
        found = ask(question("breakglass-session"), engine, "s", window(since, until), baseline=timedelta(1),
                    roles=roles)  # fmt: skip
        lacks = account == ONE and bool(told or not_judged)
        assert (len(found.not_judged), found.exit_code, TOLD in str(found.coverage.notes)) == (lacks, 2 * lacks, False)


def test_of_many_accounts_the_days_are_counted() -> None:
    pairs = [*combinations(DAYS[:6], 2)][:12]
    days = {(f"{number:012}", "us-east-1"): frozenset(DAYS) - {*pair} for number, pair in enumerate(pairs)}
    days[ONE, "us-east-1"] = frozenset(DAYS)
    gaps, notes = absent(changed(NONE, days=days), window(*WEEK))
    assert not gaps and len(notes) == 11 and notes[-1] == "2 accounts more have days without any"


def test_a_role_of_an_account_that_the_source_lacks_is_not_judged(tmp_path: Path) -> None:
    for region in ("us-east-1", "us-east-2"):
        put(tmp_path / "tree", "2026-03-02", region)
    for account, told in ((ONE, ()), (TWO, (f"the source holds nothing of the account {TWO}, only of {ONE}",))):
        roles = frozenset({(ONE, "prod-breakglass-admin"), (account, "worker")})
        engine = Engine(open_objects(str(tmp_path / "tree")), tmp_path / "cache", roles, lambda _: None, 1)
        found = ask(question("breakglass-session"), engine, "s", window(None, None), baseline=timedelta(1), roles=roles)
        assert found.not_judged == told


def test_many_regions_are_counted() -> None:
    places = tuple((ONE, f"eu-west-{number}") for number in range(7))
    seen = changed(NONE, accounts=(ONE,), places=places, first_day="2026-03-02", last_day="2026-03-02")
    answer = Answer("last-use", "s", window(None, None), (), (), seen)
    assert "1 account in 7 Regions, files of" in render_answer(answer, "text")
