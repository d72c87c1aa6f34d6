"""The record of what AWS answered TestMetricFilter: `records/metric-filter-answers.json` beside guardrails.toml.

{"asked_at": "2026-01-15T09:30:00+00:00", "account_id": "333333333333", "region": "us-east-2",
 "answers": {"differs-missing-text": false, ...}}
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from iam_guardrails.adapters.files import read_text, write_atomic
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.answers import NONE, Answers

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

ANSWERS = "records/metric-filter-answers.json"
_AGAIN = "; restore it from version control, or remove it and ask again: guardrails trail settle ENV"


def write_answers(path: Path, answers: Mapping[str, bool], asked_at: datetime, account_id: str, region: str) -> None:
    """Write the record, old or new but never half of it. Raises Problem when the folder cannot be written."""
    import json

    content = {
        "asked_at": asked_at.isoformat(timespec="seconds"), "account_id": account_id, "region": region,
        "answers": dict(answers),
    }  # fmt: skip
    write_atomic(path, json.dumps(content, indent=2) + "\n", mode=0o644)


def answers_beside(expectations: str | Path) -> Answers:
    """The answers that belong to a guardrails.toml; none where there is no record. Raises Problem."""
    path = os.path.join(os.path.dirname(os.fspath(expectations)), *ANSWERS.split("/"))  # noqa: PTH118, PTH120 - see files.py
    return read_answers(path) if os.path.lexists(path) else NONE


def read_answers(path: str | Path) -> Answers:
    """Read a record. Raises Problem naming the file, and the case at fault, when it is not one."""
    import json  # here, because most accounts have no record

    text = read_text(path, "the answers of TestMetricFilter")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem(f"{path} is not JSON ({error}){_AGAIN}") from None
    if not isinstance(content, dict) or not isinstance(content.get("answers"), dict):
        raise Problem(f'{path} has no table "answers"{_AGAIN}')
    return Answers(_day(path, content.get("asked_at")), tuple(sorted(_checked(path, content["answers"]).items())))


def _day(path: str | Path, asked_at: Any) -> str:
    from datetime import datetime

    try:
        return datetime.fromisoformat(asked_at).date().isoformat()
    except (TypeError, ValueError):
        raise Problem(f'{path}: "asked_at" is {asked_at!r}, which is no time{_AGAIN}') from None


def _checked(path: str | Path, answers: Mapping[str, Any]) -> Mapping[str, bool]:
    from iam_guardrails.model.trail.open_cases import CASES

    known = {case.id for case in CASES}
    for case, answer in answers.items():
        if case not in known:
            raise Problem(f"{path}: {case!r} is no open case of filter patterns{_AGAIN}")
        if not isinstance(answer, bool):
            raise Problem(f"{path}: the answer to {case} is {answer!r}, not true or false{_AGAIN}")
    return answers
