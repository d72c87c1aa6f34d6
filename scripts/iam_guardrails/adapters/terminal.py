"""A terminal: whether there is one, what it can show, and questions to the person at it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import IO

from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen


@frozen
class Style:
    """How words are set off. plain: not at all (no terminal, NO_COLOR, TERM=dumb)."""

    plain: bool

    def bold(self, text: str) -> str:
        """What matters most."""
        return self._set("1", text)

    def alarm(self, text: str) -> str:
        """What is wrong."""
        return self._set("1;31", text)

    def good(self, text: str) -> str:
        """What is right."""
        return self._set("32", text)

    def quiet(self, text: str) -> str:
        """What may be skipped."""
        return self._set("2", text)

    def _set(self, code: str, text: str) -> str:
        return text if self.plain else f"\033[{code}m{text}\033[0m"


def style(stream: IO[str], environ: Mapping[str, str]) -> Style:
    """What a stream can show (no-color.org: any value of NO_COLOR but the empty one)."""
    return Style(not stream.isatty() or bool(environ.get("NO_COLOR")) or environ.get("TERM", "") in ("", "dumb"))


def can_ask() -> bool:
    """Whether there is a person to ask: questions go to stderr, answers come from stdin."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, default: str = "") -> str:
    """A person's answer in one line, or the default for an empty one. Raises Problem when there is nobody to answer."""
    if not can_ask():
        raise Problem(f"there is no terminal to ask on ({question}); give it as an option")
    shown = f" [{default}]" if default else ""
    print(f"{question}{shown}: ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise Problem(f"no answer was given ({question}); repeat, or give it as an option")
    return line.strip() or default
