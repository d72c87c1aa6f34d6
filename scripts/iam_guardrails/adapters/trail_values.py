"""JSON values one after another out of a stream of bytes: the records of a CloudTrail file, an array, or JSON lines.

A list is never read as a whole: `{"Records": [ … ]}` may be one long line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.adapters.trail_text import RECORDS, Text
from iam_guardrails.model.value import frozen

_REST = "what follows it in this file is not read either"
_OF_THE_WHOLE = ("cut off", "split it")  # these say it of the file
_LIST = re.compile(r'\{\s*"Records"\s*:\s*\[|\[')


@frozen
class Broken:
    """A value that could not be read, on a line of the stream, and why."""

    line: int
    reason: str


def values(source: Iterator[bytes]) -> Iterator[Any]:
    """Each value as decoded, or Broken. After a broken line of JSON lines reading goes on with the next line; after a
    broken element of a list it does not, which is said, as nothing tells where the next element begins.

    Raises Damage where there is nothing to read at all.
    """
    text = Text(source)
    if not text.skip():
        raise Damage("it is empty: there is no event in it")
    more = True
    while more:
        begun = ""
        try:
            if begun := text.takes(_LIST):
                yield from _elements(text)
                if begun != "[":
                    yield from _finish(text)
            else:
                yield text.decode()
            more = text.skip()
        except Damage as damage:
            lost = (begun or text.is_spoilt) and not any(word in str(damage) for word in _OF_THE_WHOLE)
            yield Broken(text.line(), f"{damage}, and {_REST}" if lost else str(damage))
            more = not begun and _next_line(text)


def _next_line(text: Text) -> bool:
    with suppress(Damage):
        return text.to_next_line()
    return False


def _elements(text: Text) -> Iterator[Any]:
    """The elements of an array whose opening bracket has been taken, and its closing bracket."""
    text.need()
    while text.next() != "]":
        yield text.decode()
        text.need()
        if text.next() == ",":
            text.at += 1
            text.need()
        elif text.next() != "]":
            text.refuse("a comma or the end of the list")
    text.at += 1


def _finish(text: Text) -> Iterator[Any]:
    """What stands after the records, to the end of the object: the elements of another list of records there."""
    text.need()
    while text.next() == ",":
        text.at += 1
        text.need()
        name = text.decode()
        text.need()
        if text.next() != ":":
            text.refuse("a colon")
        text.at += 1
        text.need()
        if name == RECORDS and text.next() == "[":
            text.at += 1
            yield from _elements(text)
        else:
            text.decode()
        text.need()
    if text.next() != "}":
        text.refuse("the end of the object after its records")
    text.at += 1
