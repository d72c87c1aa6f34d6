"""How the decision on a request is shown."""

from __future__ import annotations

import json

from iam_guardrails.model.iam.evaluate import Decision


def render_decision(decision: Decision, reading: str, form: str) -> str:
    """The decision as text or JSON."""
    if form == "json":
        because = [
            {"policy": item.policy, "statement": item.statement, "effect": item.effect, "says": item.says}
            for item in decision.because
        ]
        shown = {
            "decision": decision.decision,
            "because": because,
            "depends_on": list(decision.depends_on),
            "reading": reading,
        }
        return json.dumps(shown, indent=2) + "\n"
    lines = [decision.decision, *(f"  {item.says}" for item in decision.because)]
    if decision.depends_on:
        lines.append(f"  it depends on: {', '.join(decision.depends_on)}")
    return "\n".join(lines) + "\n"
