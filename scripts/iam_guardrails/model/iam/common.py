"""Do globs have a text in common? Exactly, with a text that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator

_VARIABLE = re.compile(r"\$\{[^}]*\}")
_ANY = "x"
_Places = tuple[int, ...]


def common(*globs: str) -> str | None:
    """A shortest text that fits all globs; None where there is none. A policy variable may stand for any text."""
    plain = [_VARIABLE.sub("*", one) for one in globs]
    if _begin_apart(plain):
        return None
    ends = tuple(map(len, plain))
    begin: _Places = (0,) * len(plain)
    waiting: list[tuple[_Places, str]] = [(begin, "")]
    seen = {begin}
    for places, text in waiting:  # grows while it is walked through: breadth first
        if places == ends:
            return text
        for after, sign in _steps(plain, places):
            if after not in seen:
                seen.add(after)
                waiting.append((after, text + sign))
    return None


def _begin_apart(globs: list[str]) -> bool:
    """Whether what stands before their first wildcards contradicts itself: mostly so where nothing is common."""
    begins = [one.partition("*")[0].partition("?")[0] for one in globs]
    longest = max(begins, key=len, default="")
    return not all(map(longest.startswith, begins))


def _steps(globs: list[str], places: _Places) -> Iterator[tuple[_Places, str]]:
    signs = [glob[at : at + 1] for glob, at in zip(globs, places, strict=True)]
    for number, sign in enumerate(signs):
        if sign == "*":
            yield (*places[:number], places[number] + 1, *places[number + 1 :]), ""
    told = {sign for sign in signs if sign not in ("*", "?")}
    if "" in told or len(told) > 1 or all(sign == "*" for sign in signs):
        return
    after = tuple(at + (sign != "*") for at, sign in zip(places, signs, strict=True))
    yield after, next(iter(told), _ANY)
