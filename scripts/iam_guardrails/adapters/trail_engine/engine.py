"""The embedded engine: reads the files that are new, keeps their facts, and gives the facts of a window.

Facts are kept per account and day of the files' keys, for one list of roles of which everything is kept. Files whose
names CloudTrail did not make are one group of their own. A day of events that the window cuts is read from its files
again, so that the answer is exact to the second.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from iam_guardrails.adapters.blake2 import blake2b
from iam_guardrails.adapters.trail_engine import store, together
from iam_guardrails.adapters.trail_engine.aside import Aside
from iam_guardrails.adapters.trail_engine.groups import (
    Group,
    amended,
    days_late,
    decoded,
    digests_of,
    groups_of,
    late_of,
    loose_days,
    newest_of,
    places_of,
    unread,
)
from iam_guardrails.adapters.trail_engine.one_record import MAKING, SECRET_READS
from iam_guardrails.adapters.trail_engine.reading import Batch, Reader, batches, read_all
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.adapters.trail_listing import HELD_FILES, Listing, list_store, processes
from iam_guardrails.adapters.trail_objects import TrailObjects
from iam_guardrails.model.silencers import SILENCING
from iam_guardrails.model.trail.answer import Answerable, Coverage, Unread
from iam_guardrails.model.trail.facts import PARTS, DayFacts
from iam_guardrails.model.trail.holding import days_of, without_files
from iam_guardrails.model.trail.identity_center import IDENTITY_CHANGES, PORTAL
from iam_guardrails.model.trail.window import ALL_DAYS, Window, files_told, told_late, unread_after

if TYPE_CHECKING:  # it costs milliseconds that one new day need not pay
    from pathlib import Path

Progress = Callable[[str], None]
HELD_BYTES = 32 << 20
"""How many bytes of facts are held in memory between reading and asking; the rest is read from the cache again."""


class Engine:
    """Facts from stored files.

    cache: the folder in which facts are kept.  roles: (account, name) of the roles of which everything is kept.
    of_roles: whether what is asked is about them: else facts that were kept without any roles do as well, where there
    are none of these.
    cores: how many processes read, 0 for one per core.  held_files: how many files' names are held in memory; of more,
    the folders are listed again when their turn has come.  listing: what the store holds, where that is known already;
    else it is listed with the first question.  parts: of the facts (model.trail.facts.PARTS), those that are wanted.
    held_bytes: see HELD_BYTES.
    """

    def __init__(
        self, objects: TrailObjects, cache: Path | str, roles: frozenset[tuple[str, str]], progress: Progress,
        cores: int = 0, held_files: int = HELD_FILES, *, listing: Listing | None = None, parts: Collection[str] = PARTS,
        held_bytes: int = HELD_BYTES, of_roles: bool = True,
    ) -> None:  # fmt: skip
        self._objects, self._roles, self._progress, self._held_files = objects, roles, progress, held_files
        self._cores, self._held_bytes = cores or processes(), held_bytes
        self._cache, self._listing, self._parts = str(cache), listing, parts
        self._folder = f"{cache}/{_name(objects.source, roles)}"
        if not of_roles and not os.path.isdir(self._folder):  # noqa: PTH112 - pathlib costs milliseconds
            without = f"{cache}/{_name(objects.source, frozenset())}"
            if os.path.isdir(without):  # noqa: PTH112 - as above
                self._folder, self._roles = without, frozenset()
        self._together = f"{self._folder}/uses.together"
        self._fresh: dict[str, int] = {}  # how many files of each group were read, for whichever question

    def ask(self, window: Window) -> Answerable:
        """Read what is new, keep it, and give the facts of the window. Raises Problem."""
        asked = window.file_days
        if self._listing is None or not self._listing.has(asked):
            if self._listing is not None:  # what is listed again serves both
                listed = self._listing.days
                asked = (min(asked[0], listed[0]), max(asked[1], listed[1]))
            self._listing = list_store(
                self._objects, self._cache, self._held_files, days=asked, progress=self._progress
            )
        groups, later, skipped = groups_of(self._listing, self._folder, window)
        held = 0
        kept = together.read(self._together, groups) if self._of_all(window) else None
        for group in groups:
            if kept and group.name in kept.headers:
                group.header = kept.headers[group.name]
                continue
            group.look()
            held += len(group.facts)
            if held > self._held_bytes:
                group.facts = msgspec.Raw()
        size = self._refresh(groups)
        late, unknown = late_of(later, window)
        usual, groups = groups, [*groups, *late]
        again = [group for group in groups if None in map(window.covers, group.header.days)]
        whole = frozenset(again)
        cut, further, more = self._of_cut_days(again, window)
        days = sorted(group.day for group in usual if group.day)
        within, outside = loose_days(groups, window)
        digests = tuple(digests_of(self._listing, window))
        places = days_of((*places_of(usual), *digests))
        what = files_told(unknown) or ("" if self._listing.days[1] == ALL_DAYS[1] else "files")
        notes = (*without_files(days or within, window), *told_late(days_late(groups, window)),
                 *(unread_after(window, what, datetime.now(UTC)) if what else ()))  # fmt: skip
        coverage = Coverage(
            sum(group.count for group in groups),
            sum(group.count if group in whole else self._fresh.get(group.name, 0) for group in groups),
            sum(group.header.events for group in groups), size + more, skipped,
            tuple(Unread(*item) for item in dict.fromkeys((*unread(groups), *further))),
            tuple(sorted({group.account_id for group in groups if group.account_id})),
            days[0] if days else "", max(group.day for group in groups) if days else "",
            notes=notes, outside=outside, unread_later=bool(unknown),
            places=tuple(sorted(places)), days=places, digests=days_of(digests),
            copied=newest_of(self._listing) if isinstance(self._objects, FolderObjects) else (),
            amended=tuple(sorted({*amended(groups, window)})),
        )  # fmt: skip
        if self._of_all(window):
            return Answerable(together.facts_of(self._together, groups, kept), coverage)
        return Answerable(self._facts(groups, window, cut), coverage)

    def _of_all(self, window: Window) -> bool:
        """Whether what is wanted are the uses of all days."""
        return tuple(self._parts) == together.PARTS and window == Window()

    def _refresh(self, groups: Sequence[Group]) -> int:
        """Read what is new and keep its facts; gives the number of bytes as unpacked."""
        stale = [group for group in groups if group.stale]
        if not stale:
            return 0
        told = Told(self._progress, sum(group.count for group in stale), sum(group.size for group in stale))
        pending = _Pending(self._objects, stale)
        size = held = 0
        reader = Reader(self._objects, self._roles)
        for batch, found in read_all(reader, pending.batches(told), self._cores):
            group = stale[batch.group]
            if batch.keys:
                group.add(batch, found)
            size += found.bytes
            if pending.done(batch):
                held += len(group.facts)
                if held > self._held_bytes:
                    group.facts = msgspec.Raw()
            told.more(len(batch.keys), batch.size)
        self._fresh |= {group.name: group.fresh for group in stale}
        return size

    def _facts(self, groups: Sequence[Group], window: Window, cut: Aside) -> Iterator[tuple[str, DayFacts]]:
        for group in groups:
            covered = {day: window.covers(day) for day in group.header.days}
            if True in covered.values():
                yield from ((day, facts) for day, facts in group.decoded(self._parts) if covered.get(day))
        for part in cut.parts():
            yield from ((day, facts) for day, facts in decoded(part, self._parts) if window.covers(day) is None)

    def _of_cut_days(self, mine: Sequence[Group], window: Window) -> tuple[Aside, list[tuple[str, str, str]], int]:
        """Facts with those of the days that the window cuts, read again from the files; what could not be read; and the
        number of bytes as unpacked. mine: the groups that hold such days."""
        found, lost = Aside(self._cache, self._held_bytes), list[tuple[str, str, str]]()
        if not mine:
            return found, lost, 0
        told = Told(self._progress, sum(group.count for group in mine), sum(group.size for group in mine))
        size = 0
        work = (batch for number, group in enumerate(mine) for batch in batches(number, group.files(self._objects)))
        reader = Reader(self._objects, self._roles, window.since, window.until)
        for batch, part in read_all(reader, work, self._cores):
            size += part.bytes
            told.more(len(batch.keys), batch.size)
            found.put(part.facts)
            lost += ((item.key, item.record, item.reason) for item in part.unreadable)
        return found, lost, size


def _name(source: str, roles: frozenset[tuple[str, str]]) -> str:
    """A folder's name for facts of one source, made for one list of roles, by one list of what counts as what."""
    listed = (*SILENCING, *MAKING, *SECRET_READS, *IDENTITY_CHANGES, *PORTAL)
    counts = sorted(f"{source} {name}" for source, name in listed)
    text = "\n".join((store.FORMAT, source, *sorted(f"{account} {name}" for account, name in roles), *counts))
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()


class _Pending:
    """The groups whose files are being read: their batches as they are wanted, and what is kept when the last came."""

    def __init__(self, objects: TrailObjects, groups: Sequence[Group]) -> None:
        self._objects, self._groups = objects, groups
        self._left = [0] * len(groups)
        self._ended = [False] * len(groups)

    def batches(self, told: Told) -> Iterator[Batch]:
        """The batches of all groups, a group's when its turn has come; one that is empty where no file is new."""
        for number, group in enumerate(self._groups):
            count, size = group.count, group.size
            for batch in batches(number, group.new_files(self._objects)):
                self._left[number] += 1
                self._ended[number] = batch.last
                count, size = count - len(batch.keys), size - batch.size
                if batch.last:
                    told.less(count, size)
                yield batch

    def done(self, batch: Batch) -> bool:
        """Whether that was the last batch of its group; if so, what is known of the group is kept."""
        self._left[batch.group] -= 1
        if self._left[batch.group] or not self._ended[batch.group]:
            return False
        self._groups[batch.group].keep()
        return True


class Told:
    """Tells about once a second how far the reading is; of one that is over sooner it says nothing."""

    def __init__(self, progress: Progress, files: int, size: int, clock: Callable[[], float] = monotonic) -> None:
        self._progress, self._files, self._size, self._clock = progress, files, size, clock
        self._done_files = self._done = 0
        self._begun = self._last = clock()

    def less(self, files: int, size: int) -> None:
        """So many files turned out to be known."""
        self._files -= files
        self._size -= size

    def more(self, files: int, size: int) -> None:
        """So many more files, of so many bytes as stored, were read."""
        self._done_files += files
        self._done += size
        now = self._clock()
        if now - self._last < 1 and (self._done_files < self._files or now - self._begun < 1):
            return
        self._last = now
        rate = self._done / max(now - self._begun, 1e-6)
        left = (self._size - self._done) / rate if rate else 0
        self._progress(
            f"read {self._done_files} of {self._files} files, {self._done / 1e6:.0f} of {self._size / 1e6:.0f} MB, "
            f"{rate / 1e6:.0f} MB/s, {left:.0f} s left"
        )
