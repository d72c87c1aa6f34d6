"""What a plan only forgets: Terraform's `removed` blocks with `destroy = false` (action "forget")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.plan_json.plan_file import PlanFile
from iam_guardrails.model.value import changed


def with_forgotten(plan: PlanFile) -> PlanFile:
    """The plan with what it only forgets (a `removed` block): that stays in AWS as it is."""
    gone = {item.get("address") for item in plan.content.get("resource_changes") or ()
            if (item.get("change") or {}).get("actions") == ["forget"]}  # fmt: skip
    kept = [item for item in _in_module(_root(plan.content.get("prior_state"), "values")) if item["address"] in gone]
    if not kept:
        return plan
    root = _root(plan.content, "planned_values")
    root = {**root, "resources": [*(root.get("resources") or ()), *kept]}
    return changed(plan, content={**plan.content, "planned_values": {"root_module": root}})


def _root(content: Any, name: str) -> Mapping[str, Any]:
    values = content.get(name) if isinstance(content, Mapping) else None
    root = values.get("root_module") if isinstance(values, Mapping) else None
    return root if isinstance(root, Mapping) else {}


def _in_module(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources") or ()
    for child in module.get("child_modules") or ():
        yield from _in_module(child)
