"""A second reading of filter patterns, straight from the documentation: slow, plain, and without our parser or tree.

A pattern is evaluated while its text is read, token by token. What the documentation leaves open is answered by a
mapping from the sentence of the case; without an answer the outcome is None. Three-valued logic is written as
"could it still be true, could it still be false": an outcome is the set of booleans that are possible.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Mapping
from typing import Any

TOKEN = re.compile(
    r"""\s*(?:
      (?P<mark>&&|\|\||[(){}])
    | (?P<path>\$(?:\.?\[[^\]]*\]|\.\*|\.[\w-]+)+)
    | (?P<op>!=|<=|>=|=|<|>)
    | (?P<word>IS\s+NULL|IS\s+TRUE|IS\s+FALSE|NOT\s+EXISTS)
    | "(?P<quoted>(?:\\.|[^"\\])*)"
    | %(?P<regex>[^%]*)%
    | (?P<bare>[\w.*+-]+)
    )""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NOTHING = ("no", "such", "field")
BOTH = frozenset({True, False})


def naive(pattern: str, event: Any, answers: Mapping[str, bool] | None = None) -> bool | None:
    """True, False, or None where the documentation (and `answers`) leaves it open."""
    tokens = [
        (kind, text)
        for found in TOKEN.finditer(pattern)
        for kind, text in found.groupdict().items()
        if text is not None
    ]
    possible, rest = disjunction(tokens[1:], event, answers or {})
    assert rest == [("mark", "}")]
    return None if len(possible) == 2 else next(iter(possible))


def disjunction(tokens: list[Any], event: Any, answers: Any) -> Any:
    total, tokens = conjunction(tokens, event, answers)
    while tokens[0] == ("mark", "||"):
        one, tokens = conjunction(tokens[1:], event, answers)
        total = frozenset(a or b for a in total for b in one)
    return total, tokens


def conjunction(tokens: list[Any], event: Any, answers: Any) -> Any:
    total, tokens = single(tokens, event, answers)
    while tokens[0] == ("mark", "&&"):
        one, tokens = single(tokens[1:], event, answers)
        total = frozenset(a and b for a in total for b in one)
    return total, tokens


def single(tokens: list[Any], event: Any, answers: Any) -> Any:
    if tokens[0] == ("mark", "("):
        total, tokens = disjunction(tokens[1:], event, answers)
        return total, tokens[1:]
    path, (kind, text) = tokens[0][1], tokens[1]
    if kind == "word":
        return word(path, " ".join(text.split()), event, answers), tokens[2:]
    return comparison(path, text, *tokens[2], event, answers), tokens[3:]


def ask(answers: Any, case: str) -> frozenset[bool]:
    return frozenset({answers[case]}) if case in answers else BOTH


def reach(path: str, event: Any) -> tuple[str, list[Any]]:
    """("one", [value]) or ("many", values); ("none", []) where a wildcard has nothing to range over."""
    values, many = [event], False
    for dotted, name, star in re.findall(r"\.?\[([^\]]*)\]|\.([\w-]+)|(\.\*)", path[1:], re.ASCII):
        step = dotted or name
        after: list[Any] = []
        for value in values:
            if star or dotted == "*":
                if not isinstance(value, dict if star else list):
                    return "none", []
                many = True
                after += list(value.values()) if star else value
            elif dotted.isdigit():
                after.append(value[int(dotted)] if isinstance(value, list) and int(dotted) < len(value) else NOTHING)
            else:
                key = step[1:-1] if dotted else step
                after.append(value[key] if isinstance(value, dict) and key in value else NOTHING)
        values = after
    return ("many" if many else "one"), values


def word(path: str, text: str, event: Any, answers: Any) -> frozenset[bool]:
    _, values = reach(path, event)
    if text == "NOT EXISTS":
        there = {value is not NOTHING for value in values}
        return frozenset({True not in there}) if len(there) < 2 else ask(answers, "each-absent-some")
    literal = text.split()[1].lower()
    wanted = json.loads(literal)
    outcomes = [
        ask(answers, f"is-{literal}-text") if isinstance(value, str) and value == literal
        else frozenset({type(value) is type(wanted) and value == wanted})
        for value in values
    ]  # fmt: skip
    return one_of(outcomes)


def one_of(outcomes: list[frozenset[bool]]) -> frozenset[bool]:
    return frozenset({True} if frozenset({True}) in outcomes else BOTH if BOTH in outcomes else {False})


def all_of(outcomes: list[frozenset[bool]]) -> frozenset[bool]:
    return frozenset({False} if frozenset({False}) in outcomes else BOTH if BOTH in outcomes else {True})


def comparison(path: str, op: str, kind: str, text: str, event: Any, answers: Any) -> frozenset[bool]:
    how, values = reach(path, event)
    outcomes = [compare(op, kind, text, value, answers) for value in values]
    if how == "one" or op != "!=":
        return one_of(outcomes)
    if how == "none" or not outcomes:
        return ask(answers, "each-differs-missing" if how == "none" else "each-differs-empty")
    ways = ask(answers, "each-differs-some")
    return frozenset().union(*(one_of(outcomes) if some else all_of(outcomes) for some in ways))


def compare(op: str, kind: str, text: str, value: Any, answers: Any) -> frozenset[bool]:
    if kind == "quoted":
        text = re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
    numeric = kind == "bare" and NUMBER.fullmatch(text) is not None
    if isinstance(value, (dict, list)):
        return frozenset({False})
    if op in "<=>=" and op != "=":
        return order(op, text, value, answers)
    if op == "!=" and value is NOTHING:
        return ask(answers, "differs-missing-" + ("number" if numeric else "regex" if kind == "regex" else "text"))
    if value is NOTHING:
        return frozenset({False})
    if numeric:
        return against_number(op, text, value, answers)
    return against_text(op, kind, text, value, answers)


def against_number(op: str, text: str, value: Any, answers: Any) -> frozenset[bool]:
    if isinstance(value, str) and value != text and NUMBER.fullmatch(value) and float(value) == float(text):
        return ask(answers, ("equal" if op == "=" else "differs") + "-text-spelling")
    if isinstance(value, str):
        return frozenset({(value == text) == (op == "=")})
    if isinstance(value, (bool, type(None))):
        return (
            frozenset({False})
            if op == "="
            else ask(answers, f"differs-{'boolean' if value is not None else 'null'}-number")
        )
    return frozenset({(value == float(text)) == (op == "=")})


def against_text(op: str, kind: str, text: str, value: Any, answers: Any) -> frozenset[bool]:
    shown = value if isinstance(value, str) else json.dumps(value)
    found = fits(kind, text, shown, answers)
    if isinstance(value, str):
        return frozenset(same == (op == "=") for same in found)
    if op == "=" and value is None:
        return frozenset({False})
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if op == "=" and number and text == "*" and kind != "regex":
        return frozenset({True})
    if found == BOTH:
        return BOTH
    how = "regex" if kind == "regex" else "wildcard" if "*" in text else "text"
    type_name = "number" if number else "boolean" if isinstance(value, bool) else "null"
    if found == {False} and number and how == "text" and NUMBER.fullmatch(text) and float(text) == value:
        return ask(answers, f"{'equal' if op == '=' else 'differs'}-number-spelling")
    if op == "=":
        return ask(answers, f"equal-{type_name}-{how}") if found == {True} else frozenset({False})
    how = "text" if type_name == "null" and how == "wildcard" else how
    return ask(answers, f"differs-{type_name}-{how}" + ("-same" if found == {True} else ""))


def fits(kind: str, text: str, shown: str, answers: Any) -> frozenset[bool]:
    if kind == "regex":
        return frozenset({re.search(text, shown, re.ASCII | re.DOTALL) is not None})
    anything = fnmatch.fnmatchcase(shown, re.sub(r"[\[?]", r"[\g<0>]", text))
    inside = re.fullmatch(r"(\*?)(.*?)(\*?)", text, re.DOTALL)
    assert inside
    if "*" not in inside[2]:
        return frozenset({anything})
    literal = re.fullmatch(f"{'.*' * len(inside[1])}{re.escape(inside[2])}{'.*' * len(inside[3])}", shown, re.DOTALL)
    return frozenset(anything if wild else literal is not None for wild in ask(answers, "asterisk-inside"))


def order(op: str, text: str, value: Any, answers: Any) -> frozenset[bool]:
    signs = {"<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b}
    if isinstance(value, str):
        as_number = ask(answers, "order-text-number") if NUMBER.fullmatch(value) else frozenset({False})
        if as_number == BOTH:
            return BOTH
        if as_number == {True}:
            return frozenset({signs[op](float(value), float(text))})
        return ask(answers, "order-text-letters") if signs[op](value, text) else frozenset({False})
    if value is NOTHING or value is None or isinstance(value, bool):
        return frozenset({False})
    return frozenset({signs[op](value, float(text))})
