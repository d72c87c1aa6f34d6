"""Do two globs have a text in common? Exactly, with a text that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator

_VARIABLE = re.compile(r"\$\{[^}]*\}")
_ANY = "x"


def common(one: str, other: str) -> str | None:
    """A shortest text that fits both globs; None where there is none. A policy variable may stand for any text."""
    left, right = _VARIABLE.sub("*", one), _VARIABLE.sub("*", other)
    waiting: list[tuple[int, int, str]] = [(0, 0, "")]
    seen = {(0, 0)}
    for at, to, text in waiting:  # grows while it is walked through: breadth first
        if at == len(left) and to == len(right):
            return text
        for step in _steps(left, right, at, to):
            if step[:2] not in seen:
                seen.add(step[:2])
                waiting.append((step[0], step[1], text + step[2]))
    return None


def _steps(left: str, right: str, at: int, to: int) -> Iterator[tuple[int, int, str]]:
    one = left[at] if at < len(left) else ""
    other = right[to] if to < len(right) else ""
    if one == "*":
        yield at + 1, to, ""
    if other == "*":
        yield at, to + 1, ""
    if not one or not other or (one == "*" and other == "*"):
        return
    if one in "*?" or other in "*?" or one == other:
        sign = other if one in "*?" else one
        yield at + (one != "*"), to + (other != "*"), _ANY if sign in "*?" else sign
