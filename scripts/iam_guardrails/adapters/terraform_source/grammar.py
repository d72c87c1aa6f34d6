"""An expression of Terraform's language as a tree, so that it can be worked out.

Source: HashiCorp, "HCL Native Syntax Specification" (expressions, operators with their precedence, templates).
Trees are tuples whose first element says what they are; see the functions that make them.
"""

from __future__ import annotations

import re
from typing import Any

from iam_guardrails.adapters.terraform_source.scan import (
    SourceError,
    after_bracket,
    after_heredoc,
    after_string,
    heredoc_at,
    line_of,
    skip_blank,
)

Tree = tuple[Any, ...]
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_OPERATORS = (("||",), ("&&",), ("==", "!="), ("<=", ">=", "<", ">"), ("+", "-"), ("*", "/", "%"))
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_WORDS = {"true": True, "false": False, "null": None}


def read_expression(text: str) -> Tree:
    """The tree of an expression. Raises SourceError where the text is not understood to its end."""
    reader = _Reader(text)
    tree = reader.expression()
    if reader.at < len(text):
        raise SourceError(f"line {line_of(text, reader.at)} is not understood: {text[reader.at : reader.at + 20]!r}")
    return tree


def read_template(text: str) -> Tree:
    """The tree of a template's text, without quotes: ("text", parts), each a string or a tree. Raises SourceError."""
    parts: list[Any] = []
    at, begun = 0, 0
    while at < len(text):
        if text.startswith(("$${", "%%{"), at):
            parts += [text[begun:at], text[at] + "{"]
            at = begun = at + 3
        elif text.startswith(("${", "%{"), at):
            end = after_bracket(text, at + 1)
            inner = text[at + 2 : end - 1].strip("~").strip()
            parts += [text[begun:at], read_expression(inner) if text[at] == "$" else ("unknown", inner)]
            at = begun = end
        else:
            at += 1
    return ("text", tuple(part for part in (*parts, text[begun:]) if part != ""))


class _Reader:
    """Reads a text from `at` on."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, skip_blank(text, 0)

    def expression(self) -> Tree:
        found = self._binary(0)
        if self._take("?"):
            yes = self.expression()
            self._need(":")
            return ("if", found, yes, self.expression())
        return found

    def _binary(self, level: int) -> Tree:
        if level == len(_OPERATORS):
            return self._unary()
        found = self._binary(level + 1)
        while (sign := next((one for one in _OPERATORS[level] if self.text.startswith(one, self.at)), "")) != "":
            self._need(sign)
            found = ("binary", sign, found, self._binary(level + 1))
        return found

    def _unary(self) -> Tree:
        for sign in ("!", "-"):
            if self._take(sign):
                return ("unary", sign, self._unary())
        return self._traversed(self._primary())

    def _traversed(self, found: Tree) -> Tree:
        while True:
            if self.text[self.at - 1 : self.at].isspace():  # what follows is another entry of an object
                return found
            if self._take(".*") or self._take("[*]"):
                return self._after_splat(found)
            if self.text.startswith(".", self.at) and not self.text.startswith("...", self.at):
                self._need(".")
                found = ("attribute", found, self._number() if self._peek().isdigit() else self._name())
            elif self._take("["):
                found = ("index", found, self.expression())
                self._need("]")
            else:
                return found

    def _after_splat(self, found: Tree) -> Tree:
        return ("splat", found, self._traversed(("reference", "*")))

    def _primary(self) -> Tree:
        sign = self._peek()
        if sign == '"':
            return self._string()
        if heredoc := heredoc_at(self.text, self.at):
            return self._heredoc(heredoc)
        if sign.isdigit():
            return ("literal", self._number())
        if self._take("("):
            found = self.expression()
            self._need(")")
            return found
        if self._take("["):
            return self._for("]") if self._is_for() else ("list", tuple(self._items("]")))
        if self._take("{"):
            return self._for("}") if self._is_for() else self._object()
        name = self._name()
        if not self.text[self.at - 1].isspace() and self._take("("):
            return ("call", name, tuple(self._items(")")))
        return ("literal", _WORDS[name]) if name in _WORDS else ("reference", name)

    def _string(self) -> Tree:
        end = after_string(self.text, self.at)
        found = read_template(self.text[self.at + 1 : end - 1])
        self._go(end)
        return ("text", tuple(_unescaped(part) if isinstance(part, str) else part for part in found[1]))

    def _heredoc(self, begun: re.Match[str]) -> Tree:
        end = after_heredoc(self.text, begun)
        lines = self.text[begun.end() : self.text.rfind("\n", 0, end) + 1].splitlines(keepends=True)
        if begun[1]:
            indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
            lines = [line[indent:] for line in lines]
        self._go(end)
        return read_template("".join(lines))

    def _items(self, closing: str) -> list[Tree]:
        found = []
        while not self._take(closing):
            item = self.expression()
            found.append(("spread", item) if self._take("...") else item)
            if not self._take(","):
                self._need(closing)
                break
        return found

    def _object(self) -> Tree:
        found: list[tuple[Tree, Tree]] = []
        while not self._take("}"):
            key = self._key()
            self._need("=" if self._peek() == "=" else ":")
            found.append((key, self.expression()))
            self._take(",")
        return ("object", tuple(found))

    def _key(self) -> Tree:
        word = _NAME.match(self.text, self.at)
        if word and self.text[skip_blank(self.text, word.end()) :][:1] in ("=", ":"):
            self._go(word.end())
            return ("literal", word[0])
        return self.expression()

    def _is_for(self) -> bool:
        word = _NAME.match(self.text, self.at)
        return bool(word and word[0] == "for")

    def _for(self, closing: str) -> Tree:
        self._name()
        names = [self._name()]
        if self._take(","):
            names.append(self._name())
        if self._name() != "in":
            raise self._error()
        source = self.expression()
        self._need(":")
        key, value = None, self.expression()
        if closing == "}":
            self._need("=>")
            key, value = value, self.expression()
        grouped = self._take("...")
        test = self.expression() if _NAME.match(self.text, self.at) and self._name() == "if" else None
        self._need(closing)
        return ("for", tuple(names), source, key, value, test, grouped)

    def _name(self) -> str:
        word = _NAME.match(self.text, self.at)
        if word is None:
            raise self._error()
        self._go(word.end())
        return word[0]

    def _number(self) -> int | float:
        word = _NUMBER.match(self.text, self.at)
        if word is None:
            raise self._error()
        self._go(word.end())
        return int(word[0]) if word[0].isdigit() else float(word[0])

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _go(self, at: int) -> None:
        self.at = skip_blank(self.text, at)

    def _take(self, sign: str) -> bool:
        if not self.text.startswith(sign, self.at):
            return False
        self._go(self.at + len(sign))
        return True

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise self._error()

    def _error(self) -> SourceError:
        return SourceError(f"line {line_of(self.text, self.at)} is not understood: {self.text[self.at :][:20]!r}")


def _unescaped(text: str) -> str:
    return re.sub(r'\\([nrt"\\])', lambda found: _ESCAPES[found[1]], text)
