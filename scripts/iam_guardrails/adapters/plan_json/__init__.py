"""The plan reader: `terraform show -json` of any stack, read into the types that rules judge."""

from __future__ import annotations

from iam_guardrails.adapters.plan_json.account import account_from_plan
from iam_guardrails.adapters.plan_json.plan_file import (
    PlanError,
    PlanFile,
    plan_addresses,
    read_plan,
    terraform_checks,
)

__all__ = ["PlanError", "PlanFile", "account_from_plan", "plan_addresses", "read_plan", "terraform_checks"]
