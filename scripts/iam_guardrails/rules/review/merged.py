"""Whether a commit makes a change of IAM: by what it changes of what Terraform declares, not by what it names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.review.declared import ADDED, ANY, CHANGED, LEAST, REMOVED, Declared, Values, fits
from iam_guardrails.model.review.weekly import Commit
from iam_guardrails.model.trail.questions.rows import Change
from iam_guardrails.rules.review.iam_ways import EDITS, EXCLUDES, MAKES, TAKES, WAYS, Way

ELSEWHERE = "module"
"""The type of a module whose text is not in the repository."""


def maker(commit: Commit, row: Change) -> tuple[Declared, bool] | None:
    """What of a commit makes the change, and whether its policy, if it has one, was held against the call's.

    None where nothing does.
    """
    asked = _asked(row)
    return next(
        ((one, not way.document[0] or all(_policies(way, one, asked))) for way, one in _leading(commit, row, asked)
         if _same_policy(way, one, asked)), None,
    )  # fmt: skip


def _leading(commit: Commit, row: Change, asked: Mapping[str, str]) -> Iterator[tuple[Way, Declared]]:
    for way in WAYS.get(row.action, ()):
        yield from ((way, one) for one in commit.declared if one.type == way.type and _leads(way, one, asked))


def _asked(row: Change) -> dict[str, str]:
    """The parameters of a call, whose names differ between records in what is a capital."""
    return {name.lower(): value for name, value in row.parameters.items()}


def doubts(commit: Commit, row: Change) -> Iterator[str]:
    """Why a commit that does not make the change may do so after all, or seems to and does not, a clause each."""
    name = commit.id[:10]
    other = next((one for _, one in _leading(commit, row, _asked(row))), None)
    if other is not None:
        yield f"commit {name} {other.kind} {other.address}, with another policy than the call's"
    elif any(names(commit.text, text) for text in names_of(row.target)):
        yield f"commit {name} names it but does not make this change"


def unsure(commit: Commit, row: Change) -> Iterator[str]:
    """What a commit changes of which the text does not tell whether it is that, a clause each."""
    name, types = commit.id[:10], {way.type for way in WAYS.get(row.action, ())}
    for one in commit.declared:
        if one.type == ELSEWHERE:
            yield f"commit {name} {one.kind} {one.address}, whose text is not in this repository"
        elif one.type in types and _untold(one):
            yield f"commit {name} {one.kind} {one.address}, whose name its text does not tell"
    yield from (f"commit {name} is not wholly understood: {why}" for why in commit.unread)


def names_of(target: str) -> tuple[str, ...]:
    """The names in what a request names: of an ARN the last part, of several each."""
    parts = (part.strip() for part in target.split(","))
    found = (part.rpartition("/")[2] if part.startswith("arn:") else part for part in parts)
    return tuple(dict.fromkeys(name for name in found if len(name) >= LEAST))


def names(text: str, name: str) -> bool:
    """Whether a text names the thing, whole: "app" does not stand in "app-worker"."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _untold(one: Declared) -> bool:
    """Whether an argument that says which thing it is, is wholly open."""
    keys = {
        argument for ways in WAYS.values() for way in ways if way.type == one.type for argument in way.keys.values()
    }
    values = one.before if one.kind == REMOVED else one.after
    return any(text.strip(ANY) == "" for argument in keys for text in values.get(argument, ()))


def _leads(way: Way, one: Declared, asked: Mapping[str, str]) -> bool:
    """Whether what became of a resource leads to a call with those parameters."""
    was, is_now = _all_fit(way, one.before, asked), _all_fit(way, one.after, asked)
    edited = one.kind == CHANGED and bool({*way.changed} & {*one.changed})
    if way.sign == MAKES:
        return is_now and (one.kind == ADDED or (one.kind == CHANGED and not was) or edited)
    if way.sign == TAKES:
        return was and (one.kind == REMOVED or (one.kind == CHANGED and not is_now) or edited)
    if way.sign == EDITS:
        return (was or is_now) and one.kind == CHANGED and (edited or not way.changed)
    assert way.sign == EXCLUDES
    return one.kind != REMOVED and not is_now and _all_fit(way, one.after, asked, but_last=True)


def _all_fit(way: Way, values: Values, asked: Mapping[str, str], but_last: bool = False) -> bool:
    keys = list(way.keys.items())[: -1 if but_last else None]
    return bool(values or not way.keys) and all(
        any(fits(text, asked.get(name.lower(), "")) for text in values.get(argument, ())) for name, argument in keys
    )


def _policies(way: Way, one: Declared, asked: Mapping[str, str]) -> tuple[str, str]:
    """The policy that the text tells and the call's, each "" where it is not told."""
    name, argument = way.document
    return one.documents.get(argument, ""), asked.get(name.lower(), "")


def _same_policy(way: Way, one: Declared, asked: Mapping[str, str]) -> bool:
    """Whether the policies are one, where both are wholly told; True where they are not."""
    declared, called = _policies(way, one, asked)
    if not declared or not called:
        return True
    try:
        return bool(_canonical(json.loads(declared)) == _canonical(json.loads(called)))
    except ValueError:
        return False


def _canonical(value: Any) -> Any:
    """A policy document without what makes no difference: the order in a list, and whether one value is a list."""
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        found = sorted((_canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
        return found[0] if len(found) == 1 else found
    return value
