"""States of an object, as JSON values: None is "not there", Unknown is "cannot be told", anything else is how it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from iam_guardrails.model.codec import encode
from iam_guardrails.model.iam.document import PolicyDocument, PolicyError, parse
from iam_guardrails.model.unknown import Unknown

THERE = True
"""The state of a thing of which only matters whether it is there."""
UNTOLD = Unknown("CloudTrail does not record it")
GONE = "gone"
"""The state of a thing that was deleted for good: never as it was."""


class Whole(dict[str, Any]):
    """Settings that are all there are: what is not among them is not set."""


def document(value: Any) -> Any:
    """A policy document in one form, whoever wrote it: text, encoded for a URL, decoded, or typed."""
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, str):
        value = unquote(value) if value.startswith("%7B") else value
        if not value.strip():
            return None
    try:
        read = value if isinstance(value, PolicyDocument) else parse(value)
    except PolicyError as error:
        return Unknown(f"the policy cannot be read ({error})")
    return _sorted(encode(read))


def _sorted(value: Any) -> Any:
    """Lists of texts have no order in a policy; statements keep theirs."""
    if isinstance(value, Mapping):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        texts = all(isinstance(item, str) for item in value)
        return sorted(value) if texts else [_sorted(item) for item in value]
    return value


def decoded(value: Any) -> Any:
    """JSON text as what it says; other values as they are."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def digest(state: Any) -> str:
    """Twelve hex digits that tell a state from another; "" where it cannot be told."""
    if isinstance(state, Unknown):
        return ""
    text = json.dumps(_bare(plain(state)), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def only(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Some of the members of a mapping, those that are not None; lists sorted, numbers as floats."""
    found = value if isinstance(value, Mapping) else {}
    return {name: plain(found[name]) for name in names if found.get(name) is not None}


def plain(value: Any) -> Any:
    """A value so that equal things are equal: 1 and 1.0, lists in any order, also of what holds times."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, (list, tuple)):
        return sorted((plain(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True, default=str))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def upper(value: Any) -> Any:
    """A value of a record, every name with a large first letter, as the API writes it."""
    if isinstance(value, Mapping):
        return {str(name)[:1].upper() + str(name)[1:]: upper(item) for name, item in value.items()}
    return [upper(item) for item in value] if isinstance(value, (list, tuple)) else value


def agree(live: Any, other: Any) -> bool | Unknown:
    """Whether the state now is the other one; of settings, whether each that the other tells is now the same, and where
    those are all there are, whether there is no other now."""
    for value in (live, other):
        if isinstance(value, Unknown):
            return value
    if isinstance(live, Mapping) and isinstance(other, Whole):
        answers = [_is(live.get(key), other.get(key)) for key in {**live, **other}]
        return _all(answers)
    if isinstance(live, Mapping) and isinstance(other, Mapping):
        answers = [agree(live.get(key), value) for key, value in other.items()]
        return _all(answers)
    return _is(live, other)


def _is(live: Any, other: Any) -> bool | Unknown:
    for value in (live, other):
        if isinstance(value, Unknown):
            return value
    return bool(_bare(plain(live)) == _bare(plain(other)))


def _all(answers: Sequence[bool | Unknown]) -> bool | Unknown:
    if any(answer is False for answer in answers):
        return False
    return next((answer for answer in answers if isinstance(answer, Unknown)), True)


def _bare(value: Any) -> Any:
    """Nothing, however it is written; but that a thing is not there is more than that it is empty."""
    return None if value in ("", [], {}) else value
