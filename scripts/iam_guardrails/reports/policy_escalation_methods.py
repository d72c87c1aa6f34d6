"""The list of the methods of escalation, with the permissions that each needs and where it was published."""

from __future__ import annotations

import json
from collections.abc import Sequence

from iam_guardrails.model.iam.escalation.methods import Method, Need


def render_methods(methods: Sequence[Method], form: str) -> str:
    """The list as text, Markdown or JSON."""
    if form == "json":
        shown = [
            {
                "id": item.id, "name": item.name, "category": item.category, "target": item.target, "gain": item.gain,
                "needs": [{"action": need.action, "on": need.on} for need in item.needs],
                "passes_to": item.passes_to, "trusted": item.trusted, "only": item.only, "facts": item.facts,
                "source": item.source, "url": item.url,
            }
            for item in methods
        ]  # fmt: skip
        return json.dumps({"methods": shown}, indent=2) + "\n"
    if form == "markdown":
        lines = ["| method | what it does | needs | published in |", "|---|---|---|---|"]
        for item in methods:
            source = f"[{item.source.partition(',')[0]}]({item.url})"
            lines.append(f"| {item.id} | {item.name}{_besides(item)} | {_needs(item.needs)} | {source} |")
        return "\n".join(lines) + "\n"
    width = max(len(item.id) for item in methods)
    lines = [f"{item.id:{width}}  {item.name}: {_needs(item.needs)}{_besides(item)}" for item in methods]
    return "\n".join([*lines, "", f"{len(methods)} methods"]) + "\n"


def _needs(needs: Sequence[Need]) -> str:
    return ", ".join(dict.fromkeys(need.action for need in needs))


def _besides(item: Method) -> str:
    text = f" ({item.only})" if item.only else ""
    return text + (f"; if {item.facts}" if item.facts else "")
