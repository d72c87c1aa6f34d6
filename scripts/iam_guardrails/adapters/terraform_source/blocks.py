"""The blocks and arguments of a .tf file, with their places in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iam_guardrails.adapters.terraform_source.scan import (
    SourceError,
    after_string,
    end_of_expression,
    line_of,
    skip_blank,
)
from iam_guardrails.model.value import frozen

_WORD = re.compile(r"[A-Za-z_][\w-]*")


@frozen
class Argument:
    """`name = expression`. start, end: of the whole.  value_start, value_end: of the expression."""

    name: str
    start: int
    end: int
    value_start: int
    value_end: int


@frozen
class Block:
    """`type "label" … { … }`. start, end: of the whole, from its type to its closing brace."""

    type: str
    labels: tuple[str, ...]
    start: int
    end: int
    arguments: tuple[Argument, ...]
    blocks: tuple[Block, ...]

    def argument(self, name: str) -> Argument | None:
        """The argument of that name."""
        return next((item for item in self.arguments if item.name == name), None)

    def named(self, name: str) -> Iterator[Block]:
        """The blocks of that type."""
        return (item for item in self.blocks if item.type == name)


def read_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a file. Raises SourceError where the text is not understood to its end."""
    _, blocks, at = _body(text, 0)
    if at != len(text):
        raise SourceError(f"line {line_of(text, at)} closes what was not opened")
    return blocks


def read_arguments(text: str) -> tuple[Argument, ...]:
    """The arguments of a .tfvars file. Raises SourceError as read_blocks."""
    arguments, _, at = _body(text, 0)
    if at != len(text):
        raise SourceError(f"line {line_of(text, at)} closes what was not opened")
    return arguments


def _body(text: str, at: int) -> tuple[tuple[Argument, ...], tuple[Block, ...], int]:
    arguments: list[Argument] = []
    blocks: list[Block] = []
    while True:
        at = skip_blank(text, at)
        if at >= len(text) or text[at] == "}":
            return tuple(arguments), tuple(blocks), at
        word = _WORD.match(text, at)
        if word is None:
            raise SourceError(f"line {line_of(text, at)} begins with what is no name")
        start, at = at, skip_blank(text, word.end(), " \t")
        if text.startswith("=", at) and not text.startswith("==", at):
            value = skip_blank(text, at + 1, " \t")
            end = end_of_expression(text, value, "\n")
            arguments.append(Argument(word[0], start, end, value, end))
            at = end
        else:
            block, at = _block(text, start, word[0], at)
            blocks.append(block)


def _block(text: str, start: int, kind: str, at: int) -> tuple[Block, int]:
    labels: list[str] = []
    while not text.startswith("{", at):
        if text.startswith('"', at):
            end = after_string(text, at)
            labels.append(text[at + 1 : end - 1])
        elif (word := _WORD.match(text, at)) is not None:
            end = word.end()
            labels.append(word[0])
        else:
            raise SourceError(f"line {line_of(text, at)} is neither an argument nor a block")
        at = skip_blank(text, end, " \t")
    arguments, blocks, at = _body(text, at + 1)
    if at >= len(text):
        raise SourceError(f"the block in line {line_of(text, start)} is not closed")
    return Block(kind, tuple(labels), start, at + 1, arguments, blocks), at + 1
