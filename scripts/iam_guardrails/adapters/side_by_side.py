"""Several readings side by side, each in a thread of its own: for what waits for the network, not for the processor."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NoReturn, Protocol, TypeVar

from iam_guardrails.model.value import frozen

K = TypeVar("K")
T = TypeVar("T")
AHEAD = 32
"""How many results wait to be taken: a reading that is further ahead stands still, so that memory stays small."""


@frozen
class Ended:
    """A reading is over. error: what it raised, None where it came to its end."""

    error: Exception | None


def side_by_side(
    keys: Sequence[K], read: Callable[[K], Iterator[T]], threads: int
) -> Iterator[tuple[K, T | Ended]]:  # fmt: skip
    """What the readings bring, as it comes: (key, result), and (key, Ended) once for each key.

    Results of one key come in its order. Whoever stops taking ends the readings; they hold up no end of the process.
    """
    results: queue.Queue[tuple[K, T | Ended]] = queue.Queue(AHEAD)
    waiting: queue.Queue[K] = queue.Queue()
    for key in keys:
        waiting.put(key)
    stop = threading.Event()
    for _ in range(min(threads, len(keys))):
        threading.Thread(target=_work, args=(waiting, read, results, stop), daemon=True).start()
    left = len(keys)
    try:
        while left:
            item = results.get()
            left -= isinstance(item[1], Ended)
            yield item
    finally:
        stop.set()


def _work(
    waiting: queue.Queue[K], read: Callable[[K], Iterator[T]], results: queue.Queue[tuple[K, T | Ended]],
    stop: threading.Event,
) -> None:  # fmt: skip
    while not stop.is_set():
        try:
            key = waiting.get_nowait()
        except queue.Empty:
            return
        error: Exception | None = None
        try:
            for item in read(key):
                if not _put(results, (key, item), stop):
                    return
        except Exception as raised:  # whoever takes the results raises it
            error = raised
        _put(results, (key, Ended(error)), stop)


def _put(results: queue.Queue[tuple[K, T | Ended]], item: tuple[K, T | Ended], stop: threading.Event) -> bool:
    """Hand a result over; False where nobody takes any more."""
    while not stop.is_set():
        with suppress(queue.Full):
            results.put(item, timeout=0.2)
            return True
    return False


class Begin(Protocol):
    """Begins a reading; what is returned gives what it gave, or raises what it raised."""

    def __call__(self, read: Callable[[], T], /) -> Callable[[], T]:
        """Begin."""


def at_once(read: Callable[[], T], /) -> Callable[[], T]:
    """Read now, here: one reading after the other."""
    try:
        value = read()
    except Exception as raised:
        error = raised
        return lambda: _raised(error)
    return lambda: value


def _raised(error: Exception) -> NoReturn:
    raise error


def begun(read: Callable[[], T], /) -> Callable[[], T]:
    """Begin a reading in a thread; what is returned waits for its end, and gives what it gave or raises what it raised.

    A reading that nobody waits for holds up no end of the process.
    """
    made: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue()

    def work() -> None:
        try:
            made.put((read(), None))
        except BaseException as raised:  # whoever waits raises it
            made.put((None, raised))

    threading.Thread(target=work, daemon=True).start()

    def wait() -> T:
        value, error = made.get()
        if error is not None:
            raise error
        return value  # type: ignore[return-value] # None stands only beside an error, or is what was read

    return wait
