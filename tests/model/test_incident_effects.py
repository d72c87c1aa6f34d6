"""Every call of the tables, live as it left things and after it was undone: tests/cases/incidents/effects.yaml."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.incident_cases import LOADED, items
from tests.incident_records import record

from iam_guardrails.model.incident.effects.facts import facts_of
from iam_guardrails.model.incident.effects.table import ALL
from iam_guardrails.model.incident.effects.write import write_of


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


ODD: tuple[Any, ...] = ("x", 5, ["x"], [None], {"items": ["x"]}, {"items": 5}, {"a": 1}, [["x"]])


@pytest.mark.parametrize(("action", "case"), LOADED, ids=[action for action, _ in LOADED])
def test_a_record_of_an_odd_form_stops_nothing(action: str, case: dict[str, Any]) -> None:
    for place in ("request", "response"):
        whole = case.get(place) or {}
        for name in whole:
            for odd in ODD:
                told = {"request": case["request"], "response": case.get("response"), place: whole | {name: odd}}
                done = record(action, told["request"], told["response"], event=case.get("event", ""))
                facts, _ = facts_of([write_of(done)])
                for fact in facts:
                    for write, call in fact.steps:
                        call.state(write, fact.names)
                        call.makes(write)
                        call.found and call.found(write, fact.names)


def test_a_call_of_an_odd_form_is_one_item_that_is_not_judged() -> None:
    odd = {"groupId": "sg-1", "ipPermissions": {"items": ["x"]}}
    found = items([record("ec2:AuthorizeSecurityGroupIngress", odd)], {})
    assert [(item.verdict, item.why) for item in found] == [
        ("not judged", "the record has a form that nobody can read")
    ]


def test_an_id_is_safe_in_a_shell_and_in_a_table() -> None:
    (found,) = items([record("iam:Do\x1b[31m`x`;\n## Fake | heading", {})], {})
    assert re.fullmatch("[A-Za-z0-9-]+", found.id)


def test_every_call_has_a_case() -> None:
    assert {call.action for call in ALL} == {action for action, _ in LOADED}


def test_what_a_service_went_through_is_no_part_of_how_it_is_set() -> None:
    """Answers of ECS hold times, and events that come and go."""
    at = datetime(2026, 11, 28, 12, tzinfo=UTC)
    running = {"taskDefinition": "mw:41", "createdAt": at, "runningCount": 1, "tags": [{"at": at}, {"at": 1}],
               "events": [{"id": "a", "createdAt": at}], "deployments": [{"id": "1", "createdAt": at}]}  # fmt: skip
    later = running | {"runningCount": 2, "events": [], "deployments": [], "desiredCount": 9}
    later |= {"currentServiceRevisions": [{"runningTaskCount": 2}], "currentServiceDeployment": "d"}
    done = record("ecs:UpdateService", {"cluster": "c", "service": "mw", "taskDefinition": "mw:41"})
    first, second = (items([done], {"DescribeServices": {"services": [one]}})[0] for one in (running, later))
    assert first.verdict == second.verdict == "still open"
    assert first.seen == second.seen != ""
