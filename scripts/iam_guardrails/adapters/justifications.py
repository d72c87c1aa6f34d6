"""`envs/<env>/justifications.toml`: why a wide statement may stand, by whom and until when."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import read_text
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.manifest import Justification

FILE = "justifications.toml"
KEYS = ("policy", "statement", "ticket", "owner", "reason", "expires_on")
HOLDERS = "holders"
LEAST_DIGITS = 12
_HOLDER = re.compile(r"(role|user|group)/.*[^*?].*")


def read_justifications(folder: Path) -> tuple[Justification, ...]:
    """Those of an environment; none where there is no file. Raises Problem with the entry that is wrong."""
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        content = tomllib.loads(read_text(path, "the justifications"))
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{path} is not valid TOML: {error}") from None
    entries = content.get("justification", [])
    if set(content) - {"justification"} or not isinstance(entries, list):
        raise Problem(f"{path} holds something other than [[justification]] tables; remove it")
    return tuple(_one(path, number, item) for number, item in enumerate(entries, 1))


def _one(path: Path, number: int, item: Any) -> Justification:
    where = f"{path}: justification {number}"
    if not isinstance(item, Mapping) or set(item) - {HOLDERS} != set(KEYS):
        raise Problem(f"{where} must have exactly the keys {', '.join(KEYS)}, and may have {HOLDERS}")
    for key in KEYS[:-1]:
        if not isinstance(item[key], str) or not item[key].strip():
            raise Problem(f"{where}: {key} is {item[key]!r}; it must be text that says something")
    if not re.fullmatch(rf"[0-9a-f]{{{LEAST_DIGITS},64}}", item["statement"]):
        raise Problem(f"{where}: statement is no fingerprint of at least {LEAST_DIGITS} digits; the report shows it")
    texts = {key: str(item[key]) for key in KEYS[:-1]}
    return Justification(**texts, expires_on=_day(where, item["expires_on"]), holders=_holders(where, item))


def _holders(where: str, item: Mapping[str, Any]) -> tuple[str, ...]:
    holders = item.get(HOLDERS, [])
    if not isinstance(holders, list) or not all(isinstance(one, str) and _HOLDER.fullmatch(one) for one in holders):
        raise Problem(f'{where}: holders is {holders!r}; it must be a list such as ["role/app", "group/ops"]')
    return tuple(holders)


def _day(where: str, value: object) -> date:
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
    except ValueError:
        pass
    raise Problem(f"{where}: expires_on is {value!r}; it must be a day such as 2026-03-31")
