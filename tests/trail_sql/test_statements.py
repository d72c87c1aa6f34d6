"""The statements' text: what is in every one of them, and that no value can leave its literal."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlglot import exp, parse_one

from iam_guardrails.adapters.trail_sql.binding import Lake, bound
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.questions.all import QUESTIONS
from iam_guardrails.model.trail.window import Window, window
from tests.trail_sql.golden import FOLDER, NOW, OF_JOURNEYS, ROLES, WINDOW, statements
from tests.trail_sql.lake import LAKE

NAMES = [item.name for item in QUESTIONS]
FILES = sorted(statements())
RESERVED = frozenset((FOLDER / "reserved_words.txt").read_text().split())
"""Athena User Guide, "Escape reserved keywords in queries": those of SELECT statements."""
HOSTILE = "x' OR '1'='1' -- \\ \" ; DROP TABLE cloudtrail"


def test_there_is_one_file_for_each_question() -> None:
    assert sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.sql")) == FILES
    assert set(FILES) == {f"{name}.sql" for name in NAMES} | {f"by-day/{name}.sql" for name in OF_JOURNEYS}


@pytest.mark.parametrize("name", FILES)
def test_the_statement_is_the_golden_one(name: str) -> None:
    assert statements()[name] == (FOLDER / name).read_text()


@pytest.mark.parametrize("name", FILES)
def test_no_reserved_word_is_a_name_without_quotes(name: str) -> None:
    tree = parse_one((FOLDER / name).read_text(), dialect="athena")
    bare = {item.name.upper() for item in tree.find_all(exp.Identifier) if not item.args.get("quoted")}
    assert "EVENTTIME" in bare and not bare & RESERVED


@pytest.mark.parametrize("name", FILES)
def test_every_statement_filters_partitions_and_names_its_columns(name: str) -> None:
    tree = parse_one((FOLDER / name).read_text(), dialect="athena")
    assert all(item.alias for item in tree.expressions)
    assert not list(tree.find_all(exp.Star, exp.Unnest, exp.Placeholder, exp.Subquery))
    assert len(list(tree.find_all(exp.Table))) == 1
    filters = [item.sql() for item in tree.args["where"].this.flatten()]
    assert "account IN ('111122223333', '444455556666')" in filters
    assert "region IN ('us-east-1', 'us-east-2')" in filters
    assert "day BETWEEN '2026/01/01' AND '2026/02/02'" in filters, "files of the window come up to two days late"
    assert len(filters) == 3, "of which accounts and Regions there are records is asked of all that is read"
    wanted = [item.sql() for item in tree.expressions[0].find(exp.If).this.flatten()]
    assert {"eventtime >= '2026-01-01T00:00:00Z'", "eventtime < '2026-01-31T12:00:00Z'"} <= set(wanted)


@pytest.mark.parametrize("file", FILES)
def test_a_value_stays_a_value(file: str) -> None:
    by_day, name = file.startswith("by-day/"), file.removeprefix("by-day/").removesuffix(".sql")
    lake = Lake("w", HOSTILE, HOSTILE, "us-east-1", (HOSTILE,), (HOSTILE,))
    tree = parse_one(bound(name, lake, WINDOW, {("1", HOSTILE)}, NOW, by_day=by_day), dialect="athena")
    (table,) = tree.find_all(exp.Table)
    assert (table.name, table.db) == (HOSTILE, HOSTILE)
    literals = [item.this for item in tree.find_all(exp.Literal) if "DROP" in item.this]
    assert set(literals) <= {HOSTILE, f"1 {HOSTILE}"}
    assert len(literals) == ((7 if by_day else 12) if name == "breakglass-session" else 2)
    plain = parse_one(bound(name, LAKE, WINDOW, {("1", "one")}, NOW, by_day=by_day), dialect="athena")
    kinds = [[type(node) for node in item.walk()] for item in (tree.expressions[0], plain.expressions[0])]
    assert kinds[0] == kinds[1]


def test_a_window_without_a_beginning_is_refused() -> None:
    with pytest.raises(Problem, match="--since"):
        bound("last-use", LAKE, Window(), ROLES, NOW)


def test_a_window_without_an_end_stops_today() -> None:
    text = bound("last-use", LAKE, window("2026-01-01", None), ROLES, datetime(2026, 1, 5, 23, 59, tzinfo=UTC))
    assert "'2026/01/01' AND '2026/01/05'" in text and "eventtime <" not in text


def test_without_the_extra_the_sentence_names_it() -> None:
    code = (
        "import sys; sys.modules['sqlglot'] = None; from iam_guardrails.__main__ import *; "
        "from iam_guardrails.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    asked = ["trail", "ask", "last-use", "--engine", "athena", "--since", "2026-01-01", "--workgroup", "w",
             "--database", "d", "--table", "t", "--region", "us-east-1", "--lake-account", "111122223333",
             "--lake-region", "us-east-1"]  # fmt: skip
    ran = subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, text=True)
    assert ran.returncode == 2 and "iam-guardrails[sql]" in ran.stderr and "Traceback" not in ran.stderr
