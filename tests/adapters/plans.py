"""The saved plans, read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from iam_guardrails.adapters.plan_json import PlanFile, account_from_plan, read_plan
from iam_guardrails.model.account import Account
from iam_guardrails.model.expected import Expected

PLANS = Path(__file__).parent.parent / "cases" / "plans"
EXPECTED = Expected("333333333333", "us-east-2")
IAM = "arn:aws:iam::333333333333"
SNS = "arn:aws:sns:us-east-2:333333333333"
T = TypeVar("T")


def plan(name: str) -> PlanFile:
    return read_plan(PLANS / name / "plan.json")


def account(name: str) -> Account:
    return account_from_plan(plan(name), EXPECTED)


def one(items: Iterable[T], address: str) -> T:
    """The only item at an address."""
    found = [item for item in items if getattr(item, "address", None) == address]
    assert len(found) == 1, (address, found)
    return found[0]


def content(name: str) -> dict[str, Any]:
    """A plan's JSON, to be changed by a test."""
    found: dict[str, Any] = json.loads((PLANS / name / "plan.json").read_text())
    return found


def made(values: Mapping[str, Any]) -> Account:
    """The account of a plan given as JSON values."""
    return account_from_plan(PlanFile("plan.json", "1.2", "1.11.4", values), EXPECTED)
