"""Sorts the lines of one account and day (trail_spool) into a Parquet file: each record once, by time, zstd.

The same lines give the same file, in whichever order they come.
"""

from __future__ import annotations

import filecmp
import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.trail_row import TYPES
from iam_guardrails.adapters.trail_spool import KEYS

SORTED_BYTES, ROWS = 16 << 20, 20_480
"""How many bytes of lines are sorted at once, and how many rows of a larger file DuckDB writes at once."""
_MAY_CHANGE = {"region": "awsRegion", "source_ip": "sourceIPAddress", "user_agent": "userAgent"}
"""The columns that a correction may change where it names the field."""
_CORRECTED = (
    " WHERE event_id IS NULL OR event_id NOT IN ("
    "SELECT a.event_id FROM once AS a JOIN once AS b ON b.amends = a.event_id GROUP BY a.event_id HAVING count(*) = 1"
    " AND min(b.event_id) NOT IN (SELECT amends FROM once WHERE amends NOTNULL)"
    " AND count(b.event_id) = 1 AND min(b.event_id) NOT IN (SELECT event_id FROM once WHERE event_id NOTNULL"
    " GROUP BY event_id HAVING count(*) > 1) AND bool_and("
    "a.event_source <> 'sts.amazonaws.com' AND a.event_source <> 'signin.amazonaws.com' AND"
    " a.event_name <> 'ConsoleLogin'"
    + "".join(
        f" AND (a.{name} IS NOT DISTINCT FROM b.{name}"
        + (f" OR regexp_matches(b.fields, '(^|[, ]){_MAY_CHANGE[name]}($|[., ])'))" if name in _MAY_CHANGE else ")")
        for name in TYPES if name != "event_id"
    )
    + "))"
)  # fmt: skip
"""Leaves out the records that one other corrects, by the rules of model.trail.questions.records."""


def write(duckdb: Any, spool: Path, place: str, made: Path, *, corrected: bool) -> None:
    """Write the lines of a place (trail_spool.places) to the file MADE. corrected: whether some correct others.

    DuckDB sorts in memory, so what is large is sorted hour by hour, but where some lines correct others.
    """
    names = ", ".join(TYPES)
    by_time = "ORDER BY event_time, event_id, key"
    size = sum(path.stat().st_size for path in spool.glob(f"{place} *"))
    with duckdb.connect(config={"threads": 1, "temp_directory": str(spool)}) as database:
        lines = database.read_json(
            glob.escape(f"{spool}/{place} ") + "*", format="newline_delimited", hive_partitioning=False,
            columns=KEYS | TYPES,
        )  # fmt: skip
        if corrected or size <= SORTED_BYTES:
            lines.query(
                "lines",
                f"WITH once AS (SELECT DISTINCT ON (key) * FROM lines ORDER BY key) SELECT {names} FROM once"
                f"{_CORRECTED if corrected else ''} {by_time}",
            ).write_parquet(str(made), compression="zstd")
        else:
            parts = [str(spool / f"hour-{hour:02}") for hour in range(24)]
            lines.write_parquet(str(spool / "lines"), row_group_size=ROWS)
            for hour, part in enumerate(parts):
                database.read_parquet(glob.escape(f"{spool}/lines"), hive_partitioning=False).query(
                    "lines",
                    f"SELECT {names} FROM (SELECT DISTINCT ON (key) * FROM lines WHERE hour(event_time) = {hour}"
                    f" ORDER BY key) {by_time}",
                ).write_parquet(part, row_group_size=ROWS)
            found = database.read_parquet([glob.escape(part) for part in parts], hive_partitioning=False)
            found.write_parquet(str(made), compression="zstd", row_group_size=ROWS)


def loses(duckdb: Any, spool: Path, there: Path, made: Path) -> bool:
    """Whether the file THERE has rows that the file MADE has not; True also where it cannot be read as such a file.

    DuckDB compares in memory, so it is done hour by hour.
    """
    if filecmp.cmp(there, made, shallow=False):
        return False
    with duckdb.connect(config={"threads": 1, "temp_directory": str(spool)}) as database:
        rows = "SELECT * FROM read_parquet(?, hive_partitioning = false) WHERE hour(event_time) = ?"
        asked = f"SELECT 1 FROM ({rows} EXCEPT ALL {rows}) LIMIT 1"
        old, new = (glob.escape(str(path)) for path in (there, made))
        try:
            return any(database.execute(asked, [old, hour, new, hour]).fetchone() for hour in range(24))
        except duckdb.Error:
            return True


def event_ids(duckdb: Any, written: Sequence[str], spool: Path, where: str, *more: object) -> tuple[str, ...]:
    """The event ids of the rows of which a condition holds, sorted. more: what its question marks stand for."""
    if not written:
        return ()
    with duckdb.connect(config={"threads": 1, "temp_directory": str(spool)}) as database:
        found = database.execute(f"SELECT event_id FROM read_parquet(?) WHERE {where}", [list(written), *more])
        return tuple(sorted({event_id for (event_id,) in found.fetchall()}))
