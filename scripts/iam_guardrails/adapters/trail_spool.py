"""Reads CloudTrail's records into a spool: a temporary folder in the export's own, of lines per account and day.

A file of the spool is named after the account, the day and the process that wrote it. A line is a row (trail_row), as
JSON, with a hash of the whole record, so that each can be taken once, and those that differ only in what has no column
are told apart; and with the event id of the record that it corrects.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from hashlib import blake2b
from pathlib import Path

import msgspec

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_engine.decode import UNRECKONABLE, is_reckonable
from iam_guardrails.adapters.trail_engine.gather import Amended, Unreadable
from iam_guardrails.adapters.trail_engine.reading import Found, Stored, fetched
from iam_guardrails.adapters.trail_engine.store import encoded
from iam_guardrails.adapters.trail_objects import TrailObjects
from iam_guardrails.adapters.trail_row import Record, events_of, row_of, sorted_json
from iam_guardrails.adapters.trail_values import Broken
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.window import Window

SPOOL, LOCK = ".spool-", ".lock"
"""What an export makes in its folder for itself: the first is gone when it ends, the second stays, empty."""
UNKNOWN = "unknown"
SPOOLED_BYTES = 8 << 20
"""How much is held in memory before it goes to the spool."""
_ACCOUNT = re.compile(r"[0-9]{12}")
KEYS = {"key": "VARCHAR", "amends": "VARCHAR", "fields": "VARCHAR"}
"""What a line has beside: a hash of its record, and the event id of the one that it corrects, and in which fields."""


def unwritable(error: OSError, folder: Path) -> Problem:
    """What is said where the export's folder cannot be written."""
    return Problem(f"the export cannot be written ({error.filename or folder}: {error.strerror or error})")


@contextmanager
def spool_in(folder: Path) -> Iterator[Path]:
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


def places(spool: Path) -> list[str]:
    """The accounts and days, "ACCOUNT YYYY-MM-DD", of which there are lines, sorted."""
    return sorted({path.name.rpartition(" ")[0] for path in spool.iterdir()})


class Reader:
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
            raise unwritable(error, self._spool) from None
        return msgspec.msgpack.encode(Found(encoded({}), [], self._unreadable, self._events, 0, [], self._amended))

    def _read(self, key: str, packed: Stored | Damage) -> None:
        """One file as stored, or why it cannot be had; what cannot be read of it is told."""
        try:
            if isinstance(packed, Damage):
                raise packed
            for index, item in enumerate(events_of(packed)):
                if isinstance(item, Broken):
                    line = f", line {item.line}" if item.line else ""
                    self._unreadable.append(Unreadable(key, f"record {index}{line}", item.reason))
                    continue
                event = item[0]
                if not is_reckonable(event.eventTime):
                    why = f"{UNRECKONABLE} ({event.eventTime.year})"
                    self._unreadable.append(Unreadable(key, f"record {index}", why))
                    continue
                self._events += 1
                self._take(item)
        except Damage as damage:
            self._unreadable.append(Unreadable(key, "", str(damage)))

    def _take(self, record: Record) -> None:
        event, whole = record
        time = event.eventTime.astimezone(UTC)
        since, until = self._window.since, self._window.until
        if (since and time < since) or (until and time >= until):
            return
        row = row_of(event, time)
        account = row["account_id"] or ""
        place = f"{account if _ACCOUNT.fullmatch(account) else UNKNOWN} {time:%Y-%m-%d}"
        content = msgspec.json.encode(row)
        key = blake2b(content + sorted_json(whole), digest_size=16).hexdigest()
        line = b'{"key":"%s",%s' % (key.encode(), content[1:])
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
