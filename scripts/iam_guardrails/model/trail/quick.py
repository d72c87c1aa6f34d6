"""The usual filter pattern, read at once: the parser library costs more to import than a whole plan to judge.

Read here: `$.a.b = "text"`, `$.a.b = Word`, the same with `!=`, and `$.a.b NOT EXISTS`, joined by `&&`, `||` and
parentheses. Anything else is declined, and so is every mistake: grammar.py is the language, and the only one to
say what is wrong. A property test compares the two wherever this one accepts.
"""

from __future__ import annotations

from functools import lru_cache

from iam_guardrails.model.expression import Expression
from iam_guardrails.model.trail.nesting import Nesting
from iam_guardrails.model.trail.refusing import MAXIMUM_DEPTH
from iam_guardrails.model.trail.tree import Compare, Node, NotExists, Selector, Value

_START = Expression(r"\s*\{")
_TEST = Expression(
    r"\s*((?:\(\s*)*)\$((?:\.[A-Za-z0-9_-]++)++)\s*"
    r'(?:(!?=)\s*(?:"([^"\\]*)"|([A-Za-z][A-Za-z0-9_]*)(?=[\s)}&|]))|NOT\s+EXISTS\b)'
)
_AFTER = Expression(r"\s*((?:\)\s*)*)(?:(&&)|(\|\|)|(\}\s*$))")


def quick(text: str) -> Node | None:
    """The tree of a pattern of the usual form; None when the grammar has to read it. Never an error."""
    nesting = Nesting()
    found = _START.match(text)
    while found and (found := _TEST.match(text, found.end())):
        opened, path, operator, quoted, word = found.groups()
        for _ in range(opened.count("(")):
            nesting.open()
        if nesting.depth > MAXIMUM_DEPTH:
            return None
        value = word if quoted is None else quoted
        nesting.add(Compare(plain(path), operator, Value("text", value)) if operator else NotExists(plain(path)))
        if not (found := _AFTER.match(text, found.end())):
            return None
        closed = found.group(1).count(")")
        if closed > nesting.depth:
            return None
        for _ in range(closed):
            nesting.close()
        if found.group(4):
            return None if nesting.depth else nesting.finish()
        if found.group(3):
            nesting.either()
    return None


@lru_cache(maxsize=256)
def plain(path: str) -> Selector:
    """The selector of a path such as `.userIdentity.type`; the same object for the same path."""
    return Selector(tuple(path.split(".")[1:]))
