"""The next command of a result, with what this run was given and the next one needs too."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from iam_guardrails.reports.escaping import as_json

_BEGIN = "guardrails breakglass "
_LINE = re.compile(rf"(?m)^(next: (?:\033\[[0-9;]*m)?{_BEGIN}[^\n\033]*)")


def with_store(text: str, store: str, in_json: bool) -> str:
    """A result whose next command keeps its lines in the same store. store: as --store was given.

    in_json: whether the text is one JSON value, which has the command as "next".
    """
    option = f" --store {shlex.quote(store)}"
    if in_json:
        return as_json(_with(json.loads(text), option))
    return _LINE.sub(lambda found: found[0] if " --store " in found[0] else found[0] + option, text)


def _with(value: Any, option: str) -> Any:
    if isinstance(value, list):
        return [_with(item, option) for item in value]
    following = value.get("next") if isinstance(value, dict) else None
    if isinstance(following, str) and following.startswith(_BEGIN) and " --store " not in following:
        return {**value, "next": following + option}
    return value
