"""Texts of others on one line."""

from __future__ import annotations


def visible(text: str) -> str:
    """A text of somebody's on one line, with what a terminal would obey as an escape, e.g. `\\x1b`.

    A byte of a name on disk that is no UTF-8, which Python has as half a character (PEP 383), is told as `\\xe4`, too.
    """
    return "".join(sign if sign.isprintable() else _escape(sign) for sign in text)


def _escape(sign: str) -> str:
    if "\udc80" <= sign <= "\udcff":
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode()
