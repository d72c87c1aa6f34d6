"""Whether what a call of IAM sets is what Terraform's text says: its policy, its settings, its tags.

Source: Terraform AWS provider documentation (the arguments that are left out, and what they are then); AWS IAM API
Reference, UpdateAccountPasswordPolicy ("If you do not specify a value …, its default value is used").
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.review.declared import ANY, TAGS, Declared, inside, matches, placed
from iam_guardrails.rules.review.iam_ways import Way

POLICY = "the whole policy"
_INLINE = "inline_policy"
_LEFT_OUT = {
    "path": "/", "description": "", "max_session_duration": "3600", "permissions_boundary": "", "status": "Active",
    "minimum_password_length": "6", "allow_users_to_change_password": "true", "client_id_list": "",
}  # fmt: skip
"""What an argument is that the text leaves out. Of others the text does not tell it."""
_NOT_SENT = {
    **dict.fromkeys(("require_symbols", "require_numbers", "require_uppercase_characters", "hard_expiry",
                     "require_lowercase_characters", "allow_users_to_change_password"), "false"),
    "max_password_age": "0", "password_reuse_prevention": "0", "minimum_password_length": "6",
    "permissions_boundary": "",
}  # fmt: skip
"""What AWS takes for a parameter that the call does not name, where that is less strict than what may be declared."""


def untold(way: Way, one: Declared, asked: Mapping[str, str], account_id: str) -> tuple[str, ...]:
    """What of the call the text does not tell, so that nobody compared it. asked: its parameters, in small letters."""
    found = dict.fromkeys(what for what, same in _compared(way, one, asked, account_id) if same is None)
    return (*found, *((way.untold,) if way.untold else ()))


def differs(way: Way, one: Declared, asked: Mapping[str, str], account_id: str) -> str:
    """The first thing in which the call is another than the text, "" where it is in nothing that both tell."""
    return next((what for what, same in _compared(way, one, asked, account_id) if same is False), "")


def _compared(
    way: Way, one: Declared, asked: Mapping[str, str], account_id: str
) -> Iterator[tuple[str, bool | None]]:  # fmt: skip
    """(what, whether it is the same, None where that is not told), of each thing that the call sets."""
    if way.document[0]:
        yield _policy(way, one, asked)
    if way.lacks:
        yield way.lacks, _absent(one.after.get(way.lacks, ()))
    for parameter, argument in way.gives.items():
        called = asked.get(parameter.lower())
        if called is None and way.whole:
            called = _NOT_SENT.get(argument)
        if called is None:
            continue
        if argument == TAGS:
            yield "the tags", _tags(parameter, called, one)
        elif parameter.endswith("List"):
            yield argument, _lists(called, one.after.get(argument, ()), argument)
        else:
            yield argument, _text(called, one.after.get(argument, ()), argument, account_id)


def _text(called: str, texts: tuple[str, ...], argument: str, account_id: str) -> bool | None:
    if not texts:
        usual = _LEFT_OUT.get(argument)
        return None if usual is None else called == usual
    pattern = placed(texts[0], called, account_id)
    if pattern.strip() == called.strip():
        return True
    return None if ANY in pattern and matches(pattern, called) else False


def _absent(texts: tuple[str, ...]) -> bool | None:
    return None if texts and texts[0] == ANY else not any(texts)


def _lists(called: str, texts: tuple[str, ...], argument: str) -> bool | None:
    found = set(_listed(called))
    if not texts:
        return None if _LEFT_OUT.get(argument) is None else not found
    open_ones = [text for text in texts if ANY in text]
    told = set(texts) - set(open_ones)
    if not open_ones:
        return found == told
    return None if told <= found else False


def _listed(text: str) -> list[str]:
    try:
        found = json.loads(text) if text else []
    except ValueError:
        return [text]
    return [str(item) for item in found] if isinstance(found, list) else [text]


def _tags(parameter: str, called: str, one: Declared) -> bool | None:
    """Whether the tags that a call sets are declared, or those that it takes away are not."""
    if TAGS not in one.documents:
        return None if called else True
    declared = json.loads(one.documents[TAGS])
    try:
        found = json.loads(called) if called else []
    except ValueError:
        return None
    if not isinstance(found, list):
        return None
    if parameter == "tagKeys":
        return not any(name in declared for name in found)
    pairs = [{str(name).lower(): value for name, value in each.items()} for each in found if isinstance(each, Mapping)]
    return all(declared.get(each.get("key")) == each.get("value") for each in pairs)


def _policy(way: Way, one: Declared, asked: Mapping[str, str]) -> tuple[str, bool | None]:
    """Whether the policy that the text tells is the call's, None where one is not told."""
    parameter, argument = way.document
    name = inside(_INLINE, asked.get("policyname", "")) if argument == _INLINE else argument
    declared, called = one.documents.get(name, ""), asked.get(parameter.lower(), "")
    if not declared or not called:
        return POLICY, None
    try:
        return POLICY, bool(_canonical(json.loads(declared)) == _canonical(json.loads(called)))
    except ValueError:
        return POLICY, False


def _canonical(value: Any) -> Any:
    """A policy document without what makes no difference: the order in a list, and whether one value is a list."""
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        found = sorted((_canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
        return found[0] if len(found) == 1 else found
    return value
