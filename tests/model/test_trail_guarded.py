"""Silencing calls are asked of every guarded thing that the account's patterns can tell apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from iam_guardrails.model.account import Account, Subscription
from iam_guardrails.model.chain.guarded import targets
from iam_guardrails.model.chain.sight import events_of
from iam_guardrails.model.chain.watch import watch
from iam_guardrails.model.codec import decode
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.silencers import SILENCERS
from iam_guardrails.model.trail.apart import Apart
from iam_guardrails.model.trail.catalogue import IDENTITY, SILENCER, of_family
from iam_guardrails.model.trail.guarded import Guarded
from iam_guardrails.model.trail.record import TrailEvent
from iam_guardrails.model.value import changed
from iam_guardrails.rules.chain_report import report_of

SNS = "arn:aws:sns:us-east-2:333333333333"
KEY = "arn:aws:kms:us-east-2:333333333333:key/aaaaaaaa-0000-4000-8000-000000000001"
GROUP = "/aws/cloudtrail/prod-trail"
LOGS = f"arn:aws:logs:us-east-2:333333333333:log-group:{GROUP}"
TRAIL = "arn:aws:cloudtrail:us-east-2:333333333333:trail/prod-trail"
ALARM = "arn:aws:cloudwatch:us-east-2:333333333333:alarm"
RULE = "arn:aws:events:us-east-2:333333333333:rule"
EXPECTED = Expected("333333333333", "us-east-2", role_names=("admin", "network"),
                    people=("arn:aws:iam::333333333333:user/owners/alex",))  # fmt: skip


def role(name: str) -> dict[str, Any]:
    boundary = f"arn:aws:iam::333333333333:policy/{name}-boundary"
    return {"address": name, "name": name, "arn": f"arn:aws:iam::333333333333:role/{name}", "boundary_arn": boundary,
            "trust": {"Version": "2012-10-17", "Statement": []}}  # fmt: skip


def account(*patterns: str, rules: tuple[str, ...] = ()) -> Account:
    filters = [
        {"address": f"filter-{n}", "name": f"filter-{n}", "region": "us-east-2", "log_group_name": GROUP,
         "pattern": text, "metric_name": f"m{n}", "namespace": "N"}
        for n, text in enumerate(patterns)
    ]  # fmt: skip
    alarms = [
        {"address": f"alarm-{n}", "name": f"alarm-{n}", "arn": f"{ALARM}:alarm-{n}",
         "region": "us-east-2", "namespace": "N", "metric_name": f"m{n}", "actions": [f"{SNS}:security"]}
        for n in range(len(patterns))
    ]  # fmt: skip
    content = {
        "origin": "plan", "account_id": "333333333333", "home_region": "us-east-2",
        "roles": [role("admin"), role("network")],
        "trails": [{"address": "trail", "name": "prod-trail", "arn": TRAIL,
                    "region": "us-east-2", "multi_region": True, "log_group_arn": LOGS,
                    "delivery_role_arn": "arn:aws:iam::333333333333:role/prod-trail-delivery"}],
        "log_groups": [{"address": "group", "name": GROUP, "arn": LOGS, "region": "us-east-2"}],
        "metric_filters": filters, "alarms": alarms,
        "topics": [
            {"address": "app", "name": "app", "arn": f"{SNS}:app", "region": "us-east-2"},
            {"address": "security", "name": "security", "arn": f"{SNS}:security", "region": "us-east-2", "key_id": KEY},
        ],
        "keys": [
            {"address": "key", "arn": KEY, "key_id": KEY[-36:], "region": "us-east-2", "aliases": ["alias/alerts"]},
        ],
        "event_rules": [
            {"address": f"rule-{n}", "name": f"rule-{n}", "arn": f"{RULE}/rule-{n}",
             "region": "us-east-2", "pattern": text}
            for n, text in enumerate(rules)
        ],
    }  # fmt: skip
    return decode(Account, content, "account")


ALL = '{ $.eventSource = "*.amazonaws.com" }'


def asked(found: Account, call: str) -> dict[str, TrailEvent]:
    return {item.what: item for item in of_family(events_of(found, EXPECTED), SILENCER) if item.call == call}


def test_the_real_names_of_what_guards() -> None:
    found = targets(watch(account(ALL, ALL), EXPECTED))
    assert found.topics == (Guarded(f"{SNS}:security", "us-east-2", "security"),)
    assert found.keys == (Guarded(KEY[-36:], "us-east-2", "alias/alerts", KEY),)
    assert [item.name for item in found.roles] == ["admin", "network"]
    assert [item.label for item in found.policies] == ["admin-boundary", "network-boundary"]
    assert [item.name for item in found.users] == ["alex"]
    assert [item.name for item in found.delivery_roles] == ["prod-trail-delivery"]
    assert [item.name for item in found.alarms] == ["alarm-0", "alarm-1"]
    assert [(item.name, item.within) for item in found.filters] == [
        ("filter-0", "/aws/cloudtrail/prod-trail"), ("filter-1", "/aws/cloudtrail/prod-trail"),
    ]  # fmt: skip


def test_a_key_is_named_by_its_id_and_its_arn() -> None:
    record = asked(account(ALL), "kms:DisableKey")["kms:DisableKey"].record
    assert record["requestParameters"] == {"keyId": KEY[-36:]}
    assert record["responseElements"] == {"keyId": KEY}
    assert [item["ARN"] for item in record["resources"]] == [KEY]


@pytest.mark.parametrize(
    ("pattern", "call", "whats"),
    [
        (ALL, "iam:UpdateRole", {"iam:UpdateRole"}),
        ('{ $.requestParameters.roleName = "admin" }', "iam:UpdateRole",
         {"iam:UpdateRole of admin", "iam:UpdateRole of network"}),
        ('{ $.requestParameters.roleName = "admin" }', "iam:DeleteRole",
         {"iam:DeleteRole of admin", "iam:DeleteRole of network, prod-trail-delivery"}),
        ('{ $.requestParameters.roleName = "n*" }', "iam:DetachRolePolicy",
         {"iam:DetachRolePolicy of admin, prod-trail-delivery", "iam:DetachRolePolicy of network"}),
        ('{ $.requestParameters.roleName = "nobody" }', "iam:UpdateRole", {"iam:UpdateRole"}),
        ('{ $.requestParameters.policyArn = "*admin*" }', "iam:CreatePolicyVersion",
         {"iam:CreatePolicyVersion of admin-boundary", "iam:CreatePolicyVersion of network-boundary"}),
        ('{ $.requestParameters.* = "admin" }', "iam:UpdateRole",
         {"iam:UpdateRole of admin", "iam:UpdateRole of network"}),
    ],
)  # fmt: skip
def test_a_call_is_asked_of_each_thing_the_filters_tell_apart(pattern: str, call: str, whats: set[str]) -> None:
    assert set(asked(account(pattern), call)) == whats


def test_event_rules_tell_things_apart_too() -> None:
    rule = '{"$or": [{"source": ["aws.x"]}, {"detail": {"requestParameters": {"roleName": [{"prefix": "adm"}]}}}]}'
    found = asked(account(ALL, rules=(rule,)), "iam:UpdateRole")
    assert set(found) == {"iam:UpdateRole of admin", "iam:UpdateRole of network"}
    assert [item.id for item in found.values()] == ["silencer-UpdateRole-admin", "silencer-UpdateRole-network"]


def test_a_change_of_any_other_role_is_asked_too() -> None:
    made = of_family(events_of(account('{ $.requestParameters.roleName = "admin" }'), EXPECTED), IDENTITY)
    whats = [item.what for item in made if item.record["eventName"] == "PutRolePolicy"]
    assert whats == ["PutRolePolicy of admin", "PutRolePolicy of network, another role"]


def test_a_thing_of_another_region_is_silenced_there() -> None:
    found = account(ALL, rules=('{"detail": {"eventName": ["AssumeRole"]}}',))
    east = {"address": "east", "name": "rule-0", "arn": "arn:aws:events:us-east-1:333333333333:rule/rule-0",
            "region": "us-east-1", "pattern": found.event_rules[0].pattern}  # fmt: skip
    content = {**found.__dict__, "event_rules": (*found.event_rules, decode(type(found.event_rules[0]), east, "rule"))}
    made = asked(Account(**content), "events:DisableRule")
    assert {what: item.region for what, item in made.items()} == {
        "events:DisableRule of rule-0": "us-east-2", "events:DisableRule of rule-0 in us-east-1": "us-east-1",
    }  # fmt: skip
    assert {item.record["awsRegion"] for item in made.values()} == {"us-east-1", "us-east-2"}


def test_a_call_counts_as_told_only_where_it_is_told_of_everything_it_silences() -> None:
    found = account('{ $.requestParameters.roleName = "admin" }', '{ $.eventName = "StopLogging" }')
    subscription = Subscription("mail", f"{SNS}:security", "email", "soc@example.com", confirmed=True)
    alarms = tuple(changed(item, statistic="Sum", period_seconds=60, threshold=1.0,
                           treat_missing_data="notBreaching") for item in found.alarms)  # fmt: skip
    topics = tuple(changed(item, key_id=None) for item in found.topics)
    trails = tuple(changed(item, logging=True) for item in found.trails)
    content = {**found.__dict__, "subscriptions": (subscription,), "alarms": alarms, "topics": topics, "trails": trails}
    states = {item.call: item for item in report_of(Account(**content), EXPECTED, date(2026, 1, 15), "t").silencers}
    assert states["iam:UpdateRole"].told is False
    assert states["iam:UpdateRole"].alarmed_by == ("alarm alarm-0",)
    assert states["cloudtrail:StopLogging"].alarmed_by == ("alarm alarm-1",)
    assert set(states) == {silencer.name for silencer in SILENCERS}


def test_many_alike_things_make_one_record() -> None:
    many = [f'{{ ($.eventSource = "monitoring.amazonaws.com") && ($.eventName = "E{n}") }}' for n in range(60)]
    alike, apart = account(*many), account(*many, '{ $.requestParameters.alarmNames[0] = "alarm-1*" }')
    assert list(asked(alike, "cloudwatch:DeleteAlarms")) == ["cloudwatch:DeleteAlarms"]
    assert len(asked(apart, "cloudwatch:DeleteAlarms")) == 2
    assert len(asked(apart, "cloudwatch:SetAlarmState")) == 1


def test_patterns_that_are_broken_or_no_json_tell_nothing_apart() -> None:
    apart = Apart(("{ $.requestParameters.a = ", "requestParameters", ALL), ("{", '{"requestParameters": "x"}'))
    assert apart.look({"requestParameters": {"a": "b"}}) == ()
