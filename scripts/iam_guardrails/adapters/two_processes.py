"""Half of some work in a second process, where there is a second core: what a process of Python has, its child has too.

The child is a copy of this process (os.fork), does every second number, sends what came of it through a pipe, and ends
without cleaning up, so that nothing of the parent's is closed or written twice. Where it cannot be made, or dies, the
parent does its half as well: the answer is the same.
"""

from __future__ import annotations

import marshal
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from iam_guardrails.model.iam.reach.each import Parts, Work

FEW = 500  # numbers below which a second process costs more than it saves


def cores() -> int:
    """The cores that this process may use; 1 where a second process cannot be made safely."""
    if not sys.platform.startswith("linux") or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0))


def in_two(work: Work, count: int) -> Parts:
    """The work for every number below `count`, as model.iam.reach.each.Each says."""
    evens, odds = range(0, count, 2), range(1, count, 2)
    child = _begun(work, odds) if count >= FEW else None
    if child is None:
        return [(range(count), work(range(count)))]
    try:
        ours = work(evens)
    except BaseException:
        _stop(*child)
        raise
    answered, theirs = _ended(*child)
    return [(evens, ours), (odds, theirs if answered else work(odds))]


def _begun(work: Work, numbers: Sequence[int]) -> tuple[int, int] | None:
    """The child and the pipe that it answers through; None where there can be none."""
    try:
        out, into = os.pipe()
    except OSError:
        return None
    try:
        child = os.fork()
    except OSError:
        os.close(out)
        os.close(into)
        return None
    if child == 0:
        _answer(work, numbers, into)
    os.close(into)
    return child, out


def _answer(work: Work, numbers: Sequence[int], into: int) -> None:
    """The whole life of the child. It says nothing where anything goes wrong: the parent then does it, and says it."""
    code = 1
    try:
        data = memoryview(marshal.dumps(work(numbers)))
        while data:
            data = data[os.write(into, data) :]
        code = 0
    finally:
        os._exit(code)  # also for KeyboardInterrupt, which the parent gets as well


def _ended(child: int, out: int) -> tuple[bool, Any]:
    """Whether the child answered, and what."""
    try:
        with open(out, "rb") as answered:  # noqa: PTH123 - a pipe, which has no path
            data = answered.read()
    except BaseException:
        os.kill(child, 9)
        raise
    finally:
        _, status = os.waitpid(child, 0)
    return (False, None) if status else (True, marshal.loads(data))  # from a copy of this process


def _stop(child: int, out: int) -> None:
    with suppress(OSError):
        os.kill(child, 9)
        os.waitpid(child, 0)
    os.close(out)
