"""Lines that fit a terminal: sentences broken between words, commands left whole, so that they can be copied."""

from __future__ import annotations

import re

WIDTH = 80
_COLOUR = re.compile("\033\\[[0-9;]*m")
_COMMAND = re.compile(r"\s*([a-z][a-z ]*: )?((aws|git|guardrails|terraform) |\(variables=)")


def wrapped(head: str, text: str, width: int = WIDTH) -> list[str]:
    """`text` behind `head`, broken between words so that a line fits into `width` columns where its words do."""
    lines, line = [], head
    for word in text.split():
        if line.strip() and length(line) + 1 + length(word) > width and line != head:
            lines.append(line.rstrip())
            line = " " * length(head)
        line += word if line.endswith("  ") or line == head else f" {word}"
    return [*lines, line.rstrip()]


def fitted(text: str, width: int = WIDTH) -> str:
    """A report whose longer lines go on below their own indentation; those that are a command stay whole."""
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width))


def _parts(line: str, width: int) -> list[str]:
    if length(line) <= width or _COMMAND.match(_COLOUR.sub("", line)):
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    first, *words = line.split()
    found, made = [], indent + first
    for word in words:
        if length(made) + 1 + length(word) > width:
            found.append(made)
            made = f"{indent}  {word}"
        else:
            made += f" {word}"
    return [*found, made]


def length(text: str) -> int:
    """Columns that `text` takes, colours aside."""
    return len(_COLOUR.sub("", text))
