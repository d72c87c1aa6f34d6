"""Answers from a TOML file: a [[decision]] each, with item, choice, owner, ticket, until and reason."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from iam_guardrails.adapters.files import read_text
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.answer import Answer

_TEXTS = ("choice", "owner", "ticket", "reason", "meaning")
_FIELDS = ("item", *_TEXTS, "until")
LEAST_MEANING = 12
"""So that the beginning of a meaning tells it from another one."""


def read_answers(path: str) -> tuple[tuple[Answer, ...], int]:
    """The answers in a file, and how many of its entries have no choice yet (choice = "").

    Raises Problem with everything that is wrong with the form of the file.
    """
    try:
        values = tomllib.loads(read_text(path, "the decisions"))
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{path} is no TOML: {error}") from None
    wrong = [f"there is no table {name[:40]!r}, only [[decision]]" for name in values if name != "decision"]
    entries = values.get("decision", [])
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise Problem(f"{path}: `decision` must be a list of tables, [[decision]] each")
    answers, waiting = [], 0
    for number, entry in enumerate(entries, start=1):
        found = list(_wrong(entry))
        name = f"[[decision]] {number}" + (f" ({entry['item'][:80]!r})" if isinstance(entry.get("item"), str) else "")
        wrong += [f"{name}: {text}" for text in found]
        if found:
            continue
        if entry["choice"] == "":
            waiting += 1
        else:
            answers.append(_answer(entry))
    if wrong:
        raise Problem(f"{path}: {'; '.join(wrong[:20])}{_more(wrong)}; nothing was decided")
    return tuple(answers), waiting


def _more(wrong: list[str]) -> str:
    return f"; and {len(wrong) - 20} more" if len(wrong) > 20 else ""


def _wrong(entry: Mapping[str, Any]) -> Iterator[str]:
    for name in entry:
        if name not in _FIELDS:
            yield f"there is no field {name[:40]!r}; there are {', '.join(_FIELDS)}"
    for name in ("item", "choice"):
        if name not in entry:
            yield f"{name} is missing"
    for name in ("item", *_TEXTS):
        if not isinstance(entry.get(name, ""), str):
            yield f"{name} must be a text in quotes"
    if isinstance(entry.get("meaning"), str) and len(entry["meaning"].strip()) < LEAST_MEANING:
        yield (
            f"meaning is {entry['meaning'][:40]!r}, and must be at least {LEAST_MEANING} signs, as --export writes it;"
            " without the line the answer is for what there is now"
        )
    until = entry.get("until", "")
    if isinstance(until, str):
        try:
            _day(until)
        except ValueError:
            yield f"until is {until[:40]!r} and must be a day, e.g. 2026-12-31"
    elif isinstance(until, datetime) or not isinstance(until, date):
        yield "until must be a day, e.g. 2026-12-31"


def _answer(entry: Mapping[str, Any]) -> Answer:
    until = entry.get("until", "")
    day = until if isinstance(until, date) else _day(until)
    texts = {name: str(entry.get(name, "")).strip() for name in _TEXTS}
    return Answer(
        entry["item"], texts["choice"], texts["owner"], texts["ticket"], day, texts["reason"], texts["meaning"]
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
