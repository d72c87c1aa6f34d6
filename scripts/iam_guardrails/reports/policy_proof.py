"""How a proof is shown; the request has the form that `guardrails policy evaluate` reads."""

from __future__ import annotations

import json
from typing import Any

from iam_guardrails.model.iam.prove.proof import Proof
from iam_guardrails.model.iam.request import Request


def render_proof(proof: Proof, kind: str, form: str) -> str:
    """The proof as text or JSON."""
    request = None if proof.request is None else shown_request(proof.request)
    if form == "json":
        shown = {
            "verdict": proof.verdict, "kind": kind, "request": request, "because": proof.because,
            "reason": proof.reason, "assumptions": list(proof.assumptions), "milliseconds": proof.milliseconds,
        }  # fmt: skip
        return json.dumps(shown, indent=2) + "\n"
    lines = [f"{proof.verdict}: {proof.because}" + (f" ({proof.reason})" if proof.reason else "")]
    if request is not None:
        lines += [f"  {name}: {request[name]}" for name in ("principal", "action", "resource")]
        lines += [f"  {key}: {_value(value)}" for key, value in request["context"].items()]
    lines += [f"  assumed: {text}" for text in proof.assumptions]
    return "\n".join([*lines, f"  {proof.milliseconds:.1f} ms"]) + "\n"


def shown_request(request: Request) -> dict[str, Any]:
    """The request as plain values: a key's one value as text, several as a list, an absent key as null."""
    context = {}
    for key, value in request.context.items():
        context[key] = value[0] if isinstance(value, tuple) and len(value) == 1 else (
            list(value) if isinstance(value, tuple) else None)  # fmt: skip
    return {"principal": request.principal, "action": request.action, "resource": request.resource, "context": context}


def _value(value: object) -> str:
    return "(absent)" if value is None else ", ".join(value) if isinstance(value, list) else str(value)
