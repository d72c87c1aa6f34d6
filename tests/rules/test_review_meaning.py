"""A decision speaks for an item as long as what it was made about is the same. Cases: tests/cases/meaning/."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.review_world import basis_of

from iam_guardrails.model.review.review import Item

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "meaning" / "power.yaml").read_text())["cases"]


def the_item(case: dict[str, Any], world: str) -> Item:
    box = import_module(f"iam_guardrails.rules.review.{case['box']}").box(basis_of(case[world]))
    (found,) = (one for one in box.items if case.get("item", "") in one.title)
    return found  # type: ignore[no-any-return]  # the box comes by its name


@pytest.mark.parametrize("case", CASES, ids=[one["name"] for one in CASES])
def test_a_decision_falls_with_what_it_was_about(case: dict[str, Any]) -> None:
    before, after = the_item(case, "before"), the_item(case, "after")
    assert before.id == after.id
    assert (before.meaning != after.meaning) == case["asks"]
