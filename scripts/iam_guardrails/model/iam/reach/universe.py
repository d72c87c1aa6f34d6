"""Resources as bits: a pattern becomes the mask of the resources that it covers, worked out once per pattern.

The resources are sorted, so that those which share the pattern's beginning are neighbours: a pattern that ends in its
only `*` is a range of bits. Where all resources are of one service, account and region, so are those that a pattern
covers: `arn:aws:iam::*:role/*` then is a range as well. The meaning of a pattern is that of
model.iam.pattern.fits_resource (DOCUMENTED).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from operator import lt

from iam_guardrails.model.iam.pattern import DOCUMENTED, ONE, ONE_INSIDE, RUN, RUN_INSIDE, bounded, fits, split, wild

_MANY_RUNS = 6  # a regular expression with more of them may take long; `fits` never does
_EXPRESSIONS = {RUN: ".*", ONE: ".", RUN_INSIDE: r"[^:\n]*", ONE_INSIDE: r"[^:\n]"}
_LAST = "\U0010ffff"
_FEW = 8


class Universe:
    """Distinct resources; bit n of a mask is the n-th of `resources`, which are sorted."""

    def __init__(self, resources: Iterable[str]) -> None:
        self.resources: Sequence[str] = _sorted(list(resources))
        self.every: int = (1 << len(self.resources)) - 1
        self._at = {item: number for number, item in enumerate(self.resources)}
        self._masks: dict[str, int] = {"*": self.every}

    def bit(self, resource: str) -> int:
        """The mask of one resource; 0 where it is not in the universe."""
        at = self._at.get(resource)
        return 0 if at is None else 1 << at

    def mask(self, text: str) -> int:
        """The resources that a Resource element without variables covers."""
        found = self._masks.get(text)
        if found is None:
            found = self.bit(text)
            if "*" in text or "?" in text:
                found |= self.mask_of(wild(text))
            self._masks[text] = found
        return found

    def mask_of(self, tokens: Sequence[str]) -> int:
        """The resources that a pattern covers whose variables are filled in."""
        if list(tokens) == [RUN]:
            return self.every
        tokens = self._at_home(tokens)
        if not tokens:
            return 0
        length = next((at for at, token in enumerate(tokens) if len(token) > 1), len(tokens))
        prefix = "".join(tokens[:length])
        if length == len(tokens):
            return self.bit(prefix)
        first, last = bisect_left(self.resources, prefix), bisect_left(self.resources, prefix + _LAST)
        if first >= last:
            return 0
        if list(tokens[length:]) == [RUN] and prefix.count(":") >= 5:
            return (1 << last) - (1 << first)
        return self._those(bounded(tokens, DOCUMENTED), first, last)

    def _at_home(self, tokens: Sequence[str]) -> Sequence[str]:
        """A pattern that covers the same resources, without wildcards before the fifth colon where that can be.

        It can where the pattern has as many colons as each resource: then no wildcard stands for one, and the segments
        that all resources have in common fit once and for all, or the pattern covers nothing.
        """
        home = self._home
        if not home or list(tokens[: len(home)]) == list(home) or list(tokens).count(":") != self._colons:
            return tokens
        *common, last = split(tokens)
        fit = all(map(fits, common, home.split(":")))
        return [*home, *last] if fit else []

    @cached_property
    def _home(self) -> str:
        """What all resources begin with, up to the fifth colon; "" where they differ there, or in their colons."""
        if self._colons < 5 or {item.count(":") for item in self.resources} != {self._colons}:
            return ""
        home = ":".join([*self.resources[0].split(":", 5)[:5], ""])
        return home if self.resources[-1].startswith(home) else ""

    @cached_property
    def _colons(self) -> int:
        return self.resources[0].count(":") if self.resources else 0

    def _those(self, tokens: Sequence[str], first: int, last: int) -> int:
        if not self._lines or sum(token in (RUN, RUN_INSIDE) for token in tokens) > _MANY_RUNS:
            return sum(fits(tokens, self.resources[number]) << number for number in range(first, last))
        part = _longest(tokens[next(at for at, token in enumerate(tokens) if len(token) > 1) :])  # all begin alike
        if self._text.find(part, self._lines[first], self._lines[last] - 1) < 0:
            return 0
        found = re.compile("".join(_EXPRESSIONS.get(token) or re.escape(token) for token in tokens))
        return mask_of(self._matching(found, part, first, last), len(self.resources))

    def _matching(self, found: re.Pattern[str], part: str, first: int, last: int) -> Iterator[int]:
        """The resources that match. part: what each of them holds, by which many are passed over."""
        text, lines = self._text, self._lines
        number, end = first, lines[last] - 1
        at = text.find(part, lines[first], end)
        while at >= 0:
            number = bisect_right(lines, at, number) - 1
            if found.fullmatch(text, lines[number], lines[number + 1] - 1):
                yield number
            number += 1
            at = text.find(part, lines[number], end) if number < last else -1

    @cached_property
    def _text(self) -> str:
        return "\n".join(self.resources)

    @cached_property
    def _lines(self) -> list[int]:
        """Where each resource begins in a text that holds one a line, and where the next would.

        Empty where a resource has more than one line.
        """
        if any("\n" in item for item in self.resources):
            return []
        return [0, *accumulate(len(item) + 1 for item in self.resources)]


def _sorted(texts: list[str]) -> list[str]:
    """Distinct texts in their order; a look is enough where they are that already."""
    return texts if all(map(lt, texts, texts[1:])) else sorted({*texts})


def _longest(tokens: Sequence[str]) -> str:
    """The longest text that whatever fits a pattern holds: that between two wildcards."""
    found, at = "", 0
    while at < len(tokens):
        end = next((place for place in range(at, len(tokens)) if len(tokens[place]) > 1), len(tokens))
        if end - at > len(found):
            found = "".join(tokens[at:end])
        at = end + 1
    return found


def bits(mask: int) -> Iterable[int]:
    """The numbers of the bits that are set, lowest first."""
    if mask.bit_count() > _FEW:
        return _many_bits(mask)
    found = []
    while mask:
        at = mask.bit_length() - 1
        found.append(at)
        mask ^= 1 << at
    found.reverse()
    return found


def _many_bits(mask: int) -> Iterator[int]:
    signs = bin(mask)[:1:-1]  # a search in text is many times faster than arithmetic on numbers of ten thousand bits
    at = signs.find("1")
    while at >= 0:
        yield at
        at = signs.find("1", at + 1)


def mask_of(numbers: Iterable[int], size: int) -> int:
    """The mask of some numbers below a size."""
    if isinstance(numbers, list) and len(numbers) == 1:
        return 1 << int(numbers[0])
    marks = bytearray(size // 8 + 1)
    for number in numbers:
        marks[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(marks, "little")
