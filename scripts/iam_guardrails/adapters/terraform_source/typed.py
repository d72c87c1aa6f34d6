"""The value of a variable with what its type adds to it.

Source: Terraform documentation, "Type Constraints" (optional object type attributes).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.adapters.terraform_source.evaluate import value_of
from iam_guardrails.adapters.terraform_source.grammar import Tree
from iam_guardrails.adapters.terraform_source.sources import NoNames
from iam_guardrails.adapters.terraform_source.unknown_text import Open


def typed(value: Any, kind: Tree) -> Any:
    """A value with the attributes that its type adds: `optional` ones that are not given."""
    if kind[0] != "call" or value is None or isinstance(value, Open):
        return value
    name, given = kind[1], kind[2]
    if name == "object" and given and given[0][0] == "object" and isinstance(value, Mapping):
        return {**value, **{key[1]: _attribute(value, key[1], inner) for key, inner in given[0][1]}}
    if name in ("list", "set", "map") and given:
        if isinstance(value, Mapping):
            return {key: typed(item, given[0]) for key, item in value.items()}
        return [typed(item, given[0]) for item in value] if isinstance(value, list) else value
    return value


def _attribute(value: Mapping[str, Any], name: str, kind: Tree) -> Any:
    optional = kind[0] == "call" and kind[1] == "optional"
    inner = kind[2][0] if optional else kind
    found = value.get(name)
    if found is None and optional and len(kind[2]) > 1:
        found = value_of(kind[2][1], NoNames())
    return typed(found, inner)
