"""A value that Terraform's text does not tell, or tells in part: what is known of it, and what it depends on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.value import frozen

ANY = "*"
"""Stands for a piece that is not known; names and ARNs of IAM hold no star."""


@frozen
class Open:
    """pattern: the text, with ANY for what is not known.  source: what it depends on, worked out as far as that goes:
    where two sources differ, the values may."""

    source: str
    pattern: str = ANY


def written(value: Any) -> str:
    """A value as text that differs where the value does; a resource or module by its address."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), default=str)


def plain(value: Any) -> Any:
    """A value as JSON values."""
    if isinstance(value, Open):
        return {"unknown": value.source}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def is_open(value: Any) -> bool:
    """Whether some of it is not known."""
    if isinstance(value, Mapping):
        return any(is_open(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(is_open(item) for item in value)
    return isinstance(value, Open)


def pattern_of(value: Any) -> str:
    """A value as a piece of text."""
    if isinstance(value, Open):
        return value.pattern
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ANY
