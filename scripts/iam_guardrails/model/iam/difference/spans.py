"""A pattern taken apart: which part of `s3:*` is new, when `s3:Get*` is not.

A span is what a glob covers less what other globs cover. Taking one apart asks a judge about parts of it; whatever
parts are named in the end, together they hold everything in the span that the judge has not ruled out.
"""

from __future__ import annotations

import re
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


STEPS, MOST_SHARED = 2_000, 6  # of reading two patterns together, and globs for what they share
MOST_CROSSINGS = 1  # one after the other: n patterns that all cross would be read together in n! orders
Judge = Callable[[Span], Answer]


def inside(span: Span, patterns: Sequence[str]) -> list[str]:
    """The widest of `patterns` that lie within the span and are smaller than it."""
    found = [item for item in dict.fromkeys(patterns) if item != span.pattern and covers(span.pattern, item)
             and not covers(item, span.pattern) and not any(covers(but, item) for but in span.but)]  # fmt: skip
    return [item for item in found if not any(other != item and covers(other, item) for other in found)]


def taken_apart(span: Span, patterns: Sequence[str], judge: Judge, crossings: int = MOST_CROSSINGS) -> list[Span]:
    """The parts of a span, which is new as a whole, that hold what is new: as few and as narrow as `patterns` tell.

    What is left out of a part with `but` is ruled out, or named by a part of its own. crossings: what so many patterns
    share that cross one another is told; of more of them the parts may hold what is not new, as `crossing` says.
    """
    shared = [item for pattern in patterns for item in intersection(span.pattern, pattern) or ()] if crossings else []
    inner = inside(span, [*patterns, *shared])
    if not inner:
        return [span]
    within = {item: Span(item, tuple(but for but in span.but if covers(item, but))) for item in inner}
    answers = {item: judge(part) for item, part in within.items()}
    parts = {
        item: taken_apart(within[item], patterns, judge, crossings - (item not in patterns))
        for item, answer in answers.items() if answer == NEW
    }  # fmt: skip
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
        buts = [low(but) for but in span.but]
        apart = covers(mine, item) or covers(item, mine) or any(covers(but, item) for but in buts)
        if not apart and meet(mine, item):
            both = intersection(mine, item)
            if both is not None and all(any(covers(but, one) for but in buts) for one in both):
                continue
            return True
    return False


def intersection(one: str, other: str) -> list[str] | None:
    """Globs that together hold just the texts that fit both; None where that takes more than a few, or is not told.

    Policy variables are not told: what they stand for is not known.
    """
    if "${" in one or "${" in other or not meet(one, other):
        return None if "${" in one + other else []
    found: set[str] = set()
    seen: set[tuple[int, int, str]] = set()
    waiting = [(0, 0, "")]
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        if len(seen) > STEPS:
            return None
        at, there, made = here
        if at == len(one) and there == len(other):
            found.add(re.sub(r"\*+", "*", made))
            continue
        waiting += _both(one[at:], other[there:], here)
    kept = sorted(found, key=len)
    widest = [item for item in kept if not any(wide != item and covers(wide, item) for wide in kept)]
    return widest if len(widest) <= MOST_SHARED else None


def _both(one: str, other: str, here: tuple[int, int, str]) -> list[tuple[int, int, str]]:
    """The ways to read one sign more of one pattern, or of both."""
    at, there, made = here
    first, second = one[:1], other[:1]
    if first == "*" and second == "*":
        return [(at + 1, there, made + "*"), (at, there + 1, made + "*")]
    if first == "*" or second == "*":
        rest, sign = (other, second) if first == "*" else (one, first)
        ended = (at + 1, there, made) if first == "*" else (at, there + 1, made)
        taken = (at, there + 1, made + sign) if first == "*" else (at + 1, there, made + sign)
        return [ended, taken] if rest else [ended]
    if not first or not second or (first != second and "?" not in (first, second)):
        return []
    return [(at + 1, there + 1, made + (second if first == "?" else first))]


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
