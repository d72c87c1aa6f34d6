"""The value of an expression, as far as Terraform's text alone tells it; what it does not tell stays open.

Values are JSON's, `Open`, and whatever a namespace gives: things with `get(name)`, as resources and modules are.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from iam_guardrails.adapters.terraform_source.functions import FUNCTIONS
from iam_guardrails.adapters.terraform_source.grammar import Tree
from iam_guardrails.adapters.terraform_source.unknown_text import ANY, Open, is_open, pattern_of, written

_FAILS = (TypeError, ValueError, KeyError, IndexError, AttributeError, StopIteration, ArithmeticError, RecursionError)
_HOLDING = frozenset({
    "coalesce", "coalescelist", "compact", "concat", "distinct", "element", "flatten", "keys", "length", "lookup",
    "merge", "nonsensitive", "one", "reverse", "sensitive", "setproduct", "setunion", "tolist", "tomap", "toset",
    "values", "zipmap",
})  # fmt: skip
"""Functions that move values about without looking into them, so that one that is open may be among them."""
FILE = "file "
"""With a path behind it, the name under which a module knows the text of a file."""
_SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "%": operator.mod,
}  # fmt: skip


class Thing(Protocol):
    """What a name stands for that has parts."""

    def get(self, name: str) -> Any:
        """The part of that name."""


class Names(Protocol):
    """What names mean in a module."""

    def name(self, name: str) -> Any:
        """What a bare name stands for: a Thing, or Open."""


class Bound:
    """The names of a module, with those of a `for`, `each` and `count` besides."""

    def __init__(self, outer: Names, inner: Mapping[str, Any]) -> None:
        self._outer, self._inner = outer, inner

    def name(self, name: str) -> Any:
        """See Names."""
        return self._inner[name] if name in self._inner else self._outer.name(name)


def value_of(tree: Tree, names: Names) -> Any:
    """The value of a tree of `grammar`."""
    try:
        return _EACH[tree[0]](tree, names)
    except _FAILS as error:
        return Open(f"{tree[0]}: {type(error).__name__}")


def part(value: Any, key: Any) -> Any:
    """A part of a value: an attribute, or what an index names."""
    if isinstance(value, Open):
        return Open(f"{value.source}.{written(key)}")
    if isinstance(value, Mapping):
        return value[pattern_of(key)] if pattern_of(key) in value else Open(f"no {written(key)} in {written(value)}")
    if isinstance(value, list):
        return value[int(key)] if not isinstance(key, Open) else Open(f"{written(value)}[{key.source}]")
    return value.get(str(key)) if hasattr(value, "get") else Open(f"no {written(key)}")


def _text(tree: Tree, names: Names) -> Any:
    found = [item if isinstance(item, str) else value_of(item, names) for item in tree[1]]
    if len(found) == 1 and not isinstance(tree[1][0], str):
        return found[0]
    pattern = "".join(pattern_of(item) for item in found)
    return Open(written(found), pattern) if is_open(found) else pattern


def _call(tree: Tree, names: Names) -> Any:
    name, given = tree[1], list[Any]()
    for item in tree[2]:
        spread = item[0] == "spread"
        value = value_of(item[1] if spread else item, names)
        given += value if spread and isinstance(value, list) else [value]
    if name == "try":
        return next((value for value in given if not isinstance(value, Open)), Open(f"try {written(given)}"))
    if name in ("file", "templatefile") and given and isinstance(given[0], str):
        text = names.name(f"{FILE}{given[0]}")
        return text if name == "file" else Open(f"{name} {written([text, given])}")
    opened = Open(f"{name} {written(given)}")
    made = FUNCTIONS.get(name)
    if made is None or (name in _HOLDING and any(isinstance(value, Open) for value in given)):
        return opened
    if name in _HOLDING or not is_open(given):
        try:
            return made(*given)
        except _FAILS:
            return opened
    return _of_patterns(made, given, opened) if name != "jsonencode" else opened


def _of_patterns(made: Callable[..., Any], given: list[Any], opened: Open) -> Open:
    """What a function makes of text that is known in part."""
    if any(isinstance(value, Open) and value.pattern == ANY for value in given):
        return opened
    try:
        found = made(*(_patterned(value) for value in given))
    except _FAILS:
        return opened
    return Open(opened.source, found) if isinstance(found, str) and ANY in found else opened


def _patterned(value: Any) -> Any:
    if isinstance(value, list):
        return [_patterned(item) for item in value]
    return value.pattern if isinstance(value, Open) else value


def _if(tree: Tree, names: Names) -> Any:
    test = value_of(tree[1], names)
    if isinstance(test, Open):
        both = [value_of(item, names) for item in tree[2:]]
        return both[0] if both[0] == both[1] else Open(f"if {test.source} {written(both)}")
    return value_of(tree[2] if test else tree[3], names)


def _binary(tree: Tree, names: Names) -> Any:
    sign, left = tree[1], value_of(tree[2], names)
    if sign in ("&&", "||") and isinstance(left, bool) and left == (sign == "||"):
        return left
    right = value_of(tree[3], names)
    if sign in ("&&", "||"):
        if isinstance(right, bool) and right == (sign == "||"):
            return right
        return Open(f"{written([left, right])} {sign}") if is_open([left, right]) else bool(right)
    if isinstance(left, Open) or isinstance(right, Open) or (sign in ("==", "!=") and is_open([left, right])):
        return Open(f"{written([left, right])} {sign}")
    return _SIGNS[sign](left, right)


def _unary(tree: Tree, names: Names) -> Any:
    value = value_of(tree[2], names)
    if isinstance(value, Open):
        return Open(f"{tree[1]} {value.source}")
    return not value if tree[1] == "!" else -value


def _splat(tree: Tree, names: Names) -> Any:
    value = value_of(tree[1], names)
    if isinstance(value, Open):
        return Open(f"{value.source}[*]")
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [value_of(tree[2], Bound(names, {"*": item})) for item in items]


def _for(tree: Tree, names: Names) -> Any:
    _, words, source, key, value, test, grouped = tree
    given = value_of(source, names)
    if isinstance(given, Open):
        return Open(f"for {given.source} {tree!r}")
    found = list[tuple[Any, Any]]()
    for number, item in _pairs(given):
        inner = Bound(names, dict(zip(words, (number, item) if len(words) > 1 else (item,), strict=True)))
        wanted = value_of(test, inner) if test is not None else True
        if isinstance(wanted, Open):
            return Open(f"for {written(given)} if {wanted.source}")
        if wanted:
            found.append((value_of(key, inner) if key is not None else None, value_of(value, inner)))
    if key is None:
        return [item for _, item in found]
    if any(isinstance(name, Open) for name, _ in found):
        return Open(f"for {written(found)}")
    if not grouped:
        return {pattern_of(name): item for name, item in found}
    return {pattern_of(name): [one for other, one in found if other == name] for name, _ in found}


def _pairs(given: Any) -> Iterator[tuple[Any, Any]]:
    yield from sorted(given.items()) if isinstance(given, Mapping) else enumerate(given)


def _object(tree: Tree, names: Names) -> Any:
    found = [(value_of(key, names), value_of(value, names)) for key, value in tree[1]]
    if any(isinstance(name, Open) for name, _ in found):
        return Open(f"object {written(found)}")
    return {pattern_of(name): value for name, value in found}


_EACH: Mapping[str, Callable[[Tree, Names], Any]] = {
    "literal": lambda tree, _: tree[1],
    "unknown": lambda tree, _: Open(tree[1]),
    "text": _text,
    "reference": lambda tree, names: names.name(tree[1]),
    "attribute": lambda tree, names: part(value_of(tree[1], names), tree[2]),
    "index": lambda tree, names: part(value_of(tree[1], names), value_of(tree[2], names)),
    "splat": _splat,
    "call": _call,
    "list": lambda tree, names: [value_of(item, names) for item in tree[1]],
    "object": _object,
    "for": _for,
    "if": _if,
    "binary": _binary,
    "unary": _unary,
}
