"""A flat stack: the defects stand in the account as they stand in the configuration, the repairs too."""

from __future__ import annotations

from tests.adapters.plans import IAM, SNS, account, one, plan

from iam_guardrails.adapters.plan_json import plan_addresses, terraform_checks
from iam_guardrails.model.iam.document import PolicyDocument

ALARM = "aws_cloudwatch_metric_alarm.breakglass"
FILTER = "aws_cloudwatch_log_metric_filter.breakglass"
ROLE = "aws_iam_role.breakglass"


def test_the_role_carries_its_defects() -> None:
    role = one(account("twelve-defects").roles, ROLE)
    assert role.arn == f"{IAM}:role/prod-breakglass-admin"
    assert role.max_session_seconds == 43200
    assert role.boundary_arn == f"{IAM}:policy/prod-breakglass-boundary"
    assert isinstance(role.trust, PolicyDocument)
    owners, single_sign_on = role.trust.statements
    assert [item.key for item in owners.conditions] == ["sts:SourceIdentity"]
    assert "aws:MultiFactorAuthPresent" in [item.key for item in single_sign_on.conditions]


def test_the_filter_carries_its_defects() -> None:
    found = account("twelve-defects")
    item = one(found.metric_filters, FILTER)
    assert item.log_group_name == "/app/webhook"
    assert isinstance(item.pattern, str)
    assert '"AsumeRole"' in item.pattern
    assert "roleArn != " in item.pattern
    assert found.trails[0].log_group_arn == one(found.log_groups, "aws_cloudwatch_log_group.trail").arn


def test_the_alarm_and_topic_carry_their_defects() -> None:
    found = account("twelve-defects")
    alarm = one(found.alarms, ALARM)
    assert alarm.metric_name == "BreakGlassUsed"
    assert (alarm.statistic, alarm.threshold, alarm.period_seconds) == ("Average", 5, 86400)
    assert alarm.actions == ()
    assert one(found.topics, "aws_sns_topic.alerts").key_id == "alias/aws/sns"
    assert found.subscriptions == ()


def test_the_repaired_chain_is_linked_from_end_to_end() -> None:
    found = account("twelve-repaired")
    item, alarm = one(found.metric_filters, FILTER), one(found.alarms, ALARM)
    topic = one(found.topics, "aws_sns_topic.alerts")
    assert (item.namespace, item.metric_name) == (alarm.namespace, alarm.metric_name)
    assert alarm.actions == (topic.arn,) == (f"{SNS}:prod-security-alerts",)
    assert topic.key_id == one(found.keys, "aws_kms_key.alerts").arn == "address:aws_kms_key.alerts"
    assert isinstance(one(found.keys, "aws_kms_key.alerts").policy, PolicyDocument)
    assert {item.endpoint for item in found.subscriptions if item.topic_arn == topic.arn} == {
        "dana@example.com",
        "+15555550100",
    }


def test_both_regions_are_told_apart() -> None:
    found = account("twelve-repaired")
    here, there = (one(found.topics, f"aws_sns_topic.alerts{suffix}") for suffix in ("", "_virginia"))
    assert (here.region, there.region) == ("us-east-2", "us-east-1")
    assert there.arn == "arn:aws:sns:us-east-1:333333333333:prod-security-alerts"
    for suffix, topic in (("", here), ("_virginia", there)):
        rule = one(found.event_rules, f"aws_cloudwatch_event_rule.breakglass{suffix}")
        target = one(found.event_targets, f"aws_cloudwatch_event_target.breakglass{suffix}")
        assert (target.rule_name, target.region, target.arn) == (rule.name, rule.region, topic.arn)
        assert isinstance(topic.policy, PolicyDocument)
        assert topic.policy.statements[0].resources == (topic.arn,)


def test_alarms_of_a_for_each_catalogue_keep_their_keys() -> None:
    found = account("twelve-repaired")
    for item in (item for item in found.metric_filters if ".watched[" in item.address):
        alarm = one(found.alarms, item.address.replace("_log_metric_filter", "_metric_alarm"))
        assert alarm.metric_name == item.metric_name


def test_addresses_are_those_of_managed_resources() -> None:
    addresses = plan_addresses(plan("twelve-repaired"))
    assert 'aws_sns_topic_subscription.owner["dana@example.com"]' in addresses
    assert not any(address.startswith("data.") for address in addresses)
    assert len(addresses) == len(set(addresses)) == 44


def test_checks_of_terraform_itself() -> None:
    assert terraform_checks(plan("twelve-defects")) == []
    assert terraform_checks(plan("reference-shapes")) == [
        ("check.later", "unknown", ()),
        ("check.names", "fail", ("The topic is not called two.",)),
    ]
