"""Which guardrails are off or muted now: each kind on, off, and off beside what is none of ours."""

from __future__ import annotations

from typing import Any

import pytest

from iam_guardrails.model.account import Account
from iam_guardrails.model.chain.silenced import silenced_now
from iam_guardrails.model.codec import decode
from iam_guardrails.model.expected import Expected

EXPECTED = Expected("333333333333", "us-east-2", role_names=("admin",))
HERE = "us-east-2:333333333333"
GROUP, KEY, LOG_KEY = f"arn:aws:logs:{HERE}:log-group:trail", f"arn:aws:kms:{HERE}:key/a", f"arn:aws:kms:{HERE}:key/b"
APP_KEY = f"arn:aws:kms:{HERE}:key/c"
ALARM = f"arn:aws:cloudwatch:{HERE}:alarm:"
RULE = f"arn:aws:events:{HERE}:rule"
WATCHED = {"metric_name": "used", "namespace": "N"}


def account(**changed: Any) -> Account:
    """One of each kind that guards, one of each that does not; `changed` by kind and address."""
    content: dict[str, Any] = {
        "origin": "live", "account_id": "333333333333", "home_region": "us-east-2",
        "trails": [{"address": "trail", "name": "t", "arn": f"arn:aws:cloudtrail:{HERE}:trail/t", "region": "us-east-2",
                    "log_group_arn": GROUP, "key_arn": KEY}],
        "log_groups": [{"address": "group", "name": "trail", "arn": GROUP, "region": "us-east-2", "key_arn": LOG_KEY}],
        "metric_filters": [{"address": "filter", "name": "f", "region": "us-east-2", "log_group_name": "trail",
                            "pattern": '{ $.eventSource = "sts.amazonaws.com" }', **WATCHED}],
        "alarms": [
            {"address": "alarm", "name": "one", "arn": f"{ALARM}one", "region": "us-east-2", **WATCHED},
            {"address": "over", "name": "over", "arn": f"{ALARM}over", "region": "us-east-2", "rule": "ALARM(one)"},
            {"address": "app", "name": "app", "arn": f"{ALARM}app", "region": "us-east-2", "metric_name": "orders",
             "namespace": "Shop"},
        ],
        "event_rules": [
            {"address": "rule", "name": "r", "arn": f"{RULE}/r", "region": "us-east-2",
             "pattern": '{"source": ["aws.sts"], "detail": {"eventName": ["AssumeRole"]}}'},
            {"address": "app-rule", "name": "a", "arn": f"{RULE}/a", "region": "us-east-2",
             "pattern": '{"source": ["shop"]}'},
        ],
        "keys": [
            {"address": address, "arn": arn, "key_id": arn[-1], "region": "us-east-2"}
            for address, arn in (("key", KEY), ("log-key", LOG_KEY), ("app-key", APP_KEY))
        ],
        "config_recorders": [{"address": "recorder", "name": "default", "region": "us-east-2", "recording": True}],
        "mute_rules": changed.pop("mute_rules", []),
    }  # fmt: skip
    for items in content.values():
        for item in items if isinstance(items, list) else ():
            item.update(changed.pop(item["address"].replace("-", "_"), {}))
    assert not changed
    return decode(Account, content, "account")


def muting(name: str, status: str = "ACTIVE", region: str = "us-east-2") -> list[dict[str, Any]]:
    return [{"address": "mute", "name": "night", "region": region, "alarm_names": [name], "status": status}]


OFF = {"actions_enabled": False}
DEAD = {"enabled": False, "state": "PendingDeletion"}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"trail": {"logging": False}}, [("cloudtrail:StopLogging", "trail")]),
        ({"alarm": OFF}, [("cloudwatch:DisableAlarmActions", "alarm")]),
        ({"over": OFF}, [("cloudwatch:DisableAlarmActions", "over")]),
        ({"app": OFF}, []),
        ({"mute_rules": muting("one")}, [("cloudwatch:PutAlarmMuteRule", "mute")]),
        ({"mute_rules": muting("over")}, [("cloudwatch:PutAlarmMuteRule", "mute")]),
        ({"mute_rules": muting("over", "")}, [("cloudwatch:PutAlarmMuteRule", "mute")]),
        ({"mute_rules": muting("app")}, []),
        ({"mute_rules": muting("one", region="us-east-1")}, []),
        ({"mute_rules": muting("one", "SCHEDULED")}, []),
        ({"mute_rules": muting("one", "EXPIRED")}, []),
        ({"rule": {"state": "DISABLED"}}, [("events:DisableRule", "rule")]),
        ({"app_rule": {"state": "DISABLED"}}, []),
        ({"key": {"enabled": False, "state": "Disabled"}}, [("kms:DisableKey", "key")]),
        ({"log_key": DEAD}, [("kms:ScheduleKeyDeletion", "log-key")]),
        ({"app_key": DEAD}, []),
        ({"recorder": {"recording": False}}, [("config:StopConfigurationRecorder", "recorder")]),
    ],
)  # fmt: skip
def test_what_is_off_now(changed: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert [(item.call, item.address) for item in silenced_now(account(**changed), EXPECTED)] == found
