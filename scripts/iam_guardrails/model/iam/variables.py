"""Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'default'}`, and the signs `${*}`, `${?}`, `${$}`.

Source: AWS IAM User Guide, reference_policies_variables. They exist in version 2012-10-17 only; without it the text
stands as it is. A variable of a key with several values, or of an absent one without a default, has no value: what
holds it is equal to nothing ("the value is effectively null").
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.caller import Open
from iam_guardrails.model.iam.keys import is_multivalued
from iam_guardrails.model.iam.pattern import RUN, literal, wild
from iam_guardrails.model.iam.request import Situation

NEWER = "2012-10-17"
_SIGNS = ("*", "?", "$")


class Filled:
    """A text with its variables filled in.

    tokens: None where a variable has no value.  open_keys: keys whose values nobody has told; their places hold any
    run, so that what does not fit the tokens fits under no value.
    """

    __slots__ = ("open_keys", "tokens")

    def __init__(self, tokens: list[str] | None, open_keys: frozenset[str] = frozenset()) -> None:
        self.tokens = tokens
        self.open_keys = open_keys


def has_variables(text: str, version: str) -> bool:
    """Whether `${` in the text begins something: only in policies of the newer version."""
    return version == NEWER and "${" in text


def variables(text: str) -> frozenset[str]:
    """The keys (lower case) of the variables in `text`, of a policy of the newer version."""
    inside = (part for part, is_variable in _parts(text) if is_variable and part not in _SIGNS)
    return frozenset(_name(part) for part in inside)


def fill(text: str, situation: Situation, version: str, *, wildcards: bool) -> Filled:
    """Fill in the variables of `text`; `wildcards` says whether `*` and `?` around them are wildcards."""
    around = wild if wildcards else literal
    if not has_variables(text, version):
        return Filled(around(text))
    tokens: list[str] = []
    open_keys: set[str] = set()
    missing = False
    for part, is_variable in _parts(text):
        value = _value(part, situation) if is_variable else part
        if value is None:
            missing = True
        elif isinstance(value, Open):
            open_keys.add(_name(part))
            tokens.append(RUN)
        else:
            tokens += literal(value) if is_variable else around(value)
    return Filled(None if missing else tokens, frozenset(open_keys))


def odd_variables(text: str) -> Iterator[tuple[str, str]]:
    """The variables in `text` that AWS does not document, each with what is odd: "no name", "a blank in its name" …"""
    for part, is_variable in _parts(text):
        name = part.partition(",")[0]
        if not is_variable:
            if "${" in part:
                yield part[part.index("${") :], "no end"
        elif not name.strip():
            yield f"${{{part}}}", "no name"
        elif any(sign.isspace() for sign in name):
            yield f"${{{part}}}", "a blank in its name"


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text cut into what stands outside `${…}` and what stands inside (True); an unclosed one is text."""
    while text:
        before, found, after = text.partition("${")
        inside, closed, behind = after.partition("}")
        if not (found and closed):
            yield text, False
            return
        yield before, False
        yield inside, True
        text = behind


def _name(inside: str) -> str:
    return inside.partition(",")[0].strip().lower()


def _value(inside: str, situation: Situation) -> str | Open | None:
    if inside in _SIGNS:
        return inside
    key = _name(inside)
    value = situation.value(key)
    if isinstance(value, Open):
        return value
    if value and not is_multivalued(key, len(value)):
        return value[0]
    default = inside.partition(",")[2].strip()
    if len(default) >= 2 and default[0] == default[-1] == "'":
        return default[1:-1]
    return None
