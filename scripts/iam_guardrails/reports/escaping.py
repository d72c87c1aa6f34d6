"""Text of others (names, tags, reasons, tickets) so that it means nothing but itself, in each form of report.

Whoever may create a role may choose its name, path, tags and description, and so what stands here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice

from iam_guardrails.model.expression import Expression
from iam_guardrails.model.visible import visible

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from typing import Any

_PLAIN_CODE = Expression(r"[^`|\\]+")
_MARKDOWN = Expression(r"([\\`*_\[\]|~$])")
_LIST_SIGN = Expression(r"^([-+=]|\d+(?=[.)]))")
_LINKED = Expression(r"([@#]|:(?=//)|www(?=\.))", re.IGNORECASE)
_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
_TOKENS = 4_096  # of a document of JSON that are joined at once
_UNSEEN = Expression(r"[^\x20-\x7e\n]")


def shown(text: str) -> str:
    """The text on one line: what nobody would see (controls, line ends, writing directions, odd blanks) as an escape,
    e.g. `\\u202e`."""
    return text if text.isprintable() else visible(text)


def as_html(text: str) -> str:
    """For HTML and SVG, as text and within the quotes of an attribute."""
    from html import escape  # it costs milliseconds that other forms need not pay

    return escape(shown(text))


def as_markdown(text: str) -> str:
    """For Markdown as GitHub and GitLab read it: no HTML, emphasis, link, table cell, mention or reference comes of it.

    Mentions, references and addresses are broken by a blank of no width, since they are sought in the finished text.
    """
    text = _MARKDOWN.sub(r"\\\1", shown(text).strip())  # blanks before it would make it code
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _LINKED.sub(r"\1&#8203;", text)
    return _LIST_SIGN.sub(lambda found: _entities(found[1]), text)


def as_markdown_code(text: str) -> str:
    """For Markdown, as code: between backticks, or as HTML where the text has signs that Markdown reads even there."""
    text = shown(text)
    if not text.strip():
        return ""
    if _PLAIN_CODE.fullmatch(text) and text == text.strip():
        return f"`{text}`"
    return f"<code>{''.join(sign if sign.isalnum() else _entities(sign) for sign in text)}</code>"


def _entities(text: str) -> str:
    return "".join(f"&#{ord(sign)};" for sign in text)


def as_csv_cell(text: str) -> str:
    """For a cell that a spreadsheet must not run: a text that begins like a formula gets an apostrophe before it.

    Source: OWASP, "CSV Injection".
    """
    begins = text.lstrip()[:1]
    return f"'{shown(text)}" if begins and begins in _FORMULA else shown(text)


def as_sarif_text(text: str) -> str:
    """For a SARIF message, in which `[words](address)` would be a link.

    Source: SARIF 2.1.0, 3.11.6, "Messages with embedded links".
    """
    return shown(text).replace("](", "] (")


def as_json(value: Any) -> str:
    """A JSON document, two-space indent; what nobody would see is written as an escape, so the values stay exact."""
    return "".join(json_parts(value))


def json_parts(value: Any, default: Callable[[Any], Any] | None = None) -> Iterator[str]:
    """The same document part by part, so that a large one is never in memory as a whole.

    default: makes plain values of what JSON does not know, one after the other.
    """
    tokens = json.JSONEncoder(indent=2, ensure_ascii=False, default=default).iterencode(value)
    while part := "".join(islice(tokens, _TOKENS)):
        yield _UNSEEN.sub(lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], part)
    yield "\n"
