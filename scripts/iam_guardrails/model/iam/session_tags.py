"""The session tags that a caller of sts:AssumeRole may choose, as far as a trust policy tells them apart.

Whoever assumes a role chooses the tags of its session, and may send none; with tags the trust policy must allow
sts:TagSession as well. The console sends none. Source: AWS IAM User Guide, id_session-tags ("Permissions required to
add session tags", "The AWS Management Console Switch Role feature does not allow you to pass session tags").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

from iam_guardrails.model.iam.caller import Value
from iam_guardrails.model.iam.document import Condition, PolicyDocument
from iam_guardrails.model.iam.match import has_wildcard
from iam_guardrails.model.iam.tag_spellings import TAG_KEYS, spellings

REQUEST_TAG = "aws:requesttag/"
_OTHER = "another-value"
_MOST = 150  # choices; more than a trust policy tells apart in earnest


def sends_tags(context: Mapping[str, Value]) -> bool:
    """Whether a request (its keys in lower case) carries session tags."""
    return any(key.startswith(REQUEST_TAG) and isinstance(value, tuple) for key, value in context.items())


def tag_choices(document: PolicyDocument) -> list[dict[str, Value]]:
    """The keys that go with each choice, without tags first; one choice that leaves them open where there are too many,
    or where a condition wants a value that cannot be told."""
    conditions = [one for item in document.statements for one in item.conditions]
    values: dict[str, dict[str, None]] = {}
    for one in conditions:
        _take(one, values)
    spelled = {name.lower(): name for name in values}
    options: list[list[tuple[str, str] | None]] = [
        [
            None,
            *((key, text) for text in _values(name, values[name], conditions) for key in spellings(name, conditions)),
        ]
        for name in spelled.values()
    ]
    number = 1
    for listed in options:
        number *= len(listed)
    if not values or number > _MOST or any("${" in text for listed in values.values() for text in listed):
        return [{}]
    return [_sent(list(spelled), chosen) for chosen in product(*options)]


def no_tags(document: PolicyDocument) -> dict[str, Value]:
    """The keys of a request without session tags."""
    asked = {one.key.lower() for item in document.statements for one in item.conditions}
    return {key: None for key in sorted(asked) if key == TAG_KEYS or key.startswith(REQUEST_TAG)}


def _take(condition: Condition, values: dict[str, dict[str, None]]) -> None:
    key = condition.key.lower()
    if key == TAG_KEYS:
        names = [text for text in condition.values if not has_wildcard(text) and "Null" not in condition.operator]
        for name in names:
            values.setdefault(name, {})
    elif key.startswith(REQUEST_TAG):
        told = () if "Null" in condition.operator else condition.values
        samples = (text.replace("*", "0000").replace("?", "0") for text in told)
        values.setdefault(condition.key.partition("/")[2], {}).update(dict.fromkeys(samples))


def _values(name: str, named: Iterable[str], conditions: Iterable[Condition]) -> list[str]:
    """The values that are named, another one, and each in another letter case where a condition sees that otherwise."""
    found = [*named, _OTHER]
    its = [(one, "") for one in conditions if one.key.lower() == f"{REQUEST_TAG}{name.lower()}"]
    if not any("IgnoreCase" in one.operator for one, _ in its):
        return found
    from iam_guardrails.model.iam.apart import seen, seen_apart  # here, because few trust policies ignore letter case

    turned = [made for text in named for made in (text.swapcase(), text.upper(), text.lower(), text.capitalize())]
    known = {seen(its, text) for text in found}
    return [*found, *(text for text in seen_apart(its, turned) if seen(its, text) not in known)]


def _sent(names: list[str], chosen: tuple[tuple[str, str] | None, ...]) -> dict[str, Value]:
    """names: of the tags, in lower case.  chosen: each with the spelling of its key and its value, None without it."""
    made: dict[str, Value] = {}
    for name, tag in zip(names, chosen, strict=True):
        made[f"{REQUEST_TAG}{name}"] = None if tag is None else (tag[1],)
    return {**made, TAG_KEYS: tuple(tag[0] for tag in chosen if tag is not None) or None}
