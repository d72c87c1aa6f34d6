"""Processes forked from this one that read batches: one batch at a time each, over pipes.

They start in a millisecond and share what is loaded, where the standard library's pool would cost more than one new day
of files; that pool is for systems on which a forked process is not safe.
"""

from __future__ import annotations

import gc
import os
import select
from collections.abc import Callable, Iterator

import msgspec

from iam_guardrails.model.problem import Problem

ENDED = (
    "a process that read CloudTrail's files was ended from outside (out of memory?); what was read is kept, so repeat"
    " the command, perhaps with --processes 1"
)
_GOOD, _PROBLEM = b"+", b"-"
_LENGTH_BYTES = 8
_KEYS = msgspec.msgpack.Decoder(list[str])
Read = Callable[[list[str]], bytes]


class Workers:
    """Forked processes that answer lists of keys with what `read` gives for them; it may raise Problem."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._processes: list[int] = []
        self._into: dict[int, int] = {}  # where a process answers -> where it is asked

    def start(self) -> int:
        """One more process; gives the descriptor on which it will answer."""
        asked, asking = os.pipe()
        answered, answering = os.pipe()
        process = os.fork()
        if process == 0:
            for descriptor in (asking, answered, *self._into, *self._into.values()):
                os.close(descriptor)
            _work(self._read, asked, answering)
        os.close(asked)
        os.close(answering)
        self._processes.append(process)
        self._into[answered] = asking
        return answered

    def ask(self, worker: int, keys: list[str]) -> None:
        """Give a process that has nothing to do a list of keys. Raises Problem where it has died."""
        try:
            _send(self._into[worker], msgspec.msgpack.encode(keys))
        except BrokenPipeError:
            raise Problem(ENDED) from None

    def answers(self, workers: list[int]) -> Iterator[tuple[int, bytes]]:
        """The answers that are there, by descriptor; waits for one. Raises Problem where one died or raised it."""
        waiting = select.poll()
        for worker in workers:
            waiting.register(worker, select.POLLIN)
        for worker, _ in waiting.poll():
            answer = _receive(worker)
            if not answer:
                raise Problem(ENDED)
            if answer[:1] == _PROBLEM:
                raise Problem(answer[1:].decode())
            yield worker, answer[1:]

    def end(self, worker: int) -> None:
        """Let one end that has nothing to do."""
        os.close(self._into.pop(worker))
        os.close(worker)

    def stop(self) -> None:
        """Let all of them end, each after the batch at hand."""
        for answered, asking in self._into.items():
            os.close(asking)
            os.close(answered)
        for process in self._processes:
            os.waitpid(process, 0)
        self._into.clear()
        self._processes.clear()


def _work(read: Read, asked: int, answering: int) -> None:
    """What a process does until nothing more comes; it never returns."""
    code = 1
    try:
        gc.disable()  # what a file leaves behind holds no cycles
        while keys := _receive(asked):
            try:
                answer = _GOOD + read(_KEYS.decode(keys))
            except Problem as problem:
                answer = _PROBLEM + str(problem).encode()
            _send(answering, answer)
        code = 0
    except (KeyboardInterrupt, BrokenPipeError):
        pass  # the process that asked ends too, and tells
    except BaseException:
        import traceback  # this here, because it is only needed when all went wrong

        traceback.print_exc()
    finally:
        os._exit(code)


def _send(into: int, content: bytes) -> None:
    left = memoryview(len(content).to_bytes(_LENGTH_BYTES, "big") + content)
    while left:
        left = left[os.write(into, left) :]


def _receive(out: int) -> bytes:
    """One message; empty where the other side has ended."""
    head = _exactly(out, _LENGTH_BYTES)
    return _exactly(out, int.from_bytes(head, "big")) if head else b""


def _exactly(out: int, size: int) -> bytes:
    parts = []
    while size:
        part = os.read(out, min(size, 1 << 20))
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
