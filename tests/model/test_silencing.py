"""The question about silencing calls knows what the project's own rules and alarms tell."""

from __future__ import annotations

from tests.silencing_calls import MODULES, families, told_by_modules

from iam_guardrails.model.silencers import SILENCERS, SILENCING, is_silencing


def test_every_call_that_the_rules_and_alarms_tell_is_known() -> None:
    assert sorted(told_by_modules() - SILENCING) == []


def test_nothing_else_is_called_silencing() -> None:
    of_the_role = {(item.service, item.action) for item in SILENCERS}
    others = {(source.partition(".")[0].replace("monitoring", "cloudwatch"), name)
              for source, name in SILENCING - told_by_modules()}  # fmt: skip
    assert others <= of_the_role


def test_what_the_modules_tell_was_read_at_all() -> None:
    rules = families(MODULES / "event-rules/patterns_silencers.tf")
    assert len(rules) == 7 and all(len(calls) > 5 for calls in rules.values())
    told = told_by_modules()
    for call in (("monitoring.amazonaws.com", "PutMetricAlarm"), ("logs.amazonaws.com", "DeleteLogStream"),
                 ("logs.amazonaws.com", "PutSubscriptionFilter"), ("kms.amazonaws.com", "UpdatePrimaryRegion"),
                 ("s3.amazonaws.com", "PutBucket*")):  # fmt: skip
        assert call in told


def test_a_star_stands_for_the_rest_of_a_name() -> None:
    assert is_silencing("s3.amazonaws.com", "PutBucketLifecycle") and is_silencing("s3.amazonaws.com", "DeleteBucket")
    assert not is_silencing("s3.amazonaws.com", "PutObject") and not is_silencing(
        "kms.amazonaws.com", "PutBucketPolicy"
    )
