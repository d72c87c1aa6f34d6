"""Every question's answer is that of the plainest loop over the same records, whatever the window and the history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.journeys.trail_ask import ask
from iam_guardrails.model.trail.answer import Answer
from iam_guardrails.model.trail.questions.all import QUESTIONS, question
from iam_guardrails.model.trail.window import Window, window
from tests.trail_engine import naive
from tests.trail_history import Wanted, records, write_folder

ACCOUNTS = ("111122223333", "444455556666")
NAME = "prod-breakglass-admin"
ROLES = frozenset((account, NAME) for account in ACCOUNTS)
WANTED = Wanted(
    seed=11, events=3_000, accounts=ACCOUNTS, days=4, twice=0.05, security=250, organization_id="o-exampleorg"
)
Record = Mapping[str, Any]


def answered(name: str, folder: Path, cache: Path, when: Window = Window(), **more: Any) -> Answer:  # noqa: B008 - frozen
    parts = question(name).parts  # what a question does not say it works from, it does not get
    engine = Engine(open_objects(str(folder)), cache, ROLES, lambda _: None, cores=1, parts=parts)
    given = {"baseline": timedelta(days=30), "roles": ROLES, **more}
    return ask(question(name), engine, str(folder), when, **given)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    write_folder(WANTED, folder)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def ids(answer: Answer) -> set[str]:
    found = [row.event_id for row in answer.rows if hasattr(row, "event_id")]
    assert len(found) == len(set(found)), "a record delivered twice is told twice"
    return set(found)


def compare(folder: Path, cache: Path, when: Window, seen: Iterable[Record]) -> None:
    """Ask every question, and compare with the plain loops over `seen`."""
    found = naive.distinct(seen)
    by_ids: tuple[tuple[str, Callable[[Iterable[Record]], set[str]]], ...] = (
        ("iam-changes", naive.changes), ("silencer-calls", naive.silencing), ("root-use", naive.root),
        ("console-use", naive.console),
        ("breakglass-session", lambda items: naive.in_sessions(items, ACCOUNTS, NAME)),
    )  # fmt: skip
    for name, reference in by_ids:
        assert ids(answered(name, folder, cache, when)) == reference(found), name
    rows: Any = answered("role-assumptions", folder, cache, when).rows
    edges: dict[tuple[str, str, str], tuple[str, str]] = {}
    for row in rows:
        first, last = edges.get((row.role, row.principal, row.outcome), (row.first, row.last))
        edges[row.role, row.principal, row.outcome] = (min(first, row.first), max(last, row.last))
    assert edges == naive.assumed(found)
    assert {(row.role, row.principal, row.outcome, row.source_identity) for row in rows} == naive.identities(found)
    rows = answered("last-use", folder, cache, when).rows
    uses = naive.last_uses(found)
    assert {naive.short(row.principal): row.last for row in rows if row.last} == {
        name: max(last for (who, _), last in uses.items() if who == name) for name, _ in uses
    }
    rows = answered("actions-used", folder, cache, when).rows
    assert {
        (naive.short(row.principal), row.action.replace("cloudwatch:", "monitoring:")): row.last
        for row in rows
        if row.last
    } == uses
    reads: dict[tuple[str, str, str], str] = {}
    rows = answered("secret-reads", folder, cache, when).rows
    for row in rows:
        key = (row.secret, row.principal, row.outcome)
        reads[key] = max(reads.get(key, ""), row.last)
    assert reads == naive.secrets(found)
    rows = answered("denied-attempts", folder, cache, when).rows
    assert {
        (naive.short(row.principal), row.action.replace("cloudwatch:", "monitoring:"), row.error): row.last
        for row in rows
    } == naive.denied(found)


def test_all_that_is_there(tree: Path, cache: Path) -> None:
    seen = list(records(tree))
    assert len(naive.distinct(seen)) < len(seen), "the tree holds nothing that was delivered twice"
    compare(tree, cache, Window(), seen)
    for item in QUESTIONS:
        if not item.compares:
            assert answered(item.name, tree, cache).rows, f"{item.name} is compared over nothing"


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-01-11", "2026-01-13"),
        ("2026-01-11T07:13:20Z", "2026-01-12T19:00:01Z"),
        ("2026-01-12T03:00:00Z", "2026-01-12T03:30:00Z"),
        (None, "2026-01-11T12:00:00+02:00"),
        ("2026-01-13T23:59:00Z", None),
    ],
)
def test_a_window_is_exact_to_the_second(tree: Path, cache: Path, since: str | None, until: str | None) -> None:
    when = window(since, until)
    first = f"{when.since:%Y-%m-%dT%H:%M:%SZ}" if when.since else ""
    last = f"{when.until:%Y-%m-%dT%H:%M:%SZ}" if when.until else "9"
    compare(tree, cache, when, [record for record in records(tree) if first <= record["eventTime"] < last])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(100, 10**6), days=st.integers(1, 3), twice=st.sampled_from([0.0, 0.3]),
    per_file=st.integers(1, 90), rarer=st.integers(0, 2), late=st.sampled_from([0.0, 0.2]), absent=st.integers(0, 3),
)  # fmt: skip
def test_any_history(
    seed: int, days: int, twice: float, per_file: int, rarer: int, late: float, absent: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("any")
    write_folder(
        Wanted(seed=seed, events=240, accounts=ACCOUNTS, days=days, twice=twice, per_file=per_file, security=60,
               rarer=rarer, late=late, absent=((ACCOUNTS[absent % 2], absent),)),
        folder,
    )  # fmt: skip
    cache = tmp_path_factory.mktemp("kept")
    compare(folder, cache, Window(), list(records(folder)))
    for since in ("2026-01-10T12:00:00Z", "2026-01-11"):
        rows: Any = answered("unusual-principals", folder, cache, window(since, None)).rows
        assert {(row.role, row.principal) for row in rows} == unusual(records(folder), since)


def unusual(seen: Iterable[Record], since: str) -> set[tuple[str, str]]:
    """(role, caller) of assumptions from a time on, by the plain loops, without those that there were before."""
    once = naive.distinct(seen)
    before, after = (
        {(role, caller) for role, caller, outcome in naive.assumed(part) if outcome == "ok"}
        for part in (
            [record for record in once if record["eventTime"] < since],
            [record for record in once if record["eventTime"] >= since],
        )
    )
    return after - before


def test_who_is_unusual(tree: Path, cache: Path) -> None:
    when = window("2026-01-12", None)
    answer = answered("unusual-principals", tree, cache, when)
    rows: Any = answer.rows
    assert {(row.role, row.principal) for row in rows} == unusual(records(tree), "2026-01-12") != set()
    assert answer.exit_code == 0
    late = "the baseline from 2025-12-13 on has files from 2026-01-10 on only: who came earlier counts as new"
    assert late in answer.coverage.notes and answer.begins == "2026-01-10"
    nothing = answered("unusual-principals", tree, cache, window("2026-01-12", None), baseline=timedelta(days=1))
    assert not any("baseline" in text for text in nothing.coverage.notes) and nothing.begins is None
    assert len(nothing.rows) >= len(rows)


def test_what_is_not_judged_is_said(tree: Path, cache: Path, tmp_path: Path) -> None:
    open_ended = answered("unusual-principals", tree, cache)
    assert (open_ended.exit_code, len(open_ended.not_judged)) == (2, 1)
    before = answered("unusual-principals", tree, cache, window("2026-01-10", None))
    assert before.exit_code == 2 and "everybody counts as new" in before.not_judged[0]
    assert before.begins == before.coverage.first_day != ""
    none = answered("breakglass-session", tree, cache, roles=frozenset())
    assert none.exit_code == 2 and "--config guardrails.toml or --role" in none.not_judged[0]
    empty = answered("iam-changes", tree, cache, window("2031-01-01", None))
    assert (list(empty.rows), empty.exit_code) == ([], 2)
    assert answered("iam-changes", tmp_path, tmp_path / "cache").exit_code == 2


def test_one_session_alone(tree: Path, cache: Path) -> None:
    everything: Any = answered("breakglass-session", tree, cache).rows
    ids_ = {row.source_identity for row in everything if row.source_identity}
    assert ids_
    for identity in ids_:
        rows: Any = answered("breakglass-session", tree, cache, session=identity).rows
        assert {row.source_identity for row in rows} <= {identity, ""}  # what has no context names none
        assert len([row for row in rows if row.source_identity]) == sum(
            row.source_identity == identity for row in everything
        )
        of = [((row.role.split(":")[4], row.role.rpartition("/")[2], row.session), row) for row in rows]
        assert {session for session, _ in of} == {session for session, row in of if row.source_identity}
