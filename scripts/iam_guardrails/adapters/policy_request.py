"""The file of `guardrails policy evaluate`: one request, and the policies that have a say in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from iam_guardrails.adapters.files import read_text
from iam_guardrails.model.iam.document import PolicyDocument, PolicyError, literal_text
from iam_guardrails.model.iam.evaluate import Policies, Request, kind_of
from iam_guardrails.model.iam.grammar_check import CheckedKind, checked
from iam_guardrails.model.iam.pattern import DOCUMENTED, READINGS
from iam_guardrails.model.iam.policy_text import read_json
from iam_guardrails.model.iam.request import PRESENT, UNKNOWN, Value
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

_REQUEST = ("principal", "action", "resource", "context", "context_complete")
_POLICIES = (
    "identity", "resource", "boundary", "session", "scps", "rcps", "resource_kind", "resource_account", "exempt",
)  # fmt: skip


@frozen
class Question:
    """What the file asks. warnings: what AWS would take but what cannot be meant."""

    request: Request
    policies: Policies
    reading: str
    warnings: tuple[str, ...]


def read_question(path: str) -> Question:
    """Read the file. Raises Problem with the place of the first thing that is wrong."""
    try:
        content = read_json(read_text(path, "the request"), "the file")
        return _Reader().question(content)
    except PolicyError as error:
        raise Problem(f"{path}: {error}") from None


def read_trust(path: str) -> tuple[PolicyDocument, tuple[str, ...]]:
    """A trust policy and the warnings about it. Raises Problem where AWS would refuse it."""
    try:
        return checked(read_text(path, "the trust policy"), "trust", "the trust policy")
    except PolicyError as error:
        raise Problem(f"{path}: {error}") from None


def read_scps(path: str) -> tuple[tuple[tuple[PolicyDocument, ...], ...], tuple[str, ...]]:
    """Service control policies, level by level from the root to the account, and the warnings about them.

    The file holds `{"scps": [[…], …]}`. Raises Problem where it does not, or where AWS would refuse a policy.
    """
    reader = _Reader()
    try:
        table = _table(read_json(read_text(path, "the service control policies"), "the file"), "the file", ("scps",))
        levels = reader.levels(table, "scps", "scp", "SCP")
    except PolicyError as error:
        raise Problem(f"{path}: {error}") from None
    if not levels:
        raise Problem(f'{path} holds no level of service control policies: {{"scps": [[the root\'s], …]}}')
    return levels, tuple(reader.warnings)


class _Reader:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def question(self, content: object) -> Question:
        table = _table(content, "the file", ("request", "policies", "reading"))
        request = _request(_table(table.get("request"), "request", _REQUEST))
        policies = self.policies(_table(table.get("policies", {}), "policies", _POLICIES), request)
        reading = table.get("reading", DOCUMENTED)
        if reading not in READINGS:
            raise PolicyError(f"reading must be one of {', '.join(READINGS)}")
        return Question(request, policies, reading, tuple(self.warnings))

    def policies(self, table: Mapping[str, Any], request: Request) -> Policies:
        kind = _one_of(table, "resource_kind", ("", "resource", "trust", "key"))
        bare = Policies(resource_kind=kind)
        return Policies(
            identity=self.several(table, "identity", "identity", "identity policy"),
            resource=self.single(table, "resource", kind_of(request, bare), "the resource's policy"),
            boundary=self.single(table, "boundary", "boundary", "the permissions boundary"),
            session=self.several(table, "session", "session", "session policy"),
            scps=self.levels(table, "scps", "scp", "SCP"),
            rcps=self.levels(table, "rcps", "rcp", "RCP"),
            resource_kind=kind,
            resource_account=_account(table.get("resource_account", "")),
            exempt=_exempt(table.get("exempt", [])),
        )

    def take(self, source: object, kind: CheckedKind, name: str) -> PolicyDocument:
        document, warnings = checked(source, kind, name)
        self.warnings += warnings
        return document

    def single(self, table: Mapping[str, Any], key: str, kind: CheckedKind, name: str) -> PolicyDocument | None:
        return None if table.get(key) is None else self.take(table[key], kind, name)

    def several(self, table: Mapping[str, Any], key: str, kind: CheckedKind, name: str) -> tuple[PolicyDocument, ...]:
        listed = table.get(key)
        listed = [] if listed is None else listed if isinstance(listed, list) else [listed]
        return tuple(self.take(item, kind, f"{name} {number}") for number, item in enumerate(listed, 1))

    def levels(
        self, table: Mapping[str, Any], key: str, kind: CheckedKind, name: str
    ) -> tuple[tuple[PolicyDocument, ...], ...]:
        listed = [] if table.get(key) is None else table[key]
        if not isinstance(listed, list) or not all(isinstance(level, list) for level in listed):
            raise PolicyError(f"{key} is a list of levels, from the root to the account, each a list of policies")
        return tuple(
            tuple(self.take(item, kind, f"{name} {level}.{number}") for number, item in enumerate(items, 1))
            for level, items in enumerate(listed, 1)
        )


def _table(value: object, name: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise PolicyError(f"{name} is {'missing' if value is None else 'not an object'}")
    unknown = [key for key in value if key not in keys]
    if unknown:
        raise PolicyError(f"{name} has the key {unknown[0][:80]!r}; it may have {', '.join(keys)}")
    return value


def _request(table: Mapping[str, Any]) -> Request:
    for key in ("principal", "action", "resource"):
        if not isinstance(table.get(key), str) or not table[key]:
            raise PolicyError(f"request.{key} is missing or not a text")
        _check_text(table[key], f"request.{key}")
    vendor, _, name = table["action"].partition(":")
    if not (vendor and name) or any(sign in table["action"] for sign in "*? "):
        raise PolicyError(f"request.action {table['action'][:80]!r} is not one action such as sts:AssumeRole")
    complete = table.get("context_complete", True)
    if not isinstance(complete, bool):
        raise PolicyError("request.context_complete is neither true nor false")
    context = table.get("context", {})
    if not isinstance(context, Mapping):
        raise PolicyError("request.context is not an object of condition keys and values")
    made = {str(key).lower(): _value(value, f"request.context {str(key)[:80]!r}") for key, value in context.items()}
    if len(made) != len(context):
        raise PolicyError("request.context has one key twice in different letter case; condition keys ignore case")
    return Request(table["principal"], table["action"], table["resource"], made, complete)


def _value(value: object, where: str) -> Value:
    if value is None:
        return None
    if value == {"unknown": True}:
        return UNKNOWN
    if value == {"present": True}:
        return PRESENT
    listed = value if isinstance(value, list) else [value]
    return tuple(_scalar(item, where) for item in listed)


def _scalar(item: object, where: str) -> str:
    text = literal_text(item)
    if text is None:
        raise PolicyError(
            f'{where} is neither a text, a number, true, false, a list of those, null, {{"unknown": true}} nor '
            '{"present": true}'
        )
    _check_text(text, where)
    return text


def _check_text(text: str, where: str) -> None:
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise PolicyError(f"{where} holds half of a character pair")


def _one_of(table: Mapping[str, Any], key: str, values: tuple[str, ...]) -> str:
    value = table.get(key, "")
    if value not in values:
        raise PolicyError(f"policies.{key} must be one of {', '.join(item for item in values if item)}")
    return cast("str", value)


def _account(value: object) -> str:
    if value == "" or (isinstance(value, str) and len(value) == 12 and value.isascii() and value.isdecimal()):
        return str(value)
    raise PolicyError("policies.resource_account is no account id of twelve digits")


def _exempt(value: object) -> frozenset[str]:
    if isinstance(value, list) and all(item in ("scp", "rcp") for item in value):
        return frozenset(value)
    raise PolicyError('policies.exempt is a list of "scp" and "rcp": what does not count for this request')
