"""A small guardrail set, built with boto3 in the embedded AWS, comes back as the values it was built from."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from iam_guardrails.adapters.aws import AwsError, account_from_aws, caller, session
from iam_guardrails.adapters.aws.account import destinations
from iam_guardrails.adapters.aws.identities import open_reading
from iam_guardrails.adapters.side_by_side import at_once
from iam_guardrails.model.account import (
    KINDS,
    AccessKey,
    Account,
    Alarm,
    Bucket,
    ConfigRecorder,
    ConfigRule,
    DeliveryChannel,
    EventRule,
    EventSelector,
    EventTarget,
    Group,
    Key,
    LogGroup,
    ManagedPolicy,
    MetricFilter,
    NamedPolicy,
    OidcProvider,
    PasswordPolicy,
    PublicAccessBlock,
    Role,
    Subscription,
    Topic,
    Trail,
    User,
)
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.value import changed

pytestmark = pytest.mark.sandbox

ID, HOME, SECOND = "333333333333", "us-east-2", "us-east-1"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWNER = f"arn:aws:iam::{ID}:user/breakglass/primary"
ROLE = f"arn:aws:iam::{ID}:role/prod-breakglass-admin"
TRUST = {"Version": "2012-10-17", "Statement": [{
    "Sid": "OwnersWithMfa", "Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "sts:AssumeRole",
    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}  # fmt: skip
OPERATOR = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}],
}
REVOKE = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
SERVICES = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "kms:Decrypt",
    "Resource": "*"}]}  # fmt: skip
PATTERN = '{ $.eventName = "AssumeRole" }'
EVENT = '{"source": ["aws.sts"], "detail": {"eventName": ["AssumeRole"]}}'


def document(value: dict[str, Any]) -> PolicyDocument:
    return parse(value)


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    # a process of its own: other tests put grafts into this one's moto, and here a bare moto answers
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    _wait_for(url)
    sts = boto3.client("sts", endpoint_url=url, region_name=HOME, aws_access_key_id="testing",
                       aws_secret_access_key="testing")  # fmt: skip
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{ID}:role/setup", RoleSessionName="setup")["Credentials"]
    yield {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    server.terminate()
    server.wait()


def _wait_for(url: str) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError("moto did not answer within a minute")


class Builder:
    """Builds the set with ordinary calls; what AWS names (ids, ARNs) is kept for the comparison."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._session = session(environment, HOME)
        self.boundary = self._identities()
        self.key = self._key()
        self.topic = self._topic()
        self.group = f"arn:aws:logs:{HOME}:{ID}:log-group:/aws/cloudtrail/prod-trail"
        self.trail = self._trail()
        self._detection()
        self.rule = self._events()
        self.config_rule = self._config()

    def _client(self, service: str, region: str = HOME) -> Any:
        return self._session.client(service, region_name=region)

    def _identities(self) -> str:
        iam = self._client("iam")
        iam.create_user(UserName="primary", Path="/breakglass/")
        iam.create_login_profile(UserName="primary", Password="Correct-Horse-1!")
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName="primary")["VirtualMFADevice"]
        iam.enable_mfa_device(UserName="primary", SerialNumber=device["SerialNumber"],
                              AuthenticationCode1="123456", AuthenticationCode2="654321")  # fmt: skip
        iam.create_user(UserName="robot")
        iam.create_access_key(UserName="robot")
        iam.create_group(GroupName="devs")
        iam.put_group_policy(GroupName="devs", PolicyName="own", PolicyDocument=json.dumps(OPERATOR))
        boundary = iam.create_policy(PolicyName="prod-breakglass-boundary", PolicyDocument=json.dumps(OPERATOR))
        arn = str(boundary["Policy"]["Arn"])
        iam.create_role(RoleName="prod-breakglass-admin", AssumeRolePolicyDocument=json.dumps(TRUST),
                        MaxSessionDuration=7200, PermissionsBoundary=arn,
                        Tags=[{"Key": "purpose", "Value": "emergency"}])  # fmt: skip
        iam.attach_role_policy(RoleName="prod-breakglass-admin", PolicyArn=arn)
        iam.put_role_policy(RoleName="prod-breakglass-admin", PolicyName="AWSRevokeOlderSessions",
                            PolicyDocument=json.dumps(REVOKE))  # fmt: skip
        iam.create_role(RoleName="app", Path="/service/", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.update_account_password_policy(MinimumPasswordLength=14, RequireSymbols=True, PasswordReusePrevention=24)
        iam.create_open_id_connect_provider(Url="https://ci.example.org", ClientIDList=["sts.amazonaws.com"],
                                            ThumbprintList=["a" * 40])  # fmt: skip
        self._client("s3control").put_public_access_block(AccountId=ID, PublicAccessBlockConfiguration={
            "BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True,
            "RestrictPublicBuckets": False})  # fmt: skip
        return arn

    def _key(self) -> str:
        kms = self._client("kms")
        made = kms.create_key(Policy=json.dumps(SERVICES))["KeyMetadata"]
        kms.create_alias(AliasName="alias/prod-alerts", TargetKeyId=made["KeyId"])
        kms.enable_key_rotation(KeyId=made["KeyId"])
        return str(made["Arn"])

    def _topic(self) -> str:
        sns = self._client("sns")
        sns.create_topic(Name="of-another-team")
        attributes = {"KmsMasterKeyId": "alias/prod-alerts"}
        arn = str(sns.create_topic(Name="prod-security-alerts", Attributes=attributes)["TopicArn"])
        policy = json.dumps(SERVICES)
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
        sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="owner@example.org")
        return arn

    def _trail(self) -> str:
        s3, logs, cloudtrail = self._client("s3"), self._client("logs"), self._client("cloudtrail")
        s3.create_bucket(Bucket="prod-trail-bucket", CreateBucketConfiguration={"LocationConstraint": HOME})
        s3.put_bucket_versioning(Bucket="prod-trail-bucket", VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_policy(Bucket="prod-trail-bucket", Policy=json.dumps(SERVICES))
        s3.put_public_access_block(Bucket="prod-trail-bucket", PublicAccessBlockConfiguration={
            "BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True})  # fmt: skip
        logs.create_log_group(logGroupName="/aws/cloudtrail/prod-trail")
        logs.create_log_group(logGroupName="/aws/cloudtrail/prod-trail-of-another")
        logs.put_retention_policy(logGroupName="/aws/cloudtrail/prod-trail", retentionInDays=400)
        made = cloudtrail.create_trail(
            Name="prod-trail", S3BucketName="prod-trail-bucket", IsMultiRegionTrail=True,
            IncludeGlobalServiceEvents=True, EnableLogFileValidation=True, KmsKeyId=self.key,
            CloudWatchLogsLogGroupArn=f"{self.group}:*",
            CloudWatchLogsRoleArn=f"arn:aws:iam::{ID}:role/delivery",
        )  # fmt: skip
        cloudtrail.put_event_selectors(TrailName="prod-trail", EventSelectors=[
            {"ReadWriteType": "All", "IncludeManagementEvents": True}])  # fmt: skip
        cloudtrail.start_logging(Name="prod-trail")
        return str(made["TrailARN"])

    def _detection(self) -> None:
        self._client("logs").put_metric_filter(
            logGroupName="/aws/cloudtrail/prod-trail", filterName="breakglass-used", filterPattern=PATTERN,
            metricTransformations=[{"metricName": "BreakGlassUsed", "metricNamespace": "Guardrails/prod",
                                    "metricValue": "1", "defaultValue": 0}],
        )  # fmt: skip
        self._client("cloudwatch").put_metric_alarm(
            AlarmName="breakglass-used", Namespace="Guardrails/prod", MetricName="BreakGlassUsed",
            Statistic="Sum", Period=60, EvaluationPeriods=1, DatapointsToAlarm=1, Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="notBreaching",
            AlarmActions=[self.topic], ActionsEnabled=False,
        )  # fmt: skip

    def _events(self) -> str:
        events = self._client("events")
        made = events.put_rule(Name="breakglass-used", EventPattern=EVENT,
                               State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")  # fmt: skip
        events.put_targets(Rule="breakglass-used", Targets=[{"Id": "topic", "Arn": self.topic}])
        return str(made["RuleArn"])

    def _config(self) -> str:
        config = self._client("config")
        config.put_configuration_recorder(ConfigurationRecorder={
            "name": "default", "roleARN": f"arn:aws:iam::{ID}:role/config",
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}})  # fmt: skip
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "prod-trail-bucket"})
        config.start_configuration_recorder(ConfigurationRecorderName="default")
        config.put_config_rule(ConfigRule={
            "ConfigRuleName": "keys-rotated", "InputParameters": '{"maxAccessKeyAge": "90"}',
            "Source": {"Owner": "AWS", "SourceIdentifier": "ACCESS_KEYS_ROTATED"}})  # fmt: skip
        rules = config.describe_config_rules()["ConfigRules"]
        return str(rules[0]["ConfigRuleArn"])


@pytest.fixture(scope="module")
def built(environment: dict[str, str]) -> Builder:
    return Builder(environment)


@pytest.fixture(scope="module")
def account(environment: dict[str, str], built: Builder) -> Account:
    signed_in = session(environment, HOME)
    return account_from_aws(signed_in, ID, HOME, [SECOND], NOW, role_names=["prod-breakglass-admin"],
                            people=[OWNER], wait=lambda _: None)  # fmt: skip


def test_the_role(account: Account, built: Builder) -> None:
    role, other = sorted(account.roles, key=lambda item: item.name, reverse=True)
    assert role == Role(
        address=ROLE, name="prod-breakglass-admin", arn=ROLE, trust=document(TRUST), max_session_seconds=7200,
        boundary_arn=built.boundary, attached_policy_arns=(built.boundary,), tags={"purpose": "emergency"},
        inline_policies=(
            NamedPolicy("AWSRevokeOlderSessions", document(REVOKE), f"{ROLE}/AWSRevokeOlderSessions"),
        ),
        unique_id=role.unique_id,
    )  # fmt: skip
    assert role.unique_id.startswith("AROA")
    assert (other.name, other.path) == ("app", "/service/")
    assert other.max_session_seconds == 3600


def test_users_keys_and_policies(account: Account, built: Builder) -> None:
    primary = User(OWNER, "primary", OWNER, "/breakglass/", has_console_password=True, mfa_kinds=("virtual",), tags=())
    robot = f"arn:aws:iam::{ID}:user/robot"
    assert {changed(user, unique_id="") for user in account.users} == {primary, User(robot, "robot", robot, tags=())}
    assert all(user.unique_id for user in account.users)
    devs = f"arn:aws:iam::{ID}:group/devs"
    assert account.groups == (
        Group(devs, "devs", devs, (NamedPolicy("own", document(OPERATOR), f"{devs}/own"),)),
    )  # fmt: skip
    (key,) = account.access_keys
    assert key == AccessKey(f"{robot}/access-key-1", "robot", "", True, key.created_at)
    assert key.created_at is not None
    assert account.managed_policies == (
        ManagedPolicy(built.boundary, "prod-breakglass-boundary", built.boundary, document(OPERATOR)),
    )


def test_trail_bucket_and_log_group(account: Account, built: Builder) -> None:
    (trail,) = account.trails  # the second Region shows the same trail again
    assert trail == Trail(
        address=built.trail, name="prod-trail", arn=built.trail, region=HOME, multi_region=True,
        global_service_events=True, logging=True, log_group_arn=built.group,
        delivery_role_arn=f"arn:aws:iam::{ID}:role/delivery", key_arn=built.key,
        bucket_name="prod-trail-bucket",
        log_file_validation=True, selectors=(EventSelector("All", True),), logging_since=trail.logging_since,
        last_delivered_at=trail.last_delivered_at, last_logs_delivered_at=trail.last_logs_delivered_at,
        further='{"EventSelectors": [{"IncludeManagementEvents": true, "ReadWriteType": "All"}]}',
    )  # fmt: skip
    assert account.log_groups == (
        LogGroup(built.group, "/aws/cloudtrail/prod-trail", built.group, HOME, retention_days=400),
    )
    bucket = "arn:aws:s3:::prod-trail-bucket"
    assert account.buckets == (
        Bucket(bucket, "prod-trail-bucket", bucket, document(SERVICES), True, account.buckets[0].encryption),
    )
    assert set(account.public_access_blocks) == {
        PublicAccessBlock("account/public-access-block", None, True, True, True, False),
        PublicAccessBlock(bucket, "prod-trail-bucket", True, True, True, True),
    }


def test_detection(account: Account, built: Builder) -> None:
    assert account.metric_filters == (
        MetricFilter(
            f"{HOME}/breakglass-used", "breakglass-used", HOME, "/aws/cloudtrail/prod-trail", PATTERN,
            "BreakGlassUsed", "Guardrails/prod", "1", "0", further="{}",
        ),
    )  # fmt: skip
    (alarm,) = account.alarms
    assert alarm == Alarm(
        address=alarm.arn, name="breakglass-used",
        arn=f"arn:aws:cloudwatch:{HOME}:{ID}:alarm:breakglass-used", region=HOME, namespace="Guardrails/prod",
        metric_name="BreakGlassUsed", statistic="Sum", period_seconds=60, evaluation_periods=1,
        datapoints_to_alarm=1, threshold=1.0, treat_missing_data="notBreaching",
        actions_enabled=False, actions=(built.topic,), state=alarm.state, further="{}",
    )  # fmt: skip
    state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    assert account.event_rules == (
        EventRule(built.rule, "breakglass-used", built.rule, HOME, EVENT, state, further="{}"),
    )
    assert account.event_targets == (
        EventTarget(f"{built.rule}/topic", "breakglass-used", HOME, built.topic, further="{}"),
    )


def test_topic_subscription_and_key(account: Account, built: Builder) -> None:
    assert account.topics == (  # and not of-another-team: nothing that is read publishes there
        Topic(built.topic, "prod-security-alerts", built.topic, HOME, "alias/prod-alerts", document(SERVICES), "{}"),
    )
    (subscription,) = account.subscriptions
    assert subscription == Subscription(subscription.address, built.topic, "email", "owner@example.org", confirmed=True)
    key_id = built.key.rpartition("/")[2]
    assert account.keys == (
        Key(built.key, built.key, HOME, key_id, document(SERVICES), ("alias/prod-alerts",), True, True,
            state="Enabled"),
    )  # fmt: skip


def test_what_an_earlier_account_held_is_read_though_nothing_leads_there(
    account: Account, environment: dict[str, str]
) -> None:
    reading = open_reading(session(environment, HOME), ID, HOME, None)
    found: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    destinations(reading, (HOME,), found, at_once, account)
    for kind in ("topics", "subscriptions", "log_groups", "keys"):
        assert found[kind] and {one.address for one in found[kind]} == {one.address for one in getattr(account, kind)}


def test_config(account: Account, built: Builder) -> None:
    (recorder,) = account.config_recorders
    assert recorder == ConfigRecorder(
        address=recorder.address, name="default", region=HOME, recording=True, all_supported=True,
        include_global_types=True, role_arn=f"arn:aws:iam::{ID}:role/config",
        last_status=recorder.last_status,
    )  # fmt: skip
    assert account.delivery_channels == (DeliveryChannel(f"{HOME}/default", "default", HOME, "prod-trail-bucket"),)
    assert account.config_rules == (
        ConfigRule(built.config_rule, "keys-rotated", HOME, "AWS", "ACCESS_KEYS_ROTATED", {"maxAccessKeyAge": "90"}),
    )


def test_account_settings(account: Account) -> None:
    assert account.regions == (HOME, SECOND)
    assert account.password_policies == (PasswordPolicy("account/password-policy", 14, 24, requires_symbols=True),)
    provider = f"arn:aws:iam::{ID}:oidc-provider/ci.example.org"
    assert account.oidc_providers == (
        OidcProvider(provider, provider, "https://ci.example.org", ("sts.amazonaws.com",), ("a" * 40,)),
    )


def test_what_this_server_cannot_answer_is_said_and_nothing_else(account: Account) -> None:
    assert account.root_users == ()
    assert set(account.refused) == {
        "root_users", f"mute_rules@{HOME}", f"mute_rules@{SECOND}",
        f"analyzers@{HOME}", f"analyzers@{SECOND}",
    }  # fmt: skip
    assert account.refused[f"analyzers@{HOME}"] == "access-analyzer:ListAnalyzers failed (500)"


def test_another_account_than_the_one_signed_in_to(environment: dict[str, str]) -> None:
    signed_in = session(environment, HOME)
    assert caller(signed_in, HOME)[0] == ID
    with pytest.raises(AwsError, match=f"belong to account {ID} .* but account 111111111111 was asked for"):
        account_from_aws(signed_in, "111111111111", HOME, [], NOW)
