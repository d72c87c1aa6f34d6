"""The record that ties a saved plan to how it was judged; `apply` trusts nothing else."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from iam_guardrails.adapters.files import digest, sha256, write_atomic
from iam_guardrails.adapters.place import Place
from iam_guardrails.model.finding import Verdict
from iam_guardrails.model.problem import Problem


def record(place: Place, verdict: Verdict, now: datetime) -> None:
    """Write the verdict of the saved plan beside it."""
    content = {
        "environment": place.environment,
        "plan_sha256": sha256(place.plan),
        "sources_sha256": digest(place.sources(), place.root),
        "judged_at": now.isoformat(timespec="seconds"),
        "exit_code": verdict.exit_code,
        "findings": len(verdict.findings),
        "not_judged": sum(not item.limit for item in verdict.not_judged),
    }
    write_atomic(place.verdict, json.dumps(content, indent=2) + "\n")


def require_judged_plan(place: Place) -> None:
    """Raise Problem unless the saved plan is there, is the one that was judged, was clean, and is not stale."""
    again = f"run: guardrails validate {place.environment}"
    if not place.plan.is_file():
        raise Problem(f"there is no saved plan for {place.environment}; {again}")
    judged = _load(place, again)
    if judged.get("plan_sha256") != sha256(place.plan):
        raise Problem(f"the saved plan of {place.environment} is not the one that was judged; {again}")
    if judged.get("sources_sha256") != digest(place.sources(), place.root):
        raise Problem(f"the plan of {place.environment} is stale: its configuration changed since; {again}")
    if judged.get("exit_code") != 0:
        what = f"{judged.get('findings')} findings and {judged.get('not_judged')} things not judged"
        raise Problem(f"the plan of {place.environment} was judged with {what}; mend them, then {again}")


def _load(place: Place, again: str) -> dict[str, Any]:
    try:
        content: Any = json.loads(place.verdict.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem(f"the saved plan of {place.environment} has not been judged; {again}") from None
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise Problem(f"the verdict of {place.environment} cannot be read; {again}")
    return content
