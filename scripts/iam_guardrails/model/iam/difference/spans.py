"""A pattern taken apart: which part of `s3:*` is new, when `s3:Get*` is not.

A span is what a glob covers less what other globs cover. Taking one apart asks a judge about parts of it; whatever
parts are named in the end, together they hold everything in the span that the judge has not ruled out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from iam_guardrails.model.iam.match import covers
from iam_guardrails.model.iam.prove.patterns import VARIABLE
from iam_guardrails.model.value import changed, frozen

Answer = Literal["new", "not new", "open"]
NEW: Answer = "new"
NOT_NEW: Answer = "not new"
OPEN: Answer = "open"


@frozen
class Span:
    """What `pattern` covers and none of `but` does."""

    pattern: str
    but: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """As a reader sees it."""
        return f"{self.pattern} except {', '.join(self.but)}" if self.but else self.pattern


Judge = Callable[[Span], Answer]


def inside(span: Span, patterns: Sequence[str]) -> list[str]:
    """The widest of `patterns` that lie within the span and are smaller than it."""
    found = [item for item in dict.fromkeys(patterns) if item != span.pattern and covers(span.pattern, item)
             and not covers(item, span.pattern) and not any(covers(but, item) for but in span.but)]  # fmt: skip
    return [item for item in found if not any(other != item and covers(other, item) for other in found)]


def taken_apart(span: Span, patterns: Sequence[str], judge: Judge) -> list[Span]:
    """The parts of a span, which is new as a whole, that hold what is new: as few and as narrow as `patterns` tell.

    What is left out of a part with `but` is ruled out, or named by a part of its own.
    """
    inner = inside(span, patterns)
    if not inner:
        return [span]
    within = {item: Span(item, tuple(but for but in span.but if covers(item, but))) for item in inner}
    answers = {item: judge(part) for item, part in within.items()}
    parts = {item: taken_apart(within[item], patterns, judge) for item, answer in answers.items() if answer == NEW}
    if judge(changed(span, but=(*span.but, *inner))) == NOT_NEW:
        unsure = [within[item] for item, answer in answers.items() if answer == OPEN]
        return [part for listed in parts.values() for part in listed] + unsure or [span]
    ruled_out = [item for item, answer in answers.items() if answer == NOT_NEW]
    apart: list[Span] = []
    for item, listed in parts.items():
        if listed[0].pattern == item:
            ruled_out += listed[0].but
            apart += listed[1:]
        else:
            ruled_out.append(item)
            apart += listed
    return [changed(span, but=(*span.but, *ruled_out)), *apart]


def crossing(span: Span, patterns: Sequence[str], *, any_case: bool = False) -> bool:
    """Whether one of `patterns` and the span have texts in common and neither holds the other."""
    low = str.lower if any_case else str
    mine = low(span.pattern)
    for item in map(low, patterns):
        apart = covers(mine, item) or covers(item, mine) or any(covers(low(but), item) for but in span.but)
        if not apart and meet(mine, item):
            return True
    return False


def meet(one: str, other: str) -> bool:
    """Whether some text fits both globs; time proportional to the lengths' product. A policy variable is any text."""
    one, other = (VARIABLE.sub("*", text) for text in (one, other))
    places = {0}  # of `other`, for the part of `one` that is read
    for sign in one:
        places = _skipped(places, other)
        if sign == "*":
            places = set(range(min(places, default=len(other) + 1), len(other) + 1))
            continue
        moved: set[int] = set()
        for place in places:
            if place < len(other):
                there = other[place]
                if there == "*":
                    moved.add(place)
                elif "?" in (sign, there) or sign == there:
                    moved.add(place + 1)
        places = moved
    return len(other) in _skipped(places, other)


def _skipped(places: set[int], text: str) -> set[int]:
    """The places, with those behind a `*` that stands for nothing."""
    found = set(places)
    for place in sorted(places):
        at = place
        while at < len(text) and text[at] == "*":
            at += 1
            found.add(at)
    return found
