"""Regular expressions that are compiled when they are first asked, so that defining one costs nothing at start."""

from __future__ import annotations

import re
from collections.abc import Callable

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from typing import Any


class Expression:
    """A regular expression with the methods the model and the rules use, as `re.Pattern` has them."""

    match: Callable[..., re.Match[str] | None]
    fullmatch: Callable[..., re.Match[str] | None]
    search: Callable[..., re.Match[str] | None]
    sub: Callable[..., str]
    findall: Callable[..., list[Any]]

    def __init__(self, text: str, flags: int = 0) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        # only reached before the first use: from then on the methods are attributes of this object
        if name not in ("match", "fullmatch", "search", "sub", "findall"):
            raise AttributeError(name)
        made = re.compile(self._text, self._flags)
        self.match, self.fullmatch, self.search, self.sub = made.match, made.fullmatch, made.search, made.sub
        self.findall = made.findall
        return getattr(made, name)
