"""The regular expressions that filter patterns allow between two `%`.

Source: Amazon CloudWatch Logs User Guide, "Supported regular expressions (regex) syntax": letters, digits,
the symbols : _ # = @ / ; , - , the operators ^ $ ? [ ] { } | \\ * + . and no parentheses; \\d \\D \\s \\S
\\w \\W \\xhh are known.
"""

from __future__ import annotations

import re
from functools import lru_cache

from iam_guardrails.model.expression import Expression

_ALLOWED = Expression(r"[A-Za-z0-9 :_#=@/;,\-^$?\[\]{}|\\*+.]*")
_ESCAPED = Expression(r"\\(?:[dDsSwW]|x[0-9A-Fa-f]{2}|[^A-Za-z0-9]|$)?")


def problem(body: str) -> str:
    """What is wrong with the text between the two `%`, as a clause; empty when it is allowed."""
    if not body:
        return "it is empty"
    if not (allowed := _ALLOWED.match(body)) or allowed.end() < len(body):
        return f"{body[allowed.end() if allowed else 0]!r} is not supported"
    for escape in re.finditer(r"\\.?", body):
        if escape.group() == "\\" or not _ESCAPED.fullmatch(body, escape.start(), _end(body, escape.start())):
            return f"{escape.group()!r} is not a supported escape"
    try:
        compiled(body)
    except re.error as error:
        return str(error)
    return ""


def _end(body: str, start: int) -> int:
    return start + (4 if body[start + 1 : start + 2] == "x" else 2)


@lru_cache(maxsize=64)
def compiled(body: str) -> re.Pattern[str]:
    """The expression, to be searched for anywhere in a value unless it is anchored."""
    return re.compile(body, re.ASCII | re.DOTALL)
