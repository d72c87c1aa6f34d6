"""One query of Athena's: started, waited for, stopped where nobody waits any more, and its rows.

Sources: Athena API Reference, StartQueryExecution, GetQueryExecution, GetQueryResults (at most 1,000 rows a page, the
first of them the column names), StopQueryExecution; Athena User Guide, "Configure per-query and per-workgroup data
usage controls".
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.aws.errors import REFUSED, AwsError, code_of, fatal, sentence
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.value import frozen

RIGHTS = "the output query_policy_json of the module trail-lake has the rights that it takes"
FIRST_WAIT, LONGEST_WAIT = 0.5, 5.0
"""Seconds between two questions whether the query has ended; each wait is half as long again as the one before."""


@frozen
class Ran:
    """What a query gave. rows: by column name, "" for NULL.  scanned: bytes read.  milliseconds: how long it ran."""

    query_id: str
    rows: Iterator[Mapping[str, str]]
    scanned: int
    milliseconds: int


class Athena:
    """Queries in one workgroup and database. wait: sleeps for so many seconds."""

    def __init__(
        self, session: Session, region: str, workgroup: str, database: str, progress: Callable[[str], None],
        wait: Callable[[float], None],
    ) -> None:  # fmt: skip
        self._client = session.client("athena", region_name=region)
        self._region, self._workgroup, self._database = region, workgroup, database
        self._progress, self._wait = progress, wait

    def run(self, statement: str) -> Ran:
        """Run a statement. Raises AwsError where it is refused, fails, is cancelled, or would read too much."""
        started = self._call(
            "StartQueryExecution", self._client.start_query_execution, QueryString=statement,
            QueryExecutionContext={"Database": self._database, "Catalog": "AwsDataCatalog"}, WorkGroup=self._workgroup,
        )  # fmt: skip
        query_id = str(started["QueryExecutionId"])
        self._progress(f"Athena runs query {query_id} in the workgroup {self._workgroup}")
        try:
            ended = self._end_of(query_id)
        except BaseException:  # Ctrl-C too: a query that nobody waits for must not go on reading at a price
            with contextlib.suppress(Exception):
                self._client.stop_query_execution(QueryExecutionId=query_id)
            raise
        said = ended.get("Statistics", {})
        scanned = int(said.get("DataScannedInBytes", 0))
        self._check(query_id, ended["Status"], scanned)
        return Ran(query_id, self._rows(query_id), scanned, int(said.get("TotalExecutionTimeInMillis", 0)))

    def _end_of(self, query_id: str) -> Mapping[str, Any]:
        pause = FIRST_WAIT
        while True:
            answer = self._call(
                "GetQueryExecution", self._client.get_query_execution, QueryExecutionId=query_id
            )["QueryExecution"]  # fmt: skip
            if answer["Status"]["State"] not in ("QUEUED", "RUNNING"):
                found: Mapping[str, Any] = answer
                return found
            self._wait(pause)
            pause = min(pause * 1.5, LONGEST_WAIT)

    def _check(self, query_id: str, status: Mapping[str, Any], scanned: int) -> None:
        state, reason = status["State"], " ".join(str(status.get("StateChangeReason", "")).split())[:500]
        if state == "SUCCEEDED":
            return
        if "scanned limit" in reason.lower():
            raise AwsError(
                f"Athena stopped the query {query_id} after {scanned:,} bytes, the limit of the workgroup"
                f" {self._workgroup}: ask about a shorter window, or raise the limit (bytes_scanned_limit of the module"
                " trail-lake)."
            )
        done = "was cancelled" if state == "CANCELLED" else "failed"
        raise AwsError(f"Athena's query {query_id} {done} ({reason or 'no reason was given'}).")

    def _rows(self, query_id: str) -> Iterator[Mapping[str, str]]:
        names: list[str] = []
        token: dict[str, str] = {}
        while True:
            answer = self._call("GetQueryResults", self._client.get_query_results, QueryExecutionId=query_id, **token)
            for row in answer["ResultSet"]["Rows"]:
                cells = [cell.get("VarCharValue", "") for cell in row["Data"]]
                if not names:
                    names = cells
                else:
                    yield dict(zip(names, cells, strict=True))
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}

    def _call(self, action: str, call: Callable[..., Any], **given: Any) -> Any:
        try:
            return call(**given)
        except AwsError:
            raise
        except Exception as error:  # botocore's parser errors share no base class with the others
            action = f"athena:{action}"
            said = getattr(error, "response", {}).get("Error", {}).get("Message", "")
            why = f": {' '.join(str(said).split())[:300]}" if said else ""
            rights = f"; {RIGHTS}" if code_of(error) in REFUSED else ""
            raise fatal(action, self._region, error) or AwsError(
                f"{sentence(action, error)} in {self._region}{why}{rights}."
            ) from None
