"""The account before and now, and what explains each difference: tests/cases/incidents/differences.yaml."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from tests.incident_cases import account, items
from tests.incident_records import record

from iam_guardrails.adapters.trail_engine.one_record import KEEP, class_of
from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.difference import COMPARED, VOLATILE, changes
from iam_guardrails.model.incident.explaining import contradicted, explained
from iam_guardrails.model.incident.making import CALLS, MAKERS
from iam_guardrails.model.trail.facts import IAM_CHANGE, MAKES

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "incidents" / "differences.yaml").read_text())


def records(calls: list[Any], **more: Any) -> list[Any]:
    made = []
    for number, (action, request, *rest) in enumerate(calls):
        response, region = (*rest, None, None)[:2]
        made.append(record(action, request, response, seconds=number, region=region or "us-east-2", **more))
    return made


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    before, now = (account(case[name], name) for name in ("before", "now"))
    mine = items(records(case.get("calls", [])), case.get("live", {}), before=before)
    others = records(case.get("others", []), incident="", role="other", error=case.get("error", ""))
    done = records(case.get("calls", []))
    found = explained(changes(before, now), mine, others, done, before.seen_at)
    kinds = {item.id: item.kind or "unplaced" for item in mine} | {"": ""}
    assert [[item.kind, item.part, kinds[item.item]] for item in found] == case["changes"]
    if "items" in case:
        told = contradicted(mine, found, before)
        assert [item.verdict for item in told] == [verdict for verdict, _ in case["items"]], [item.why for item in told]
        assert all(says in item.why for item, (_, says) in zip(told, case["items"], strict=True)), told
        assert case.get("command", told[0].command if told else "") == (told[0].command if told else "")
    if "who" in case:
        assert {item.who for item in found} == ({case["who"]} if isinstance(case["who"], str) else {*case["who"]})


T, K = "arn:aws:sns:us-east-2:333333333333:t", "arn:aws:kms:us-east-2:333333333333:key/k"
LED_TO: dict[str, Any] = {
    "topics": [{"address": T, "name": "t", "arn": T, "region": "us-east-2", "key_id": "k"}],
    "subscriptions": [{"address": f"{T}:1", "topic_arn": T, "protocol": "email", "endpoint": "a"}],
    "keys": [{"address": K, "arn": K, "region": "us-east-2", "key_id": "k"}],
    "log_groups": [{"address": "g", "name": "/g", "arn": "g", "region": "us-east-2"}],
    "buckets": [{"address": "b", "name": "b", "arn": "arn:aws:s3:::b"}],
}


def test_what_nothing_led_to_before_is_no_change_and_else_it_is() -> None:
    """An alarm that was made may send to a topic that was there all the time."""
    alarm = {"address": "al", "name": "al", "arn": "al", "region": "us-east-2", "actions": [T]}
    trail = {"address": "tr", "name": "tr", "arn": "tr", "region": "us-east-2", "bucket_name": "b",
             "log_group_arn": "arn:aws:logs:us-east-2:333333333333:log-group:/g:*", "key_arn": "k"}  # fmt: skip
    leads = {"alarms": [alarm], "trails": [trail]}
    now = account(LED_TO | leads, "now")
    assert [item.part[0] for item in items([], {}, before=account({}, "before"), now=now)] == ["trails", "alarms"]
    found = items([], {}, before=account(leads, "before"), now=now)
    assert {item.part[0] for item in found} == set(LED_TO)


def test_what_changes_by_itself_is_a_field_of_its_kind() -> None:
    hints = get_type_hints(Account, localns={"datetime": datetime})
    for kind, fields in VOLATILE.items():
        assert fields <= set(get_args(hints[kind])[0]._names), kind


def test_every_part_that_calls_make_is_a_field_of_its_kind() -> None:
    hints = get_type_hints(Account, localns={"datetime": datetime})
    for kind, parts in MAKERS.items():
        assert set(parts) - {"+", "-", "*"} <= set(get_args(hints[kind])[0]._names), kind


def test_of_every_kind_that_is_compared_somebody_knows_which_calls_make_it() -> None:
    assert set(MAKERS) == set(COMPARED)


def test_others_calls_that_make_what_captures_hold_are_kept() -> None:
    assert ("sns.amazonaws.com", "Subscribe") in CALLS
    for source, name in CALLS:
        assert class_of(("x", name, source, None), frozenset())[0] & KEEP & (MAKES | IAM_CHANGE), name
    assert not class_of(("x", "Publish", "sns.amazonaws.com", None), frozenset())[0]


def test_what_differs_of_a_list_is_told_one_by_one() -> None:
    role = {"address": "mw", "name": "mw", "arn": "mw", "trust": {"Statement": []}}
    was = account({"roles": [role | {"tags": {"a": "1", "b": "1"}, "attached_policy_arns": ["p", "q"]}]}, "before")
    tags = {"a": "2", "b": "1", "c": "3"}
    now = account({"roles": [role | {"tags": tags, "attached_policy_arns": ["q", "r"]}]}, "now")
    assert [(item.part, item.before, item.now) for item in changes(was, now)] == [
        ("attached_policy_arns", '["p"]', "[]"), ("attached_policy_arns", "[]", '["r"]'),
        ("tags", '[["a", "1"]]', '[["a", "2"]]'), ("tags", "[]", '[["c", "3"]]'),
    ]  # fmt: skip
