"""Python's collector of cyclic garbage, told when to look.

Left to itself it goes through all that was read, again and again, while more is read: with a large account that takes
longer than much of the judging. Source: Python library reference, gc (disable, freeze, collect).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
