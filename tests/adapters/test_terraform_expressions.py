"""Expressions of Terraform, worked out from the text alone (tests/cases/terraform_expressions.yaml)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from iam_guardrails.adapters.terraform_source.evaluate import value_of
from iam_guardrails.adapters.terraform_source.grammar import read_expression
from iam_guardrails.adapters.terraform_source.scan import SourceError
from iam_guardrails.adapters.terraform_source.unknown_text import Open

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "terraform_expressions.yaml").read_text())["cases"]
NAMES = {"var": {"a": "x", "list": ["b", "a"], "map": {"k": "v"}, "none": None, "open": Open("var.open")}}


class Names:
    def name(self, name: str) -> Any:
        return NAMES.get(name, Open(name))


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_an_expression_is_worth_what_its_text_tells(case: dict[str, Any]) -> None:
    if "fails" in case:
        with pytest.raises(SourceError, match=case["fails"]):
            read_expression(case["text"])
        return
    found = value_of(read_expression(case["text"]), Names())
    if "open" in case:
        assert isinstance(found, Open) and found.pattern == case["open"]
    else:
        assert found == case["value"] and type(found) is type(case["value"])


def test_what_is_open_differs_where_what_it_hangs_on_does() -> None:
    one, other = (value_of(read_expression(f'sha256("{text}${{var.open}}")'), Names()) for text in "ab")
    assert one != other and one.pattern == other.pattern
