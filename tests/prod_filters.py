"""The patterns of prod's metric filters as the modules write them: `python -m tests.prod_filters` makes the file anew.

tests/envs/test_environments.py compares it with a plan; what has no Terraform at hand (README blocks) reads it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.plan_json import account_from_plan, read_plan
from tests.environment_plans import copied
from tests.terraform_tools import ROOT, plan_of

FILE = ROOT / "tests" / "cases" / "patterns" / "prod_filters.json"


def filters_of(plan: Path) -> dict[str, str]:
    """Name of each metric filter of prod -> its pattern, from a plan as JSON."""
    account = account_from_plan(read_plan(plan), read_expectations(ROOT / "envs" / "prod" / "guardrails.toml"))
    return {item.name: str(item.pattern) for item in sorted(account.metric_filters, key=lambda item: item.name)}


def kept() -> dict[str, str]:
    """The same, as it was written down."""
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        place = copied("prod", Path(name))
        plan_of(place, "")
        FILE.write_text(json.dumps(filters_of(place / "plan.json"), indent=2, ensure_ascii=False) + "\n")
