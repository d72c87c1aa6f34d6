"""The stored files in groups of one account and day, what is kept of each group, and which of its files are new."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import msgspec

from iam_guardrails.adapters.blake2 import blake2b
from iam_guardrails.adapters.trail_engine import store
from iam_guardrails.adapters.trail_engine.reading import Batch, Found
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.adapters.trail_folders import files_in
from iam_guardrails.adapters.trail_listing import OTHER, Folder, Listing, group_of
from iam_guardrails.adapters.trail_objects import StoredObject, TrailObjects
from iam_guardrails.model.expression import Expression
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.facts import PARTS, DayFacts
from iam_guardrails.model.trail.other_logs import days_of
from iam_guardrails.model.trail.window import Window

MERGED_BYTES = 4 << 20
"""How much of encoded facts is held before it is merged."""
MOST_NEW = 10_000
"""Up to how many new files of a group are held in memory; of more its folders are listed once more."""
_REGION = Expression(r"/CloudTrail/([a-z]{2,}(?:-[a-z]+)+-\d+)/")
_DAY = Expression(r"/CloudTrail(?:-[A-Za-z]+)?/[a-z-]+\d+/(\d{4})/(\d\d)/(\d\d)/$")
_DIGESTS = Expression(r"/(\d{12})/CloudTrail-Digest/([a-z]{2,}(?:-[a-z]+)+-\d+)/(\d{4})/(\d\d)/(\d\d)/$")


class Group:
    """The files of one account and day.

    count, size: of the files that are there.  header: of what is kept, as it will be when the new files are read.
    stale: whether there are any.  facts: encoded, empty where they are not at hand.  fresh: how many were read now.
    """

    def __init__(self, account_id: str, day: str, folder: str) -> None:
        self.account_id, self.day = account_id, day
        self.path = f"{folder}/{account_id or 'other'}/{day or 'files'}.facts"
        self.count = self.size = self.fresh = 0
        self.header = store.Header("", 0, 0, [], [], [])
        self.facts = msgspec.Raw()
        self.stale = False
        self._listing = blake2b(digest_size=20)
        self._folders: list[Folder] = []
        self._missed: set[str] = set()
        self._came: list[msgspec.Raw] = []
        self._marks = bytearray()
        self._kept: store.Header | None = None  # what the cache says of it, as far as this command saw or wrote it

    @property
    def name(self) -> str:
        """Account and day, "/" where there is neither."""
        return f"{self.account_id}/{self.day}"

    @property
    def listing(self) -> str:
        """A hash of what is there of it."""
        return self._listing.hexdigest()

    @property
    def is_settled(self) -> bool:
        """Whether its files have a day, and all of them could be fetched."""
        return bool(self.day) and not self._missed

    def hold(self, folder: Folder) -> None:
        """A folder with files of it; what else lies there is looked at again with them where something changes."""
        count, size = folder.shares[self.account_id, self.day]
        self.count += count
        self.size += size
        self._listing.update(f"{folder.key}\0{folder.signature}\n".encode("utf-8", "surrogateescape"))
        self._folders.append(folder)

    def regions(self) -> frozenset[str]:
        """The Regions of its files, by their folders (…/CloudTrail/REGION/YYYY/MM/DD/), else by their own names."""
        found: set[str] = set()
        for folder in self._folders:
            said = _REGION.search(f"/{folder.key}")
            mine = (region for owner, region in folder.newest if owner == self.account_id)
            found.update((said[1],) if said else mine)
        return frozenset(found)

    def look(self) -> None:
        """See what is kept, and whether that is all there is."""
        listing = self.listing
        stored = store.read(self.path)
        self.stale = stored is None or stored.header.listing != listing
        if stored is not None and not self.stale:
            self.header, self.facts, self._kept = stored.header, stored.facts, stored.header
        self.header.listing = listing

    def new_files(self, objects: TrailObjects) -> Iterator[StoredObject]:
        """Its files to read: the ones that came, or all, where one that was read is gone or another now.

        What is known already comes from where the list of known files does: another command may write meanwhile.
        """
        listing = self.header.listing
        stored = store.read(self.path)
        known = store.marks_of(stored.files if stored else b"")
        there, new = 0, list[StoredObject]()
        for item in self.files(objects) if stored else ():
            if store.mark_of(item) in known:
                there += 1
            elif len(new) <= MOST_NEW:
                new.append(item)
        if stored is not None and there == len(known):
            self.header, self.facts = stored.header, stored.facts
            self.header.listing = listing
            self._marks = bytearray(stored.files)
            if len(new) > MOST_NEW:
                yield from (item for item in self.files(objects) if store.mark_of(item) not in known)
                return
            yield from new
            return
        self.header, self.facts = store.Header(listing, 0, 0, [], [], []), msgspec.Raw()
        yield from self.files(objects)

    def files(self, objects: TrailObjects) -> Iterator[StoredObject]:
        """All of its files; folders whose files are not held in memory are listed again."""
        where = (self.account_id, self.day)
        for folder in self._folders:
            if folder.files is not None and len(folder.shares) == 1 and not folder.skipped:
                yield from folder.files
                continue
            for item in _listed(objects, folder.key) if folder.files is None else folder.files:
                if group_of(item.key) == where and item.key.rfind("/") == len(folder.key) - 1:
                    yield item

    def add(self, batch: Batch, found: Found) -> None:
        """Put what a batch gave to what is known."""
        missed = frozenset(found.missed)
        for number, key in enumerate(batch.keys):
            if key not in missed:
                self._marks += batch.marks[number * store.MARK_BYTES : (number + 1) * store.MARK_BYTES]
        self.fresh += len(batch.keys)
        self.header.events += found.events
        self.header.bytes += found.bytes
        self.header.unreadable += found.unreadable
        self.header.amended = sorted({*self.header.amended, *found.amended})  # batches come in any order
        self._missed.update(found.missed)
        self.header.days = sorted({*self.header.days, *found.days})
        self._came.append(found.facts)
        if sum(map(len, self._came)) > max(MERGED_BYTES, len(self.facts)):
            self._merge()

    def _merge(self) -> None:
        """Put what came to what is known: now and then, as merging takes as long as there is much."""
        if self._came:
            known = [part for part in (self.facts, *self._came) if len(part)]
            self.facts = merged(known) if len(known) > 1 else known[0]
            self._came.clear()

    def keep(self) -> None:
        """Write what is known of its files, but for those to be tried again. Raises Problem."""
        self._merge()
        header = self.header
        header.unreadable.sort(key=lambda item: item.key)  # batches come in any order
        if self._missed:
            read = [item for item in header.unreadable if item.key not in self._missed]
            header = store.Header("", header.events, header.bytes, header.days, read, header.amended)
        self._kept = header
        store.write(self.path, header, self.facts, self._marks)

    def decoded(self, parts: Collection[str] = PARTS) -> Iterator[tuple[str, DayFacts]]:
        """The facts, from the cache where they are not at hand; see store.facts_of.

        Raises Problem where they cannot be read, or are no longer those that were seen or written there.
        """
        if len(self.facts):
            return decoded(self.facts, parts)
        stored = store.read(self.path)
        if stored is None or stored.header != self._kept:
            raise Problem("another command changed what is kept of CloudTrail in the folder that --cache names"
                          " meanwhile; repeat this one")  # fmt: skip
        return decoded(stored.facts, parts)


def _listed(objects: TrailObjects, key: str) -> Iterable[StoredObject]:
    """The files in a folder, and of a bucket those below it too."""
    return files_in(objects.source, key) if isinstance(objects, FolderObjects) else objects.list(key)


DAMAGED = "the kept facts of CloudTrail are damaged; remove the folder that --cache names and repeat"


def decoded(facts: msgspec.Raw, parts: Collection[str] = PARTS) -> Iterator[tuple[str, DayFacts]]:
    """Facts, day by day; see store.facts_of. Raises Problem where they cannot be read."""
    try:
        yield from store.facts_of(facts, parts)
    except ValueError:
        raise Problem(DAMAGED) from None


def merged(several: Iterable[msgspec.Raw]) -> msgspec.Raw:
    """See store.merged. Raises Problem where they cannot be read."""
    try:
        return store.merged(several)
    except ValueError:
        raise Problem(DAMAGED) from None


def groups_of(listing: Listing, folder: str, window: Window) -> tuple[list[Group], list[Group], int]:
    """The groups that may hold events of the window, by account and day; those of files delivered later; and how many
    files of the window hold no events by their kind."""
    found: dict[tuple[str, str], Group] = {}
    last = window.file_days[1]
    later = set()
    for part in listing.folders:
        for where in part.shares:
            if where == OTHER or window.may_hold(where[1]) or where[1] > last:
                found.setdefault(where, Group(*where, folder)).hold(part)
                if where[1] > last:
                    later.add(where)
    skipped = sum(part.skipped for part in listing.folders if part.skipped and _may_be_of(part.key, window))
    groups = [found[where] for where in sorted(found) if where not in later]
    return groups, [found[where] for where in sorted(later)], skipped


def late_of(later: list[Group], window: Window) -> tuple[list[Group], int]:
    """Of groups delivered later than is read for a window, those that are known to hold events of it, as they were read
    before; and how many files the groups have that were not read, of which nobody knows."""
    late, unknown = [], 0
    for group in later:
        group.look()
        group.facts = msgspec.Raw()
        if group.stale:
            unknown += group.count
        elif any(window.covers(day) is not False for day in group.header.days):
            late.append(group)
    return late, unknown


def days_late(groups: list[Group], window: Window) -> dict[str, str]:
    """Days before the window of which events came late -> the last day of the files that hold some."""
    found: dict[str, str] = {}
    for group in groups:
        for day in group.header.days if group.day else ():
            if window.is_late(day, group.day):
                found[day] = max(group.day, found.get(day, ""))
    return found


def loose_days(groups: list[Group], window: Window) -> tuple[list[str], int]:
    """Of the files whose names tell no day, or one after the window: the days of the window that they hold anything of,
    as far as it has a limit (without one nobody asked for a day), and how many they are where they hold none of it."""
    loose = [group for group in groups if _is_beside(group.day, window)]
    days = sorted({day for group in loose for day in group.header.days if window.covers(day) is not False})
    limited = window.since is not None or window.until is not None
    return days if limited else [], 0 if days else sum(group.count for group in loose)


def _is_beside(day: str, window: Window) -> bool:
    """Whether the day of files is none of the window's: they may hold something of it, or not."""
    try:
        return not day or window.covers(day) is False
    except ValueError:  # a name that speaks of the 29th of February 2026
        return True


def _may_be_of(folder: str, window: Window) -> bool:
    """Whether a folder may hold files of the window, as far as its key tells."""
    said = _DAY.search(f"/{folder}")
    if said:
        return window.may_hold("-".join(said.groups()))
    other, (first, last) = days_of(folder), window.file_days
    return other is None or (first <= other[1] and other[0] <= last)


def places_of(groups: list[Group]) -> Iterator[tuple[str, str, str]]:
    """(account, Region, day) of the files."""
    for group in groups:
        yield from ((group.account_id, region, group.day) for region in group.regions() if group.account_id)


def digests_of(listing: Listing, window: Window) -> Iterator[tuple[str, str, str]]:
    """(account, Region, day) of the digests that may be of the window.

    CloudTrail delivers a digest every hour also where there is no log file (AWS CloudTrail User Guide,
    cloudtrail-log-file-validation-digest-file-structure).
    """
    for folder in listing.folders:
        said = _DIGESTS.search(f"/{folder.key}") if folder.skipped else None
        if said and window.may_hold(day := "-".join(said.groups()[2:])):
            yield said[1], said[2], day


def newest_of(listing: Listing) -> tuple[tuple[str, str, str], ...]:
    """(account, Region, time) of the newest file or digest of each, as model.trail.answer.Coverage has them, sorted."""
    found: dict[tuple[str, str], str] = {}
    for folder in listing.folders:
        for place, time in folder.newest.items():
            found[place] = max(time, found.get(place, ""))
    return tuple((*place, time) for place, time in sorted(found.items()))


def amended(groups: list[Group], window: Window) -> Iterator[tuple[str, str, str]]:
    """Which records of the window others correct (model.trail.answer.Coverage.amended)."""
    since, until = (limit.timestamp() if limit else None for limit in (window.since, window.until))
    for group in groups:
        for item in group.header.amended:
            if (since is None or item.time >= since) and (until is None or item.time < until):
                yield item.part, item.event_id, item.fields


def unread(groups: list[Group]) -> Iterator[tuple[str, str, str]]:
    """What could not be read: file, record, reason."""
    for group in groups:
        for item in group.header.unreadable:
            yield item.key, item.record, item.reason
