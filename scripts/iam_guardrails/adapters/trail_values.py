"""JSON values one after another out of a stream of bytes: the records of a CloudTrail file, an array, or JSON lines.

Memory holds one value and one piece at a time, however long a file or a line is: `{"Records": [ … ]}` is never read as
a whole. What one value may be long is limited. Source: AWS CloudTrail User Guide, "Quotas in AWS CloudTrail": an event
has at most 256 KB, or 1 MB in event data stores that ask for it; indentation may double that.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NoReturn

from iam_guardrails.adapters.trail_bytes import Damage
from iam_guardrails.model.value import frozen

MAXIMUM_VALUE = 2 << 20
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_RECORDS = re.compile(r'\{\s*"Records"\s*:\s*\[')
_ENOUGH = 256  # characters by which the start of a CloudTrail file can be told


@frozen
class Broken:
    """A value that could not be read, on a line of the stream, and why."""

    line: int
    reason: str


def values(source: Iterator[bytes]) -> Iterator[Any]:
    """Each value as decoded, or Broken. After a broken line of JSON lines reading goes on with the next line.

    Raises Damage where there is nothing to read at all.
    """
    text = _Text(source)
    if not text.skip():
        raise Damage("it is empty: there is no event in it")
    while True:
        lines = True
        try:
            if not text.skip():
                return
            if text.takes(_RECORDS):
                lines = False
                yield from _elements(text)
                _finish(text)
            elif text.next() == "[":
                lines = False
                text.at += 1
                yield from _elements(text)
            else:
                yield text.decode()
        except Damage as damage:
            yield Broken(text.line(), str(damage))
            try:
                if not lines or not text.to_next_line():
                    return
            except Damage:
                return


def _elements(text: _Text) -> Iterator[Any]:
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


def _finish(text: _Text) -> None:
    """What stands after the records, to the end of the object."""
    text.need()
    while text.next() == ",":
        text.at += 1
        text.need()
        text.decode()
        text.need()
        if text.next() != ":":
            text.refuse("a colon")
        text.at += 1
        text.need()
        text.decode()
        text.need()
    if text.next() != "}":
        text.refuse("the end of the object after its records")
    text.at += 1


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_decode: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(parse_constant=_no_number).raw_decode


class _Text:
    """The text at hand: `at` is the next character; more comes from the source when it is needed."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self.buffer = ""
        self.at = 0
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._lines = 0
        self._late: Damage | None = None

    def line(self) -> int:
        """The number of the line `at` is on, counted from 1."""
        return self._lines + self.buffer.count("\n", 0, self.at) + 1

    def more(self) -> bool:
        """Let go what was read and take another piece; False at the end. Damage once what precedes it is used."""
        if self._late:
            raise self._late
        self._lines += self.buffer.count("\n", 0, self.at)
        self.buffer, self.at = self.buffer[self.at :], 0
        try:
            piece = next(self._source, b"")
            self.buffer += self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            self.buffer += error.object[: error.start].decode()
            self._late = Damage("it is not UTF-8 text")
            return True
        except Damage as damage:
            self._late = damage
            raise
        return bool(piece)

    def skip(self) -> bool:
        """Pass white space; False at the end of the stream."""
        skipped = 0
        while True:
            found = _SPACE.match(self.buffer, self.at)
            assert found  # it matches nothing as well
            skipped += found.end() - self.at
            self.at = found.end()
            if self.at < len(self.buffer):
                return True
            if skipped > MAXIMUM_VALUE:
                raise Damage(f"more than {MAXIMUM_VALUE >> 20} MiB of white space")
            if not self.more():
                return False

    def need(self) -> None:
        """Pass white space; Damage at the end of the stream."""
        if not self.skip():
            raise Damage("the JSON ends too early: the file is cut off")

    def next(self) -> str:
        """The next character."""
        return self.buffer[self.at]

    def takes(self, beginning: re.Pattern[str]) -> bool:
        """Whether the text goes on like this; if so it is passed."""
        with suppress(Damage):  # more() tells it again, once what precedes it is used
            while len(self.buffer) - self.at < _ENOUGH and self.more():
                pass
        if found := beginning.match(self.buffer, self.at):
            self.at = found.end()
        return found is not None

    def decode(self) -> Any:
        """The value that starts here."""
        while True:
            try:
                value, end = _decode(self.buffer, self.at)
            except RecursionError:
                raise Damage("it is nested too deep to be read") from None
            except ValueError as error:
                at = getattr(error, "pos", self.at) - self.at  # more() moves what is left to the start
                if len(self.buffer) - self.at <= MAXIMUM_VALUE and self.more():
                    continue
                raise self._why(error, self.at + at) from None
            if end - self.at > MAXIMUM_VALUE:
                raise _too_long()
            self.at = end
            return value

    def _why(self, error: ValueError, at: int) -> Damage:
        if len(self.buffer) - self.at > MAXIMUM_VALUE:
            return _too_long()
        if isinstance(error, json.JSONDecodeError):
            rest = self.buffer[at:].strip()
            if not rest or error.msg.startswith("Unterminated string"):
                return Damage("the JSON ends too early: the file is cut off")
            return Damage(f"it is not JSON ({error.msg}, at {_quoted(rest)})")
        return Damage(f"it is not JSON ({str(error)[:100]})")

    def refuse(self, expected: str) -> NoReturn:
        """Raise Damage about the next character."""
        raise Damage(f"it is not JSON (expected {expected}, not {_quoted(self.buffer[self.at :])})")

    def to_next_line(self) -> bool:
        """Go to the next line that begins an object, letting go all before it; False at the end of the stream."""
        while True:
            found = self.buffer.find('\n{"', self.at)
            if found >= 0:
                self.at = found + 1
                return True
            self.at = max(self.at, len(self.buffer) - 2)
            if not self.more():
                return False


def _quoted(text: str) -> str:
    return repr(text[:20].splitlines()[0])


def _too_long() -> Damage:
    return Damage(f"it is longer than {MAXIMUM_VALUE >> 20} MiB; a CloudTrail event has at most 1 MB")
