"""What Terraform's text and its providers say of a resource beside a plan: Region, account, what it leaves alone.

Source: Terraform documentation, "The lifecycle Meta-Argument" (ignore_changes is a list of attributes, or `all`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.plan_json.graph import Graph, Node
from iam_guardrails.adapters.plan_json.plan_file import PlanFile
from iam_guardrails.adapters.terraform_source.find import find_block, folder_of
from iam_guardrails.adapters.terraform_source.statements import Refused
from iam_guardrails.model.incident.declared import About
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.unknown import Unknown

_ATTRIBUTE = re.compile(r"[A-Za-z_][\w-]*")
_COMMENT = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)


class Beside:
    """What is known of the resources of one plan."""

    def __init__(self, content: Mapping[str, Any], folder: Path, home_region: str, account_id: str) -> None:
        """content: show -json.  folder: that of the root module's text."""
        self._graph = Graph(PlanFile("", "", "", content), home_region, account_id)
        self._folder = folder

    def __call__(self, address: str) -> About:
        """What is known of the resource at an address of the plan."""
        node = self._graph.nodes.get(address)
        if node is None:
            return About(ignored=Unknown("the plan's values do not hold it"))
        return About(node.region, node.account_id, self._ignored(node))

    def _ignored(self, node: Node) -> frozenset[str] | Unknown:
        try:
            _, text, block = find_block(folder_of(node.scope, self._folder), "resource", node.type, node.name)
        except (Refused, Problem, OSError) as refusal:
            return Unknown(str(refusal))
        told = [found for one in block.named("lifecycle") if (found := one.argument("ignore_changes"))]
        return frozenset(name for one in told for name in _names(text[one.value_start : one.value_end]))


def _names(expression: str) -> list[str]:
    """The attributes of `[policy, inline_policy[0].name]`; `all`, too, for what is written in another way."""
    bare = _COMMENT.sub(" ", expression).strip().removeprefix("[").removesuffix("]")
    found = [_ATTRIBUTE.match(item.strip().strip('"')) for item in bare.split(",") if item.strip()]
    return [name[0] if name else "all" for name in found]
