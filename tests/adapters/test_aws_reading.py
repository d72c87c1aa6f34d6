"""What the live reader does when AWS pages, refuses, fails or does not answer; with fake clients."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from botocore.parsers import ResponseParserError

from iam_guardrails.adapters.aws import AwsError, account_from_aws
from iam_guardrails.adapters.aws.trails import event_selectors
from iam_guardrails.adapters.side_by_side import begun
from iam_guardrails.model.account import Account, EventSelector
from iam_guardrails.model.unknown import Unknown

ID = "333333333333"
HOME, SECOND = "us-east-2", "us-east-1"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TRAIL = f"arn:aws:cloudtrail:{HOME}:{ID}:trail/prod-trail"
GROUP = f"arn:aws:logs:{HOME}:{ID}:log-group:/aws/cloudtrail/prod-trail"
TOPIC = f"arn:aws:sns:{HOME}:{ID}:prod-security-alerts"
KEY = f"arn:aws:kms:{HOME}:{ID}:key/11111111-2222-3333-4444-555555555555"
ROLE = f"arn:aws:iam::{ID}:role/prod-breakglass-admin"
OWNER = f"arn:aws:iam::{ID}:user/breakglass/primary"
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": [OWNER, "AROAGONE1234567890AB"]},
                        "Action": "sts:AssumeRole"}]}  # fmt: skip
REPORT = b"""user,arn,password_enabled,password_last_used,access_key_1_active,access_key_1_last_rotated
<root_account>,arn:aws:iam::333333333333:root,not_supported,2026-01-02T03:04:05+00:00,FALSE,N/A
primary,arn:aws:iam::333333333333:user/breakglass/primary,FALSE,N/A,FALSE,N/A
"""

ANSWERS: dict[str, Any] = {
    "get_caller_identity": {"Account": ID, "Arn": f"arn:aws:sts::{ID}:assumed-role/reader/me"},
    "get_account_authorization_details": {
        "UserDetailList": [{"UserName": "primary", "Arn": OWNER, "Path": "/breakglass/"}],
        "RoleDetailList": [{"RoleName": "prod-breakglass-admin", "Arn": ROLE, "RoleId": "AROAX",
                            "AssumeRolePolicyDocument": TRUST}],
    },
    "get_role": {"Role": {"MaxSessionDuration": 3600}},
    "generate_credential_report": {"State": "COMPLETE"},
    "get_credential_report": {"Content": REPORT},
    "list_mfa_devices": {"MFADevices": [{"SerialNumber": f"arn:aws:iam::{ID}:mfa/primary"}]},
    "list_access_keys": {"AccessKeyMetadata": [
        {"AccessKeyId": "AKIAEXAMPLEABCD", "Status": "Active", "CreateDate": NOW}]},
    "get_account_summary": {"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}},
    "get_account_password_policy": {"PasswordPolicy": {"MinimumPasswordLength": 14}},
    "list_open_id_connect_providers": {"OpenIDConnectProviderList": []},
    "get_public_access_block": {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
    f"describe_trails@{HOME}": {"trailList": [
        {"Name": "prod-trail", "TrailARN": TRAIL, "HomeRegion": HOME, "IsMultiRegionTrail": True,
         "IncludeGlobalServiceEvents": True, "CloudWatchLogsLogGroupArn": f"{GROUP}:*",
         "S3BucketName": "logs"}]},
    "get_trail_status": {"IsLogging": True, "LatestCloudWatchLogsDeliveryTime": NOW},
    "get_event_selectors": {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]},
    f"describe_metric_filters@{HOME}": {"metricFilters": [
        {"filterName": "used", "logGroupName": "/aws/cloudtrail/prod-trail", "filterPattern": "{ x }",
         "metricTransformations": [{"metricName": "Used", "metricNamespace": "Guard", "metricValue": "1",
                                    "defaultValue": 0.0}]}]},
    "describe_log_groups": {"logGroups": [
        {"logGroupName": "/aws/cloudtrail/prod-trail", "arn": f"{GROUP}:*", "kmsKeyId": KEY},
        {"logGroupName": "/aws/cloudtrail/prod-trail-2", "arn": f"{GROUP}-2:*"}]},
    f"describe_alarms@{HOME}": {"MetricAlarms": [
        {"AlarmName": "used", "AlarmArn": f"arn:aws:cloudwatch:{HOME}:{ID}:alarm:used",
         "AlarmActions": [TOPIC]}]},
    f"list_alarm_mute_rules@{HOME}": {"AlarmMuteRuleSummaries": [
        {"AlarmMuteRuleArn": f"arn:aws:cloudwatch:{HOME}:{ID}:alarm-mute-rule:night", "Status": "ACTIVE"}]},
    "get_alarm_mute_rule": {"Name": "night", "Status": "ACTIVE", "MuteTargets": {"AlarmNames": ["used"]}},
    f"list_rules@{HOME}": {"Rules": [
        {"Name": "used", "Arn": f"arn:aws:events:{HOME}:{ID}:rule/used", "EventPattern": "{}",
         "State": "ENABLED"},
        {"Name": "nightly", "Arn": f"arn:aws:events:{HOME}:{ID}:rule/nightly", "State": "ENABLED"}]},
    "list_targets_by_rule": {"Targets": [{"Id": "topic", "Arn": TOPIC}]},
    "get_topic_attributes": {"Attributes": {"KmsMasterKeyId": "alias/prod-alerts"}},
    f"list_subscriptions@{HOME}": {"Subscriptions": [
        {"SubscriptionArn": "PendingConfirmation", "TopicArn": TOPIC, "Protocol": "email",
         "Endpoint": "a@b.example"},
        {"SubscriptionArn": f"{TOPIC}:1", "TopicArn": TOPIC, "Protocol": "email", "Endpoint": "c@b.example"},
        {"SubscriptionArn": f"{TOPIC}-other:1", "TopicArn": f"{TOPIC}-other", "Protocol": "sqs",
         "Endpoint": "q"}]},
    "get_subscription_attributes": {"Attributes": {}},
    "list_aliases": {"Aliases": [{"AliasName": "alias/prod-alerts", "TargetKeyId": KEY.rpartition("/")[2]}]},
    "describe_key": {"KeyMetadata": {"Arn": KEY, "KeyId": KEY.rpartition("/")[2], "KeyManager": "CUSTOMER",
                                     "Enabled": True, "KeyState": "Enabled"}},
    "get_key_policy": {"Policy": '{"Statement": []}'},
    "get_key_rotation_status": {"KeyRotationEnabled": True},
    f"describe_configuration_recorders@{HOME}": {"ConfigurationRecorders": [
        {"name": "default", "roleARN": "r", "recordingGroup": {"allSupported": True}}]},
    "describe_configuration_recorder_status": {"ConfigurationRecordersStatus": [
        {"name": "default", "recording": True, "lastStatus": "Success"}]},
    "describe_delivery_channels": {"DeliveryChannels": []},
    "describe_config_rules": {"ConfigRules": []},
    "list_analyzers": {"analyzers": []},
    "get_bucket_versioning": {"Status": "Enabled"},
    "get_bucket_policy": {"Policy": '{"Statement": []}'},
    "get_bucket_encryption": {},
}  # fmt: skip
EMPTY: dict[str, Any] = {"trailList": [], "ConfigurationRecorders": []}


class FakeSession:
    """Answers by method, or by "method@region"; an exception among the answers is raised."""

    def __init__(self) -> None:
        self.answers = dict(ANSWERS)
        self.calls: Counter[str] = Counter()
        self.missing: set[str] = set()

    def change(self, name: str, answer: Any) -> FakeSession:
        self.answers[name] = answer
        return self

    def client(self, service_name: str, region_name: str) -> Any:
        return FakeClient(self, region_name)


class FakeClient:
    def __init__(self, session: FakeSession, region: str) -> None:
        self._session = session
        self._region = region

    def __getattr__(self, method: str) -> Any:
        if method in self._session.missing:
            raise AttributeError(method)

        def call(**given: Any) -> Any:
            self._session.calls[method] += 1
            default = self._session.answers.get(method, EMPTY)
            answer = self._session.answers.get(f"{method}@{self._region}", default)
            if callable(answer):
                answer = answer(**given)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def refused(code: str = "AccessDenied") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "secret text"}}, "Operation")


def read(session: FakeSession, **more: Any) -> Account:
    return account_from_aws(session, ID, HOME, [SECOND], NOW, role_names=["prod-breakglass-admin"], **more)


def test_everything_is_read_and_linked() -> None:
    account = read(FakeSession())
    assert dict(account.refused) == {}
    assert (account.origin, account.seen_at) == ("live", NOW)
    (role,) = account.roles
    assert role.max_session_seconds == 3600
    assert not isinstance(role.trust, Unknown)
    assert [who.value for who in role.trust.statements[0].principals] == [OWNER, "AROAGONE1234567890AB"]
    (owner,) = account.users
    assert owner.mfa_kinds == ("virtual",)
    (key,) = account.access_keys
    assert (key.key_suffix, key.active, key.created_at) == ("ABCD", True, NOW)
    (root,) = account.root_users
    assert (root.mfa_active, root.last_used_at) == (True, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    (trail,) = account.trails
    assert (trail.log_group_arn, trail.last_logs_delivered_at) == (GROUP, NOW)
    assert [group.arn for group in account.log_groups] == [GROUP]
    (filter_,) = account.metric_filters
    assert (filter_.address, filter_.default_value) == (f"{HOME}/used", "0")
    assert [(rule.name, rule.alarm_names) for rule in account.mute_rules] == [("night", ("used",))]
    assert [target.rule_name for target in account.event_targets] == ["used"]
    (topic,) = account.topics
    assert (topic.arn, topic.key_id, topic.policy) == (TOPIC, "alias/prod-alerts", None)
    assert [item.confirmed for item in account.subscriptions] == [False, True]
    (kms,) = account.keys  # named by alias and by ARN, yet one key
    assert (kms.aliases, kms.rotation) == (("alias/prod-alerts",), True)
    (recorder,) = account.config_recorders
    assert (recorder.recording, recorder.last_status) == (True, "SUCCESS")


# One line per call: what it is, and where its refusal stands.
REFUSALS = {
    "get_account_authorization_details": (
        "iam:GetAccountAuthorizationDetails", ["roles", "users", "managed_policies", "groups"]),
    "generate_credential_report": ("iam:GenerateCredentialReport", ["access_keys", "root_users"]),
    "get_credential_report": ("iam:GetCredentialReport", ["access_keys", "root_users"]),
    "list_mfa_devices": ("iam:ListMFADevices", ["users"]),
    "list_access_keys": ("iam:ListAccessKeys", ["access_keys"]),
    "get_account_summary": ("iam:GetAccountSummary", ["root_users"]),
    "get_account_password_policy": ("iam:GetAccountPasswordPolicy", ["password_policies"]),
    "list_open_id_connect_providers": ("iam:ListOpenIDConnectProviders", ["oidc_providers"]),
    "get_public_access_block": ("s3:GetPublicAccessBlock", ["public_access_blocks"]),
    f"describe_trails@{HOME}": ("cloudtrail:DescribeTrails", [f"trails@{HOME}", f"log_groups@{HOME}"]),
    f"describe_metric_filters@{HOME}": ("logs:DescribeMetricFilters", [f"metric_filters@{HOME}"]),
    "describe_log_groups": ("logs:DescribeLogGroups", [f"log_groups@{HOME}"]),
    f"describe_alarms@{HOME}": ("cloudwatch:DescribeAlarms", [f"alarms@{HOME}", f"topics@{HOME}"]),
    f"list_alarm_mute_rules@{SECOND}": ("cloudwatch:ListAlarmMuteRules", [f"mute_rules@{SECOND}"]),
    "get_alarm_mute_rule": ("cloudwatch:GetAlarmMuteRule", [f"mute_rules@{HOME}"]),
    f"list_rules@{HOME}": ("events:ListRules", [f"event_rules@{HOME}", f"event_targets@{HOME}"]),
    "list_targets_by_rule": ("events:ListTargetsByRule", [f"event_targets@{HOME}"]),
    "get_topic_attributes": ("sns:GetTopicAttributes", [f"topics@{HOME}"]),
    f"list_subscriptions@{HOME}": ("sns:ListSubscriptions", [f"subscriptions@{HOME}"]),
    "list_aliases": ("kms:ListAliases", [f"keys@{HOME}"]),
    "describe_key": ("kms:DescribeKey", [f"keys@{HOME}"]),
    f"describe_configuration_recorders@{HOME}": (
        "config:DescribeConfigurationRecorders", [f"config_recorders@{HOME}"]),
    f"describe_delivery_channels@{SECOND}": (
        "config:DescribeDeliveryChannels", [f"delivery_channels@{SECOND}"]),
    f"describe_config_rules@{SECOND}": ("config:DescribeConfigRules", [f"config_rules@{SECOND}"]),
    f"list_analyzers@{SECOND}": ("access-analyzer:ListAnalyzers", [f"analyzers@{SECOND}"]),
}  # fmt: skip


@pytest.mark.parametrize("call", REFUSALS)
def test_a_refused_call_is_written_down_and_reading_goes_on(call: str) -> None:
    action, places = REFUSALS[call]
    account = read(FakeSession().change(call, refused()))
    for place in places:
        assert f"{action} was refused (AccessDenied)" in account.refused[place]
    assert "secret text" not in str(account.refused)
    untouched = {
        "roles": account.roles,
        "trails": account.trails,
        "config_recorders": account.config_recorders,
    }
    named = {place.partition("@")[0] for place in account.refused}
    assert all(items for kind, items in untouched.items() if kind not in named)


# Calls about one thing: what they would have told is Unknown, the rest of the thing is judged.
DETAILS: dict[str, tuple[str, Callable[[Account], Any]]] = {
    "get_role": ("iam:GetRole", lambda account: account.roles[0].max_session_seconds),
    "get_trail_status": ("cloudtrail:GetTrailStatus", lambda account: account.trails[0].logging),
    "get_event_selectors": ("cloudtrail:GetEventSelectors", lambda account: account.trails[0].selectors),
    "get_key_policy": ("kms:GetKeyPolicy", lambda account: account.keys[0].policy),
    "get_key_rotation_status": ("kms:GetKeyRotationStatus", lambda account: account.keys[0].rotation),
    "get_subscription_attributes": (
        "sns:GetSubscriptionAttributes", lambda account: account.subscriptions[1].filter_policy),
    "get_bucket_versioning": ("s3:GetBucketVersioning", lambda account: account.buckets[0].versioned),
    "get_bucket_policy": ("s3:GetBucketPolicy", lambda account: account.buckets[0].policy),
    "get_bucket_encryption": ("s3:GetBucketEncryption", lambda account: account.buckets[0].encryption),
    "describe_configuration_recorder_status": (
        "config:DescribeConfigurationRecorderStatus", lambda account: account.config_recorders[0].recording),
}  # fmt: skip


@pytest.mark.parametrize("call", DETAILS)
def test_a_refused_detail_is_unknown_with_its_reason(call: str) -> None:
    action, pick = DETAILS[call]
    value = pick(read(FakeSession().change(call, refused("AccessDeniedException"))))
    assert isinstance(value, Unknown)
    assert value.reason == f"{action} was refused (AccessDeniedException)"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refused("500"), "failed (500)"),
        (ResponseParserError("<html>"), "failed (ResponseParserError)"),
        (refused("InternalFailure"), "failed (InternalFailure)"),
    ],
)
def test_an_action_the_endpoint_does_not_implement_counts_as_not_read(answer: Exception, words: str) -> None:
    account = read(FakeSession().change("list_analyzers", answer))
    assert account.refused[f"analyzers@{HOME}"] == f"access-analyzer:ListAnalyzers {words}"


def test_an_old_boto3_without_mute_rules_is_said_and_not_a_pass() -> None:
    session = FakeSession()
    session.missing.add("list_alarm_mute_rules")
    assert "boto3 1.44 or later" in read(session).refused[f"mute_rules@{HOME}"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("get_account_password_policy", "NoSuchEntity"),
        ("get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_versioning", "NoSuchBucket"),
        ("get_topic_attributes", "NotFound"),
        ("describe_key", "NotFoundException"),
        ("list_mfa_devices", "NoSuchEntity"),
        ("get_key_rotation_status", "UnsupportedOperationException"),
    ],
)
def test_what_does_not_exist_is_absent_and_not_refused(call: str, code: str) -> None:
    assert dict(read(FakeSession().change(call, refused(code))).refused) == {}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refused("ExpiredToken"), "have expired (iam:GetAccountAuthorizationDetails in us-east-2)"),
        (
            EndpointConnectionError(endpoint_url="http://me:pw@127.0.0.1:9/x?y"),
            "in us-east-2 at http://127.0.0.1:9 (",
        ),
        (NoCredentialsError(), "There are no AWS credentials"),
    ],
)
def test_what_would_fail_every_call_ends_the_reading(answer: Exception, words: str) -> None:
    with pytest.raises(AwsError) as caught:
        read(FakeSession().change("get_account_authorization_details", answer))
    assert words in str(caught.value)
    assert "pw@" not in str(caught.value)


def test_the_wrong_account_is_refused_before_anything_is_read() -> None:
    session = FakeSession().change("get_caller_identity", {"Account": "111111111111", "Arn": "arn:aws:iam::1:user/x"})
    with pytest.raises(AwsError, match=r"belong to account 111111111111 .* but account 333333333333"):
        read(session)
    assert session.calls == Counter(get_caller_identity=1)


def pages_of_roles(count: int, page_size: int) -> Any:
    roles = [{"RoleName": f"role-{number}", "Arn": f"arn:aws:iam::{ID}:role/role-{number}",
              "AssumeRolePolicyDocument": TRUST} for number in range(count)]  # fmt: skip

    def answer(Marker: str = "0", **_: Any) -> Mapping[str, Any]:
        start, end = int(Marker), int(Marker) + page_size
        more = {"IsTruncated": True, "Marker": str(end)} if end < count else {"IsTruncated": False}
        return {"RoleDetailList": roles[start:end], **more}

    return answer


def test_authorization_details_are_read_to_the_last_page() -> None:
    session = FakeSession().change("get_account_authorization_details", pages_of_roles(250, 100))
    account = read(session)
    assert [role.name for role in account.roles] == [f"role-{number}" for number in range(250)]
    assert session.calls["get_account_authorization_details"] == 3


def test_an_account_with_200_roles_takes_few_calls() -> None:
    session = FakeSession().change("get_account_authorization_details", pages_of_roles(200, 1000))
    read(session)
    actions = {"get_role": "iam:GetRole"} | {name: action for name, (action, _) in REFUSALS.items()}
    iam = {name: count for name, count in session.calls.items()
           if actions.get(name, "").startswith("iam:")}  # fmt: skip
    assert sum(iam.values()) == 6  # details, report (2), summary, password policy, OIDC providers
    assert sum(session.calls.values()) <= 50


def test_without_the_list_of_roles_only_those_asked_for_have_a_session_length() -> None:
    session = FakeSession().change("get_account_authorization_details", pages_of_roles(2, 100))
    session.change("list_roles", refused("AccessDenied"))
    why = Unknown("iam:ListRoles was refused (AccessDenied)")
    assert [role.max_session_seconds for role in read(session).roles] == [why, why]


def test_a_page_that_is_refused_leaves_no_half_list() -> None:
    whole = pages_of_roles(250, 100)

    def answer(**given: Any) -> Mapping[str, Any]:
        if given.get("Marker") == "200":
            raise refused("Throttling")
        page: Mapping[str, Any] = whole(**given)
        return page

    account = read(FakeSession().change("get_account_authorization_details", answer))
    assert account.roles == ()
    assert account.refused["roles"] == "iam:GetAccountAuthorizationDetails failed (Throttling)"


def test_a_page_token_that_repeats_does_not_read_for_ever() -> None:
    account = read(FakeSession().change(f"list_rules@{HOME}", {"Rules": [], "NextToken": "again"}))
    assert account.refused[f"event_rules@{HOME}"] == "events:ListRules failed (RepeatedPage)"


def test_a_multi_region_trail_that_shows_in_both_regions_is_read_once() -> None:
    session = FakeSession().change(f"describe_trails@{SECOND}", ANSWERS[f"describe_trails@{HOME}"])
    assert [trail.region for trail in read(session).trails] == [HOME]
    assert session.calls["get_trail_status"] == 1


def test_people_who_are_not_users_here_are_not_asked_about() -> None:
    session = FakeSession()
    read(session, people=["arn:aws:iam::999999999999:user/other", OWNER])
    assert session.calls["list_mfa_devices"] == 1


def test_progress_is_told_in_order() -> None:
    said: list[str] = []
    read(FakeSession(), progress=said.append)
    assert said[0].startswith("IAM")
    assert any(text.startswith(SECOND) for text in said)


def field(name: str, **operators: list[str]) -> dict[str, Any]:
    return {"Field": name, **operators}


def test_advanced_selectors_are_reduced_to_what_the_rules_ask() -> None:
    management = field("eventCategory", Equals=["Management"])
    answer = {"AdvancedEventSelectors": [
        {"FieldSelectors": [management, field("readOnly", Equals=["false"]),
                            field("eventSource", NotEquals=["kms.amazonaws.com"])]},
        {"FieldSelectors": [management]},
        {"FieldSelectors": [field("eventCategory", Equals=["Data"]), field("readOnly", Equals=["true"]),
                            field("resources.type", Equals=["AWS::S3::Object"])]},
    ]}  # fmt: skip
    writes, everything, data = event_selectors(answer)
    assert (writes.read_write, writes.management_events) == ("WriteOnly", True)
    assert writes.excluded_sources == ("kms.amazonaws.com",)
    assert ("eventSource", "not_equals", ("kms.amazonaws.com",)) in writes.fields
    assert (everything.read_write, everything.excluded_sources) == ("All", ())
    assert (data.read_write, data.management_events) == ("ReadOnly", False)


def test_basic_selectors() -> None:
    answer = {"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True,
                                  "ExcludeManagementEventSources": ["rdsdata.amazonaws.com"]}]}  # fmt: skip
    assert event_selectors(answer) == (EventSelector("WriteOnly", True, excluded_sources=("rdsdata.amazonaws.com",)),)
    assert event_selectors({}) == ()


@pytest.mark.parametrize(
    "refusals",
    [
        {},
        {"describe_alarms": refused(), "list_rules@us-east-1": refused("Throttling"), "describe_trails": refused()},
        {"list_topics": refused(), "describe_key": refused(), "get_topic_attributes": refused()},
    ],
)
def test_side_by_side_the_account_is_the_same(refusals: dict[str, Any]) -> None:
    def session() -> FakeSession:
        made = FakeSession()
        made.answers |= refusals
        return made

    one, other = read(session()), read(session(), begin=begun)
    assert one == other
    assert dict(one.refused) == dict(other.refused)


def test_readings_side_by_side_wait_for_each_other_nowhere() -> None:
    """Three kinds of two Regions have to be asked for before the first of them is answered."""
    passed = threading.Event()
    together = threading.Barrier(6, action=passed.set, timeout=20)
    session = FakeSession()
    for method in ("describe_metric_filters", "describe_alarms", "list_rules"):
        for place in (f"{method}@{HOME}", f"{method}@{SECOND}"):
            answer = ANSWERS.get(place, ANSWERS.get(method, EMPTY))
            session.change(place, partial(_waited, passed, together, answer))
    assert dict(read(session, begin=begun).refused) == {}
    assert passed.is_set()


def _waited(passed: threading.Event, together: threading.Barrier, answer: Any, **given: Any) -> Any:
    if not passed.is_set():
        together.wait()  # raises where one waits for another
    return answer(**given) if callable(answer) else answer


def test_what_ends_a_reading_ends_it_side_by_side_too() -> None:
    expired = ClientError({"Error": {"Code": "ExpiredToken", "Message": "x"}}, "Operation")
    with pytest.raises(AwsError, match="expired"):
        read(FakeSession().change("describe_alarms", expired), begin=begun)
