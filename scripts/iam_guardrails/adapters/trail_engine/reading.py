"""Reads files with several processes, a batch at a time; a process holds one file, and the facts of its batch."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Protocol

import msgspec
from msgspec import Struct

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_engine.gather import Amended, Gathering, Parts, Unreadable
from iam_guardrails.adapters.trail_engine.known import Known
from iam_guardrails.adapters.trail_engine.store import days_in, encoded, mark_of, merged
from iam_guardrails.adapters.trail_engine.workers import ENDED, Workers
from iam_guardrails.adapters.trail_folder_objects import FolderObjects
from iam_guardrails.adapters.trail_objects import StoredObject, TrailObjects
from iam_guardrails.model.problem import Problem

BATCH_FILES, BATCH_BYTES = 256, 16 << 20


class Found(Struct):
    """What one batch gave.

    facts: day -> facts, encoded.  days: those.  events, bytes: how much was read, unpacked.  missed: the files that
    could not be fetched, whatever is in them, and so are to be tried again.  amended: which records others correct.
    """

    facts: msgspec.Raw
    days: list[str]
    unreadable: list[Unreadable]
    events: int
    bytes: int
    missed: list[str]
    amended: list[Amended]


_FOUND = msgspec.msgpack.Decoder(Found)


class Batch(Struct):
    """Some files of one group. group: its number.  keys, size: the files, and how large they are as stored.

    marks: of the files (store.Marks).  last: whether it is the last one of its group.
    """

    group: int
    keys: list[str]
    size: int
    marks: bytes = b""
    last: bool = False


def batches(group: int, files: Iterable[StoredObject]) -> Iterator[Batch]:
    """Parts a group's files into batches, as they are wanted; an empty one where there is no file."""
    batch = Batch(group, [], 0)
    for item in files:
        key, size, _ = item
        if batch.keys and (len(batch.keys) >= BATCH_FILES or batch.size + size > BATCH_BYTES):
            yield batch
            batch = Batch(group, [], 0)
        batch.keys.append(key)
        batch.size += size
        batch.marks += mark_of(item)
    batch.last = True
    yield batch


class Reads(Protocol):
    """What reads batches, in this process or in others, to which it is sent or which are forked from this one."""

    def read(self, keys: Sequence[str]) -> bytes:
        """Read files; gives a Found, encoded. Raises Problem where nothing can go on."""


class Reader:
    """What a process needs to know to read a batch."""

    def __init__(
        self, objects: TrailObjects, targets: frozenset[tuple[str, str]], since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:  # fmt: skip
        self.objects, self.targets, self.since, self.until = objects, targets, since, until
        self._known: Known | None = None  # made where files are read: a table cannot be sent to a process

    def read(self, keys: Sequence[str]) -> bytes:
        """See Reads."""
        missed: list[str] = []
        parts: list[msgspec.Raw] = []

        def pack(more: Parts) -> Known:
            parts.append(encoded(more))
            return self._known_now()

        gathering = Gathering(self.targets, self.since, self.until, self._known_now(), pack)
        for key, packed in fetched(self.objects, keys):
            if isinstance(packed, Damage):
                gathering.unreadable.append(Unreadable(key, "", str(packed)))
                missed.append(key)
                continue
            gathering.take(key, packed if isinstance(packed, bytes) else _noting(key, packed, missed))
        parts.append(encoded(gathering.parts()))
        facts = merged(parts) if len(parts) > 1 else parts[0]
        found = Found(facts, days_in(facts), gathering.unreadable, gathering.events, gathering.bytes, missed,
                      gathering.amended)  # fmt: skip
        return msgspec.msgpack.encode(found)

    def _known_now(self) -> Known:
        """What is known, begun anew where it is full."""
        if self._known is None or self._known.is_full:
            self._known = Known()
        return self._known


Stored = bytes | Iterator[bytes]
"""A file's content as stored, a large one's in pieces."""


def _noting(key: str, pieces: Iterator[bytes], missed: list[str]) -> Iterator[bytes]:
    """The same pieces; where they end too early, the file is one of those that could not be fetched."""
    try:
        yield from pieces
    except Damage:
        missed.append(key)
        raise


def fetched(objects: TrailObjects, keys: Iterable[str]) -> Iterator[tuple[str, Stored | Damage]]:
    """Each file's content as stored, in their order, or why it cannot be had; as many at once as pay off."""
    if type(objects) is FolderObjects:  # what is derived from it may read in another way
        yield from objects.read_several(keys)
        return
    coming = iter(keys)
    for key in coming if objects.reads_at_once < 2 else islice(coming, 1):  # the first one connects, which only one may
        yield key, _fetch(objects, key)
    first = list(islice(coming, 2 * objects.reads_at_once))
    if not first:
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(objects.reads_at_once) as threads:
        ahead = deque((key, threads.submit(_fetch, objects, key)) for key in first)
        while ahead:
            key, waited = ahead.popleft()
            content = waited.result()
            ahead += [(more, threads.submit(_fetch, objects, more)) for more in islice(coming, 1)]
            yield key, content


def _fetch(objects: TrailObjects, key: str) -> Stored | Damage:
    try:
        return objects.open(key)
    except Damage as damage:
        return damage


_reader: Reads | None = None


def _start(reader: Reads) -> None:
    import gc

    gc.disable()  # what a file leaves behind holds no cycles
    global _reader
    _reader = reader


def _work(keys: list[str]) -> bytes:
    assert _reader is not None
    return _reader.read(keys)


def read_all(reader: Reads, work: Iterator[Batch], cores: int) -> Iterator[tuple[Batch, Found]]:
    """Read batches, in any order; a few are taken ahead. Raises Problem where a process dies, or raises it."""
    ahead = list(islice(work, 2))
    left = chain(ahead, work)
    if cores < 2 or len(ahead) < 2:
        for batch in left:
            yield batch, _FOUND.decode(reader.read(batch.keys))
        return
    yield from (in_forks if sys.platform == "linux" else in_pool)(reader, left, cores)


def in_forks(reader: Reads, left: Iterator[Batch], cores: int) -> Iterator[tuple[Batch, Found]]:
    """Read batches in forked processes, one for each core; see read_all."""
    workers = Workers(reader.read)
    busy: dict[int, Batch] = {}
    ahead = list(islice(left, cores + 2))
    if len(ahead) > cores + 1:
        asked, own, waiting = ahead[:cores], ahead[:0], chain(ahead[cores:], left)
    else:  # so few that the last one is read in this process, which would only wait for the others
        asked, own, waiting = ahead[:-1], ahead[-1:], chain[Batch]()
    following = next(waiting, None)
    try:
        for batch in asked:
            worker = workers.start()
            workers.ask(worker, batch.keys)
            busy[worker] = batch
        for batch in own:
            yield batch, _FOUND.decode(reader.read(batch.keys))
        while busy:
            for worker, answer in workers.answers(list(busy)):
                done = busy.pop(worker)
                if following is not None:
                    workers.ask(worker, following.keys)
                    busy[worker] = following
                    following = next(waiting, None)
                else:
                    workers.end(worker)  # which takes a while, in which this process goes on
                yield done, _FOUND.decode(answer)
    finally:
        workers.stop()


def in_pool(reader: Reads, left: Iterator[Batch], cores: int) -> Iterator[tuple[Batch, Found]]:
    """Read batches in processes that are started anew; see read_all."""
    import multiprocessing  # these here, because who reads nothing new need not pay for them
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool

    pool = ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"), initializer=_start, initargs=(reader,))
    waiting: dict[Future[bytes], Batch] = {}
    try:
        for batch in islice(left, 2 * cores):
            waiting[pool.submit(_work, batch.keys)] = batch
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                batch = waiting.pop(future)
                for more in islice(left, 1):
                    waiting[pool.submit(_work, more.keys)] = more
                yield batch, _FOUND.decode(future.result())
    except BrokenProcessPool:
        raise Problem(ENDED) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
