"""An `Account` as plain JSON values and back: the form of a saved capture and of the test cases.

Every field goes by its own name and may be left out when it has a default. A policy document is its AWS JSON;
`{"unknown": "reason", "references": [...]}` is a value nobody could read yet; times are ISO 8601 with a zone.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from iam_guardrails.model import account as model
from iam_guardrails.model.iam.document import PolicyDocument, Principal, Statement, parse
from iam_guardrails.model.unknown import Unknown


class CodecError(ValueError):
    """The value does not fit the type; the message names the place and what was expected."""


def decode_account(value: Mapping[str, Any]) -> model.Account:
    """Build an Account from JSON values. Raises CodecError with the path of the first value that does not fit."""
    made = decode(model.Account, value, "account")
    assert isinstance(made, model.Account)
    return made


def decode(kind: Any, value: Any, where: str) -> Any:
    """Decode `value` as `kind` (a model class, a union, a tuple, a mapping or a plain type)."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _union(typing.get_args(kind), value, where)
    if origin is tuple:
        return _tuple(typing.get_args(kind), value, where)
    if kind is PolicyDocument:
        return parse(value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    if hasattr(kind, "_names"):
        return _record(kind, value, where)
    if origin is Mapping:
        return _mapping(typing.get_args(kind)[1], value, where)
    if origin is not None or kind is Any:
        return value
    if not isinstance(value, kind) and not (kind is float and isinstance(value, int)):
        raise CodecError(f"{where}: {value!r} is not of type {kind.__name__}")
    return value


def _record(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise CodecError(f"{where}: expected an object with the fields of {kind.__name__}")
    hints = _hints(kind)
    for name in value:
        if name not in hints:
            raise CodecError(f"{where}: {kind.__name__} has no field {name!r}")
    try:
        return kind(**{name: decode(hints[name], item, f"{where}.{name}") for name, item in value.items()})
    except TypeError as error:
        raise CodecError(f"{where}: {error}") from None


@cache
def _hints(kind: Any) -> dict[str, Any]:
    # named here, because the model imports them for type checkers only
    return typing.get_type_hints(kind, localns={"date": date, "datetime": datetime})


def _mapping(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise CodecError(f"{where}: expected an object")
    return value if kind is Any else {name: decode(kind, item, f"{where}.{name}") for name, item in value.items()}


def _tuple(args: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise CodecError(f"{where}: expected a list")
    kinds = [args[0]] * len(value) if args[-1] is Ellipsis else list(args)
    if len(kinds) != len(value):
        raise CodecError(f"{where}: expected {len(kinds)} values, found {len(value)}")
    pairs = enumerate(zip(kinds, value, strict=True))
    return tuple(decode(kind, item, f"{where}[{index}]") for index, (kind, item) in pairs)


def _union(choices: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in choices:
        return None
    if isinstance(value, Mapping) and "unknown" in value and Unknown in choices:
        return Unknown(str(value["unknown"]), tuple(value.get("references", ())))
    rest = [choice for choice in choices if choice not in (Unknown, type(None))]
    problems = []
    for choice in rest:
        try:
            return decode(choice, value, where)
        except (CodecError, TypeError) as error:
            problems.append(str(error))
    raise CodecError(problems[0] if problems else f"{where}: {value!r} does not fit")


def encode(value: Any) -> Any:
    """Turn a model value into plain JSON values; the inverse of `decode`, leaving out nothing."""
    if isinstance(value, Unknown):
        return {"unknown": value.reason, "references": list(value.references)}
    if isinstance(value, PolicyDocument):
        return {"Version": value.version, "Statement": [_statement(item) for item in value.statements]}
    if hasattr(value, "_names"):
        return {name: encode(getattr(value, name)) for name in value._names}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(UTC)  # boto3 hands out some times in the zone of the machine
    return value.isoformat() if isinstance(value, date) else value


def pieces(value: Any, depth: int) -> Iterator[str]:
    """What `encode` makes, as JSON without spaces and with keys in order, a piece at a time.

    depth: down to how many levels of objects and lists the pieces are cut.
    """
    pairs: list[tuple[str, Any]] | None = None
    if depth and isinstance(value, Mapping):
        pairs = [(str(key), item) for key, item in value.items()]
    elif depth and hasattr(value, "_names") and not isinstance(value, (Unknown, PolicyDocument)):
        pairs = [(name, getattr(value, name)) for name in value._names]
    if pairs is not None:
        before = "{"
        for name, item in sorted(pairs, key=lambda pair: pair[0]):
            yield f"{before}{_compact(name)}:"
            yield from pieces(item, depth - 1)
            before = ","
        yield "}" if pairs else "{}"
    elif depth and isinstance(value, (list, tuple)):
        before = "["
        for item in value:
            yield before
            yield from pieces(item, depth - 1)
            before = ","
        yield "]" if value else "[]"
    else:
        yield _compact(encode(value))


_compact = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def _statement(item: Statement) -> dict[str, Any]:
    made: dict[str, Any] = {"Sid": item.sid} if item.sid else {}
    made["Effect"] = item.effect
    for name, principals in (("Principal", item.principals), ("NotPrincipal", item.not_principals)):
        if principals:
            made[name] = _principals(principals)
    for name, texts in (("Action", item.actions), ("NotAction", item.not_actions),
                        ("Resource", item.resources), ("NotResource", item.not_resources)):  # fmt: skip
        if texts:
            made[name] = list(texts)
    for condition in item.conditions:
        operator = made.setdefault("Condition", {}).setdefault(condition.operator, {})
        operator[condition.key] = list(condition.values)
    return made


def _principals(items: tuple[Principal, ...]) -> str | dict[str, list[str]]:
    if any(item.kind == "*" for item in items):
        return "*"
    made: dict[str, list[str]] = {}
    for item in items:
        made.setdefault(item.kind, []).append(item.value)
    return made
