"""Literal values of an expression with their places: strings, lists, objects; anything else is only known to be there.

The same reader takes JSON (a policy file, a heredoc), which differs in its colons and in having no templates.
"""

from __future__ import annotations

import json
import re
from typing import Literal

from iam_guardrails.adapters.terraform_source.scan import (
    SourceError,
    after_bracket,
    after_heredoc,
    after_string,
    end_of_expression,
    heredoc_at,
    line_of,
    skip_blank,
)
from iam_guardrails.model.value import frozen

Kind = Literal["string", "list", "object", "call", "heredoc", "other"]
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_TEMPLATE = re.compile(r"(?<![$%])[$%]\{")


@frozen
class Form:
    """What the text is written in. json: strings end at their quote, whatever stands in them.

    templates: `${` begins a template, and `$${` stands for `${` (HCL, and JSON in a heredoc).
    """

    json: bool
    templates: bool


HCL = Form(False, True)
JSON_FILE = Form(True, False)
JSON_HEREDOC = Form(True, True)


@frozen
class Value:
    """text: of a string, decoded; of a call, the function's name; of anything else, as it is written.

    entries: of an object, (key, start of the key, end of the key, value).  items: of a list, or a call's arguments.
    inner: of a heredoc, where its lines begin and end.
    """

    kind: Kind
    start: int
    end: int
    text: str = ""
    items: tuple[Value, ...] = ()
    entries: tuple[tuple[str, int, int, Value], ...] = ()
    inner: tuple[int, int] = (0, 0)

    def entry(self, key: str) -> tuple[str, int, int, Value] | None:
        """The entry of an object under a key."""
        return next((item for item in self.entries if item[0] == key), None)

    def strings(self) -> tuple[str, ...] | None:
        """The texts of a string or of a list of strings; None where one of them is no literal."""
        if self.kind == "string":
            return (self.text,)
        if self.kind == "list" and all(item.kind == "string" for item in self.items):
            return tuple(item.text for item in self.items)
        return None


def read_value(text: str, start: int, end: int, form: Form = HCL) -> Value:
    """The value of an expression that stands from `start` to `end`. Raises SourceError."""
    return _value(text[:end], skip_blank(text, start) if start < end else start, form, "")


def _value(text: str, at: int, form: Form, stops: str) -> Value:
    """The value at `at`; `stops` are the signs that may follow it (beside a closing bracket)."""
    if at >= len(text):
        raise SourceError(f"a value is missing in line {line_of(text, at)}")
    found = _literal(text, at, form)
    if found is not None:
        behind = skip_blank(text, found.end, " \t\r" if "\n" in stops else " \t\r\n")
        if behind >= len(text) or text[behind] in stops or text[behind] in ")]}":
            return found
    end = end_of_expression(text, at, stops)
    return Value("other", at, end, text[at:end])


def _literal(text: str, at: int, form: Form) -> Value | None:
    sign = text[at]
    if sign == '"':
        return _string(text, at, form)
    if sign == "[":
        items, end = _items(text, at + 1, "]", form)
        return Value("list", at, end, items=tuple(items))
    if sign == "{":
        return _object(text, at, form)
    if found := heredoc_at(text, at):
        end = after_heredoc(text, found)
        return Value("heredoc", at, end, inner=(found.end(), text.rfind("\n", 0, end) + 1))
    word = _WORD.match(text, at)
    if word and text.startswith("(", word.end()) and not form.json:
        items, end = _items(text, word.end() + 1, ")", form)
        return Value("call", at, end, word[0], tuple(items))
    return None


def _string(text: str, at: int, form: Form) -> Value | None:
    end = after_string(text, at) if form.templates else _after_json_string(text, at)
    if form.templates and _TEMPLATE.search(text[at:end].replace("$${", "$$").replace("%%{", "%%")):
        return None
    try:
        content = json.loads(text[at:end])
    except ValueError:
        return None
    if form.templates:
        content = content.replace("$${", "${").replace("%%{", "%{")
    return Value("string", at, end, content)


def _after_json_string(text: str, at: int) -> int:
    found = re.compile(r'"(?:[^"\\\n]|\\.)*"').match(text, at)
    if found is None:
        raise SourceError(f"the string in line {line_of(text, at)} does not end")
    return found.end()


def _items(text: str, at: int, closing: str, form: Form) -> tuple[list[Value], int]:
    items: list[Value] = []
    while True:
        at = skip_blank(text, at)
        if text.startswith(closing, at):
            return items, at + 1
        item = _value(text, at, form, ",")
        items.append(item)
        at = skip_blank(text, item.end)
        if text.startswith(",", at):
            at += 1
        elif not text.startswith(closing, at):
            raise SourceError(f"line {line_of(text, at)}: a list is not understood")


def _object(text: str, start: int, form: Form) -> Value | None:
    entries: list[tuple[str, int, int, Value]] = []
    at = skip_blank(text, start + 1)
    if text.startswith("for", at) and not form.json and not (text[at + 3 : at + 4].isalnum()):
        return Value("other", start, after_bracket(text, start))
    while not text.startswith("}", at):
        key_at = at
        if text.startswith('"', at):
            key = _string(text, at, form)
            if key is None:
                return Value("other", start, after_bracket(text, start))
            name, at = key.text, key.end
        elif word := _WORD.match(text, at):
            name, at = word[0], word.end()
        else:
            return Value("other", start, after_bracket(text, start))
        key_end, at = at, skip_blank(text, at)
        if not text.startswith(("=", ":"), at):
            return Value("other", start, after_bracket(text, start))
        value = _value(text, skip_blank(text, at + 1), form, ",\n")
        entries.append((name, key_at, key_end, value))
        at = skip_blank(text, value.end)
        at = skip_blank(text, at + 1) if text.startswith(",", at) else at
    return Value("object", start, at + 1, entries=tuple(entries))
