"""Every question's SQL, run by DuckDB over the same files, gives the very rows of the embedded engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iam_guardrails.adapters.aws.athena import Athena
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.adapters.trail_sql.engine import AthenaEngine
from iam_guardrails.journeys.trail_ask import ask
from iam_guardrails.model.trail.answer import Answer
from iam_guardrails.model.trail.questions.all import QUESTIONS, question
from iam_guardrails.model.trail.window import Window, window
from tests.trail_history import Wanted, write_folder
from tests.trail_sql.lake import LAKE, FakeAthena, connected

NAME = "prod-breakglass-admin"
ROLES = frozenset((account, NAME) for account in LAKE.accounts)
NO_RECORD, NO_FILE = "Athena's table holds no record of", "there is no file and no digest of"
NOW = datetime(2026, 2, 1, tzinfo=UTC)
WANTED = Wanted(
    seed=11, events=3_000, accounts=LAKE.accounts, days=4, twice=0.05, security=250, organization_id="o-exampleorg"
)


def by_athena(name: str, client: FakeAthena, when: Window, **more: Any) -> Answer:
    athena = Athena(client, LAKE.region, LAKE.workgroup, LAKE.database, lambda _: None, lambda _: None)
    engine = AthenaEngine(athena, LAKE, name, ROLES, NOW)
    return ask(question(name), engine, "athena", when, **{"baseline": timedelta(days=30), "roles": ROLES, **more})


def by_files(name: str, folder: Path, cache: Path, when: Window, **more: Any) -> Answer:
    engine = Engine(open_objects(str(folder)), cache, ROLES, lambda _: None, cores=1)
    return ask(question(name), engine, "files", when, **{"baseline": timedelta(days=30), "roles": ROLES, **more})


def compare(folder: Path, cache: Path, client: FakeAthena, when: Window, *, rows: bool = False) -> None:
    """Ask both engines everything. rows: whether every answer must have some."""
    for item in QUESTIONS:
        expected, found = by_files(item.name, folder, cache, when), by_athena(item.name, client, when)
        assert list(found.rows) == list(expected.rows), item.name
        told = tuple(text.replace(NO_RECORD, NO_FILE) for text in found.not_judged)
        assert set(expected.not_judged) <= set(told), item.name
        assert item.compares or told == expected.not_judged, item.name
        assert not rows or item.compares or expected.rows, f"{item.name} is compared over nothing"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    write_folder(WANTED, folder)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def client(tree: Path) -> FakeAthena:
    return FakeAthena(connected(tree), page=100)


@pytest.mark.parametrize(
    ("since", "until", "rows"),
    [
        ("2026-01-01", None, True),
        ("2026-01-12", None, True),
        ("2026-01-11T07:13:20Z", "2026-01-12T19:00:01Z", True),
        ("2026-01-12T03:00:00.5Z", "2026-01-12T03:30:00.25Z", False),
        ("2026-01-10T02:00:00+02:00", "2026-01-11T12:00:00+02:00", False),
    ],
)
def test_the_answers_are_equal(
    tree: Path, cache: Path, client: FakeAthena, since: str, until: str | None, rows: bool
) -> None:
    compare(tree, cache, client, window(since, until), rows=rows)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(100, 10**6), days=st.integers(1, 3), twice=st.sampled_from([0.0, 0.4]),
    per_file=st.integers(5, 90), rarer=st.integers(0, 2), late=st.sampled_from([0.0, 0.2]), absent=st.integers(0, 3),
)  # fmt: skip
def test_for_any_history(
    seed: int, days: int, twice: float, per_file: int, rarer: int, late: float, absent: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("any")
    without = ((LAKE.accounts[absent % 2], absent),) if days > 1 else ()  # else nothing is there of an account
    write_folder(
        Wanted(seed=seed, events=240, accounts=LAKE.accounts, days=days, twice=twice, per_file=per_file, security=80,
               rarer=rarer, late=late, absent=without),
        folder,
    )  # fmt: skip
    when = window("2026-01-01", None)
    compare(folder, tmp_path_factory.mktemp("kept"), FakeAthena(connected(folder), page=50), when)
