"""Asking Athena: waiting, paging, the price, and what goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from iam_guardrails.adapters.aws.athena import Athena
from iam_guardrails.adapters.aws.errors import AwsError
from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.trail_sql.config import NAMES, lake_of
from iam_guardrails.adapters.trail_sql.engine import AthenaEngine
from iam_guardrails.journeys.trail_ask import NO_FILE
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.window import window
from iam_guardrails.reports.trail_ask import render_answer
from tests.trail_history import write_folder
from tests.trail_sql.lake import LAKE, FakeAthena, connected
from tests.trail_sql.test_answers import NOW, ROLES, WANTED, by_athena

CONFIG = Path(__file__).parent.parent.parent / "modules" / "trail-lake" / "tests" / "guardrails.toml.expected"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    folder = tmp_path_factory.mktemp("tree")
    write_folder(WANTED, folder)
    return connected(folder)


def asked(client: FakeAthena, waits: list[float] | None = None, said: list[str] | None = None) -> AthenaEngine:
    kept_waits, kept_said = waits if waits is not None else [], said if said is not None else []
    athena = Athena(client, LAKE.region, LAKE.workgroup, LAKE.database, kept_said.append, kept_waits.append)
    return AthenaEngine(athena, LAKE, "iam-changes", ROLES, NOW)


def test_it_waits_longer_and_longer_and_reads_every_page(database: duckdb.DuckDBPyConnection) -> None:
    client, waits, said = FakeAthena(database, page=3, states=["QUEUED", *["RUNNING"] * 9]), [], []
    answer = asked(client, waits, said).ask(window("2026-01-01", None))
    (query,) = answer.coverage.queries
    assert waits[:3] == [0.5, 0.75, 1.125] and max(waits) == waits[-1] == 5.0 and len(waits) == 10
    assert query.rows > 3 * client.page and query.scanned == client.scanned > 0
    days = frozenset[str]().union(*answer.coverage.days.values())  # a row each tells what there is of it
    assert sum(len(day.kept) for _, day in answer.facts) + len(days) == query.rows
    assert client.asked[0]["WorkGroup"] == LAKE.workgroup
    runs, cost = said
    assert runs == "Athena runs query query-1 in the workgroup guardrails"
    assert cost.startswith(
        f"Athena read {query.scanned:,} bytes in 1 query (query-1), about 0.0001 USD at 5 USD per TB"
    )
    assert client.stopped == []


def test_the_price_of_every_query_is_told(database: duckdb.DuckDBPyConnection) -> None:
    answer = by_athena("unusual-principals", FakeAthena(database, page=50), window("2026-01-12", None))
    content = json.loads(render_answer(answer, "json"))["coverage"]
    assert [item["id"] for item in content["queries"]] == ["query-1", "query-2"]
    assert content["bytes_scanned"] == sum(item["bytes_scanned"] for item in content["queries"]) > 0
    assert content["approximate_usd"] == pytest.approx(2 * 10e6 / 1e12 * 5), "10 MB a query at least"
    text = render_answer(answer, "text")
    assert "in 2 queries (query-1, query-2), about 0.0001 USD at 5 USD per TB (list price, approximate)" in text


def test_nothing_to_read_is_no_clean_answer(database: duckdb.DuckDBPyConnection) -> None:
    answer = by_athena("root-use", FakeAthena(database), window("2031-01-01", None))
    assert (answer.rows, answer.not_judged, answer.exit_code) == ([], (NO_FILE,), 2)


def error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetQueryExecution")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"end": ("FAILED", "HIVE_BAD_DATA: Error\n parsing")}, r"query-1 failed \(HIVE_BAD_DATA: Error parsing\)"),
        ({"end": ("CANCELLED", "")}, r"query-1 was cancelled \(no reason was given\)"),
        (
            {"end": ("CANCELLED", "Query cancelled! : Bytes scanned limit was exceeded"), "scanned": 123456},
            r"stopped the query query-1 after 123,456 bytes, the limit of the workgroup guardrails",
        ),
        (
            {"states": [error("AccessDeniedException", "User is not\nauthorized")]},
            r"athena:GetQueryExecution was refused \(AccessDeniedException\) in us-east-2: User is not authorized",
        ),
        ({"states": [error("ExpiredTokenException", "")]}, "credentials have expired"),
        ({"states": [EndpointConnectionError(endpoint_url="https://athena.invalid")]}, "AWS did not answer"),
    ],
)
def test_what_goes_wrong_is_one_sentence(database: duckdb.DuckDBPyConnection, more: dict[str, Any], told: str) -> None:
    client = FakeAthena(database, **{"states": [], **more})
    with pytest.raises(AwsError, match=told) as raised:
        asked(client).ask(window("2026-01-01", None))
    assert "\n" not in str(raised.value)
    assert client.stopped == (["query-1"] if more.get("states") else [])


class Expensive(FakeAthena):
    """Every query reads 900 GB; the second one is stopped at the workgroup's limit, or fails."""

    def __init__(self, database: duckdb.DuckDBPyConnection, second: tuple[str, str]) -> None:
        super().__init__(database, page=50, states=[])
        self.second = second

    def start_query_execution(self, **given: Any) -> dict[str, str]:
        if self.asked:
            self.end = self.second
        started = super().start_query_execution(**given)
        self.scanned = 900_000_000_000
        return started


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (
            ("CANCELLED", "Bytes scanned limit was exceeded"),
            "Athena read 1,800,000,000,000 bytes in 2 queries (query-1, query-2), about 9.0000 USD at 5 USD per TB",
        ),
        (
            ("FAILED", "HIVE_BAD_DATA"),
            "query-2 failed (HIVE_BAD_DATA); it had read 900,000,000,000 bytes, and a query that failed costs nothing."
            " Athena read 900,000,000,000 bytes in 1 query (query-1), about 4.5000 USD",
        ),
    ],
)
def test_what_a_stopped_query_and_those_before_it_cost_is_told(
    database: duckdb.DuckDBPyConnection, second: tuple[str, str], told: str
) -> None:
    with pytest.raises(AwsError) as raised:
        by_athena("unusual-principals", Expensive(database, second), window("2026-01-12", None))
    assert told in str(raised.value)


def test_what_a_query_cost_is_told_where_its_rows_cannot_be_had(database: duckdb.DuckDBPyConnection) -> None:
    class Refused(FakeAthena):
        def get_query_results(self, QueryExecutionId: str, **given: Any) -> dict[str, Any]:
            raise error("AccessDeniedException", "no")

    with pytest.raises(AwsError, match=r"GetQueryResults was refused.*bytes in 1 query \(query-1\), about"):
        asked(Refused(database, states=[])).ask(window("2026-01-01", None))


def test_what_was_read_until_ctrl_c_is_told_or_that_nobody_knows(database: duckdb.DuckDBPyConnection) -> None:
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        asked(FakeAthena(database, states=["RUNNING", KeyboardInterrupt()]), said=said).ask(window("2026-01-01", None))
    assert "bytes in 1 query (query-1), about 0.0001 USD" in said[-1]
    with pytest.raises(AwsError, match="What query-1 had read when it was stopped, and so its price, is not known"):
        asked(FakeAthena(database, states=[error("ExpiredToken", ""), error("ExpiredToken", "")])).ask(
            window("2026-01-01", None)
        )


def test_ctrl_c_stops_the_query(database: duckdb.DuckDBPyConnection) -> None:
    client = FakeAthena(database, states=["RUNNING", KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        asked(client).ask(window("2026-01-01", None))
    assert client.stopped == ["query-1"]


def test_the_modules_output_is_what_the_config_is_read_from(tmp_path: Path) -> None:
    lake = lake_of(str(CONFIG), {})
    assert (lake.workgroup, lake.database, lake.table, lake.region) == (
        "prod-trail-lake", "prod_trail_lake", "cloudtrail", "us-east-2",
    )  # fmt: skip
    assert (lake.accounts, lake.regions) == (("333333333333",), ("us-east-1", "us-east-2"))
    assert lake_of(str(CONFIG), {"regions": ["eu-west-1"], "table": "other"}).regions == ("eu-west-1",)


def test_a_region_of_every_partition_is_taken() -> None:
    for name in ("eusc-de-east-1", "us-gov-west-1", "cn-northwest-1", "ap-southeast-2"):
        lake = lake_of(str(CONFIG), {"region": name, "regions": [name]})
        assert (lake.region, lake.regions) == (name, (name,))


def test_the_table_may_stand_in_an_environments_guardrails_toml(tmp_path: Path) -> None:
    environment = Path(__file__).parent.parent.parent / "envs" / "prod" / "guardrails.toml"
    both = tmp_path / "guardrails.toml"
    both.write_text(f"{environment.read_text()}\n{CONFIG.read_text()}")
    assert read_expectations(both).unknown_keys == read_expectations(environment).unknown_keys == ()
    assert lake_of(str(both), {}) == lake_of(str(CONFIG), {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r"has no \[trail_lake\] workgroup, database, table, region, accounts, regions"),
        ("trail_lake = 3", "must be a table"),
        ("[trail_lake", "not valid TOML"),
        ("[trail_lake]\nworkgruop = 'x'", "trail_lake.workgruop means nothing"),
        (CONFIG.read_text().replace('["333333333333"]', '"333333333333"'), "must be a list of texts"),
        (CONFIG.read_text().replace('["333333333333"]', "[333333333333]"), "333333333333"),
        (CONFIG.read_text().replace("us-east-2", "Ohio"), "'Ohio'"),
        (CONFIG.read_text().replace("prod-trail-lake", "a" * 100_000), "workgroup of the trail lake"),
    ],
)
def test_a_config_that_names_no_lake_is_refused(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_text(text)
    with pytest.raises(Problem, match=told) as raised:
        lake_of(str(tmp_path / "guardrails.toml"), {})
    assert len(str(raised.value)) < 1000
    with pytest.raises(Problem, match="--lake-account"):
        lake_of(None, dict.fromkeys(NAMES))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--engine", "athena", "--source", "x"), "leave one of them out"),
        (("--engine", "athena"), "not given: workgroup"),
        (("--engine", "athena", "--since", "2999-01-01"), "--since 2999-01-01 is after now"),
        ((), "--source"),
    ],
)
def test_options_that_do_not_go_together(arguments: tuple[str, ...], told: str) -> None:
    command = [sys.executable, "-m", "iam_guardrails", "trail", "ask", "last-use", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 2 and told in ran.stderr and "Traceback" not in ran.stderr
