"""The language of CloudWatch Logs JSON filter patterns, as a grammar on the parser library parsy.

Source: Amazon CloudWatch Logs User Guide, "Using filter patterns to match terms in JSON log events" (and the text
of it that AWS keeps in awsdocs/amazon-cloudwatch-logs-user-guide, doc_source/FilterAndPatternSyntax.md).

    pattern    := "{" any "}"                     any := all ("||" all)*      all := one ("&&" one)*
    one        := "(" any ")" | selector test
    selector   := "$" step+                       step := "." name | ".*" | "[" number "]" | "[*]" | ".['any text']"
    test       := ("=" | "!=") value | (">" | "<" | ">=" | "<=") number
                | "IS" ("NULL" | "TRUE" | "FALSE") | "NOT" "EXISTS"
    value      := word | number | '"' text '"' | "%" regular expression "%"

`[number]` must follow a property. `any`, `all` and `one` are read in one loop (nesting.py), so that no pattern,
however deep, is too much. The page asks for double quotes around every string with a character other than letters,
digits and `_`; the same page and the patterns AWS publishes leave them out around `.`, `*` and `-` (`123.123.*`,
`iam.amazonaws.com`), so those pass. Imported only for a pattern that quick.py declines.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

from parsy import ParseError, Parser, alt, eof, generate, index, peek, regex, string

from iam_guardrails.model.trail import regex as regular
from iam_guardrails.model.trail.nesting import Nesting
from iam_guardrails.model.trail.refusing import (
    MAXIMUM_DEPTH,
    MAXIMUM_REGEXES,
    MAXIMUM_WILDCARD_SELECTORS,
    PatternError,
    shown,
)
from iam_guardrails.model.trail.tree import Compare, Is, Leaf, Node, NotExists, Selector, Step, Value, Wildcard

Reading = Generator[Parser, Any, Any]
HIDDEN = ""  # expected there as well, but the message is clearer without it
SELECTOR = "a selector that starts with $."
VALUE = "a value: a word, a number, a double-quoted string or a %regular expression%"
ORDER = ("&&", "||", "the closing )", "the closing }")
NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"

_space = regex(r"\s*")
_begin = _space >> string("{").desc("a pattern that starts with {") >> _space
_open = (string("(").desc(SELECTOR) << _space).optional()
_and, _or = string("&&").desc(ORDER[0]), string("||").desc(ORDER[1])
_after = {
    True: alt(_and, _or, string(")").desc(ORDER[2])) << _space,
    False: alt(_and, _or, string("}").desc(ORDER[3])) << _space,
}
_dollar = string("$").desc(SELECTOR)
_first_mark = peek(regex(r"[.\[]")).desc("a field name after $, as in $.eventName")
_mark = peek(regex(r"[.\[]")).desc(HIDDEN).optional()
_dot = string(".").desc(HIDDEN).optional()
_step = regex(r"(\*)|([A-Za-z0-9_-]+)|\[(?:(\d+)|(\*)|'([^']+)'|\"([^\"]+)\")\]", group=(1, 2, 3, 4, 5, 6)).desc(
    "a field name, [number], [*] or ['name.with.dots'] in a selector"
)
_word = regex(r"IS\s+(NULL|TRUE|FALSE)\b|(NOT)\s+EXISTS\b", group=(1, 2)).desc(HIDDEN).optional()
_no_word = regex(r"IS\s+NOT\b|EXISTS\b").desc(HIDDEN).optional()
_operator = regex(r"!=|<=|>=|=|<|>").desc(
    "=, !=, <, >, <=, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS after the selector"
)
_word_ends = peek(regex(r"[\s)}&|]|\Z")).desc(
    "double quotes around a string with other characters than letters, digits and _"
)
_bare = (regex(r"[A-Za-z0-9_.*+-]+").desc(VALUE) << _word_ends).map(
    lambda text: Value("number" if re.fullmatch(NUMBER, text) else "text", text)
)
_quoted = (
    string('"').desc(VALUE)
    >> regex(r'(?:[^"\\]|\\.)*', re.DOTALL)
    << string('"').desc("the closing double quote of the string")
).map(lambda text: Value("text", re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)))
_regular = (
    string("%").desc(VALUE) >> regex(r"[^%]*") << string("%").desc("the closing % of the regular expression")
).map(lambda body: Value("regex", body))
_value = alt(_regular, _quoted, _bare)


def read(text: str) -> Node:
    """The tree of a pattern. Raises PatternError at the first place AWS would refuse, with what it expects there."""
    try:
        node: Node = _pattern.parse(text)
    except ParseError as error:
        wanted = {phrase for phrase in error.expected if phrase}
        listed = [phrase for phrase in ORDER if phrase in wanted] + sorted(wanted - set(ORDER))
        expected = " or ".join([", ".join(listed[:-1]), listed[-1]] if listed[1:] else listed)
        raise PatternError(error.index, expected, shown(text, error.index)) from None
    return node


def _read_pattern() -> Reading:
    nesting, regexes, wildcards = Nesting(), 0, 0
    yield _begin
    while True:
        at = yield index
        while (yield _open):
            nesting.open()
            if nesting.depth > MAXIMUM_DEPTH:
                raise PatternError(at, f"at most {MAXIMUM_DEPTH} nested parentheses")
            at = yield index
        leaf: Leaf = yield _test
        nesting.add(leaf)
        regexes += isinstance(leaf, Compare) and leaf.value.kind == "regex"
        if regexes > MAXIMUM_REGEXES:
            raise PatternError(at, f"at most {MAXIMUM_REGEXES} regular expressions", f"{regexes}")
        wildcards += any(isinstance(step, Wildcard) for step in leaf.selector.steps)
        if wildcards > MAXIMUM_WILDCARD_SELECTORS:
            raise PatternError(at, f"at most {MAXIMUM_WILDCARD_SELECTORS} wildcard selectors", f"{wildcards}")
        while (mark := (yield _after[nesting.depth > 0])) == ")":
            nesting.close()
        if mark == "}":
            yield eof.desc("nothing after the closing }")
            return nesting.finish()
        if mark == "||":
            nesting.either()


def _read_selector() -> Reading:
    start = yield index
    yield _dollar
    yield _first_mark
    steps: list[Step] = []
    while (yield _mark):
        at = yield index
        yield _dot
        steps.append(_step_of(*(yield _step)))
        if isinstance(steps[0], int):
            raise PatternError(at, "a field before [number], as in $.users[0]")
    if sum(isinstance(step, Wildcard) for step in steps) > 1:
        raise PatternError(start, "at most one wildcard in a selector")
    return Selector(tuple(steps))


def _step_of(field: str, name: str, number: str, element: str, single: str, double: str) -> Step:
    if field or element:
        return Wildcard.FIELD if field else Wildcard.ELEMENT
    return int(number) if number else name or single or double


def _read_test() -> Reading:
    selector: Selector = yield _selector
    yield _space
    at = yield index
    if word := (yield _word):
        yield _space
        return Is(selector, word[0]) if word[0] else NotExists(selector)
    if wrong := (yield _no_word):
        kept = "NOT EXISTS (there is no EXISTS)" if wrong == "EXISTS" else "IS NULL, IS TRUE, IS FALSE or NOT EXISTS"
        raise PatternError(at, kept, " ".join(wrong.split()))
    operator: str = yield _operator
    yield _space
    at = yield index
    value: Value = yield _value if operator in ("=", "!=") else _number_after(operator)
    if value.kind == "regex" and (problem := regular.problem(value.text)):
        raise PatternError(at, f"a regular expression within the allowed syntax ({problem})")
    yield _space
    return Compare(selector, operator, value)


def _number_after(operator: str) -> Parser:
    number = (regex(NUMBER) << _word_ends).desc(f"a number after {operator}")
    return number.map(lambda text: Value("number", text))


_selector = generate(_read_selector)
_test = generate(_read_test)
_pattern = generate(_read_pattern)
