"""Whether a plan speaks of a thing as it is: a plan that was made without a refresh may tell how it was long ago.

Compared is what a plan's "after" holds under the arguments that hold what the look saw; blocks and texts of which only
a hash was kept are not. Source: Terraform documentation, "Command: plan" (-refresh=false) and "JSON Output Format"
(which does not tell whether there was a refresh).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iam_guardrails.model.incident.effects.arguments import (
    BY_ROW,
    VALUES,
    WHOLE,
    arguments_of,
    has_settings,
    kept_of,
    settings_in,
)
from iam_guardrails.model.incident.effects.kind import Attributes, Names, State
from iam_guardrails.model.incident.effects.state import GONE, agree, decoded, document, plain
from iam_guardrails.model.unknown import Unknown

_NOT_SET: Mapping[str, tuple[Any, ...]] = {
    "reserved_concurrent_executions": (-1,), "retention_in_days": ("for ever",), "kms_key_id": ("AWS's own",),
    "propagate_tags": ("NONE",), "from_port": (-1,), "to_port": (-1,),
}  # fmt: skip
"""How an argument, or a look, tells that nothing is set."""
_EMPTY: tuple[Any, ...] = (None, "", [], {}, 0, False)
_TOLD_WHOLE = frozenset({"alarm", "event-rule"})
"""Kinds of which a look tells everything but what is not set."""
_ACCOUNT = re.compile(r"arn:[\w-]+:iam::(\d{12}):root$")
_PLAIN = (str, int, float, bool)
_READ = {"parameter": "version", "secret-rotates": "rotation_enabled"}
"""Kinds whose state is told by an attribute that no configuration sets."""


def contradicts(
    kind: str, type_: str, attributes: Attributes, names: Names, after: Mapping[str, Any], now: State
) -> str:
    """What a plan says otherwise of a thing than the look at it, a clause; "" where nothing is.

    attributes: the row of Kind.terraform that fits.  after: the resource in the plan.  now: the thing's state.
    """
    if now == GONE or (now is None and not _is_unset(kind, type_, attributes, after)):
        return "it is not there any more, or not set"
    for argument, live in _pairs(kind, type_, attributes, now):
        if argument in after and _alike(argument, _value(argument, after[argument], names), live) is False:
            return f"its {argument} is not what the plan says"
    return ""


def _is_unset(kind: str, type_: str, attributes: Attributes, after: Mapping[str, Any]) -> bool:
    """Whether the plan, too, says that a setting is not set."""
    return any(argument in after and _nothing(argument, after[argument])
               for argument, _ in _pairs(kind, type_, attributes, None))  # fmt: skip


def _pairs(kind: str, type_: str, attributes: Attributes, now: State) -> Iterator[tuple[str, Any]]:
    if kind in VALUES:
        yield from ((argument, now) for argument in arguments_of(kind, type_, WHOLE))
    elif kind in BY_ROW:
        yield from ((argument, now) for argument, name in attributes.items() if name == "")
    elif kind in _READ:
        yield _READ[kind], now
    elif has_settings(kind) and isinstance(now, Mapping):
        found = [(argument, live) for setting, live in settings_in(now).items()
                 for argument in _arguments(kind, type_, setting)]  # fmt: skip
        yield from found
        told = {argument for argument, _ in found}
        yield from ((argument, None) for argument in kept_of(type_) if kind in _TOLD_WHOLE and argument not in told)


def _arguments(kind: str, type_: str, setting: str) -> tuple[str, ...]:
    return ("code_sha256",) if setting == "CodeSha256" else arguments_of(kind, type_, setting)


def _value(argument: str, told: Any, names: Names) -> Any:
    """What an argument says; of inline policies that are blocks, the policy of that name."""
    if argument != "inline_policy":
        return told
    blocks = (block for block in told or () if isinstance(block, Mapping))
    return next((block.get("policy") for block in blocks if block.get("name") == names.get("PolicyName")), None)


def _nothing(argument: str, value: Any) -> bool:
    return value in _EMPTY or value in _NOT_SET.get(argument, ())


def _alike(argument: str, told: Any, live: Any) -> bool | None:
    """Whether a plan and a look say the same; None where they cannot be compared."""
    if isinstance(live, Unknown) or (isinstance(live, str) and live.startswith("sha256:")):
        return None
    if argument == "is_enabled" and isinstance(live, str):  # of an event rule
        return None if told is None else bool(told) == (live != "DISABLED")
    if isinstance(told, (list, tuple)) and live is not None and not _plain_list(live):
        return None  # blocks
    if _nothing(argument, told) or _nothing(argument, live):
        return _nothing(argument, told) and _nothing(argument, live)
    if isinstance(told, str) and isinstance(live, (Mapping, list, tuple)):
        return _same_document(told, live)
    if isinstance(told, _PLAIN) and isinstance(live, _PLAIN):
        return plain(told) == plain(live) or _same_end(_text(told), _text(live))
    if isinstance(told, Mapping) and isinstance(live, (list, tuple)):  # the dimensions of an alarm
        pairs = {item.get("Name"): item.get("Value") for item in live if isinstance(item, Mapping)}
        return dict(told) == pairs if None not in pairs else None
    if _plain_list(told) and _plain_list(live):
        return bool(plain(told) == plain(live))
    return None


def _plain_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, _PLAIN) for item in value)


def _same_document(told: str, live: Mapping[str, Any] | Sequence[Any]) -> bool | None:
    """JSON text of a plan and what a look read of such text."""
    if not isinstance(decoded(told), (Mapping, list)):
        return None
    return any(agree(_bare(one), _bare(live)) is True for one in (document(told), decoded(told))
               if not isinstance(one, Unknown))  # fmt: skip


def _bare(value: Any) -> Any:
    """A document so that equal ones are equal: an account by its number or its root's ARN, and true or "true"."""
    if isinstance(value, Mapping):
        return {str(key): _bare(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return plain([_bare(item) for item in value])
    return _ACCOUNT.sub(r"\1", _text(value)) if isinstance(value, _PLAIN) else value


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same_end(one: str, other: str) -> bool:
    """An ARN and the name at its end; of a log group, also with ":*" behind it."""
    first, second = one.removesuffix(":*"), other.removesuffix(":*")
    return (
        first == second or first.endswith((f":{second}", f"/{second}")) or second.endswith((f":{first}", f"/{first}"))
    )
