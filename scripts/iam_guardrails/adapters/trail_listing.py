"""What a store of CloudTrail's files holds, folder by folder, with a signature of every folder.

A signature is over the name, size and tag of each file in the folder, so that folders that are as they were need no
look at their single files. The time at which a folder itself was changed would not do: writing into a file that is
there does not change it (POSIX, "write": it marks the file's own times only). What was found is kept beside the facts.
Nothing here needs more than the standard library, because a question that was answered before is answered from here.
"""

from __future__ import annotations

import json
import os
import re
from _thread import allocate_lock
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import monotonic

from iam_guardrails.adapters import sealed
from iam_guardrails.adapters.blake2 import blake2b
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.adapters.trail_folders import Look, looks
from iam_guardrails.adapters.trail_objects import StoredObject, TrailObjects
from iam_guardrails.model.expression import Expression
from iam_guardrails.model.trail.window import ALL_DAYS, Days

Progress = Callable[[str], None]
OTHER = ("", "")
HELD_FILES = 50_000
_MAGIC = b"trail-listing 5\n"
# the name of a log file as far as it is needed here; the whole of it: model.trail.object_keys. No hour and no day but
# those of the clock and the calendar (a 29th of February aside): a file of another name is read whatever the window.
_NAME = (
    r"(\d{12})_CloudTrail_((?:[a-z]+-)+\d+)_(2\d{3}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?<!0230|0[2469]31|1131)"
    r"T(?:[01]\d|2[0-3])[0-5]\dZ)_[A-Za-z0-9]+\.json(?:\.gz)?"
)
_LOG_FILE = Expression(_NAME, re.ASCII)
_LOG_FILES = Expression(rf"(?:\A|/){_NAME}(?=/|\Z)", re.ASCII)
_NOT_EVENTS = Expression(r"\d{12}_CloudTrail-[A-Za-z]+_[^/]*\.json(?:\.gz)?")
_STAMP = Expression(
    r"(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{8}T\d{4}Z)_"
    r"|(\d{12})_CloudTrail-Digest_((?:[a-z]+-)+\d+)_[^/]*_(\d{8}T\d{6}Z)(?=[_.])"
)


def group_of(key: str) -> tuple[str, str] | None:
    """(account, day) that a file's name says, OTHER for a name that CloudTrail did not make, None for no events."""
    return _said(key)[0]


def _said(key: str) -> tuple[tuple[str, str] | None, tuple[str, str, str] | None]:
    """See group_of; and (account, Region, time) of a log file's or a digest's name: when it was delivered, or the end
    of its hour, as 20260115T0930Z or 20260115T093059Z; None for another name."""
    start = key.rfind("/") + 1
    if said := _LOG_FILE.fullmatch(key, start):
        account, region, time = said.groups()
        return (account, f"{time[:4]}-{time[4:6]}-{time[6:8]}"), (account, region, time)
    group = None if _NOT_EVENTS.fullmatch(key, start) or _is_other_log(key) else OTHER
    if not (found := _STAMP.match(key, start)):
        return group, None
    account, region, time = found.groups()[:3] if found[1] else found.groups()[3:]
    return group, (account, region, time)


def _is_other_log(key: str) -> bool:
    from iam_guardrails.model.trail.other_logs import is_other_log  # a bucket of CloudTrail's files alone needs none

    return is_other_log(key)


class Folder:
    """One folder: the files that lie in it, not those in folders in it.

    signature: of its files.  shares: (account, day) -> how many of them and how many bytes, as stored.  skipped: how
    many hold no events by their kind.  newest: (account, Region) -> the latest time in a name (_said).  files: they
    themselves, None where they are not held in memory.
    """

    __slots__ = ("files", "key", "newest", "shares", "signature", "skipped")

    def __init__(self, key: str, signature: str = "") -> None:
        self.key, self.signature, self.skipped = key, signature, 0
        self.shares: dict[tuple[str, str], tuple[int, int]] = {}
        self.newest: dict[tuple[str, str], str] = {}
        self.files: list[StoredObject] | None = []

    def take_all(self, files: list[StoredObject], *, hold: bool) -> None:
        """All of its files; see take. Mostly their names are those that CloudTrail gives to log files."""
        start = len(self.key)
        said = _LOG_FILES.findall("/".join([item[0][start:] for item in files]))  # no name has a slash in it
        if len(said) != len(files):
            self.take(files, hold=hold)
            return
        sizes: dict[tuple[str, str], list[int]] = {}
        newest = self.newest
        for item, (account, region, time) in zip(files, said, strict=True):
            sizes.setdefault((account, time[:8]), []).append(item[1])
            if time > newest.get((account, region), ""):
                newest[account, region] = time
        for (account, day), of_day in sizes.items():
            self.shares[account, f"{day[:4]}-{day[4:6]}-{day[6:]}"] = len(of_day), sum(of_day)
        self.files = files if hold else None

    def take(self, files: Iterable[StoredObject], *, hold: bool) -> None:
        """Some of its files; hold: whether to hold them in memory."""
        shares, held = self.shares, self.files if hold else None
        for item in files:
            where, said = _said(item[0])
            if where is None:
                self.skipped += 1
            else:
                count, size = shares.get(where, (0, 0))
                shares[where] = count + 1, size + item[1]
            if said and said[2] > self.newest.get(said[:2], ""):
                self.newest[said[:2]] = said[2]
            if held is not None:
                held.append(item)
        self.files = held


class Listing:
    """All folders with files, sorted by key. days: those of which it has CloudTrail's files."""

    def __init__(self, folders: Mapping[str, Folder], days: Days = ALL_DAYS) -> None:
        self.folders, self.days = [folders[key] for key in sorted(folders)], days

    def has(self, days: Days) -> bool:
        """Whether it has the files of these days."""
        return self.days[0] <= days[0] and days[1] <= self.days[1]

    @property
    def manifest(self) -> str:
        """A hash of every file's key, size and tag."""
        found = blake2b(digest_size=20)
        for folder in self.folders:
            found.update(f"{folder.key}\0{folder.signature}\n".encode("utf-8", "surrogateescape"))
        return found.hexdigest()


def processes() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def list_store(
    objects: TrailObjects, cache: str, held: int = HELD_FILES, *, changed: Callable[[], object] = lambda: None,
    days: Days = ALL_DAYS, progress: Progress = lambda _: None,
) -> Listing:  # fmt: skip
    """List a store. cache: the folder in which what was found is kept.  held: how many files to hold in memory.

    changed: is called as soon as something is not as it was the last time.  days: of a bucket, CloudTrail's files of
    other days need not be listed.  progress: is told how much was listed. Raises Problem where a part cannot be listed
    or the cache cannot be written.
    """
    name = blake2b(objects.source.encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()
    path = f"{cache}/{name}.listing"
    known = _known(path)
    if isinstance(objects, FolderObjects):
        found = _of_looks(looks(objects.source), known, held, changed, Listed(progress, "folders"))
    else:
        from iam_guardrails.adapters.trail_s3_objects import S3Objects

        if isinstance(objects, S3Objects):
            objects.told = Listed(progress, "objects").more
        if days != ALL_DAYS and isinstance(objects, S3Objects):  # nothing of a part is kept
            return Listing(_of_objects(objects.list_days(days), held), days)
        found = _of_objects(objects.list(), held)
    if {key: it.signature for key, it in found.items()} != {key: it.signature for key, it in known.items()}:
        sealed.write(path, _MAGIC, _encoded(found))
    return Listing(found)


class Listed:
    """Tells about once a second how much was listed; of a listing that is over sooner it says nothing.

    what: what is counted, in the plural.
    """

    def __init__(self, progress: Progress, what: str, clock: Callable[[], float] = monotonic) -> None:
        self._progress, self._what, self._clock = progress, what, clock
        self._count = 0
        self._last = clock()
        self._one = allocate_lock()  # Regions of a bucket are listed side by side

    def more(self, number: int) -> None:
        """So many more were listed."""
        with self._one:
            self._count += number
            if (now := self._clock()) - self._last >= 1:
                self._last = now
                self._progress(f"listed {self._count} {self._what} so far")


def _of_looks(
    found: Iterator[Look], known: Mapping[str, Folder], held: int, changed: Callable[[], object], told: Listed
) -> dict[str, Folder]:
    folders: dict[str, Folder] = {}
    is_changed = False
    for look in found:
        told.more(1)
        here = known.get(look.key)
        if here is not None and here.signature == look.signature:
            folders[look.key] = here
            continue
        files = look.files()
        if files == []:
            continue
        if not is_changed:
            is_changed = True
            changed()
        folder = Folder(look.key)
        if isinstance(files, list):
            held -= len(files)
            folder.take_all(files, hold=held >= 0)
        else:
            folder.take(files, hold=False)
        folder.signature = look.signature
        if folder.shares or folder.skipped:
            folders[look.key] = folder
    return folders


def _of_objects(items: Iterable[StoredObject], held: int) -> dict[str, Folder]:
    folders: dict[str, Folder] = {}
    hashes = {}
    for item in items:
        key = item.key[: item.key.rfind("/") + 1]
        if key not in folders:
            folders[key], hashes[key] = Folder(key), blake2b(digest_size=16)
        folders[key].take((item,), hold=held > 0)
        hashes[key].update(f"{item.key[len(key) :]}\0{item.size}\0{item.etag}\n".encode("utf-8", "surrogateescape"))
        held -= 1
    for key, folder in folders.items():
        folder.signature = hashes[key].hexdigest()
    return folders


def _encoded(folders: Mapping[str, Folder]) -> bytes:
    return json.dumps({
        key: [it.signature, it.skipped, [[*where, *much] for where, much in it.shares.items()],
              [[*where, time] for where, time in it.newest.items()]]
        for key, it in folders.items()
    }).encode()  # fmt: skip


def _known(path: str) -> dict[str, Folder]:
    """What was found the last time; empty where nothing usable is kept."""
    content = sealed.read(path, _MAGIC)
    found = {}
    for key, (signature, skipped, shares, newest) in (json.loads(content) if content else {}).items():
        folder = found[key] = Folder(key, signature)
        folder.skipped, folder.files = skipped, None
        folder.shares = {(account, day): (count, size) for account, day, count, size in shares}
        folder.newest = {(account, region): time for account, region, time in newest}
    return found
