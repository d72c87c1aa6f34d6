"""`guardrails trail export`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

Progress = Callable[[str], None]
EPILOG = (
    "Exit codes: 0 every file was read and exported, 2 not all: what could not be read is named, the rest is exported;"
    " or a day of an earlier export is left as it was, as it holds records that may be in files that were not read;"
    " or different records have one event id, or claim to correct one that they may not: all are exported, and the ids"
    " are named."
    ' Needs DuckDB (the extra "sql"), and room in FOLDER for temporary files for about a quarter of the unpacked'
    " records; those that a killed export left there go with the next."
)


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `trail export`."""
    made.add_argument("--source", metavar="SOURCE", required=True,
                      help="a folder of CloudTrail's files, or s3://bucket/prefix")  # fmt: skip
    made.add_argument("--since", metavar="DAY", help="the first day, UTC (default: the beginning)")
    made.add_argument("--until", metavar="DAY", help="the day after the last (default: the end);"
                      " files delivered more than two days later are not read, which is said, and of a day that was"
                      " exported before no record goes then")  # fmt: skip
    made.add_argument("--parquet", metavar="FOLDER", required=True,
                      help="write FOLDER/account=ID/day=YYYY-MM-DD/events.parquet, each file anew")  # fmt: skip


def run(given: argparse.Namespace, progress: Progress) -> int:
    """Export. Returns the exit code. Raises Problem."""
    from datetime import UTC, datetime
    from pathlib import Path

    from iam_guardrails.adapters.trail_export import export
    from iam_guardrails.adapters.trail_objects import open_objects
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.model.trail.questions.doubts import Doubts
    from iam_guardrails.model.trail.window import unread_after, window
    from iam_guardrails.reports.escaping import shown
    from iam_guardrails.trail_source import is_within, refuse_empty

    refuse_empty(given)
    when = window(given.since, given.until)
    if is_within(given.parquet, given.source):
        raise Problem(f"--parquet {given.parquet} lies in the source and would be read as its files; choose another")
    found = export(open_objects(given.source), when, Path(given.parquet), progress)
    if not found.files:
        raise Problem(f"{given.source} holds no file of CloudTrail's for that window ({when})")
    for path in found.written:
        print(path)
    print(f"{len(found.written)} files of Parquet from {found.files} files with {found.events} records; {when}")
    if found.skipped:
        what = "digests, Insights, aggregates, network activity or other services' logs"
        print(f"{found.skipped} files of {what}: not read")
    if found.later:
        for note in unread_after(when, found.later, datetime.now(UTC)):
            print(note)
    for path in found.removed:
        print(shown(f"removed, as the source has nothing of that day now: {path}"))
    for path in found.left:
        print(shown(f"NOT EXPORTED: {path} stays as it was, as files that may hold records of that day were not read"))
    for item in found.unreadable:
        print(shown(f"NOT READ: {item.key}{f', {item.record}' if item.record else ''}: {item.reason}"))
    doubts = Doubts()
    doubts.doubled.update(found.doubled)
    doubts.disputed.update(found.disputed)
    for text in doubts.open_points():
        print(shown(f"NOT JUDGED: {text}"))
    return 2 if found.unreadable or found.left or found.doubled or found.disputed else 0
