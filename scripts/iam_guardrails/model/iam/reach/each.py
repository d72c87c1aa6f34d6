"""Work that is done number by number, so that somebody else may do a part of it at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Each(Protocol):
    """Does some work for the numbers below a count; gives what it gives for each of them, in their order.

    work: for some numbers, in their order, what comes of each: numbers, texts, None, and tuples, lists and dicts of
    these. What comes of one number does not hang on which others are asked for, or on who asks.
    """

    def __call__(self, work: Callable[[Sequence[int]], list[Any]], count: int) -> list[Any]: ...  # noqa: D102 - above


def at_once(work: Callable[[Sequence[int]], list[T]], count: int) -> list[T]:
    """All of it here, as Each."""
    return work(range(count))
