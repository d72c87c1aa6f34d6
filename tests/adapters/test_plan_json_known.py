"""What a plan knows of a stack that stands, what it does not know, and what it must not tell."""

from __future__ import annotations

import json
import re
import time

from tests.adapters.plans import PLANS, SNS, account, content, made, one

from iam_guardrails.model.codec import decode_account
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.unknown import Unknown

STANDING = account("second-plan")


def test_unchanged_resources_are_there_and_destroyed_ones_are_not() -> None:
    assert {topic.name for topic in STANDING.topics} == {"prod-security-alerts", "prod-pager"}
    assert one(STANDING.log_groups, "aws_cloudwatch_log_group.trail").retention_days == 400


def test_a_change_counts_as_it_will_be() -> None:
    assert one(STANDING.roles, "aws_iam_role.breakglass").max_session_seconds == 3600


def test_a_set_of_one_known_and_one_new_topic_holds_both() -> None:
    alarm = one(STANDING.alarms, "aws_cloudwatch_metric_alarm.breakglass")
    assert alarm.actions == (f"{SNS}:prod-pager", f"{SNS}:prod-security-alerts")


def test_arns_that_aws_issued_are_used() -> None:
    key = one(STANDING.keys, "aws_kms_key.alerts")
    assert key.arn == f"arn:aws:kms:us-east-2:333333333333:key/{key.key_id}"
    assert one(STANDING.topics, "aws_sns_topic.alerts").key_id == key.arn


def test_a_policy_is_not_told_twice() -> None:
    role = one(STANDING.roles, "aws_iam_role.breakglass")
    assert [(item.name, item.address) for item in role.inline_policies] == [
        ("operator", "aws_iam_role_policy.breakglass")
    ]
    assert isinstance(role.inline_policies[0].document, PolicyDocument)
    assert role.attached_policy_arns == ("arn:aws:iam::333333333333:policy/prod-breakglass-boundary",)


def test_unknown_policies_and_links_are_kept_as_unknown() -> None:
    found = account("foreign-unknown")
    role = one(found.roles, "aws_iam_role.breakglass")
    assert role.trust == Unknown("its value is known only after apply", ("aws_iam_user.owner",))
    assert isinstance(role.boundary_arn, Unknown)
    assert isinstance(role.inline_policies[0].document, Unknown)
    assert isinstance(role.attached_policy_arns[0], Unknown)
    assert isinstance(found.trails[0].log_group_arn, Unknown)
    assert isinstance(found.metric_filters[0].pattern, Unknown)
    assert isinstance(found.metric_filters[0].log_group_name, Unknown)
    assert isinstance(found.alarms[0].actions, Unknown)
    assert all(isinstance(item.topic_arn, Unknown) for item in found.subscriptions)
    assert all(isinstance(item.key_id, Unknown) for item in found.topics)
    assert isinstance(found.keys[0].policy, Unknown)


def test_sensitive_values_are_not_copied() -> None:
    item = one(account("reference-shapes").subscriptions, 'aws_sns_topic_subscription.same_output["p"]')
    assert item.endpoint == Unknown("its value is marked sensitive")
    values = content("twelve-defects")
    for resource in values["planned_values"]["root_module"]["resources"]:
        resource["sensitive_values"] = dict.fromkeys(resource["values"], True)
    text = repr(made(values))
    for secret in (
        "AsumeRole",
        "Owners",
        "webhook",
        "BreakGlassUsed",
        "alias/aws/sns",
        "11111111-2222",
        "prod-",
    ):
        assert secret not in text


def test_an_application_is_read_like_anything_else() -> None:
    found = account("application-only")
    assert one(found.alarms, "aws_cloudwatch_metric_alarm.errors").actions == (f"{SNS}:shop-team",)
    assert (
        one(found.event_targets, "aws_cloudwatch_event_target.nightly").arn
        == "arn:aws:sqs:us-east-2:333333333333:shop-orders"
    )
    assert one(found.event_rules, "aws_cloudwatch_event_rule.nightly").pattern is None


def test_no_plan_holds_a_path_of_the_machine_that_made_it() -> None:
    for path in sorted(PLANS.glob("*/plan.json")):
        text = path.read_text()
        assert not re.search(r"/(home|root|tmp|opt|work|Users)/", text), path
        assert json.loads(text)["errored"] is False


def test_an_empty_plan_is_an_empty_account() -> None:
    values: dict[str, object] = {"planned_values": {"root_module": {}}, "configuration": {"root_module": {}}}
    empty = decode_account({"origin": "plan", "account_id": "333333333333", "home_region": "us-east-2"})
    assert made(values) == empty


def test_the_largest_plan_is_read_in_milliseconds() -> None:
    values = content("reference-shapes")
    made(values)
    began = time.process_time()
    for _ in range(5):
        made(values)
    assert (time.process_time() - began) / 5 < 0.05
