"""CloudTrail's files as Parquet, one file for each account and day of events, for ad-hoc SQL.

Records are decoded as for the questions, on all cores, spooled as lines to a temporary folder in the export's own, per
account and day, and written from there by DuckDB: each record once, by time, zstd. A file appears whole or not at all,
also where several export at a time, and the same records give the same file.
"""

from __future__ import annotations

import fcntl
import glob
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from iam_guardrails.adapters.trail_bytes import Damage, pieces_of, unpacked
from iam_guardrails.adapters.trail_engine.decode import (
    NOT_READ,
    UNRECKONABLE,
    Event,
    decode_any,
    inflate,
    is_reckonable,
    is_whole,
    parts_of,
)
from iam_guardrails.adapters.trail_engine.gather import Amended, Unreadable
from iam_guardrails.adapters.trail_engine.reading import Found, Stored, batches, fetched, read_all
from iam_guardrails.adapters.trail_engine.store import encoded
from iam_guardrails.adapters.trail_listing import processes
from iam_guardrails.adapters.trail_objects import StoredObject, TrailObjects
from iam_guardrails.adapters.trail_s3_objects import S3Objects
from iam_guardrails.adapters.trail_values import Broken
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.answer import Unread
from iam_guardrails.model.trail.facts import FAILED
from iam_guardrails.model.trail.principal import principal, session_of
from iam_guardrails.model.trail.regions import partition_of
from iam_guardrails.model.trail.sign_ins import is_sign_in, said_failed
from iam_guardrails.model.trail.window import ALL_DAYS, Window, files_told
from iam_guardrails.model.value import frozen

NAME = "events.parquet"
SPOOL, LOCK = ".spool-", ".lock"
"""What an export makes in its folder for itself: the first is gone when it ends, the second stays, empty."""
UNKNOWN = "unknown"
MISSING = 'DuckDB is not installed; install "iam-guardrails[sql]"'
SPOOLED_BYTES = 8 << 20
"""How much is held in memory before it goes to the spool."""
SORTED_BYTES, ROWS = 64 << 20, 20_480
"""How many bytes of lines are sorted at once, and how many rows of a larger file DuckDB writes at once."""
FILES_TOLD = 1000
_DIGEST_OR_INSIGHT = re.compile(r"(?:.*/)?\d{12}_CloudTrail-[A-Za-z]+_[^/]*\.json(?:\.gz)?")
_DAY = re.compile(
    r"(?:.*/)?\d{12}_CloudTrail_[a-z0-9-]+_(2\d{3})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])T\d{4}Z_[A-Za-z0-9]+\.json(?:\.gz)?",
    re.ASCII,
)
_ACCOUNT = re.compile(r"[0-9]{12}")
TYPES = {
    "event_id": "VARCHAR", "event_time": "TIMESTAMP", "event_source": "VARCHAR", "event_name": "VARCHAR",
    "region": "VARCHAR", "account_id": "VARCHAR", "principal": "VARCHAR", "principal_type": "VARCHAR",
    "session": "VARCHAR", "source_identity": "VARCHAR", "mfa": "BOOLEAN", "source_ip": "VARCHAR",
    "user_agent": "VARCHAR", "error_code": "VARCHAR", "read_only": "BOOLEAN", "requested_role": "VARCHAR",
    "shared_event_id": "VARCHAR",
}  # fmt: skip
"""The columns and their types. A column is NULL where the record does not tell; times are UTC. The error
code of a record that has none and yet failed is model.trail.facts.FAILED, as in the questions."""


_KEYS = {"key": "VARCHAR", "amends": "VARCHAR", "fields": "VARCHAR"}
"""What a line has beside: a hash of its row, and the event id of the record that it corrects, and in which fields."""


class _Told(Event, gc=False):
    """What is read of every record, beside what the questions read."""

    awsRegion: str | None = None
    userAgent: str | None = None
    responseElements: msgspec.Raw = msgspec.Raw()
    serviceEventDetails: msgspec.Raw = msgspec.Raw()


class _File(Struct, gc=False, forbid_unknown_fields=True):
    Records: list[_Told]


class _Asked(Struct, gc=False):
    roleArn: str | None = None


_FILES, _EVENTS = msgspec.json.Decoder(_File), msgspec.json.Decoder(_Told)
_ASKED = msgspec.json.Decoder(_Asked | None)


@frozen
class Exported:
    """written: the files, by path below the folder.  files, events: what was read, records delivered twice twice.

    skipped: how many files hold no API calls by their kind.  removed: files of earlier exports of these accounts, of
    days of which the source now holds nothing.  doubled: event ids of more than one row.  later: what was delivered
    later than is read, "" for nothing.  disputed: event ids of rows that others claim to correct, and may not.
    """

    written: tuple[str, ...]
    files: int
    events: int
    unreadable: tuple[Unread, ...]
    skipped: int = 0
    removed: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    later: str = ""
    disputed: tuple[str, ...] = ()


def export(
    objects: TrailObjects, window: Window, folder: Path, progress: Callable[[str], None], cores: int = 0
) -> Exported:  # fmt: skip
    """Write the days of the window under FOLDER/account=ID/day=YYYY-MM-DD/, each anew.

    Days of these accounts and the window that are there and no longer in the source are removed, unless something could
    not be read: then they may be what it held.  cores: how many processes read, 0 for one per core.
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
        with _spool(folder) as spool:
            wanted = _Wanted(objects, window)
            files = events = told = 0
            unread: list[Unread] = []
            amended: set[str] = set()
            claimed: set[str] = set()
            for batch, found in read_all(
                _Reader(objects, window, spool), batches(0, wanted.files()), cores or processes()
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
            written = []
            for place in sorted({path.name.rpartition(" ")[0] for path in spool.iterdir()}):
                account, _, day = place.partition(" ")
                target = folder / f"account={account}" / f"day={day}" / NAME
                _write(duckdb, spool, place, target, corrected=place in amended)
                written.append(str(target.relative_to(folder)))
            made = [str(folder / name) for name in written]
            doubled = _ids(duckdb, made, spool, "event_id NOTNULL GROUP BY event_id HAVING count(*) > 1")
            disputed = _ids(duckdb, made, spool, "list_contains(?, event_id)", sorted(claimed)) if claimed else ()
            removed = [] if unread else _remove_others(folder, written, window)
    except OSError as error:
        raise _unwritable(error, folder) from None
    except duckdb.Error as error:
        raise Problem(f"DuckDB cannot write the export ({str(error).splitlines()[0][:300]})") from None
    return Exported(
        tuple(written), files, events, tuple(unread), wanted.skipped, tuple(removed), doubled, wanted.later, disputed
    )  # fmt: skip


def _unwritable(error: OSError, folder: Path) -> Problem:
    return Problem(f"the export cannot be written ({error.filename or folder}: {error.strerror or error})")


@contextmanager
def _spool(folder: Path) -> Iterator[Path]:
    """A folder for temporary files; those of exports that were killed go, as soon as no other export is at work."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in folder.glob(f"{SPOOL}*"):
                shutil.rmtree(left)
        fcntl.flock(lock, fcntl.LOCK_SH)
        with tempfile.TemporaryDirectory(prefix=SPOOL, dir=folder) as made:
            yield Path(made)


def _remove_others(folder: Path, written: Sequence[str], window: Window) -> list[str]:
    """Take away the files of other days of the window, of the accounts that were written; gives their paths."""
    removed = []
    for account in sorted({name.partition("/")[0] for name in written}):
        for path in sorted((folder / account).glob(f"day=*/{NAME}")):
            name, day = str(path.relative_to(folder)), path.parent.name.removeprefix("day=")
            if name in written or not _is_covered(day, window):
                continue
            path.unlink(missing_ok=True)  # another export may remove it too
            with suppress(OSError):  # it holds something else
                path.parent.rmdir()
            removed.append(name)
    return removed


def _is_covered(day: str, window: Window) -> bool:
    """Whether the name of a folder is a day, which lies in the window."""
    with suppress(ValueError):
        return bool(window.covers(day))
    return False


class _Wanted:
    """The files to read. skipped: how many of those that were passed so far hold no API calls."""

    def __init__(self, objects: TrailObjects, window: Window) -> None:
        self._objects, self._window = objects, window
        self.skipped = self._later = 0

    def files(self) -> Iterator[StoredObject]:
        """Those that may hold events of the window."""
        for item in self._listed():
            if _DIGEST_OR_INSIGHT.fullmatch(item.key):
                self.skipped += 1
                continue
            if (said := _DAY.fullmatch(item.key)) and not self._window.may_hold(day := "-".join(said.groups())):
                self._later += day > self._window.file_days[1]
                continue
            yield item

    @property
    def later(self) -> str:
        """What was delivered later than is read for the window: of a bucket nobody looks whether there is any."""
        if isinstance(self._objects, S3Objects) and self._window.file_days != ALL_DAYS:
            return "files"
        return files_told(self._later)

    def _listed(self) -> Iterator[StoredObject]:
        """All, of a bucket without those in CloudTrail's folders of days that the window does not ask for."""
        days = self._window.file_days
        if isinstance(self._objects, S3Objects) and days != ALL_DAYS:
            return self._objects.list_days(days)
        return self._objects.list()


class _Reader:
    """Reads files into the spool, a process into files of its own: see trail_engine.reading.Reads."""

    def __init__(self, objects: TrailObjects, window: Window, spool: Path) -> None:
        self._objects, self._window, self._spool = objects, window, spool
        self._held: dict[str, list[bytes]] = {}
        self._size = self._events = 0
        self._unreadable: list[Unreadable] = []
        self._amended: list[Amended] = []

    def read(self, keys: Sequence[str]) -> bytes:
        """See Reads; the facts are empty, and the part of what is corrected is its account and day."""
        self._events, self._unreadable, self._amended = 0, [], []
        try:
            for key, packed in fetched(self._objects, keys):
                self._read(key, packed)
            self._flush()
        except OSError as error:
            raise _unwritable(error, self._spool) from None
        return msgspec.msgpack.encode(Found(encoded({}), [], self._unreadable, self._events, 0, [], self._amended))

    def _read(self, key: str, packed: Stored | Damage) -> None:
        """One file as stored, or why it cannot be had; what cannot be read of it is told."""
        try:
            if isinstance(packed, Damage):
                raise packed
            for index, event in enumerate(_events(packed)):
                if isinstance(event, Broken):
                    line = f", line {event.line}" if event.line else ""
                    self._unreadable.append(Unreadable(key, f"record {index}{line}", event.reason))
                    continue
                if not is_reckonable(event.eventTime):
                    why = f"{UNRECKONABLE} ({event.eventTime.year})"
                    self._unreadable.append(Unreadable(key, f"record {index}", why))
                    continue
                self._events += 1
                self._take(event)
        except Damage as damage:
            self._unreadable.append(Unreadable(key, "", str(damage)))

    def _take(self, event: _Told) -> None:
        time = event.eventTime.astimezone(UTC)
        since, until = self._window.since, self._window.until
        if (since and time < since) or (until and time >= until):
            return
        row = _row(event, time)
        account = row["account_id"] or ""
        place = f"{account if _ACCOUNT.fullmatch(account) else UNKNOWN} {time:%Y-%m-%d}"
        content = msgspec.json.encode(row)
        line = b'{"key":"%s",%s' % (blake2b(content, digest_size=16).hexdigest().encode(), content[1:])
        if event.addendum is not None and (of := event.addendum.originalEventID):
            self._amended.append(Amended(0, place, of, ""))
            told = msgspec.json.encode(of), msgspec.json.encode(event.addendum.updatedFields or "")
            line = b'{"amends":%s,"fields":%s,%s' % (*told, line[1:])
        self._held.setdefault(place, []).append(line)
        self._size += len(line)
        if self._size >= SPOOLED_BYTES:
            self._flush()

    def _flush(self) -> None:
        """Put what is held into the spool."""
        for place, lines in self._held.items():
            with (self._spool / f"{place} {os.getpid()}").open("ab") as file:
                file.write(b"\n".join(lines) + b"\n")
        self._held.clear()
        self._size = 0


def _events(stored: bytes | Iterator[bytes]) -> Iterator[_Told | Broken]:
    """The records of a file as it is stored. Raises Damage."""
    content = inflate(stored) if isinstance(stored, bytes) else None
    if content is not None:
        found = _records(content)
        yield from _slowly((content,)) if found is None else found
        return
    for part, rest in parts_of(pieces_of(stored) if isinstance(stored, bytes) else unpacked(stored)):
        found = _records(part) if part else None
        yield from _slowly(rest) if found is None else found
        if found is None:
            return


def _records(content: bytes | bytearray) -> list[_Told] | None:
    """The records of a file as CloudTrail writes it; None for any other."""
    try:
        found = _FILES.decode(content).Records
    except NOT_READ:
        return None
    return found if is_whole(content, found) else None


def _slowly(pieces: Iterable[bytes | bytearray]) -> Iterator[_Told | Broken]:
    """The records of what is not as CloudTrail writes it. Raises Damage."""
    for item in decode_any(pieces):
        if isinstance(item, Broken):
            yield item
            continue
        try:
            yield _EVENTS.decode(item[1])
        except NOT_READ as error:
            yield Broken(0, f"it is no CloudTrail event: {error}")


def _row(event: _Told, time: datetime) -> dict[str, Any]:
    who = event.userIdentity
    context = who.sessionContext if who else None
    issuer = context.sessionIssuer.arn if context and context.sessionIssuer else None
    said = context.attributes.mfaAuthenticated if context and context.attributes else None
    caller = (
        principal(who.type or "", who.arn or "", issuer or "", who.person, who.accountId or "",
                  who.invokedBy or "", who.userName or "", who.identityProvider or "",
                  partition_of(event.awsRegion or "")) if who else None
    )  # fmt: skip
    return dict(zip(TYPES, (
        event.eventID, f"{time:%Y-%m-%d %H:%M:%S}", event.eventSource, event.eventName, event.awsRegion,
        event.recipientAccountId or (who.accountId if who else None), caller, who.type if who else None,
        (session_of(who.arn or "") or None) if who else None, context.sourceIdentity if context else None,
        None if said is None else said is True or said == "true", event.sourceIPAddress, event.userAgent,
        event.errorCode or (FAILED if event.errorMessage or _said_failed(event) else None), event.readOnly,
        _role(event), event.sharedEventID,
    ), strict=True))  # fmt: skip


def _said_failed(event: _Told) -> bool:
    """Whether it is of a sign-in that failed by its own answer."""
    if not is_sign_in(event.eventSource, event.eventName):
        return False
    return said_failed({
        "eventSource": event.eventSource, "eventName": event.eventName,
        "responseElements": _value(event.responseElements), "serviceEventDetails": _value(event.serviceEventDetails),
    })  # fmt: skip


def _value(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw) if bytes(raw) else None
    except NOT_READ:
        return None


def _role(event: _Told) -> str | None:
    if event.eventSource != "sts.amazonaws.com" or not bytes(event.requestParameters):
        return None
    try:
        asked = _ASKED.decode(event.requestParameters)
    except NOT_READ:
        return None
    return asked.roleArn if asked else None


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


def _write(duckdb: Any, spool: Path, place: str, target: Path, *, corrected: bool) -> None:
    """One file of the export, from its lines, in whichever order they come. corrected: whether some correct others.

    DuckDB sorts in memory, so what is large is sorted hour by hour, but where some lines correct others.
    """
    made = spool / "made"  # under a name that nobody takes for a file of the export
    names = ", ".join(TYPES)
    by_time = "ORDER BY event_time, event_id, key"
    size = sum(path.stat().st_size for path in spool.glob(f"{place} *"))
    with duckdb.connect(config={"threads": 1, "temp_directory": str(spool)}) as database:
        lines = database.read_json(
            glob.escape(f"{spool}/{place} ") + "*", format="newline_delimited", hive_partitioning=False,
            columns=_KEYS | TYPES,
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
    made.chmod(0o600)
    while True:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            made.replace(target)
            return
        except FileNotFoundError:
            if target.parent.is_dir():
                raise
            # another export took the folder away meanwhile, as it was empty


def _ids(duckdb: Any, written: Sequence[str], spool: Path, where: str, *more: object) -> tuple[str, ...]:
    """The event ids of the rows of which a condition holds, sorted. more: what its question marks stand for."""
    if not written:
        return ()
    with duckdb.connect(config={"threads": 1, "temp_directory": str(spool)}) as database:
        found = database.execute(f"SELECT event_id FROM read_parquet(?) WHERE {where}", [list(written), *more])
        return tuple(sorted({event_id for (event_id,) in found.fetchall()}))
