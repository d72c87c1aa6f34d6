"""AWS Config as the emulator adds to it, seen through boto3."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

RULES = ("trail-on", "user-mfa")


@pytest.fixture
def config(aws: Any, account_id: str) -> Any:
    client = aws("config")
    client.put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": f"arn:aws:iam::{account_id}:role/config"}
    )
    for name, identifier in zip(RULES, ("CLOUD_TRAIL_ENABLED", "IAM_USER_MFA_ENABLED"), strict=True):
        source = {"Owner": "AWS", "SourceIdentifier": identifier}
        client.put_config_rule(ConfigRule={"ConfigRuleName": name, "Source": source})
    return client


def feed(config: Any, rule: str, resource: str, verdict: str) -> None:
    config.put_external_evaluation(
        ConfigRuleName=rule,
        ExternalEvaluation={
            "ComplianceResourceType": "AWS::IAM::User",
            "ComplianceResourceId": resource,
            "ComplianceType": verdict,
            "Annotation": "seen",
            "OrderingTimestamp": datetime.now(UTC),
        },
    )


def told(config: Any, **options: Any) -> dict[str, str]:
    rows = config.describe_compliance_by_config_rule(**options)["ComplianceByConfigRules"]
    return {row["ConfigRuleName"]: row["Compliance"]["ComplianceType"] for row in rows}


def test_no_rule_has_a_verdict_until_one_is_put_in(config: Any) -> None:
    assert told(config) == dict.fromkeys(RULES, "INSUFFICIENT_DATA")
    assert config.get_compliance_details_by_config_rule(ConfigRuleName="user-mfa")["EvaluationResults"] == []
    config.start_config_rules_evaluation(ConfigRuleNames=["user-mfa"])
    assert told(config)["user-mfa"] == "INSUFFICIENT_DATA"


def test_results_that_were_put_in_are_told(config: Any) -> None:
    feed(config, "user-mfa", "alice", "COMPLIANT")
    assert told(config, ConfigRuleNames=["user-mfa"]) == {"user-mfa": "COMPLIANT"}
    feed(config, "user-mfa", "bob", "NON_COMPLIANT")
    assert told(config, ComplianceTypes=["NON_COMPLIANT"]) == {"user-mfa": "NON_COMPLIANT"}
    details = config.get_compliance_details_by_config_rule(
        ConfigRuleName="user-mfa", ComplianceTypes=["NON_COMPLIANT"]
    )["EvaluationResults"]
    qualifier = details[0]["EvaluationResultIdentifier"]["EvaluationResultQualifier"]
    assert [each["Annotation"] for each in details] == ["seen"]
    assert qualifier["ResourceId"] == "bob"
    summary = config.get_compliance_summary_by_config_rule()["ComplianceSummary"]
    assert summary["NonCompliantResourceCount"]["CappedCount"] == 1
    assert summary["CompliantResourceCount"]["CappedCount"] == 0
    feed(config, "user-mfa", "bob", "COMPLIANT")
    assert told(config)["user-mfa"] == "COMPLIANT"


def test_evaluation_status(config: Any) -> None:
    feed(config, "user-mfa", "alice", "COMPLIANT")
    rows = config.describe_config_rule_evaluation_status()["ConfigRulesEvaluationStatus"]
    started = {row["ConfigRuleName"]: row["FirstEvaluationStarted"] for row in rows}
    assert started == {"trail-on": False, "user-mfa": True}


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.describe_compliance_by_config_rule(ConfigRuleNames=["none"]),
        lambda c: c.get_compliance_details_by_config_rule(ConfigRuleName="none"),
        lambda c: c.describe_config_rule_evaluation_status(ConfigRuleNames=["none"]),
        lambda c: c.start_config_rules_evaluation(ConfigRuleNames=["none"]),
        lambda c: feed(c, "none", "x", "COMPLIANT"),
    ],
)
def test_an_unknown_rule_is_refused(config: Any, call: Any) -> None:
    with pytest.raises(ClientError) as refused:
        call(config)
    assert refused.value.response["Error"]["Code"] == "NoSuchConfigRuleException"


def test_delivery_channel_status_tells_no_delivery(aws: Any, config: Any, account_id: str) -> None:
    aws("s3", region="us-east-1").create_bucket(Bucket=f"config-{account_id}")
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": f"config-{account_id}"})
    rows = config.describe_delivery_channel_status()["DeliveryChannelsStatus"]
    assert [row["name"] for row in rows] == ["default"]
    assert rows[0]["configHistoryDeliveryInfo"] == {"lastStatus": "Not_Applicable"}
