"""Every call of the tables, live as it left things and after it was undone: tests/cases/incidents/effects.yaml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.incident_records import CLOCK, Fake, incident, record

from iam_guardrails.journeys.close import Collected, Surroundings, examine
from iam_guardrails.model.incident.effects.table import ALL
from iam_guardrails.model.incident.examined import Item
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown

CASES = Path(__file__).parent.parent / "cases" / "incidents" / "effects.yaml"
NO_BEFORE = Unknown("no capture was made")


def expanded(action: str, case: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    made = []
    for word in case.get("each", [""]):
        fill = {"<What>": word, "<what>": word.lower()}

        def put(value: Any, fill: dict[str, str] = fill, word: str = word) -> Any:
            if value == "<Egress>":
                return word == "Egress"
            if isinstance(value, str):
                return re.sub("<What>|<what>", lambda found: fill[found[0]], value)
            if isinstance(value, dict):
                return {put(key): put(item) for key, item in value.items()}
            return [put(item) for item in value] if isinstance(value, list) else value

        made.append((put(action), put({key: value for key, value in case.items() if key != "each"})))
    return made


LOADED = [one for action, case in yaml.safe_load(CASES.read_text()).items() for one in expanded(action, case)]


def items(records: list[Any], live: dict[str, Any], **more: Any) -> tuple[Item, ...]:
    around = Surroundings(Fake(live), more.get("before", NO_BEFORE), more.get("now", NO_BEFORE),
                          lambda: more.get("plan", Unknown("no Terraform")), "us-east-2")  # fmt: skip
    found = Collected(Window(), tuple(records), (), (), ())
    return examine(incident(more.get("purpose", "other")), found, around, "test", CLOCK).items


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
    assert [item.verdict for item in found] == ["not judged"]


def test_every_call_has_a_case() -> None:
    assert {call.action for call in ALL} == {action for action, _ in LOADED}
