"""Two processes on one question, where there is a second core: each does half of the long work, and tells the other.

The second is a copy of this process (os.fork), made when all is read: to read in both at once slows both. It works out
the same, says nothing to anybody but its twin, and ends where the long work ends. Where it cannot be made, or dies,
this process does all: the answer is the same. Sources: Linux man pages proc_loadavg(5), sched_setaffinity(2), fork(2).
"""

from __future__ import annotations

import marshal
import os
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, BinaryIO

from iam_guardrails.model.iam.reach.each import Parts, Work, at_once

FEW = 500  # numbers below which it costs more to tell the other than to do it
SIZE = 8  # bytes that tell how long the rest is


class Twins:
    """This process and its twin, which is there within a `with` block only, and never leaves it.

    is_wanted: whether there should be a twin.
    """

    def __init__(self, is_wanted: bool) -> None:
        self.is_copy = False
        self._child = 0
        self._out: BinaryIO | None = None
        self._into: BinaryIO | None = None
        self._is_wanted = is_wanted

    def __enter__(self) -> Twins:
        if self._is_wanted:
            self._fork()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_copy:
            os._exit(0 if kind is None else 1)  # what this process holds is the other's to close and to write
        self._end()

    def each(self, work: Work, count: int, *, is_long: bool = False) -> Parts:
        """The work for every number below a count, as model.iam.reach.each.Each says."""
        if self._out is None or count < (2 if is_long else FEW):
            return at_once(work, count)
        evens, odds = range(0, count, 2), range(1, count, 2)
        ours = work(odds if self.is_copy else evens)
        theirs = self._exchanged(ours)
        if theirs is None:
            return [(evens, ours), (odds, work(odds))]
        return [(evens, theirs), (odds, ours)] if self.is_copy else [(evens, ours), (odds, theirs)]

    def part(self) -> None:
        """End the copy: what is still to be done this process does alone, while the copy lets go of what it holds."""
        if self.is_copy:
            os._exit(0)
        self._close()

    def _exchanged(self, ours: Any) -> Any:
        """What came of the other's half; None where the copy is no more. The copy ends where the other is no more."""
        assert self._out is not None
        assert self._into is not None
        try:
            data = marshal.dumps(ours)  # both do this at the same time, before one waits for the other
            if self.is_copy:
                _put(self._into, data)
                theirs = _taken(self._out)
            else:
                theirs = _taken(self._out)
                with suppress(BrokenPipeError):
                    _put(self._into, data)
            return marshal.loads(theirs)  # from a copy of this process
        except (OSError, EOFError, ValueError, TypeError):
            if self.is_copy:
                os._exit(1)
            self._end()
            return None

    def _fork(self) -> None:
        with suppress(OSError):
            (mine, yours), (theirs, ours) = os.pipe(), os.pipe()
            try:
                self._child = os.fork()
            except OSError:
                for pipe in (mine, yours, theirs, ours):
                    os.close(pipe)
                return
            self.is_copy = self._child == 0
            if self.is_copy:
                mine, ours, theirs, yours = theirs, yours, mine, ours
            os.close(theirs)
            os.close(yours)
            self._out, self._into = open(mine, "rb"), open(ours, "wb")  # noqa: PTH123, SIM115 - pipes have no path

    def _close(self) -> None:
        for pipe in (self._out, self._into):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._out = self._into = None

    def _end(self) -> None:
        self._close()
        if self._child:
            with suppress(OSError):
                os.kill(self._child, 9)
            with suppress(OSError):
                os.waitpid(self._child, 0)
            self._child = 0


def has_free_core() -> bool:
    """Whether a copy of this process can be made safely, and would find a core that nobody uses at this moment."""
    if not sys.platform.startswith("linux") or threading.active_count() > 1 or len(os.sched_getaffinity(0)) < 2:
        return False
    try:
        with open("/proc/loadavg", encoding="ascii") as file:  # noqa: PTH123 - pathlib costs milliseconds
            running = int(file.read().split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return True
    return running < (os.cpu_count() or 1)  # this process is one of them


def _put(into: BinaryIO, data: bytes) -> None:
    into.write(len(data).to_bytes(SIZE, "little"))
    into.write(data)
    into.flush()


def _taken(out: BinaryIO) -> bytes:
    return _read(out, int.from_bytes(_read(out, SIZE), "little"))


def _read(out: BinaryIO, size: int) -> bytes:
    data = out.read(size)
    if len(data) < size:
        raise EOFError
    return data
