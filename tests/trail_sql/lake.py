"""A fake Athena: its SQL is run, transpiled, by DuckDB over the same files.

What it does not judge is what only Athena can: its own grammar, the SerDe, partition projection, and the price.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp, parse_one

from iam_guardrails.adapters.trail_sql.binding import Lake

COLUMNS = """STRUCT(
  eventVersion VARCHAR,
  userIdentity STRUCT(
    "type" VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, invokedBy VARCHAR, accessKeyId VARCHAR,
    userName VARCHAR, identityProvider VARCHAR, onBehalfOf STRUCT(userId VARCHAR, identityStoreArn VARCHAR),
    sessionContext STRUCT(
      attributes STRUCT(mfaAuthenticated VARCHAR, creationDate VARCHAR),
      sessionIssuer STRUCT("type" VARCHAR, principalId VARCHAR, arn VARCHAR, accountId VARCHAR, userName VARCHAR),
      sourceIdentity VARCHAR)),
  eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR, awsRegion VARCHAR, sourceIPAddress VARCHAR,
  userAgent VARCHAR, errorCode VARCHAR, errorMessage VARCHAR, requestParameters VARCHAR, responseElements VARCHAR,
  additionalEventData VARCHAR, requestID VARCHAR, eventID VARCHAR, readOnly VARCHAR, recipientAccountId VARCHAR,
  serviceEventDetails VARCHAR, sharedEventID VARCHAR, sessionCredentialFromConsole VARCHAR, eventType VARCHAR,
  addendum STRUCT(reason VARCHAR, updatedFields VARCHAR, originalRequestID VARCHAR, originalEventID VARCHAR))[]"""
"""Explicit types: what DuckDB infers makes a map of requestParameters, whose values then carry their quotes."""
LAKE = Lake(
    "guardrails", "trail", "cloudtrail", "us-east-2", ("111122223333", "444455556666"), ("us-east-1", "us-east-2")
)


def connected(folder: Path, lake: Lake = LAKE) -> duckdb.DuckDBPyConnection:
    """DuckDB with the table that the module trail-lake would give Athena over the files of `folder`."""
    made = duckdb.connect(config={"threads": 1})
    made.execute(f'CREATE SCHEMA "{lake.database}"')
    made.execute(
        f'CREATE TABLE "{lake.database}"."{lake.table}" AS SELECT r.*, parts[-7] AS account, parts[-5] AS region,'
        " concat_ws('/', parts[-4], parts[-3], parts[-2]) AS day FROM (SELECT unnest(Records) AS r,"
        " string_split(filename, '/') AS parts"
        f" FROM read_json(?, columns={{Records: '{COLUMNS}'}}, filename=true, compression='gzip',"
        " maximum_object_size=268435456))",
        [[str(path) for path in files(folder)]],
    )
    return made


def files(folder: Path) -> list[Path]:
    """CloudTrail's log files there."""
    return sorted(folder.rglob("*_CloudTrail_*.json.gz"))


class FakeAthena:
    """The calls of Athena's client that are used."""

    def __init__(self, database: duckdb.DuckDBPyConnection, page: int = 7, **more: Any) -> None:
        """more: scanned (bytes), states (what a query is in before it ends), end (state and reason)."""
        self.database, self.page = database, page
        self.scanned: int = more.get("scanned", 0)
        self.states: list[Any] = list(more.get("states", ("QUEUED", "RUNNING")))
        self.end: tuple[str, str] = more.get("end", ("SUCCEEDED", ""))
        self.asked: list[dict[str, Any]] = []
        self.stopped: list[str] = []
        self._answers: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = {}

    def client(self, service_name: str, region_name: str) -> FakeAthena:
        assert (service_name, region_name) == ("athena", LAKE.region)
        return self

    def start_query_execution(self, **given: Any) -> dict[str, str]:
        self.asked.append(given)
        name = f"query-{len(self.asked)}"
        if self.end[0] == "SUCCEEDED":
            runs, counts = _transpiled(given["QueryString"])
            (number,) = self.database.execute(counts).fetchone() or (0,)
            self.scanned = int(number) * 1000  # bytes, at 1,000 a record
            found = self.database.execute(runs)
            self._answers[name] = [item[0] for item in found.description or ()], found.fetchall()
        return {"QueryExecutionId": name}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:
        state, reason = (self.states.pop(0), "") if self.states else self.end
        if isinstance(state, BaseException):
            raise state
        return {
            "QueryExecution": {
                "Status": {"State": state, "StateChangeReason": reason},
                "Statistics": {"DataScannedInBytes": self.scanned, "TotalExecutionTimeInMillis": 1500},
            }
        }

    def get_query_results(self, QueryExecutionId: str, **given: Any) -> dict[str, Any]:
        names, rows = self._answers[QueryExecutionId]
        start = int(given.get("NextToken", "0"))
        told: list[Iterable[Any]] = [names, *rows]
        answer: dict[str, Any] = {
            "ResultSet": {
                "Rows": [{"Data": [_cell(value) for value in row]} for row in told[start : start + self.page]],
                "ResultSetMetadata": {"ColumnInfo": [{"Name": name, "Type": "varchar"} for name in names]},
            }
        }
        if start + self.page < len(told):
            answer["NextToken"] = str(start + self.page)
        return answer

    def stop_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:
        self.stopped.append(QueryExecutionId)
        return {}


@cache
def _transpiled(statement: str) -> tuple[str, str]:
    """The statement for DuckDB, and the one that counts the records that its partitions leave."""
    tree = parse_one(statement, dialect="athena")
    runs = tree.sql(dialect="duckdb", pretty=True)
    filters = [
        item
        for item in tree.args["where"].this.flatten()
        if isinstance(item, exp.In | exp.Between) and item.this.name in ("account", "region", "day")
    ]
    assert len(filters) == 3, "a statement that does not filter every partition reads, and costs, everything"
    counted = exp.select("count(*)").from_(tree.find(exp.Table).copy()).where(*filters)
    return runs, counted.sql(dialect="duckdb")


def _cell(value: Any) -> dict[str, str]:
    assert value is None or isinstance(value, str), "a column that is no text would look otherwise in Athena"
    return {} if value is None else {"VarCharValue": value}
