"""CloudWatch Logs JSON filter patterns, parsed into a small frozen tree and written back.

Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription filters,
filter log events, and Live Tail" (FilterAndPatternSyntax) and the API reference of PutMetricFilter
(length).

    pattern    := "{" any "}"                     any := all ("||" all)*      all := one ("&&" one)*
    one        := "(" any ")" | selector test
    test       := ("=" | "!=") value | (">" | "<" | ">=" | "<=") number
                | "IS" ("NULL" | "TRUE" | "FALSE") | "NOT" "EXISTS"

The page asks for double quotes around every string with a character other than letters, digits and `_`; the
same page and the patterns AWS publishes leave them out around `.`, `*` and `-` (`123.123.*`,
`iam.amazonaws.com`), so those pass.
"""

from __future__ import annotations

import re
from functools import lru_cache

from iam_guardrails.model.expression import Expression
from iam_guardrails.model.trail import regex
from iam_guardrails.model.trail.tree import (
    And,
    Compare,
    Is,
    Leaf,
    Node,
    NotExists,
    Or,
    Selector,
    Step,
    Value,
    Wildcard,
    leaves,
    render,
    render_leaf,
)

__all__ = [
    "And", "Compare", "Is", "Leaf", "Node", "NotExists", "Or", "PatternError", "Selector", "Step", "Value",
    "Wildcard", "is_json_pattern", "leaves", "parse", "render", "render_leaf",
]  # fmt: skip

MAXIMUM_LENGTH = 1024
MAXIMUM_REGEXES = 2
MAXIMUM_WILDCARD_SELECTORS = 3
MAXIMUM_DEPTH = 64


class PatternError(ValueError):
    """AWS would refuse the pattern. `position` counts characters from 0, `expected` is a noun phrase."""

    def __init__(self, position: int, expected: str, found: str = "") -> None:
        what = f", not {found}" if found else ""
        super().__init__(f"at character {position + 1}: expected {expected}{what}")
        self.position = position
        self.expected = expected


def is_json_pattern(text: str) -> bool:
    """Whether the text is (meant as) a JSON pattern; the other forms match words or columns of a line."""
    return text.lstrip().startswith("{")


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """Parse a JSON pattern. Raises PatternError where AWS would refuse it."""
    if len(text) > MAXIMUM_LENGTH:
        raise PatternError(MAXIMUM_LENGTH, f"at most {MAXIMUM_LENGTH} characters", f"{len(text)} of them")
    node = _Reader(text).pattern()
    found = list(leaves(node))
    regexes = sum(isinstance(leaf, Compare) and leaf.value.kind == "regex" for leaf in found)
    wildcards = sum(isinstance(step, Wildcard) for leaf in found for step in leaf.selector.steps)
    if regexes > MAXIMUM_REGEXES:
        raise PatternError(0, f"at most {MAXIMUM_REGEXES} regular expressions", f"{regexes}")
    if wildcards > MAXIMUM_WILDCARD_SELECTORS:
        raise PatternError(0, f"at most {MAXIMUM_WILDCARD_SELECTORS} wildcard selectors", f"{wildcards}")
    return node


_USUAL = Expression(r'\(\s*\$((?:\.[A-Za-z0-9_-]+)+)\s*(!?=)\s*"([^"\\]*)"\s*\)')
_SPACE = Expression(r"\s*")
_NAME = Expression(r"[A-Za-z0-9_-]+")
_INDEX = Expression(r"\[(?:(\d+)|(\*)|'([^']+)'|\"([^\"]+)\")\]")
_OPERATOR = Expression(r"!=|<=|>=|=|<|>")
_WORD = Expression(r"(?:IS\s+(NULL|TRUE|FALSE)|(NOT)\s+EXISTS)\b")
_QUOTED = Expression(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = Expression(r"[A-Za-z0-9_.*+-]+")
_NUMBER = Expression(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_ESCAPE = Expression(r"\\(.)", re.DOTALL)


@lru_cache(maxsize=256)
def _plain(path: str) -> Selector:
    return Selector(tuple(path.split(".")[1:]))


class _Reader:
    """Recursive descent over the characters; `at` is the next one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def pattern(self) -> Node:
        self._take("{", "a pattern that starts with {")
        node = self._any()
        self._take("}", "&&, || or the closing }")
        self._space()
        if self.at < len(self.text):
            raise self._error("nothing after the closing }")
        return node

    def _any(self) -> Node:
        parts = [self._all()]
        while self._skip("||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Node:
        parts = [self._one()]
        while self._skip("&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Node:
        self._space()
        if usual := _USUAL.match(self.text, self.at):  # most of every long pattern; the rest reads it alike
            self.at = usual.end()
            return Compare(_plain(usual.group(1)), usual.group(2), Value("text", usual.group(3)))
        if not self._skip("("):
            return self._test(self._selector())
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise PatternError(self.at - 1, f"at most {MAXIMUM_DEPTH} nested parentheses")
        node = self._any()
        self._take(")", "&&, || or the closing )")
        self.depth -= 1
        return node

    def _selector(self) -> Selector:
        self._take("$", "a selector that starts with $.")
        steps: list[Step] = []
        while self._next() in (".", "["):
            steps.append(self._step())
        if not steps:
            raise self._error("a field name after $, as in $.eventName")
        if sum(isinstance(step, Wildcard) for step in steps) > 1:
            raise self._error("at most one wildcard in a selector")
        return Selector(tuple(steps))

    def _step(self) -> Step:
        if self._next() == ".":
            self.at += 1
            if self._next() == "*":
                self.at += 1
                return Wildcard.FIELD
            if name := _NAME.match(self.text, self.at):
                self.at = name.end()
                return name.group()
        if not (index := _INDEX.match(self.text, self.at)):
            raise self._error("a field name, [number], [*] or ['name.with.dots'] in a selector")
        self.at = index.end()
        if index.group(2):
            return Wildcard.ELEMENT
        return int(index.group(1)) if index.group(1) else index.group(3) or index.group(4)

    def _test(self, selector: Selector) -> Leaf:
        self._space()
        if word := _WORD.match(self.text, self.at):
            self.at = word.end()
            return NotExists(selector) if word.group(2) else Is(selector, word.group(1))
        if not (operator := _OPERATOR.match(self.text, self.at)):
            raise self._error("=, !=, <, >, <=, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS after the selector")
        self.at = operator.end()
        self._space()
        start = self.at
        value = self._value()
        if operator.group() not in ("=", "!=") and value.kind != "number":
            raise PatternError(start, f"a number after {operator.group()}")
        return Compare(selector, operator.group(), value)

    def _value(self) -> Value:
        if self._next() == "%":
            return self._regex()
        if quoted := _QUOTED.match(self.text, self.at):
            self.at = quoted.end()
            return Value("text", _ESCAPE.sub(r"\1", quoted.group(1)))
        if self._next() == '"':
            raise self._error("the closing double quote of the string")
        if not (bare := _BARE.match(self.text, self.at)):
            raise self._error("a value: a word, a number, a double-quoted string or a %regular expression%")
        self.at = bare.end()
        if self._next() not in (" ", "\t", "\n", "\r", ")", "}", "&", "|", ""):
            raise self._error("double quotes around a string with other characters than letters, digits and _")
        return Value("number" if _NUMBER.fullmatch(bare.group()) else "text", bare.group())

    def _regex(self) -> Value:
        end = self.text.find("%", self.at + 1)
        if end < 0:
            raise self._error("the closing % of the regular expression")
        body = self.text[self.at + 1 : end]
        if problem := regex.problem(body):
            raise PatternError(self.at, f"a regular expression within the allowed syntax ({problem})")
        self.at = end + 1
        return Value("regex", body)

    def _space(self) -> None:
        if space := _SPACE.match(self.text, self.at):
            self.at = space.end()

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _skip(self, mark: str) -> bool:
        self._space()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def _take(self, mark: str, expected: str) -> None:
        if not self._skip(mark):
            raise self._error(expected)

    def _error(self, expected: str) -> PatternError:
        rest = self.text[self.at : self.at + 12]
        return PatternError(self.at, expected, repr(rest) if rest else "the end of the pattern")
