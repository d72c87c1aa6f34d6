"""The JSON that a data source aws_iam_policy_document gives, where its text tells all of it.

Source: Terraform AWS provider documentation, "aws_iam_policy_document" (`&{` stands for `${`; statements with a Sid may
be overridden by other documents, which are not followed here).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.terraform_source.unknown_text import is_open

_LISTS = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}
_WHO = {"principals": "Principal", "not_principals": "NotPrincipal"}
_BESIDE = frozenset({"source_policy_documents", "override_policy_documents", "source_json", "override_json"})


def document_of(values: Mapping[str, Any]) -> str | None:
    """The document of its arguments and blocks; None where some of it is not told."""
    if is_open(values) or any(values.get(name) for name in _BESIDE):
        return None
    made: dict[str, Any] = {"Version": values.get("version") or "2012-10-17"}
    if values.get("policy_id"):
        made["Id"] = values["policy_id"]
    made["Statement"] = [dict(_statement(item)) for item in values.get("statement", ())]
    return json.dumps(made, separators=(",", ":")).replace("&{", "${")


def _statement(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if item.get("sid"):
        yield "Sid", item["sid"]
    yield "Effect", item.get("effect") or "Allow"
    yield from ((name, _texts(item[key])) for key, name in _LISTS.items() if item.get(key))
    for key, name in _WHO.items():
        found: dict[str, list[str]] = {}
        for one in item.get(key, ()):
            found.setdefault(str(one["type"]), []).extend(_texts(one["identifiers"]))
        if found:
            yield name, "*" if found.get("*") == ["*"] else found
    tests: dict[str, dict[str, list[str]]] = {}
    for one in item.get("condition", ()):
        tests.setdefault(one["test"], {}).setdefault(one["variable"], []).extend(_texts(one["values"]))
    if tests:
        yield "Condition", tests


def _texts(values: Any) -> list[str]:
    texts = (str(one).lower() if isinstance(one, bool) else str(one) for one in values)
    return list(dict.fromkeys(texts))
