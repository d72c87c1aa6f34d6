"""The tree a filter pattern is parsed into, and how it is written back (see pattern.py for the language)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from iam_guardrails.model.expression import Expression
from iam_guardrails.model.value import frozen

_NAME = Expression(r"[A-Za-z0-9_-]+")


class Wildcard(Enum):
    """A selector step that stands for every field of an object or every element of an array."""

    FIELD = ".*"
    ELEMENT = "[*]"


Step = str | int | Wildcard


@frozen
class Selector:
    """Where a value is: names of fields, positions in arrays, at most one wildcard."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        """The selector as a pattern writes it."""
        return "$" + "".join(_step(step) for step in self.steps)


@frozen
class Value:
    """What a field is compared with. kind: "text" (`*` is a wildcard), "number" or "regex"; text without
    its marks.
    """

    kind: str
    text: str


@frozen
class Compare:
    """`selector operator value`; operator is one of = != < > <= >=."""

    selector: Selector
    operator: str
    value: Value


@frozen
class Is:
    """`selector IS NULL`, `IS TRUE` or `IS FALSE`."""

    selector: Selector
    word: str


@frozen
class NotExists:
    """`selector NOT EXISTS`."""

    selector: Selector


@frozen
class And:
    """Every part holds."""

    parts: tuple[Node, ...]


@frozen
class Or:
    """At least one part holds."""

    parts: tuple[Node, ...]


Leaf = Compare | Is | NotExists
Node = Leaf | And | Or


def leaves(node: Node) -> Iterator[Leaf]:
    """Every comparison of the tree, from left to right."""
    if isinstance(node, (And, Or)):
        for part in node.parts:
            yield from leaves(part)
    else:
        yield node


def render(node: Node) -> str:
    """Write a tree as a pattern; `parse(render(node)) == node` for every tree that `parse` can make."""
    return "{ " + _render(node) + " }"


def render_leaf(leaf: Leaf) -> str:
    """Write one comparison, as a message quotes it."""
    if isinstance(leaf, NotExists):
        return f"{leaf.selector} NOT EXISTS"
    if isinstance(leaf, Is):
        return f"{leaf.selector} IS {leaf.word}"
    text = leaf.value.text
    if leaf.value.kind == "regex":
        text = f"%{text}%"
    elif leaf.value.kind == "text":
        text = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{leaf.selector} {leaf.operator} {text}"


def _render(node: Node) -> str:
    if isinstance(node, (And, Or)):
        word = " && " if isinstance(node, And) else " || "
        return word.join(f"({_render(part)})" for part in node.parts)
    return render_leaf(node)


def _step(step: Step) -> str:
    if isinstance(step, Wildcard):
        return step.value
    if isinstance(step, int):
        return f"[{step}]"
    if _NAME.fullmatch(step):
        return f".{step}"
    return f'.["{step}"]' if "'" in step else f".['{step}']"
