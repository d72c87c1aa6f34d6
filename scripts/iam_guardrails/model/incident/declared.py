"""Whether Terraform declares what a session changed, just as it is now: from a plan that was made with a refresh.

A resource that such a plan would not touch is as its configuration says. An attribute that a configuration leaves out
and AWS fills in is not declared by it: where a kind depends on one, the configuration has to name it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.incident.effects.kind import Kind

_INDEX = re.compile(r"\[[^\]]*\]")
Plan = Mapping[str, Any]


def declared_by(kind: Kind, names: Mapping[str, str], plan: Plan) -> str:
    """The address of the resource that declares an object as it is now; "" where none does. plan: show -json."""
    for change in plan.get("resource_changes", ()):
        if change.get("mode") != "managed" or change["change"].get("actions") != ["no-op"]:
            continue
        for type_, attributes in kind.terraform:
            if change["type"] == type_ and _fits(change, attributes, names, plan):
                return str(change["address"])
    return ""


def _fits(change: Mapping[str, Any], attributes: Mapping[str, str], names: Mapping[str, str], plan: Plan) -> bool:
    values = change["change"].get("after") or {}
    for attribute, name in attributes.items():
        if not name:
            if not _names_it(plan, change["address"], attribute):
                return False
        elif not _same(values.get(attribute), names.get(name, "")):
            return False
    return True


def _same(value: Any, wanted: str) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_same(item, wanted) for item in value)
    if isinstance(value, bool) or value is None:
        return value is None and wanted == "-1"  # Terraform leaves out ports where every protocol is meant
    return str(value) == wanted


def _names_it(plan: Plan, address: str, attribute: str) -> bool:
    """Whether the configuration of a resource names an attribute."""
    bare = _INDEX.sub("", address)
    root = (plan.get("configuration") or {}).get("root_module") or {}
    for where, resource in _resources(root, ""):
        if where == bare:
            return attribute in (resource.get("expressions") or {})
    return False


def _resources(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", ()):
        yield f"{prefix}{resource['address']}", resource
    for name, call in (module.get("module_calls") or {}).items():
        yield from _resources(call.get("module") or {}, f"{prefix}module.{name}.")
