"""The stored files in groups of one account and day, what is kept of each group, and which of its files are new."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from iam_guardrails.adapters.trail_engine import store
from iam_guardrails.adapters.trail_engine.reading import Found
from iam_guardrails.adapters.trail_objects import StoredObject, TrailObjects
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.facts import DayFacts, empty, merge
from iam_guardrails.model.trail.window import Window

OTHER = ("", "")
# the name of a log file as far as it is needed here; the whole of it: model.trail.object_keys
_LOG_FILE = re.compile(
    r"(?:.*/)?(\d{12})_CloudTrail_[a-z0-9-]+_(\d{4})(\d{2})(\d{2})T\d{4}Z_[A-Za-z0-9]+\.json(?:\.gz)?"
)
_NOT_EVENTS = re.compile(r"(?:.*/)?\d{12}_CloudTrail-[A-Za-z]+_[^/]*\.json(?:\.gz)?")


def group_of(key: str) -> tuple[str, str] | None:
    """(account, day) that a file's name says, OTHER for a name that CloudTrail did not make, None for no events."""
    said = _LOG_FILE.fullmatch(key)
    if said:
        return said[1], f"{said[2]}-{said[3]}-{said[4]}"
    return None if _NOT_EVENTS.fullmatch(key) else OTHER


class Group:
    """The files of one account and day.

    count, size: of the files that are there.  header: of what is kept, as it will be when the new files are read.
    stale: whether there are any. facts: encoded, empty where they are not at hand.
    """

    def __init__(self, account_id: str, day: str, folder: Path) -> None:
        self.account_id, self.day = account_id, day
        self.path = folder / (account_id or "other") / f"{day or 'files'}.facts"
        self.count = self.size = 0
        self.header = store.Header("", 0, 0, [], [])
        self.facts = msgspec.Raw()
        self.stale = False
        self._listing = hashlib.blake2b(digest_size=20)
        self._folders: dict[str, None] = {}
        self._files: list[StoredObject] | None = []

    def hold(self, item: StoredObject, *, name: bool) -> None:
        """One of its files; `name`: whether to remember its name too."""
        self.count += 1
        self.size += item.size
        text = f"{item.key}\0{item.size}\0{item.etag}\n"
        self._listing.update(text.encode("utf-8", "surrogateescape"))
        self._folders[item.key[: item.key.rfind("/") + 1]] = None
        if name and self._files is not None:
            self._files.append(item)
        else:
            self._files = None

    def look(self) -> None:
        """See what is kept, and whether that is all there is."""
        listing = self._listing.hexdigest()
        stored = store.read(self.path)
        self.stale = stored is None or stored.header.listing != listing
        if stored is not None:
            self.header, self.facts = stored.header, stored.facts
        self.header.listing = listing

    def new_files(self, objects: TrailObjects) -> list[StoredObject]:
        """Those to read: the ones that came, or all, where one that was read is gone or is another now."""
        files = self.files(objects)
        stored = store.read(self.path)
        known = store.files_of(stored) if stored else None
        here = {item.key: (item.size, item.etag) for item in files}
        if known is not None and all(here.get(key) == value for key, value in known.items()):
            return [item for item in files if item.key not in known]
        self.header, self.facts = store.Header(self.header.listing, 0, 0, [], []), msgspec.Raw()
        return files

    def files(self, objects: TrailObjects) -> list[StoredObject]:
        """All of its files."""
        if self._files is not None:
            return self._files
        where = (self.account_id, self.day)
        return [
            item for folder in self._folders for item in objects.list(folder)
            if group_of(item.key) == where and item.key.rfind("/") == len(folder) - 1
        ]  # fmt: skip

    def add(self, found: Found) -> None:
        """Put what a batch gave to what is known."""
        self.header.events += found.events
        self.header.bytes += found.bytes
        self.header.unreadable += found.unreadable
        self.header.days = sorted({*self.header.days, *found.days})
        if not bytes(self.facts):
            self.facts = found.facts
            return
        known = self.decoded()
        for day, facts in decoded(found.facts).items():
            merge(known.setdefault(day, empty()), facts)
        self.facts = store.encoded(known)

    def keep(self, files: list[StoredObject]) -> None:
        """Write what is known of these files, all of the group's. Raises Problem."""
        store.write(self.path, self.header, self.facts, files)

    def decoded(self) -> dict[str, DayFacts]:
        """The facts, from the cache where they are not at hand."""
        if not bytes(self.facts):
            stored = store.read(self.path)
            return decoded(stored.facts) if stored else {}
        return decoded(self.facts)


def decoded(facts: msgspec.Raw) -> dict[str, DayFacts]:
    """Facts, day by day. Raises Problem where they cannot be read."""
    found = store.facts_of(facts)
    if found is None:
        raise Problem("the kept facts of CloudTrail are damaged; remove the folder that --cache names and repeat")
    return found


def groups_of(objects: TrailObjects, folder: Path, window: Window, held: int) -> tuple[list[Group], int]:
    """The groups that may hold events of the window, by account and day, and how many files hold none by their kind.

    held: how many files' names to hold.
    """
    found: dict[tuple[str, str], Group] = {}
    skipped = names = 0
    for item in objects.list():
        where = group_of(item.key)
        if where is None:
            skipped += 1
            continue
        if where != OTHER and not window.may_hold(where[1]):
            continue
        group = found.get(where)
        if group is None:
            group = found[where] = Group(*where, folder)
        names += 1
        group.hold(item, name=names <= held)
    return [found[where] for where in sorted(found)], skipped


def unread(groups: list[Group]) -> Iterator[tuple[str, str, str]]:
    """What could not be read: file, record, reason."""
    for group in groups:
        for item in group.header.unreadable:
            yield item.key, item.record, item.reason
