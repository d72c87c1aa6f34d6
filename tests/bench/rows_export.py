"""Rows about SQL over CloudTrail: how long the Parquet export takes, and a question in SQL over it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tests.bench.measure import Row, command, in_turns
from tests.trail_history import Wanted, write_folder

WANTED = Wanted(events=60_000, days=10, accounts=("111122223333", "444455556666"))
COPY = """
import duckdb, sys
duckdb.sql("SET threads = 2")
duckdb.sql(f'''
  COPY (SELECT r->>'eventID' AS event_id, r->>'eventTime' AS event_time, r->>'eventSource' AS event_source,
               r->>'eventName' AS event_name, r->>'$.userIdentity.arn' AS arn, r->>'errorCode' AS error_code
        FROM (SELECT unnest(Records) AS r
              FROM read_json('{sys.argv[1]}/**/*.json.gz', columns = {{Records: 'JSON[]'}})))
  TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)''')
"""
ASK = """
import duckdb, sys
print(len(duckdb.sql(f'''
  SELECT principal, max(event_time) FILTER (error_code IS NULL), count(DISTINCT event_source || event_name)
  FROM read_parquet('{sys.argv[1]}/**/*.parquet') GROUP BY ALL''').fetchall()))
"""


def export_rows(folder: Path) -> Iterator[Row]:
    """Ten days of two accounts and two Regions, exported and asked."""
    what = "trail export of 60,000 events to Parquet, 17 typed columns, each record once"
    if not find_spec("duckdb"):
        yield Row(what, "not measured", "-", None, "DuckDB, because it is not installed")
        return
    folder.mkdir(exist_ok=True)
    tree, lake = folder / "tree", folder / "lake"
    write_folder(WANTED, tree)
    guardrails = [sys.executable, "-m", "iam_guardrails", "trail"]
    ask = [*guardrails, "ask", "last-use", "--source", tree, "--cache", folder / "cache", "--format", "csv"]
    taken = in_turns({
        "ours": command([*guardrails, "export", "--source", tree, "--parquet", lake]),
        "copy": command([sys.executable, "-c", COPY, tree, folder / "copy.parquet"]),
        "sql": command([sys.executable, "-c", ASK, lake]),
        "ask": command(ask),
    }, rounds=3)  # fmt: skip
    yield Row(what, f"{taken['ours'] / taken['copy']:.2f}x ({taken['ours']:.1f} s)", "-", None,
              f"DuckDB: COPY (read_json …) TO Parquet, 6 columns, duplicates too ({taken['copy']:.1f} s)")  # fmt: skip
    yield Row("last use by SQL over that export", f"{taken['sql'] / taken['ask']:.1f}x ({taken['sql'] * 1000:.0f} ms)",
              "-", None, f"trail ask last-use, asked again ({taken['ask'] * 1000:.0f} ms)")  # fmt: skip
