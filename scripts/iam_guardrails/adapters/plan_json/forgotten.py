"""What Terraform no longer calls by its address, and what stays in AWS for all that.

A plan forgets what a `removed` block with `destroy = false` names (action "forget"), and the old object of a
replacement that does not destroy ("create" and "forget"). A deposed object is the old one of a replacement that creates
before it destroys, where the destroying failed: it is there until a plan deletes it.

Source: Terraform, "JSON output format": the actions of a change, `deposed` of a change, `deposed_key` in a state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.plan_json.plan_file import PlanFile
from iam_guardrails.model.value import changed

FORGET = "forget"
Item = Mapping[str, Any]


def with_forgotten(plan: PlanFile) -> PlanFile:
    """The plan with what it only forgets: that stays in AWS as it is."""
    actions = {
        (item.get("address"), item.get("deposed") or ""): (item.get("change") or {}).get("actions") or []
        for item in plan.content.get("resource_changes") or ()
    }
    first: list[Item] = []
    last: list[Item] = []
    for item in _in_module(_root(plan.content.get("prior_state"), "values")):
        deposed = item.get("deposed_key") or ""
        done = actions.get((item.get("address"), deposed), ["no-op"] if deposed else [])
        if deposed and "delete" not in done:
            first.append(_aside(item, "deposed"))
        elif done == [FORGET]:
            last.append(item)
        elif FORGET in done:
            first.append(_aside(item, "forgotten"))
    return _with(plan, "planned_values", first, last)


def with_deposed(plan: PlanFile) -> PlanFile:
    """The plan, whose planned values are its prior state, with deposed objects beside those that replaced them."""
    found = [item for item in _in_module(_root(plan.content, "planned_values")) if item.get("deposed_key")]
    return _with(plan, "planned_values", [_aside(item, "deposed") for item in found], [])


def _with(plan: PlanFile, name: str, first: list[Item], last: list[Item]) -> PlanFile:
    if not first and not last:
        return plan
    root = _root(plan.content, name)
    kept = [item for item in root.get("resources") or () if not item.get("deposed_key")]
    root = {**root, "resources": [*first, *kept, *last]}  # what replaces comes after what it replaces
    return changed(plan, content={**plan.content, name: {"root_module": root}})


def _aside(item: Item, mark: str) -> Item:
    """The object under a name of its own, so that no block of the configuration is taken for its own."""
    apart = {key: value for key, value in item.items() if key != "deposed_key"}
    return {**apart, "name": f"{item.get('name')} ({mark})", "address": f"{item.get('address')} ({mark})"}


def _root(content: Any, name: str) -> Item:
    values = content.get(name) if isinstance(content, Mapping) else None
    root = values.get("root_module") if isinstance(values, Mapping) else None
    return root if isinstance(root, Mapping) else {}


def _in_module(module: Item) -> Iterator[Item]:
    yield from module.get("resources") or ()
    for child in module.get("child_modules") or ():
        yield from _in_module(child)
