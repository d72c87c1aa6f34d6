"""The embedded engine: which files there are, which of them are new, and the facts of the days of a window.

Facts are kept per account and day of the files' keys, for one list of roles of which everything is kept. Files whose
names CloudTrail did not make are one group of their own. A day of events that the window cuts is read from its files
again, so that the answer is exact to the second.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic

import msgspec

from iam_guardrails.adapters.trail_engine import store
from iam_guardrails.adapters.trail_engine.reading import Found, Reader, batches, processes, read_all
from iam_guardrails.adapters.trail_objects import StoredObject, TrailObjects
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.answer import Answerable, Coverage, Unread
from iam_guardrails.model.trail.facts import DayFacts, empty, merge
from iam_guardrails.model.trail.window import Window

Progress = Callable[[str], None]
OTHER = ""
HELD_BYTES = 32 << 20
"""How many bytes of facts are held in memory between reading and asking; the rest is read from the cache again."""
# the name of a log file as far as it is needed here; the whole of it: model.trail.object_keys
_LOG_FILE = re.compile(
    r"(?:.*/)?(\d{12})_CloudTrail_[a-z0-9-]+_(\d{4})(\d{2})(\d{2})T\d{4}Z_[A-Za-z0-9]+\.json(?:\.gz)?"
)
_NOT_EVENTS = re.compile(r"(?:.*/)?\d{12}_CloudTrail-[A-Za-z]+_[^/]*\.json(?:\.gz)?")


class _Group:
    """The files of one account and day: those that are there, what is kept of them, and those yet to be read."""

    def __init__(self, account_id: str, day: str) -> None:
        self.account_id, self.day = account_id, day
        self.files: list[StoredObject] = []
        self.wanted: list[StoredObject] = []
        self.header = store.Header("", 0, 0, [], [])
        self.facts = msgspec.Raw()  # b"" where they are not at hand
        self.path = Path()

    def look(self, folder: Path) -> None:
        """See what is kept, and which files are yet to be read."""
        self.path = folder / (self.account_id or "other") / f"{self.day or 'files'}.facts"
        listing = store.listing_of(self.files)
        stored = store.read(self.path)
        known = store.files_of(stored) if stored and stored.header.listing != listing else {}
        here = {item.key: (item.size, item.etag) for item in self.files} if known else {}
        if stored is None or known is None or any(here.get(key) != value for key, value in known.items()):
            self.wanted = self.files  # nothing is kept, or a file that was read is gone or is another now
        else:
            self.header, self.facts = stored.header, stored.facts
            self.wanted = [item for item in self.files if item.key not in known] if known else []
        self.header.listing = listing

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
        for day, facts in _decoded(found.facts).items():
            merge(known.setdefault(day, empty()), facts)
        self.facts = store.encoded(known)

    def decoded(self) -> dict[str, DayFacts]:
        """The facts, from the cache where they are not at hand."""
        if not bytes(self.facts):
            stored = store.read(self.path)
            return _decoded(stored.facts) if stored else {}
        return _decoded(self.facts)


def _decoded(facts: msgspec.Raw) -> dict[str, DayFacts]:
    found = store.facts_of(facts)
    if found is None:
        raise Problem("the kept facts of CloudTrail are damaged; remove the folder that --cache names and repeat")
    return found


class Engine:
    """Facts from stored files.

    cache: the folder in which facts are kept.  roles: (account, name) of the roles of which everything is kept.
    cores: how many processes read.
    """

    def __init__(
        self, objects: TrailObjects, cache: Path, roles: frozenset[tuple[str, str]], progress: Progress, cores: int = 0
    ) -> None:
        self._objects, self._roles, self._progress = objects, roles, progress
        self._cores = cores or processes()
        text = "\n".join((store.FORMAT, objects.source, *sorted(f"{account} {name}" for account, name in roles)))
        self._folder = cache / hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()

    def ask(self, window: Window) -> Answerable:
        """Read what is new, keep it, and give the facts of the window. Raises Problem."""
        groups, skipped = self._groups(window)
        files, size = self._refresh(groups)
        days = sorted(group.day for group in groups if group.day)
        coverage = Coverage(
            sum(len(group.files) for group in groups), files, sum(group.header.events for group in groups), size,
            skipped,
            tuple(Unread(item.key, item.record, item.reason) for group in groups for item in group.header.unreadable),
            tuple(sorted({group.account_id for group in groups if group.account_id})),
            days[0] if days else "", days[-1] if days else "",
        )  # fmt: skip
        return Answerable(self._facts(groups, window), coverage)

    def _groups(self, window: Window) -> tuple[list[_Group], int]:
        found: dict[tuple[str, str], _Group] = {}
        skipped = 0
        for item in self._objects.list():
            said = _LOG_FILE.fullmatch(item.key)
            if said:
                where = (said[1], f"{said[2]}-{said[3]}-{said[4]}")
                if not window.may_hold(where[1]):
                    continue
            elif _NOT_EVENTS.fullmatch(item.key):
                skipped += 1
                continue
            else:
                where = (OTHER, OTHER)
            group = found.get(where)
            if group is None:
                group = found[where] = _Group(*where)
            group.files.append(item)
        groups = [found[where] for where in sorted(found)]
        held = 0
        for group in groups:
            group.look(self._folder)
            held += len(bytes(group.facts))
            if held > HELD_BYTES and not group.wanted:
                group.facts = msgspec.Raw()
        return groups, skipped

    def _refresh(self, groups: Sequence[_Group]) -> tuple[int, int]:
        """Read what is new and keep its facts; gives the number of files, and of bytes as unpacked."""
        work = [
            batch
            for number, group in enumerate(groups)
            for batch in batches(number, [(item.key, item.size) for item in group.wanted])
        ]
        if not work:
            return 0, 0
        left = Counter(batch.group for batch in work)
        told = Told(self._progress, sum(len(batch.keys) for batch in work), sum(batch.size for batch in work))
        files = size = held = 0
        for batch, found in read_all(Reader(self._objects, self._roles), work, self._cores):
            group = groups[batch.group]
            group.add(found)
            files, size = files + len(batch.keys), size + found.bytes
            left[batch.group] -= 1
            if not left[batch.group]:
                store.write(group.path, group.header, group.facts, group.files)
                held += len(bytes(group.facts))
                if held > HELD_BYTES:
                    group.facts = msgspec.Raw()
            told.more(len(batch.keys), batch.size)
        return files, size

    def _facts(self, groups: Sequence[_Group], window: Window) -> Iterator[tuple[str, DayFacts]]:
        cut: list[_Group] = []
        for group in groups:
            covered = {day: window.covers(day) for day in group.header.days}
            if None in covered.values():
                cut.append(group)
            if True in covered.values():
                yield from ((day, facts) for day, facts in group.decoded().items() if covered.get(day))
        if cut:
            yield from self._of_cut_days(cut, window)

    def _of_cut_days(self, groups: Sequence[_Group], window: Window) -> Iterator[tuple[str, DayFacts]]:
        """The facts of the days that the window cuts, read again from the files."""
        work = [
            batch
            for number, group in enumerate(groups)
            for batch in batches(number, [(item.key, item.size) for item in group.files])
        ]
        reader = Reader(self._objects, self._roles, window.since, window.until)
        for _, found in read_all(reader, work, self._cores):
            yield from ((day, facts) for day, facts in _decoded(found.facts).items() if window.covers(day) is None)


class Told:
    """Tells about once a second how far the reading is; of one that is over sooner it says nothing."""

    def __init__(self, progress: Progress, files: int, size: int, clock: Callable[[], float] = monotonic) -> None:
        self._progress, self._files, self._size, self._clock = progress, files, size, clock
        self._done_files = self._done = 0
        self._begun = self._last = clock()

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
