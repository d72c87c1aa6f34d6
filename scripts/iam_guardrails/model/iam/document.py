"""Policy documents as AWS reads them: parsed once, normalised, immutable.

Source of the grammar: AWS IAM User Guide, reference_policies_grammar and reference_policies_elements.
A lone statement may stand without its list, and Action/Resource/Principal may be a string or a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from iam_guardrails.model.value import frozen


class PolicyError(ValueError):
    """The text is not a policy document; the message says what is wrong and where."""


@frozen
class Condition:
    """One `operator: {key: values}` entry. `operator` keeps its spelling; compare `key` in lower case."""

    operator: str
    key: str
    values: tuple[str, ...]


@frozen
class Principal:
    """One principal: kind is AWS, Service, Federated, CanonicalUser or `*` (anyone), value its identifier."""

    kind: str
    value: str


@frozen
class Statement:
    """One statement; absent elements are empty tuples, `not_…` hold the inverted elements."""

    index: int
    effect: str
    sid: str = ""
    principals: tuple[Principal, ...] = ()
    not_principals: tuple[Principal, ...] = ()
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def label(self) -> str:
        """How a message names this statement: its Sid, or its position counted from 1."""
        return f'statement "{self.sid}"' if self.sid else f"statement {self.index + 1}"


@frozen
class PolicyDocument:
    """A whole document. `version` is "2008-10-17" when the text has none (policy variables are literal then)."""

    statements: tuple[Statement, ...]
    version: str = "2008-10-17"


_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)


def parse(source: str | Mapping[str, Any]) -> PolicyDocument:
    """Parse a policy from its JSON text or an already decoded mapping.

    Raises PolicyError with the place and the reason when AWS would refuse the shape.
    """
    if isinstance(source, str):
        try:
            import json  # here, because the table of rules needs none

            source = json.loads(source)
        except ValueError as error:
            raise PolicyError(f"the policy is not JSON: {error}") from None
    if not isinstance(source, Mapping):
        raise PolicyError(f"a policy document is a JSON object, not {type(source).__name__}")
    listed = source.get("Statement", ())
    if isinstance(listed, Mapping):
        listed = (listed,)
    if not isinstance(listed, (list, tuple)):
        raise PolicyError("Statement is neither an object nor a list of objects")
    return PolicyDocument(
        statements=tuple(_statement(index, item) for index, item in enumerate(listed)),
        version=str(source.get("Version", "2008-10-17")),
    )


def _statement(index: int, item: object) -> Statement:
    where = f"statement {index + 1}"
    if not isinstance(item, Mapping):
        raise PolicyError(f"{where} is not an object")
    if not _ELEMENTS.issuperset(item):
        unknown = sorted(set(item) - _ELEMENTS)
        raise PolicyError(f"{where} has an element AWS does not know: {', '.join(unknown)}")
    effect = item.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f'{where}: Effect is {effect!r}; it must be "Allow" or "Deny" (case counts)')
    conditions = item.get("Condition")
    return Statement(  # by place, which costs half of what names would: an account has a hundred thousand of these
        index,
        effect,
        str(item.get("Sid", "")),
        _principals(item.get("Principal"), where),
        _principals(item.get("NotPrincipal"), where),
        _strings(item.get("Action"), where, ": Action"),
        _strings(item.get("NotAction"), where, ": NotAction"),
        _strings(item.get("Resource"), where, ": Resource"),
        _strings(item.get("NotResource"), where, ": NotResource"),
        () if conditions is None else tuple(_conditions(conditions, where)),
    )


def _strings(value: object, where: str, what: str = "") -> tuple[str, ...]:
    if value is None:
        return ()
    if type(value) is str:
        return (value,)
    items: Iterable[object] = value if isinstance(value, (list, tuple)) else (value,)
    return tuple([item if type(item) is str else _scalar(item, where + what) for item in items])


def _scalar(item: object, where: str) -> str:
    text = literal_text(item)
    if text is None:
        raise PolicyError(f"{where}: {item!r} is not a string")
    return text


def literal_text(item: object) -> str | None:
    """A text, number or truth value of JSON as IAM compares it; None of anything else, and of what is no number.

    A small number is written out ("0.00001"), because a text with an exponent is no number to a policy's operators.
    """
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, float):
        from decimal import Decimal

        return f"{Decimal(repr(item)):f}" if isfinite(item) else None
    return str(item) if isinstance(item, (str, int)) else None


def _principals(value: object, where: str) -> tuple[Principal, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        if value != "*":
            raise PolicyError(f'{where}: Principal {value!r} must be "*" or an object such as {{"AWS": "…"}}')
        return (Principal("*", "*"),)
    if not isinstance(value, Mapping):
        raise PolicyError(f'{where}: Principal is neither "*" nor an object')
    return tuple(
        Principal(str(kind), text)
        for kind, listed in value.items()
        for text in _strings(listed, where, f": Principal {kind}")
    )


def _conditions(value: object, where: str) -> Iterable[Condition]:
    if value is None:
        return
    if not isinstance(value, Mapping):
        raise PolicyError(f"{where}: Condition is not an object")
    for operator, keys in value.items():
        if not isinstance(keys, Mapping):
            raise PolicyError(f"{where}: Condition {operator} is not an object")
        for key, listed in keys.items():
            yield Condition(str(operator), str(key), _strings(listed, where, f": Condition {operator} {key}"))
