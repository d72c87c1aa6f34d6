"""Python's collector of cyclic garbage, told when to look.

Left to itself it goes through all that was read, again and again, while more is read: with a large account that takes
longer than much of the judging. Source: Python library reference, gc (disable, freeze, collect).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def resting() -> Iterator[Callable[[], None]]:
    """Within it the collector looks only when the callable is called, and then at what was made since it last did."""
    was_on = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield _look
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


def _look() -> None:
    gc.collect()
    gc.freeze()
    give_back()


def give_back() -> None:
    """Give free memory back to the system. The C library keeps what lies between what is still in use, and what comes
    next needs other sizes: with a large account the memory grows by a fifth. Source: Linux man pages, malloc_trim(3),
    which other systems lack.
    """
    import ctypes

    with suppress(AttributeError, OSError, TypeError):  # no such function, or (Windows) no library under that name
        ctypes.CDLL(None).malloc_trim(0)
