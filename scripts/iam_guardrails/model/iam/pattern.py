"""Patterns after their policy variables are filled in: `*` and `?` that are wildcards apart from those that are text.

A pattern is a tuple of tokens: a single character stands for itself, the constants below for what they say. Matching
follows all possible positions at once, so its time is bounded by the product of the lengths, whatever the pattern.

How far a `*` of a Resource reaches (AWS IAM User Guide, reference_policies_elements_resource): it stays in its ARN
segment, but "if the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the
colon boundaries". That is the reading DOCUMENTED. AWS's published verdicts fit SEGMENTS (never beyond a colon) as
well, older texts say WHOLE (anywhere); both are there to be asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

DOCUMENTED, SEGMENTS, WHOLE = "documented", "segments", "whole"
READINGS = (DOCUMENTED, SEGMENTS, WHOLE)

RUN = "**"  # any run of characters
ONE = "??"  # any one character
RUN_INSIDE = "*:"  # any run without a colon
ONE_INSIDE = "?:"  # any one character but a colon
_RUNS = (RUN, RUN_INSIDE)
Tokens = Sequence[str]


def wild(text: str) -> list[str]:
    """The tokens of a text in which `*` and `?` are wildcards."""
    return [RUN if sign == "*" else ONE if sign == "?" else sign for sign in text]


def literal(text: str) -> list[str]:
    """The tokens of a text that stands for itself."""
    return list(text)


def fits(tokens: Tokens, text: str) -> bool:
    """Whether the whole text fits the pattern; letter case counts."""
    begun = 0  # what both begin with is read at once: only wildcards leave anything open
    for token, sign in zip(tokens, text, strict=False):
        if token != sign:
            break
        begun += 1
    end = len(tokens)
    if begun < end:
        if len(tokens[begun]) == 1 or not _ends_alike(tokens, text):
            return False
        if begun == end - 1 and tokens[begun] == RUN:
            return True
    at = _with_empty_runs({begun}, tokens)
    for sign in text[begun:]:
        at = _with_empty_runs({step for here in at if here < end for step in _steps(here, tokens[here], sign)}, tokens)
        if not at:
            return False
    return end in at


def _ends_alike(tokens: Tokens, text: str) -> bool:
    """Whether the text ends as the pattern does after its last wildcard."""
    place = len(text)
    for token in reversed(tokens):
        if len(token) > 1:
            return True
        place -= 1
        if place < 0 or text[place] != token:
            return False
    return True


def _steps(here: int, token: str, sign: str) -> tuple[int, ...]:
    if token in _RUNS:
        return () if token == RUN_INSIDE and sign == ":" else (here,)
    if token in (sign, ONE) or (token == ONE_INSIDE and sign != ":"):
        return (here + 1,)
    return ()


def _with_empty_runs(at: set[int], tokens: Tokens) -> set[int]:
    for here in tuple(at):
        while here < len(tokens) and tokens[here] in _RUNS and here + 1 not in at:
            here += 1
            at.add(here)
    return at


def split(tokens: Tokens) -> list[list[str]]:
    """The colon segments of an ARN pattern, at most six; the last one keeps its colons."""
    found: list[list[str]] = [[]]
    for token in tokens:
        if token == ":" and len(found) < 6:
            found.append([])
        else:
            found[-1].append(token)
    return found


def fits_arn(tokens: Tokens, arn: str) -> bool:
    """ArnLike and ArnEquals: each of six segments apart; a pattern or a text with fewer never matches."""
    patterns, parts = split(tokens), arn.split(":", 5)
    if len(patterns) != 6 or len(parts) != 6:
        return False
    return all(fits(one, part) for one, part in zip(patterns, parts, strict=True))


def fits_resource(tokens: Tokens, resource: str, reading: str) -> bool:
    """Whether a Resource element covers the resource, under one of READINGS. A lone `*` covers everything."""
    return fits(bounded(tokens, reading), resource)


def bounded(tokens: Tokens, reading: str) -> list[str]:
    """The pattern with the wildcards of its first five segments kept from passing a colon where they must not."""
    if reading == WHOLE or list(tokens) == [RUN]:
        return list(tokens)
    strictly = reading == SEGMENTS
    segments = split(tokens)
    for segment in segments[:5]:
        last = len(segment) - 1
        for place, token in enumerate(segment):
            if token == ONE:
                segment[place] = ONE_INSIDE
            elif token == RUN and (strictly or place < last):
                segment[place] = RUN_INSIDE
    made = segments[0]
    for segment in segments[1:]:
        made += [":", *segment]
    return made
