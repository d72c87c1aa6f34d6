"""The calls that an incident explains, over the cases in tests/cases/rules/reconcile/explained.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.rules.reconcile_cases import against

from iam_guardrails.rules.reconcile_uses import of_incidents

CASES = Path(__file__).parent.parent / "cases" / "rules" / "reconcile" / "explained.yaml"
LOADED: list[dict[str, Any]] = yaml.safe_load(CASES.read_text())["cases"]


@pytest.mark.parametrize("case", LOADED, ids=[case["name"] for case in LOADED])
def test_an_incident_explains_the_calls_of_its_own_sessions(case: dict[str, Any]) -> None:
    assert of_incidents(against(case["with"])) == dict.fromkeys(case["calls"], "INC-1")
