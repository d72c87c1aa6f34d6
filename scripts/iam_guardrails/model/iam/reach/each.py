"""Work that is done number by number, so that somebody else may do a part of it at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

Work = Callable[[Sequence[int]], Any]
Parts = list[tuple[Sequence[int], Any]]


class Each(Protocol):
    """Does some work for all numbers below a count, in one part or in several, which together hold each number once.

    work: what comes of some numbers (in ascending order), made of numbers, texts, None, tuples, lists and dicts.  What
    it says of one number must not hang on which others are in its part.  is_long: whether each number takes so long
    that even a few are worth parting.  Gives each part with what came of it.
    """

    def __call__(self, work: Work, count: int, *, is_long: bool = False) -> Parts: ...  # noqa: D102 - the class says it


def at_once(work: Work, count: int, *, is_long: bool = False) -> Parts:
    """All of it here and in one part, as Each."""
    numbers = range(count)
    return [(numbers, work(numbers))]
