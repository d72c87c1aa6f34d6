"""One query of Athena's: started, waited for, stopped where nobody waits any more, and its rows.

Sources: Athena API Reference, StartQueryExecution, GetQueryExecution, GetQueryResults (at most 1,000 rows a page, the
first of them the column names), StopQueryExecution; Athena User Guide, "Configure per-query and per-workgroup data
usage controls". Amazon Athena pricing: a query that failed costs nothing, of one that was stopped what it had read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from iam_guardrails.adapters.aws.errors import REFUSED, AwsError, code_of, fatal, sentence
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.trail.answer import Query, price
from iam_guardrails.model.value import changed

RIGHTS = "the output query_policy_json of the module trail-lake has the rights that it takes"
_SCANNED = "DataScannedInBytes"
FIRST_WAIT, LONGEST_WAIT = 0.5, 5.0
"""Seconds between two questions whether the query has ended; each wait is half as long again as the one before."""


class Athena:
    """Queries in one workgroup and database. wait: sleeps for so many seconds.

    queries: all that have a price, those that were stopped too.
    """

    def __init__(
        self, session: Session, region: str, workgroup: str, database: str, progress: Callable[[str], None],
        wait: Callable[[float], None],
    ) -> None:  # fmt: skip
        self._client = session.client("athena", region_name=region)
        self._region, self._workgroup, self._database = region, workgroup, database
        self._progress, self._wait = progress, wait
        self.queries: tuple[Query, ...] = ()
        self._unknown: tuple[str, ...] = ()

    def run(self, statement: str) -> Sequence[Mapping[str, str]]:
        """Run a statement; gives the rows, by column name, "" for NULL. What was read, and its price, is told.

        Raises AwsError where it is refused, fails, is cancelled, or would read too much; it tells the price, too.
        """
        try:
            found = self._run(statement)
        except AwsError as error:
            raise AwsError(f"{error} {self._bill()}".rstrip()) from None
        except KeyboardInterrupt:
            self._progress(self._bill())
            raise
        self._progress(self._bill())
        return found

    def _bill(self) -> str:
        """What all queries read and about cost, in sentences; "" where none has a price."""
        found = [f"{price(self.queries)}."] if self.queries else []
        if self._unknown:
            named = ", ".join(self._unknown)
            found.append(f"What {named} had read when it was stopped, and so its price, is not known.")
        return " ".join(found)

    def _run(self, statement: str) -> Sequence[Mapping[str, str]]:
        started = self._call(
            "StartQueryExecution", self._client.start_query_execution, QueryString=statement,
            QueryExecutionContext={"Database": self._database, "Catalog": "AwsDataCatalog"}, WorkGroup=self._workgroup,
        )  # fmt: skip
        query_id = str(started["QueryExecutionId"])
        self._progress(f"Athena runs query {query_id} in the workgroup {self._workgroup}")
        try:
            ended = self._end_of(query_id)
        except BaseException:  # Ctrl-C too: a query that nobody waits for must not go on reading at a price
            self._stop(query_id)
            raise
        said = ended.get("Statistics", {})
        query = Query(query_id, int(said.get(_SCANNED, 0)), int(said.get("TotalExecutionTimeInMillis", 0)), 0)
        if ended["Status"]["State"] != "FAILED":
            self.queries += (query,)
        self._check(ended["Status"], query)
        rows = list(self._rows(query_id))
        self.queries = (*self.queries[:-1], changed(self.queries[-1], rows=len(rows)))
        return rows

    def _stop(self, query_id: str) -> None:
        """Stop a query, and note what it had read."""
        with contextlib.suppress(Exception):
            self._client.stop_query_execution(QueryExecutionId=query_id)
        try:
            told = self._client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            self.queries += (Query(query_id, int(told["Statistics"][_SCANNED]), 0, 0),)
        except Exception:  # whatever it is: the reason for which the query was stopped is the one to tell
            self._unknown += (query_id,)

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

    def _check(self, status: Mapping[str, Any], query: Query) -> None:
        state, reason = status["State"], " ".join(str(status.get("StateChangeReason", "")).split())[:500]
        if state == "SUCCEEDED":
            return
        if "scanned limit" in reason.lower():
            raise AwsError(
                f"Athena stopped the query {query.query_id} after {query.scanned:,} bytes, the limit of the workgroup"
                f" {self._workgroup}: ask about a shorter window, or raise the limit (bytes_scanned_limit of the module"
                " trail-lake)."
            )
        done = "was cancelled" if state == "CANCELLED" else "failed"
        free = (
            f"; it had read {query.scanned:,} bytes, and a query that failed costs nothing" if done == "failed" else ""
        )
        raise AwsError(f"Athena's query {query.query_id} {done} ({reason or 'no reason was given'}){free}.")

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
