"""Answers of an evaluation: True, False, or the set of condition keys on which the answer depends.

A plain union type instead of a class, because a judgement of one trust policy makes thousands of them.
"""

from __future__ import annotations

from collections.abc import Iterable

Answer = bool | frozenset[str]


def both(answers: Iterable[Answer]) -> Answer:
    """Every one of them: False where one is false, else the keys that are open, else True."""
    keys: frozenset[str] = frozenset()
    for answer in answers:
        if answer is False:
            return False
        if answer is not True:
            keys |= answer
    return keys or True


def either(answers: Iterable[Answer]) -> Answer:
    """At least one of them: True where one is true, else the keys that are open, else False."""
    keys: frozenset[str] = frozenset()
    for answer in answers:
        if answer is True:
            return True
        if answer is not False:
            keys |= answer
    return keys or False


def opposite(answer: Answer) -> Answer:
    """True for False and the reverse; what is open stays open."""
    return not answer if isinstance(answer, bool) else answer


def on(*keys: str) -> Answer:
    """The answer that depends on `keys`."""
    return frozenset(keys)


def plain(answer: Answer) -> bool | None:
    """True, False, or None for an answer that depends on something."""
    return answer if isinstance(answer, bool) else None
