"""Numbered ARNs, and which of them a Resource element covers: one bit of an integer for each."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from iam_guardrails.model.iam.pattern import DOCUMENTED, ONE, ONE_INSIDE, RUN, RUN_INSIDE, Tokens, bounded, wild


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, from the lowest."""
    text = bin(mask)[:1:-1]
    place = text.find("1")
    while place >= 0:
        yield place
        place = text.find("1", place + 1)


def lowest(mask: int) -> int:
    """The number of the lowest bit that is set, -1 for none."""
    return (mask & -mask).bit_length() - 1


def mask_of(numbers: Iterable[int]) -> int:
    """The integer with these bits set."""
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


class Universe:
    """The ARNs that an action can be about."""

    def __init__(self, name: str, arns: Sequence[str]) -> None:
        self.name = name
        self.arns = tuple(arns)
        self.whole = (1 << len(arns)) - 1
        self.number = {arn: number for number, arn in enumerate(arns)}
        self._sorted = sorted(self.number)
        self._kept: dict[str, int] = {}
        self._filled: dict[tuple[str, ...], int] = {}

    def covered(self, pattern: str) -> int:
        """The ARNs that a Resource pattern without policy variables covers."""
        found = self._kept.get(pattern)
        if found is None:
            found = self._kept[pattern] = self._find(pattern)
        return found

    def fitting(self, tokens: Tokens) -> int:
        """The ARNs that fit a pattern whose variables are filled in."""
        kept = tuple(tokens)
        found = self._filled.get(kept)
        if found is None:
            place = next((at for at, token in enumerate(kept) if len(token) > 1), len(kept))
            found = self._filled[kept] = self._fitting(self._beginning("".join(kept[:place])), kept)
        return found

    def _find(self, pattern: str) -> int:
        if pattern == "*":
            return self.whole
        place = next((at for at, sign in enumerate(pattern) if sign in "*?"), len(pattern))
        if place == len(pattern):
            return 1 << self.number[pattern] if pattern in self.number else 0
        near = self._beginning(pattern[:place])
        if pattern[place:] == "*":
            return self._of(near, None)
        return self._fitting(near, wild(pattern))

    def _fitting(self, near: Sequence[str], tokens: Tokens) -> int:
        """Those of some ARNs that fit. Most are sorted out by the longest text of the pattern, which is quicker."""
        longest = max("".join(sign if len(sign) == 1 else "*" for sign in tokens).split("*"), key=len)
        near = [arn for arn in near if longest in arn]
        return self._of(near, _regex(tokens)) if near else 0

    def _beginning(self, prefix: str) -> list[str]:
        start = bisect_left(self._sorted, prefix)
        return self._sorted[start : bisect_left(self._sorted, prefix + "\U0010ffff", start)]

    def _of(self, arns: Sequence[str], expression: re.Pattern[str] | None) -> int:
        if len(arns) == len(self.arns) and expression is None:
            return self.whole
        marked = bytearray(len(self.arns) // 8 + 1)
        for arn in arns:
            if expression is None or expression.fullmatch(arn):
                number = self.number[arn]
                marked[number >> 3] |= 1 << (number & 7)
        return int.from_bytes(marked, "little")


_CLASSES = {RUN: ".*", ONE: ".", RUN_INSIDE: "[^:]*", ONE_INSIDE: "[^:]"}


def _regex(tokens: Tokens) -> re.Pattern[str]:
    """A Resource pattern, as model.iam.pattern.fits_resource reads it, for one pattern and many ARNs."""
    text = "".join(_CLASSES.get(token) or re.escape(token) for token in bounded(tokens, DOCUMENTED))
    return re.compile(text, re.DOTALL)
