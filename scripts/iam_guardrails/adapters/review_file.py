"""The review of a use as a file: what happened, and what will make the next use unnecessary."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

from iam_guardrails.adapters.files import read_text
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

_KEYS = ("what_happened", "alarms", "told_to", "no_prevention", "prevention")


@frozen
class ReviewFile:
    """The content of a review file. prevention: (text, owner, due)."""

    what_happened: str = ""
    alarms: str = ""
    told_to: str = ""
    no_prevention: str = ""
    prevention: tuple[tuple[str, str, str], ...] = ()


def read_review(path: str) -> ReviewFile:
    """Read a TOML file. Raises Problem naming the key at fault."""
    try:
        content = tomllib.loads(read_text(path, "the review"))
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{path} is not valid TOML ({error}): mend it and repeat") from None
    for key in content:
        if key not in _KEYS:
            raise Problem(f"{path}: {key} means nothing in a review; its keys are: {', '.join(_KEYS)}")
    listed = content.get("prevention", [])
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise Problem(f"{path}: prevention must be written as [[prevention]] with text, owner and due")
    texts = {key: _text(path, content, key) for key in _KEYS[:-1]}
    return ReviewFile(**texts, prevention=tuple(_action(path, item) for item in listed))


def _text(path: str, table: dict[str, Any], key: str) -> str:
    value = table.get(key, "")
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        raise Problem(f"{path}: {key} is {value!r}; it must be text")
    return value.strip()


def _action(path: str, item: dict[str, Any]) -> tuple[str, str, str]:
    for key in item:
        if key not in ("text", "owner", "due"):
            raise Problem(f"{path}: a [[prevention]] has no {key}; it has text, owner and due")
    return _text(path, item, "text"), _text(path, item, "owner"), _text(path, item, "due")
