"""Where the parts of a text end: strings with templates, heredocs, comments, brackets.

Source: HashiCorp, "HCL Native Syntax Specification" (lexical elements, template literals, heredocs).
"""

from __future__ import annotations

import re

_HEREDOC = re.compile(r"<<(-?)([A-Za-z_][\w-]*)\r?\n")
_OPENING, _CLOSING = "([{", ")]}"


class SourceError(ValueError):
    """The text is not what this reader understands; the message says where. Nothing is guessed then."""


def line_of(text: str, at: int) -> int:
    """The number of the line, from 1."""
    return text.count("\n", 0, at) + 1


def after_string(text: str, at: int) -> int:
    """The end of the string that begins at `at`, behind its closing quote. Raises SourceError."""
    start, at = at, at + 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == '"':
            return at + 1
        elif text.startswith(("$${", "%%{"), at):
            at += 3
        elif text.startswith(("${", "%{"), at):
            at = after_bracket(text, at + 1)
        elif text[at] == "\n":
            break
        else:
            at += 1
    raise SourceError(f"the string in line {line_of(text, start)} does not end")


def after_bracket(text: str, at: int) -> int:
    """The end of what the bracket at `at` opens, behind its closing bracket. Raises SourceError."""
    start, depth = at, 0
    while at < len(text):
        sign = text[at]
        if sign in _OPENING:
            depth += 1
        elif sign in _CLOSING:
            depth -= 1
            if not depth:
                return at + 1
        at = after_unit(text, at)
    raise SourceError(f"the bracket in line {line_of(text, start)} is not closed")


def after_unit(text: str, at: int) -> int:
    """Behind the string, heredoc or comment that begins at `at`; else behind one character."""
    if text[at] == '"':
        return after_string(text, at)
    end = after_comment(text, at)
    if end != at:
        return end
    found = _HEREDOC.match(text, at)
    return after_heredoc(text, found) if found else at + 1


def after_heredoc(text: str, found: re.Match[str]) -> int:
    """Behind the closing word of a heredoc, before the end of its line. Raises SourceError."""
    end = re.compile(rf"^[ \t]*{re.escape(found[2])}[ \t]*\r?$", re.MULTILINE).search(text, found.end())
    if end is None:
        raise SourceError(f"the heredoc in line {line_of(text, found.start())} does not end")
    return end.end() - (1 if text[end.end() - 1] == "\r" else 0)


def heredoc_at(text: str, at: int) -> re.Match[str] | None:
    """The beginning of a heredoc, where one stands at `at`."""
    return _HEREDOC.match(text, at)


def after_comment(text: str, at: int) -> int:
    """Behind the comment that begins at `at`, the end of its line left; `at` itself where none does."""
    if text[at] == "#" or text.startswith("//", at):
        end = text.find("\n", at)
        return len(text) if end < 0 else end
    if text.startswith("/*", at):
        end = text.find("*/", at)
        if end < 0:
            raise SourceError(f"the comment in line {line_of(text, at)} does not end")
        return end + 2
    return at


def skip_blank(text: str, at: int, signs: str = " \t\r\n") -> int:
    """Behind white space and comments."""
    while at < len(text):
        if text[at] in signs:
            at += 1
            continue
        end = after_comment(text, at)
        if end == at:
            break
        at = end
    return at


def end_of_expression(text: str, at: int, stops: str) -> int:
    """Where the expression at `at` ends: before one of the signs `stops`, outside all brackets; blanks do not count."""
    start = last = at
    while at < len(text):
        sign = text[at]
        if sign in stops:
            break
        if sign in _CLOSING:
            break
        end = after_comment(text, at)
        if end != at:
            at = end
            continue
        at = after_bracket(text, at) if sign in _OPENING else after_unit(text, at)
        if sign not in " \t\r\n":
            last = at
    return max(start, last)
