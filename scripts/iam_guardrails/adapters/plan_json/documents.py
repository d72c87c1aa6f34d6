"""Policy documents in a plan: JSON text, or a policy data source whose JSON is not written yet.

Where an `aws_iam_policy_document` waits only for the ARN of a user, a role or the very resource it protects,
the document is put together from the planned statements. Every other unknown part makes the whole document
Unknown: a plan does not show whether a reference stands alone or inside a longer text such as "${arn}/*".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.reading import AFTER_APPLY, SENSITIVE, Reading, holds
from iam_guardrails.adapters.plan_json.references import references_in
from iam_guardrails.model.account import Document
from iam_guardrails.model.iam.document import PolicyError, parse
from iam_guardrails.model.iam.policy_text import read_json as strictly_read
from iam_guardrails.model.unknown import Unknown

PRINCIPALS = ("aws_iam_user", "aws_iam_role", "aws_iam_openid_connect_provider")
PROTECTED = ("aws_sns_topic", "aws_kms_key")
ELEMENTS = {
    "actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource",
}  # fmt: skip


def document(reading: Reading, node: Node, name: str, own_arn: str = "") -> Document | None:
    """The policy in one argument; None where it is not set. `own_arn` is the ARN of what it protects."""
    found = reading.text(node, name)
    if not isinstance(found, Unknown):
        return read_document(found)
    if found.reason == SENSITIVE:
        return found
    source = reading.target(node, node.expressions.get(name), ("data.aws_iam_policy_document",))
    return found if isinstance(source, Unknown) else planned_document(reading, source, own_arn)


def read_document(source: Any) -> Document | None:
    """A policy document from JSON text or a decoded object; Unknown with why when AWS would refuse it."""
    if source is None or source == "":
        return None
    try:
        whole = strictly_read(source, "the policy") if isinstance(source, str) else source
        found = parse(whole)
        if not found.statements and "Statement" not in whole:
            raise PolicyError("it has no Statement; the names of elements are case-sensitive")
        return found
    except PolicyError as error:
        return Unknown(f"it is not a valid policy document: {error}")


class _NotYet(Exception):
    def __init__(self, references: tuple[str, ...]) -> None:
        self.references = references


def planned_document(reading: Reading, node: Node, own_arn: str = "") -> Document:
    """The document that a planned `aws_iam_policy_document` will write, or Unknown with what it waits for."""
    issued = node.values.get("json")
    if isinstance(issued, str):
        return read_document(issued) or Unknown("it is empty")
    if any(holds(item) for item in node.sensitive.values()):
        return Unknown(SENSITIVE)
    try:
        statements = [*_sources(node), *_statements(reading, node, own_arn)]
    except _NotYet as missing:
        return Unknown(AFTER_APPLY, tuple(dict.fromkeys(missing.references)))
    found = read_document({"Version": node.values.get("version") or "2012-10-17", "Statement": statements})
    return found if found is not None else Unknown("it is empty")


def _sources(node: Node) -> list[Any]:
    for name in ("override_json", "override_policy_documents", "source_json"):
        if node.values.get(name) or holds(node.unknown.get(name)):
            raise _NotYet(tuple(references_in(node.expressions.get(name))) or (node.address,))
    if holds(node.unknown.get("source_policy_documents")):
        raise _NotYet(tuple(references_in(node.expressions.get("source_policy_documents"))))
    found: list[Any] = []
    for text in node.values.get("source_policy_documents") or ():
        listed = read_json(text).get("Statement", [])
        found += listed if isinstance(listed, list) else [listed]
    return found


def read_json(text: Any) -> Mapping[str, Any]:
    """A JSON object from text; an empty one when the text is something else."""
    import json

    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _statements(reading: Reading, node: Node, own_arn: str) -> list[dict[str, Any]]:
    if node.unknown.get("statement") is True:
        raise _NotYet(tuple(references_in(node.expressions.get("statement"))) or (node.address,))
    values = node.values.get("statement") or []
    configured = node.expressions.get("statement")
    blocks = configured if isinstance(configured, list) and len(configured) == len(values) else [{}] * len(values)
    marks = node.unknown.get("statement")
    marks = marks if isinstance(marks, list) and len(marks) == len(values) else [{}] * len(values)
    return [_Statement(reading, node, block, own_arn).read(value, mark)
            for value, mark, block in zip(values, marks, blocks, strict=True)]  # fmt: skip


class _Statement:
    """Reads one planned statement; `block` is its configuration (empty when a dynamic block hides it)."""

    def __init__(self, reading: Reading, node: Node, block: Mapping[str, Any], own_arn: str) -> None:
        self.reading, self.node, self.block, self.own_arn = reading, node, block, own_arn

    def read(self, value: Mapping[str, Any], mark: Mapping[str, Any]) -> dict[str, Any]:
        if holds(mark.get("effect")) or holds(mark.get("sid")):
            raise self._missing("effect", "sid")
        made: dict[str, Any] = {"Effect": value.get("effect") or "Allow", "Sid": value.get("sid") or ""}
        for name, element in ELEMENTS.items():
            listed = self._resources(name, value, mark) if holds(mark.get(name)) else value.get(name)
            if listed:
                made[element] = listed
        for name, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
            made |= self._principals(name, element, value, mark)
        return made | self._conditions(value, mark)

    def _missing(self, *names: str) -> _NotYet:
        found = tuple(name for item in names for name in references_in(self.block.get(item)))
        return _NotYet(found or (self.node.address,))

    def _resources(self, name: str, value: Mapping[str, Any], mark: Mapping[str, Any]) -> list[str]:
        listed = value.get(name) or []
        target = self.reading.target(self.node, self.block.get(name), PROTECTED)
        if isinstance(target, Unknown) or len(listed) != 1 or self.reading.arn(target) != self.own_arn:
            raise self._missing(name)
        return [self.own_arn]

    def _principals(self, name: str, element: str, value: Mapping[str, Any], mark: Mapping[str, Any]) -> dict[str, Any]:
        if mark.get(name) is True:
            raise self._missing(name)
        made: dict[str, list[str]] = {}
        marks = mark.get(name) or []
        for index, item in enumerate(value.get(name) or ()):
            waits = marks[index] if index < len(marks) else {}
            if holds(_get(waits, "type")):
                raise self._missing(name)
            made.setdefault(item["type"], []).extend(self._identifiers(name, item, _get(waits, "identifiers")))
        if made == {"*": ["*"]}:
            return {element: "*"}
        return {element: made} if made else {}

    def _identifiers(self, name: str, item: Mapping[str, Any], mark: Any) -> list[str]:
        listed = item.get("identifiers") or []
        if not holds(mark):
            return list(listed)
        same = [block for block in self.block.get(name) or ()
                if _get(block.get("type"), "constant_value") == item["type"]]  # fmt: skip
        targets = self.reading.targets(self.node, [block.get("identifiers") for block in same], PRINCIPALS)
        if isinstance(targets, Unknown):
            raise self._missing(name)
        known = [text for text in listed if isinstance(text, str)]
        if mark is not True and len(targets) != len(listed) - len(known):
            raise self._missing(name)
        return [*known, *(self.reading.arn(target) for target in targets)]

    def _conditions(self, value: Mapping[str, Any], mark: Mapping[str, Any]) -> dict[str, Any]:
        if holds(mark.get("condition")):
            raise self._missing("condition")
        made: dict[str, dict[str, list[str]]] = {}
        for item in value.get("condition") or ():
            made.setdefault(item["test"], {}).setdefault(item["variable"], []).extend(item["values"])
        return {"Condition": made} if made else {}


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None
