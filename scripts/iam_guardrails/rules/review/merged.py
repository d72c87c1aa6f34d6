"""Whether a commit makes a change of IAM: by what it changes of what Terraform declares, not by what it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iam_guardrails.model.review.declared import (
    ADDED,
    ANY,
    CHANGED,
    LEAST,
    REMOVED,
    Declared,
    Values,
    fits,
    placed,
    tells,
)
from iam_guardrails.model.review.weekly import Commit
from iam_guardrails.model.trail.questions.rows import Change
from iam_guardrails.model.value import frozen
from iam_guardrails.rules.review.comparing import POLICY, differs, untold
from iam_guardrails.rules.review.iam_ways import EDITS, EXCLUDES, MAKES, TAKES, WAYS, Way

ELSEWHERE = "module"
"""The type of a module whose text is not in the repository."""
NAME = "the whole name"


@frozen
class Made:
    """A way in which a resource makes a call. names: what the text tells of each name, by the call's parameter.

    untold: what of the call the text does not tell, so that nobody compared it.
    """

    way: Way
    one: Declared
    names: Mapping[str, str]
    untold: tuple[str, ...]


def made(way: Way, one: Declared, row: Change) -> Made | None:
    """How what became of a resource makes the call; None where it does not, or makes it with something else."""
    asked = _asked(row)
    names = _leads(way, one, asked, row.account_id)
    if names is None or differs(way, one, asked, row.account_id):
        return None
    partly = (NAME,) if any(ANY in text for text in names.values()) else ()
    return Made(way, one, names, (*partly, *untold(way, one, asked, row.account_id)))


def _asked(row: Change) -> dict[str, str]:
    """The parameters of a call, whose names differ between records in what is a capital."""
    return {name.lower(): value for name, value in row.parameters.items()}


def doubts(commit: Commit, row: Change) -> Iterator[str]:
    """Why a commit that does not make the change may do so after all, or seems to and does not, a clause each."""
    name, asked = commit.id[:10], _asked(row)
    leading = [
        (way, one) for way in WAYS.get(row.action, ()) for one in commit.declared
        if one.type == way.type and _leads(way, one, asked, row.account_id) is not None
    ]  # fmt: skip
    others = ((one, what) for way, one in leading if (what := differs(way, one, asked, row.account_id)))
    other = next(others, None)
    if other is not None:
        what = "policy" if other[1] == POLICY else f"value of {other[1]}"
        yield f"commit {name} {other[0].kind} {other[0].address}, with another {what} than the call's"
    elif not leading and any(names(commit.text, text) for text in names_of(row.target)):
        yield f"commit {name} names it but does not make this change"


def unsure(commit: Commit, row: Change) -> Iterator[str]:
    """What a commit changes of which the text does not tell whether it is that, a clause each."""
    name, types = commit.id[:10], {way.type for way in WAYS.get(row.action, ())}
    for one in commit.declared:
        if one.type == ELSEWHERE:
            yield f"commit {name} {one.kind} {one.address}, whose text is not in this repository"
        elif one.type in types and _untold(one, row):
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


def _untold(one: Declared, row: Change) -> bool:
    """Whether an argument that says which thing it is, is open, or as good as that."""
    values, asked = one.before if one.kind == REMOVED else one.after, _asked(row)
    pairs = {pair for way in WAYS.get(row.action, ()) if way.type == one.type for pair in way.keys.items()}
    return any(
        not tells(placed(text, asked.get(name.lower(), ""), row.account_id))
        for name, argument in pairs for text in values.get(argument, ())
    )  # fmt: skip


def _leads(way: Way, one: Declared, asked: Mapping[str, str], account_id: str) -> Mapping[str, str] | None:
    """What names it, where what became of a resource leads to a call with those parameters; else None."""
    was, is_now = _named(way, one.before, asked, account_id), _named(way, one.after, asked, account_id)
    edited = one.kind == CHANGED and bool({*way.changed} & {*one.changed})
    if way.sign == MAKES:
        comes = one.kind == ADDED or (one.kind == CHANGED and was is None) or edited
        return is_now if comes else None
    if way.sign == TAKES:
        goes = one.kind == REMOVED or (one.kind == CHANGED and is_now is None) or edited
        return was if goes else None
    if way.sign == EDITS:
        found = is_now if is_now is not None else was
        return found if one.kind == CHANGED and (edited or not way.changed) else None
    assert way.sign == EXCLUDES
    if one.kind == REMOVED or is_now is not None:
        return None
    return _named(way, one.after, asked, account_id, but_last=True)


def _named(
    way: Way, values: Values, asked: Mapping[str, str], account_id: str, but_last: bool = False
) -> Mapping[str, str] | None:  # fmt: skip
    """By parameter, what the text tells of the names in a call, where they are those; else None."""
    if not values and way.keys:
        return None
    found: dict[str, str] = {}
    for name, argument in list(way.keys.items())[: -1 if but_last else None]:
        called = asked.get(name.lower(), "")
        patterns = (placed(text, called, account_id) for text in values.get(argument, ()))
        pattern = min((text for text in patterns if fits(text, called)), key=lambda text: ANY in text, default=None)
        if pattern is None:
            return None
        found[name] = pattern
    return found
