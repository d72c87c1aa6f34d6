"""CloudTrail's files as Parquet, one file for each account and day of events, for ad-hoc SQL.

The files that are wanted (trail_wanted) are read on all cores into a spool (trail_spool), which DuckDB sorts into files
(trail_parquet). Here these are put in their places, and those of days that are gone are taken away: a file appears
whole or not at all, also where several export at a time, and the same records give the same file. No record goes from
an earlier export of a day while a file that may hold it was not read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from iam_guardrails.adapters.trail_engine.reading import batches, read_all
from iam_guardrails.adapters.trail_listing import OTHER, group_of, processes
from iam_guardrails.adapters.trail_objects import TrailObjects
from iam_guardrails.adapters.trail_parquet import event_ids, loses, write
from iam_guardrails.adapters.trail_spool import Reader, places, spool_in, unwritable
from iam_guardrails.adapters.trail_wanted import Wanted
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.answer import Unread
from iam_guardrails.model.trail.window import ALL_DAYS, Window
from iam_guardrails.model.value import frozen

NAME = "events.parquet"
MISSING = 'DuckDB is not installed; install "iam-guardrails[sql]"'
FILES_TOLD = 1000


@frozen
class Exported:
    """written: the files, by path below the folder.  files, events: what was read, records delivered twice twice.

    skipped: how many files hold no API calls by their kind.  removed: files of earlier exports of these accounts, of
    days of which the source now holds nothing.  left: such files, of days that were asked for, that stay as they are,
    as they have rows that may be in files that were not read.  doubled: event ids of more than one row.  later: what
    was delivered later than is read, "" for nothing.  disputed: event ids of rows that others claim to correct, and may
    not.
    """

    written: tuple[str, ...]
    files: int
    events: int
    unreadable: tuple[Unread, ...]
    skipped: int = 0
    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    later: str = ""
    disputed: tuple[str, ...] = ()


def export(
    objects: TrailObjects, window: Window, folder: Path, progress: Callable[[str], None], cores: int = 0
) -> Exported:  # fmt: skip
    """Write the days of the window under FOLDER/account=ID/day=YYYY-MM-DD/, each anew.

    Days of these accounts and the window that are there and no longer in the source are removed. Where files that may
    hold records of a day were not read, what is there of it gives way only to a file that has all its rows.
    cores: how many processes read, 0 for one per core.
    Raises Problem where the window cuts a day, the folder cannot be written, or the extra "sql" is not installed.
    """
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise Problem(f"DuckDB cannot write to {folder}, as the name is not UTF-8; choose another folder") from None
    if any(when and when.astimezone(UTC).time() != datetime.min.time() for when in (window.since, window.until)):
        raise Problem("an export writes whole days, so that it can be repeated; give --since and --until as days")
    try:
        import duckdb
    except ImportError:
        raise Problem(MISSING) from None
    try:
        with spool_in(folder) as spool:
            wanted = Wanted(objects, window)
            files = events = told = 0
            unread: list[Unread] = []
            amended: set[str] = set()
            claimed: set[str] = set()
            for batch, found in read_all(
                Reader(objects, window, spool), batches(0, wanted.files()), cores or processes()
            ):
                files, events = files + len(batch.keys), events + found.events
                amended.update(item.part for item in found.amended)
                claimed.update(item.event_id for item in found.amended)
                unread += (Unread(item.key, item.record, item.reason) for item in found.unreadable)
                if files - told >= FILES_TOLD:
                    told = files
                    progress(f"read {files} files with {events} records")
            progress(f"read {files} files with {events} records")
            unread.sort(key=lambda item: item.key)  # batches come in any order
            written, left = list[str](), list[str]()
            last_open = _last_open(unread, wanted)
            made = spool / "made"  # under a name that nobody takes for a file of the export
            for place in places(spool):
                account, _, day = place.partition(" ")
                target = folder / f"account={account}" / f"day={day}" / NAME
                write(duckdb, spool, place, made, corrected=place in amended)
                is_put = _put(made, target, partial(loses, duckdb, spool, target, made), is_open=day <= last_open)
                (written if is_put else left).append(str(target.relative_to(folder)))
            paths = [str(folder / name) for name in written]
            doubled = event_ids(duckdb, paths, spool, "event_id NOTNULL GROUP BY event_id HAVING count(*) > 1")
            disputed = event_ids(duckdb, paths, spool, "list_contains(?, event_id)", sorted(claimed)) if claimed else ()
            removed, kept = _remove_others(folder, (*written, *left), window, last_open)
    except OSError as error:
        raise unwritable(error, folder) from None
    except duckdb.Error as error:
        raise Problem(f"DuckDB cannot write the export ({str(error).splitlines()[0][:300]})") from None
    return Exported(
        tuple(written), files, events, tuple(unread), wanted.skipped, tuple(removed), tuple(sorted((*left, *kept))),
        doubled, wanted.later, disputed,
    )  # fmt: skip


def _last_open(unread: Sequence[Unread], wanted: Wanted) -> str:
    """The last day of which there may be records in files that were not read, "" for none.

    A file of one day holds records of that day and of days before (model.trail.window); any other may hold all.
    """
    days = [ALL_DAYS[1]] if wanted.later else []
    for item in unread:
        group = group_of(item.key)
        days.append(ALL_DAYS[1] if group is None or group == OTHER else group[1])
    return max(days, default="")


def _put(made: Path, target: Path, would_lose: Callable[[], bool], *, is_open: bool) -> bool:
    """Move a file to its place, over the one that is there; whether that was done.

    is_open: whether the one that is there stays where its rows would be lost.
    """
    made.chmod(0o600)
    while True:
        target.parent.mkdir(parents=True, exist_ok=True)
        if is_open and (there := _state(target)):
            lost = would_lose()
            if _state(target) != there:  # another export put its own there meanwhile
                continue
            if lost:
                return False
        try:
            made.replace(target)
            return True
        except FileNotFoundError:
            if target.parent.is_dir():
                raise
            # another export took the folder away meanwhile, as it was empty


def _state(path: Path) -> tuple[int, int] | None:
    """What changes when another file is put at a path; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _remove_others(folder: Path, mine: Sequence[str], window: Window, last_open: str) -> tuple[list[str], list[str]]:
    """Take away the files of other days of the window, of the accounts of MINE, but for those of days up to the last
    that is open; gives the paths of those that went and of those that did not."""
    removed, kept = [], []
    for account in sorted({name.partition("/")[0] for name in mine}):
        for path in sorted((folder / account).glob(f"day=*/{NAME}")):
            name, day = str(path.relative_to(folder)), path.parent.name.removeprefix("day=")
            if name in mine or not _is_covered(day, window):
                continue
            if day <= last_open:
                kept.append(name)
                continue
            path.unlink(missing_ok=True)  # another export may remove it too
            with suppress(OSError):  # it holds something else
                path.parent.rmdir()
            removed.append(name)
    return removed, kept


def _is_covered(day: str, window: Window) -> bool:
    """Whether the name of a folder is a day, which lies in the window."""
    with suppress(ValueError):
        return bool(window.covers(day))
    return False
