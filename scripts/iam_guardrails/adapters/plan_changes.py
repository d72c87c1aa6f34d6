"""The changes in a plan's JSON. A plain plan is read, not a refresh-only one: that one reports every null that
became an empty map as a change (see the "changed outside" notes of Terraform itself), so it cannot tell drift.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.change import Change, differences


def changes(plan: Mapping[str, Any]) -> tuple[Change, ...]:
    """Every managed resource the plan would touch, in the plan's order. `plan` is `terraform show -json`."""
    outside = {item["address"] for item in plan.get("resource_drift", ())}
    found = []
    for item in plan.get("resource_changes", ()):
        actions = item["change"]["actions"]
        if item["mode"] != "managed" or actions in (["no-op"], ["read"]):
            continue
        found.append(_change(item, actions, item["address"] in outside))
    return tuple(found)


def _change(item: Mapping[str, Any], actions: list[str], outside: bool) -> Change:
    change = item["change"]
    if actions == ["create"]:
        return Change(item["address"], item["type"], "missing", outside)
    if actions == ["delete"]:
        return Change(item["address"], item["type"], "extra", outside)
    hidden = change.get("before_sensitive") or change.get("after_sensitive") or False
    found = differences(change["before"], change["after"], change.get("after_unknown", {}), hidden)
    return Change(item["address"], item["type"], "changed", outside, tuple(found))
