"""Numbers of things, in words."""

from __future__ import annotations


def counted(number: int, what: str) -> str:
    """ "1 change", "2 changes"."""
    return f"{number} {what}" + ("" if number == 1 else "s")
