"""Texts with policy variables: which are the same question, and which cover another whatever the variables hold.

Source: AWS IAM User Guide, reference_policies_variables (names of keys are not case-sensitive).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from iam_guardrails.model.iam.prove.patterns import VARIABLE, build, fits, glob_tokens

_FIRST = 0xE000  # a character that AWS takes in no policy stands for a variable
_OPEN = ("*", "?", "$")


def named_alike(text: str) -> str:
    """The text with the names of its variables as every spelling of them has it."""
    return VARIABLE.sub(_plain_name, text)


def _plain_name(found: re.Match[str]) -> str:
    name, comma, default = found.group(1).partition(",")
    return f"${{{name.strip().lower()}{comma}{default.strip()}}}"


def coverings(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The places of two resources of which the second covers what the first does, whatever their variables hold.

    texts: as `named_alike` makes them. Only resources that differ behind the fifth colon are compared.
    """
    for place, text in enumerate(texts):
        for other, wider in enumerate(texts):
            if place != other and covers(wider, text):
                yield place, other


def covers(wider: str, text: str) -> bool:
    """Whether `wider` certainly covers every resource that `text` does; its wildcards never stand for a variable."""
    parts, others = wider.split(":", 5), text.split(":", 5)
    start = ":".join(parts[:5])
    if len(parts) < 6 or parts[:5] != others[:5] or any(sign in start for sign in _OPEN):
        return False
    signs: dict[str, str] = {}

    def sign_of(found: re.Match[str]) -> str:
        return signs.setdefault(found.group(0), chr(_FIRST + len(signs)))

    inside, covered = VARIABLE.sub(sign_of, parts[5]), VARIABLE.sub(sign_of, others[5])
    if "${" in covered + inside or not wider.isascii() or not text.isascii():
        return False
    barred = "".join(signs.values())
    tokens = [(kind, value + "*" if kind == "?" else value) for kind, value in glob_tokens(inside, barred)]
    return fits(build(tokens), covered)
