"""Tightening by use: each case with what becomes of every policy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.model.tightening import run, statement

from iam_guardrails.model.iam.tightening.propose import SKIPPED, TIGHTER, UNCHANGED, WITHHELD, Proposal

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "tightening" / "policies.yaml").read_text())


def _many(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = [f"{verb}Thing{number}OfEverySort" for verb in told["verbs"] for number in range(told["count"])]
    return [{"by": told["by"], "call": f"{service}:{name}"} for service in told["services"] for name in names]


def _key(item: Proposal) -> str:
    holder = item.subject.holders[0].rpartition("/")[2]
    return f"{holder}/{item.subject.name}" if item.subject.kind == "inline" else item.subject.name


def _statements(item: Proposal) -> list[Any]:
    return [_sorted(one) for one in item.new["Statement"]] if item.new else []


def _sorted(one: Mapping[str, Any]) -> dict[str, Any]:
    """A lone text in a list is the same element as without it."""
    return {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in one.items()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_becomes_of_every_policy(case: dict[str, Any], tmp_path: Path) -> None:
    told = {**case, "events": _many(case["many"])} if "many" in case else case
    _, outcome = run(told, tmp_path / "account.json")
    found = {_key(item): item for item in outcome.proposals}
    assert set(found) == set(case["expect"])
    for name, expected in case["expect"].items():
        _check(found[name], {"unchanged": True} if expected == "unchanged" else expected)
    left = {item.role_arn.rpartition("/")[2]: item.reason for item in outcome.skipped}
    if "left" in case:
        assert set(left) == set(case["left"])
        assert all(part in left[name] for name, part in case["left"].items())
    assert [arn.rpartition("/")[2] for arn in outcome.unused] == case.get("unused", [])


def _check(item: Proposal, expected: Mapping[str, Any]) -> None:
    if "unchanged" in expected:
        assert (item.state, item.new, item.changes) == (UNCHANGED, None, ())
        return
    for state in (WITHHELD, SKIPPED):
        if state in expected:
            assert item.state == state
            assert expected[state] in item.reason
            return
    assert item.state == TIGHTER, item.reason
    assert item.proof is not None
    assert item.proof.verdict == "proven"
    if "becomes" in expected:
        assert _statements(item) == [_sorted(statement(one)) for one in expected["becomes"]]
    if "stays" in expected:
        assert sorted(spot.pattern for spot in item.blind_spots) == sorted(expected["stays"])
    if "confidence" in expected:
        assert {change.confidence for change in item.changes} == {expected["confidence"]}
    if "fits" in expected:
        assert item.new_characters <= expected["fits"]
        assert set(expected["keeps_patterns"]) <= set(item.shortened)
