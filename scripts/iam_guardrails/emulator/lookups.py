"""What moto looks up at every request though it cannot change while the server runs: looked up once.

It lists the folder of its own package, and the methods of the class that answers; together a fifth of a request.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from moto import backends
from moto.core import responses

from iam_guardrails.emulator.graft import GraftError


def graft() -> None:
    """Install. Errors: GraftError when moto has no such function any more; then this must go."""
    _once(backends, "list_of_moto_modules", lambda found: functools.cache(lambda: frozenset(found())))  # a generator
    _once(responses, "method_names_from_class", functools.cache)


def _once(place: Any, name: str, kept: Callable[[Callable[..., Any]], Any]) -> None:
    found: Callable[..., Any] | None = getattr(place, name, None)
    if found is None:
        raise GraftError(f"{place.__name__}.{name} is missing: this is not the pinned moto")
    setattr(place, name, kept(found))
