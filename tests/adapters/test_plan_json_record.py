"""The record in a plan: trails and their selectors, buckets, Config, account-wide settings."""

from __future__ import annotations

from tests.adapters.plans import account, one

from iam_guardrails.model.account import EventSelector
from iam_guardrails.model.unknown import Unknown

SHAPES = account("reference-shapes")


def test_basic_selectors() -> None:
    trail = one(SHAPES.trails, "aws_cloudtrail.selective")
    assert trail.selectors == (EventSelector("WriteOnly", True, excluded_sources=("kms.amazonaws.com",)),)
    assert trail.key_arn == "address:aws_kms_key.one"
    assert trail.bucket_name == "prod-333333333333-trail"


def test_advanced_selectors() -> None:
    selectors = one(SHAPES.trails, "aws_cloudtrail.advanced").selectors
    assert not isinstance(selectors, Unknown)
    management, data = selectors
    assert (management.read_write, management.management_events, management.advanced) == (
        "WriteOnly",
        True,
        True,
    )
    assert management.excluded_sources == ("kms.amazonaws.com", "rdsdata.amazonaws.com")
    assert data.management_events is False
    assert ("resources.type", "equals", ("AWS::S3::Object",)) in data.fields


def test_a_trail_that_selects_nothing_records_all_management_events() -> None:
    assert one(account("foreign-unknown").trails, "aws_cloudtrail.audit").selectors == (EventSelector(),)


def test_what_is_not_set_is_what_aws_does() -> None:
    found = account("twelve-defects")
    group = one(found.log_groups, "aws_cloudwatch_log_group.trail")
    assert (group.log_class, group.retention_days) == ("STANDARD", 400)
    assert (
        one(account("foreign-nested").log_groups, "module.telemetry.aws_cloudwatch_log_group.events").retention_days
        is None
    )


def test_a_bucket_with_its_parts() -> None:
    (bucket,) = SHAPES.buckets
    assert bucket.name == "prod-333333333333-trail"
    assert bucket.versioned is True
    assert (bucket.encryption, bucket.key_arn) == ("aws:kms", "address:aws_kms_key.one")
    block = one(SHAPES.public_access_blocks, "aws_s3_bucket_public_access_block.trail")
    assert (block.bucket_name, block.block_public_policy, block.ignore_public_acls) == (
        bucket.name,
        True,
        False,
    )


def test_account_wide_settings() -> None:
    (recorder,), (channel,), (rule,) = SHAPES.config_recorders, SHAPES.delivery_channels, SHAPES.config_rules
    assert (recorder.recording, recorder.all_supported, recorder.include_global_types) == (True, True, True)
    assert recorder.role_arn == one(SHAPES.roles, "aws_iam_role.hub").arn
    assert (channel.name, channel.bucket_name) == ("default", "prod-333333333333-trail")
    assert (rule.owner, rule.identifier, rule.parameters) == (
        "AWS",
        "ACCESS_KEYS_ROTATED",
        {"maxAccessKeyAge": "90"},
    )
    assert {(item.kind, item.unused_access_days) for item in SHAPES.analyzers} == {
        ("ACCOUNT", None),
        ("ACCOUNT_UNUSED_ACCESS", 90),
    }
    (policy,) = SHAPES.password_policies
    assert (policy.minimum_length, policy.reuse_prevention, policy.requires_symbols) == (16, 24, True)
    assert one(SHAPES.public_access_blocks, "aws_s3_account_public_access_block.account").bucket_name is None


def test_alarms_on_expressions_claim_only_their_metric() -> None:
    filled = one(SHAPES.alarms, "aws_cloudwatch_metric_alarm.filled")
    assert (filled.namespace, filled.metric_name, filled.period_seconds) == ("Shapes", "Raw", 60)
    assert isinstance(filled.statistic, Unknown)
    assert isinstance(filled.threshold, Unknown)
    rate = one(account("application-only").alarms, "aws_cloudwatch_metric_alarm.error_rate")
    assert rate.namespace == "Shop"
    assert isinstance(rate.metric_name, Unknown)


def test_a_composite_alarm() -> None:
    alarm = one(SHAPES.alarms, "aws_cloudwatch_composite_alarm.any")
    assert (alarm.rule, alarm.metric_name) == ('ALARM("filled")', None)
