"""apply: exactly the plan that was judged, never a second one; then what was built is written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from iam_guardrails.adapters.files import write_atomic
from iam_guardrails.adapters.place import Place
from iam_guardrails.adapters.terraform import Terraform, TerraformProblem
from iam_guardrails.journeys.verdict_record import require_judged_plan
from iam_guardrails.model.problem import Problem

Progress = Callable[[str], None]


def apply_plan(place: Place, terraform: Terraform, progress: Progress) -> dict[str, Any]:
    """Apply the saved plan and return the contract. Raises Problem when it may not or cannot be applied."""
    require_judged_plan(place)
    progress(f"applying the judged plan to {place.environment}")
    try:
        terraform.apply(place.plan)
    except TerraformProblem as problem:
        left = rescue_state(place)
        raise TerraformProblem(f"{problem}{left}", problem.said) from None
    except KeyboardInterrupt:
        if left := rescue_state(place):
            progress(f"interrupted{left}")
        raise
    finally:
        place.verdict.unlink(missing_ok=True)  # a plan is applied at most once
        place.plan.unlink(missing_ok=True)
    outputs = terraform.output()
    contract = outputs.get("contract")
    if not isinstance(contract, dict):
        raise Problem(f"{place.environment} was applied, but has no output named contract; see envs/*/outputs.tf")
    write_atomic(place.contract, json.dumps(contract, indent=2, sort_keys=True) + "\n")
    return contract


def rescue_state(place: Place) -> str:
    """Keep the state Terraform could not store: move errored.tfstate to the work folder. Returns the advice."""
    left = place.folder / "errored.tfstate"
    if not left.exists():
        return ""
    kept = place.work / "errored.tfstate"
    left.replace(kept)
    kept.chmod(0o600)
    return (
        f"; the state it could not store is kept in {kept}: when AWS answers again, push it with terraform state push"
    )
