"""Every call of the tables, live as it left things and after it was undone: tests/cases/incidents/effects.yaml."""

from __future__ import annotations

from typing import Any

import pytest
from tests.incident_cases import LOADED, items
from tests.incident_records import record

from iam_guardrails.model.incident.effects.table import ALL


@pytest.mark.parametrize(("action", "case"), LOADED, ids=[action for action, _ in LOADED])
def test_an_effect_that_is_there_is_open_and_one_that_is_not_is_reverted(action: str, case: dict[str, Any]) -> None:
    done = record(action, case["request"], case.get("response"), event=case.get("event", ""))
    there, gone = (items([done], case[name]) for name in ("open", "undone"))
    verdicts = case.get("told", ["still open", "reverted"])
    assert [len(there), len(gone)] == [case.get("objects", 1)] * 2
    assert [there[0].verdict, gone[0].verdict] == verdicts, (there[0].why, gone[0].why)
    if verdicts[0] == "still open":
        assert there[0].command == case.get("command", "")
        assert there[0].command or "no command" in there[0].why
    assert there[0].id == gone[0].id


@pytest.mark.parametrize(("action", "case"), LOADED, ids=[action for action, _ in LOADED])
def test_a_refused_look_is_not_judged(action: str, case: dict[str, Any]) -> None:
    found = items([record(action, case["request"], case.get("response"), event=case.get("event", ""))], {})
    assert {item.verdict for item in found} == {"not judged"}


@pytest.mark.parametrize(("action", "case"), LOADED, ids=[action for action, _ in LOADED])
def test_a_call_that_was_refused_leaves_nothing(action: str, case: dict[str, Any]) -> None:
    assert items([record(action, case["request"], error="AccessDenied")], {}) == ()


@pytest.mark.parametrize(("action", "case"), LOADED, ids=[action for action, _ in LOADED])
def test_a_record_that_names_nothing_is_not_judged(action: str, case: dict[str, Any]) -> None:
    found = items([record(action, {}, event=case.get("event", ""))], case["open"])
    by_caller = action.startswith(("signin:", "sts:Get"))  # whose session it is stands in userIdentity
    assert [item.verdict for item in found] == ["still open" if by_caller else "not judged"]


def test_every_call_has_a_case() -> None:
    assert {call.action for call in ALL} == {action for action, _ in LOADED}
