"""Lines that fit a terminal: sentences broken between words, commands left whole, so that they can be copied."""

from __future__ import annotations

import re
from collections.abc import Iterator

WIDTH = 80
_COLOUR = re.compile("\033\\[[0-9;]*m")
_COMMAND = re.compile(r"\s*([a-z][a-z ]*: )?((aws|git|guardrails|terraform) |\(variables=)")
_INLINE = re.compile(
    r"`(?:aws|git|guardrails|terraform) [^`]+`|(?<=: )(?:aws|guardrails) [a-z][a-z-]* [^;`()]*[^;`()\s]"
)
"""Commands within a sentence."""
_WORD = re.compile(r"\S+")
_HEAD = re.compile(r"(\s*)((?:\S+  +)?)(.*)", re.DOTALL)
_ASIDE = 4
"""The column of a word that is too long for its own."""


def wrapped(head: str, text: str, width: int = WIDTH) -> list[str]:
    """`text` behind `head`, broken between words so that a line fits into `width` columns.

    A list without blanks is broken after its commas. What is longer than a line all the same, a path or a command,
    stands whole and alone on one.
    """
    return _filled(head, " " * length(head), text, width)


def sentence(head: str, text: str, width: int = WIDTH) -> str:
    """A sentence behind `head`, going on below it with less indentation."""
    return "\n".join(_filled(head, "  ", text, width))


def fitted(text: str, width: int = WIDTH) -> str:
    """A report whose longer lines go on below their own indentation; those that are a command stay whole."""
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width))


def _parts(line: str, width: int) -> list[str]:
    if length(line) <= width or _COMMAND.match(_COLOUR.sub("", line)):
        return [line]
    found = _HEAD.match(line)
    indent, first, rest = found.groups() if found else ("", "", line)
    return _filled(indent + first, f"{indent}  ", rest, width)


def _filled(head: str, indent: str, text: str, width: int) -> list[str]:
    """`text` behind `head`, and below it behind `indent`."""
    lines, line, empty = list[str](), head, head
    for joint, word in _words(text, width - len(indent)):
        between = "" if line == empty else joint
        if length(line + between + word) > width and line != empty:
            lines.append(line.rstrip())
            line, empty, between = indent, indent, ""
        if length(line + word) > width and line == empty:
            lines += [line.rstrip()] if line.strip() else []
            lines.append(_aside(indent, width - length(word)) + word)
            line = empty = indent
        else:
            line += between + word
    return lines if lines and line == empty else [*lines, line.rstrip()]


def _aside(indent: str, room: int) -> str:
    """What stands before a word too long for its column. room: columns that it leaves; it may fit further left."""
    return " " * min(len(indent), _ASIDE, room if room >= 0 else _ASIDE)


def _words(text: str, room: int) -> Iterator[tuple[str, str]]:
    """What is not broken, and what stands before each: a blank, or nothing within a list or after a command."""
    at = 0
    for found in _INLINE.finditer(text):
        yield from _plain(text, at, found.start(), room)
        yield _joint(text, found.start()), " ".join(found[0].split())
        at = found.end()
    yield from _plain(text, at, len(text), room)


def _plain(text: str, begin: int, end: int, room: int) -> Iterator[tuple[str, str]]:
    for found in _WORD.finditer(text, begin, end):
        word = found[0]
        pieces = [word] if length(word) <= room else re.split(r"(?<=,)(?=.)", word)
        yield _joint(text, found.start()), pieces[0]
        yield from (("", piece) for piece in pieces[1:])


def _joint(text: str, at: int) -> str:
    return "" if at and not text[at - 1].isspace() else " "


def length(text: str) -> int:
    """Columns that `text` takes, colours aside."""
    return len(_COLOUR.sub("", text))
