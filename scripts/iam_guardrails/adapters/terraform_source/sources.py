"""The files of a repository at one time, and the values of their arguments."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from iam_guardrails.adapters.terraform_source.blocks import Argument, Block, read_arguments, read_blocks
from iam_guardrails.adapters.terraform_source.evaluate import Names, value_of
from iam_guardrails.adapters.terraform_source.grammar import Tree, read_expression
from iam_guardrails.adapters.terraform_source.scan import SourceError
from iam_guardrails.adapters.terraform_source.unknown_text import Open
from iam_guardrails.model.value import frozen

Texts = Mapping[str, str]
"""The path of each file, from the project's root, and its text."""
Known = Mapping[str, Mapping[str, str]]
"""What data sources tell, by their type and attribute, e.g. {"aws_partition": {"partition": "aws"}}."""


@frozen
class Sources:
    """The text of a project at one time.

    broken: the files that are not understood, with the reason, as they are met.
    """

    texts: Texts
    known: Known
    broken: dict[str, str]

    def blocks(self, folder: str) -> Iterator[tuple[str, Block]]:
        """(text, block) of a folder's .tf files."""
        for path in sorted(self.texts):
            if posixpath.dirname(path) == folder and path.endswith(".tf"):
                try:
                    yield from ((self.texts[path], block) for block in _blocks(self.texts[path]))
                except SourceError as error:
                    self.broken[path] = str(error)

    def variables(self, folder: str) -> Iterator[tuple[str, str, Argument]]:
        """(name, text, argument) of a root module's files of variables, later ones last."""
        names = [path for path in sorted(self.texts) if posixpath.dirname(path) == folder
                 and (posixpath.basename(path) == "terraform.tfvars" or path.endswith(".auto.tfvars"))]  # fmt: skip
        for path in sorted(names, key=lambda name: not name.endswith("/terraform.tfvars")):
            try:
                yield from ((item.name, self.texts[path], item) for item in read_arguments(self.texts[path]))
            except SourceError as error:
                self.broken[path] = str(error)


@lru_cache(maxsize=2048)
def _blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a text, which many commits have in common. Raises SourceError."""
    return read_blocks(text)


@lru_cache(maxsize=16384)
def _expression(text: str) -> Tree:
    try:
        return read_expression(text)
    except SourceError:
        return ("unknown", text)


def later(text: str, item: Argument, names: Names) -> Callable[[], Any]:
    """What works out the value of an argument when it is asked for."""
    return lambda: value_of(tree_of(text, item), names)


def tree_of(text: str, item: Argument) -> Tree:
    """The tree of an argument; ("unknown", text) where it is not understood."""
    return _expression(text[item.value_start : item.value_end])


class NoNames:
    """Where no name means anything, as in a file of variables."""

    def name(self, name: str) -> Any:
        """See evaluate.Names."""
        return Open(name)
