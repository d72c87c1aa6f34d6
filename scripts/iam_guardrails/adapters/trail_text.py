"""The text of a stream of bytes, a piece at a time, and the JSON values in it.

Memory holds one value and one piece, however long a line is. What one value may be long is limited. Source: AWS
CloudTrail User Guide, "Quotas in AWS CloudTrail": an event has at most 256 KB, or 1 MB in event data stores that ask
for it; indentation may double that.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NoReturn

from iam_guardrails.adapters.trail_bytes import Damage

MAXIMUM_VALUE = 2 << 20
RECORDS = "Records"
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_ENOUGH = 256  # characters by which the start of a CloudTrail file can be told


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_decode: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(parse_constant=_no_number).raw_decode


class Text:
    """The text at hand: `at` is the next character; more comes from the source when it is needed."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self.buffer = ""
        self.at = 0
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._lines = 0
        self._late: str | None = None  # why; what was caught would hold this text by its frames, and this text it

    def line(self) -> int:
        """The number of the line `at` is on, counted from 1."""
        return self._lines + self.buffer.count("\n", 0, self.at) + 1

    @property
    def is_spoilt(self) -> bool:
        """Whether the stream cannot be read beyond what is at hand."""
        return self._late is not None

    def more(self) -> bool:
        """Let go what was read and take another piece; False at the end. Damage once what precedes it is used."""
        if self._late is not None:
            raise Damage(self._late)
        self._lines += self.buffer.count("\n", 0, self.at)
        self.buffer, self.at = self.buffer[self.at :], 0
        try:
            piece = next(self._source, b"")
            self.buffer += self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            self.buffer += error.object[: error.start].decode()
            self._late = "it is not UTF-8 text"
            return True
        except Damage as damage:
            self._late = str(damage)
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

    def takes(self, beginning: re.Pattern[str]) -> str:
        """What stands here, when the text goes on like this; it is passed."""
        with suppress(Damage):  # more() tells it again, once what precedes it is used
            while len(self.buffer) - self.at < _ENOUGH and self.more():
                pass
        if not (found := beginning.match(self.buffer, self.at)):
            return ""
        self.at = found.end()
        return found.group()

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
            if isinstance(value, dict) and self.buffer.count(f'"{RECORDS}"', self.at, end) > 1:
                _refuse_twice(self.buffer[self.at : end])
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


def _refuse_twice(text: str) -> None:
    """Damage where an object names its records twice, as all but the last would be lost."""
    pairs = json.loads(text, object_pairs_hook=list)
    if sum(name == RECORDS for name, _ in pairs) > 1:
        raise Damage(f'it has "{RECORDS}" twice')


def _quoted(text: str) -> str:
    return repr(text[:20].splitlines()[0])


def _too_long() -> Damage:
    return Damage(f"it is longer than {MAXIMUM_VALUE >> 20} MiB; a CloudTrail event has at most 1 MB")
