"""Athena: a statement that reads leaves nothing; one that drops, makes or fills a table does, unseen.

CloudTrail does not record what a query says; Athena does, for 45 days.
Sources: Amazon Athena User Guide, monitor-with-cloudtrail (queryString is ***OMITTED***); Amazon Athena API Reference,
GetQueryExecution (Query, ResultConfiguration) and GetWorkGroup; Amazon Athena User Guide, ddl-reference and
dml-queries-functions-operators.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.incident.effects.kind import SETS, Answer, Call, Kind, Names, State
from iam_guardrails.model.unknown import Unknown

_READS = re.compile(r"\(*\s*(select|show|describe|desc|with|values|explain(?!\s+analyze)|explain\s+analyze(\s+verbose)?"
                    r"\s+(select|with))\b", re.IGNORECASE)  # fmt: skip
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
MOST_TOLD = 60


def only_reads(statement: str) -> bool:
    """Whether an Athena statement changes neither tables nor data. Comments before it do not count."""
    return bool(_READS.match(_COMMENT.sub(" ", statement).strip()))


def _read(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[0]
    if isinstance(found, Unknown):
        return found
    told: Mapping[str, Any] = (found or {}).get("QueryExecution") or {}
    statement = " ".join(str(told.get("Query") or "").split())
    if not statement:
        return Unknown("Athena does not tell any more what the query said")
    if only_reads(str(told["Query"])):
        return _where_the_rows_lie(told, answers)
    short = statement if len(statement) <= MOST_TOLD else f"{statement[: MOST_TOLD - 1]}…"
    return Unknown(f"it may change tables or data, and nobody knows how to look at what it left: {short}")


def _place(told: Any) -> str:
    """Where a result goes, as a query or a workgroup tells it; "" where it does not."""
    found = told.get("ResultConfiguration") if isinstance(told, Mapping) else None
    return str(found.get("OutputLocation") or "") if isinstance(found, Mapping) else ""


def _workgroup(names: Names, answer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    told = answer.get("QueryExecution") or {}
    return ("GetWorkGroup", {"WorkGroup": told.get("WorkGroup") or "primary"}) if _place(told) else None


def _where_the_rows_lie(told: Mapping[str, Any], answers: Sequence[Answer]) -> State:
    """Nothing, where they lie where those of its workgroup do."""
    place = _place(told)
    if not place:
        return None
    group = answers[-1] if len(answers) > 1 and isinstance(answers[-1], Mapping) else {}
    usual = _place((group.get("WorkGroup") or {}).get("Configuration"))
    if usual and place.startswith(f"{usual.rstrip('/')}/"):
        return None
    elsewhere = f"and those of its workgroup go to {usual}" if usual else "and its workgroup tells no place of its own"
    return Unknown(f"it only read, but its rows lie at {place}, {elsewhere}")


QUERY = Kind(
    "athena-query", "the Athena query {QueryExecutionId} left something behind",
    ("athena", "GetQueryExecution", {"QueryExecutionId": "{QueryExecutionId}"}), _read, then=_workgroup,
    gone="it only read, and its rows lie where those of its workgroup do",
)  # fmt: skip
CALLS: tuple[Call, ...] = (
    Call("athena:StartQueryExecution", QUERY, SETS, {"QueryExecutionId": "response:queryExecutionId"}, fresh=True),
)
