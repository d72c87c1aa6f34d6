"""CloudTrail, SNS and AWS Config: what records a use of the role and carries the alert.

Sources: AWS CloudTrail, Amazon SNS and AWS Config API References (the calls named here).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Answer, Call, Kind, Names, State
from iam_guardrails.model.incident.effects.reading import always, at, exists, member, of
from iam_guardrails.model.incident.effects.state import THERE, decoded, only
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.unknown import Unknown

_NO_TRAIL = ("TrailNotFoundException",)
_TRAIL = {"Name": "name"}
_TERRAFORM = (("aws_cloudtrail", {"name": "Name"}), ("aws_cloudtrail", {"arn": "Name"}))


def _of_trail(read: Any) -> Any:
    by_name = of("trails", "name", "Name", read, regional=True)
    by_arn = of("trails", "arn", "Name", read, regional=True)
    return lambda account, names: (by_arn if names["Name"].startswith("arn:") else by_name)(account, names)


LOGGING = Kind(
    "trail-logging", "the trail {Name} records, or not, as it does now",
    ("cloudtrail", "GetTrailStatus", {"Name": "{Name}"}), at("IsLogging"), _NO_TRAIL,
    before=_of_trail(lambda thing, names: thing.logging), opposite={False: True},
    back={"True": "aws cloudtrail start-logging --name {Name}", "False": "aws cloudtrail stop-logging --name {Name}"},
    terraform=_TERRAFORM, part=("trails", "Name", "logging"),
)  # fmt: skip
_SETTINGS = ("S3BucketName", "IsMultiRegionTrail", "IncludeGlobalServiceEvents", "LogFileValidationEnabled",
             "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId", "IsOrganizationTrail")  # fmt: skip


def _trail_written(write: Write, names: Names) -> State:
    """CloudTrail's own answer tells every setting of the trail, its request those that were given."""
    told = write.response or write.request
    found = {key[:1].upper() + key[1:]: value for key, value in told.items()}
    if "EnableLogFileValidation" in found:
        found["LogFileValidationEnabled"] = found["EnableLogFileValidation"]
    return _comparable(only(found, _SETTINGS))


def _comparable(told: Mapping[str, Any]) -> dict[str, Any]:
    """A log group's ARN with and without ":*" is the same."""
    group = str(told.get("CloudWatchLogsLogGroupArn") or "").removesuffix(":*")
    return {**told, "CloudWatchLogsLogGroupArn": group} if group else dict(told)


def _trail_now(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    return _comparable(only({"IsOrganizationTrail": False} | (found.get("Trail") or {}), _SETTINGS))


TRAIL = Kind(
    "trail", "the trail {Name} is set up as it is now", ("cloudtrail", "GetTrail", {"Name": "{Name}"}),
    _trail_now, _NO_TRAIL, away="aws cloudtrail delete-trail --name {Name}",
    before=_of_trail(lambda thing, names: {
        "S3BucketName": thing.bucket_name, "IsMultiRegionTrail": thing.multi_region,
        "IncludeGlobalServiceEvents": thing.global_service_events,
        "LogFileValidationEnabled": thing.log_file_validation, "CloudWatchLogsLogGroupArn": thing.log_group_arn,
        "CloudWatchLogsRoleArn": thing.delivery_role_arn, "KmsKeyId": thing.key_arn,
        "IsOrganizationTrail": thing.organization}),
    terraform=_TERRAFORM, part=("trails", "Name", ""),
)  # fmt: skip


def _small(value: Any) -> Any:
    """Names with a small first letter, and nothing that is empty: requests and answers differ in both."""
    if isinstance(value, Mapping):
        kept = {key[:1].lower() + key[1:]: _small(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in ([], "", None)}
    if isinstance(value, (list, tuple)):
        return [_small(item) for item in value]
    return value


def _selectors(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    return _small({key: found.get(key) for key in ("EventSelectors", "AdvancedEventSelectors")})


SELECTORS = Kind(
    "trail-selectors", "the trail {TrailName} records what it records now",
    ("cloudtrail", "GetEventSelectors", {"TrailName": "{TrailName}"}), _selectors, _NO_TRAIL,
    terraform=(("aws_cloudtrail", {"name": "TrailName"}), ("aws_cloudtrail", {"arn": "TrailName"})),
    part=("trails", "TrailName", "selectors"),
)  # fmt: skip
_NO_TOPIC = ("NotFound", "NotFoundException", "ResourceNotFound")
SUBSCRIPTION = Kind(
    "subscription", "the subscription {SubscriptionArn} exists",
    ("sns", "GetSubscriptionAttributes", {"SubscriptionArn": "{SubscriptionArn}"}), exists(), _NO_TOPIC,
    before=of("subscriptions", "address", "SubscriptionArn", lambda thing, names: THERE, whole=False),
    away="aws sns unsubscribe --subscription-arn {SubscriptionArn}",
    terraform=(("aws_sns_topic_subscription", {"arn": "SubscriptionArn"}),),
    part=("subscriptions", "SubscriptionArn", ""),
)  # fmt: skip


def _attribute(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    return decoded((found.get("Attributes") or {}).get(names["AttributeName"], ""))


def _attribute_written(write: Write, names: Names) -> State:
    value = write.value("attributeValue")
    return Unknown("CloudTrail does not record the value") if value is None else decoded(value)


_TOPIC_ATTRIBUTES = {"Policy": "policy", "KmsMasterKeyId": "kms_master_key_id", "DisplayName": "display_name",
                     "DeliveryPolicy": "delivery_policy"}  # fmt: skip
_SUBSCRIPTION_ATTRIBUTES = {
    "FilterPolicy": "filter_policy", "FilterPolicyScope": "filter_policy_scope", "RedrivePolicy": "redrive_policy",
    "DeliveryPolicy": "delivery_policy", "RawMessageDelivery": "raw_message_delivery",
    "SubscriptionRoleArn": "subscription_role_arn",
}  # fmt: skip


def _declared_as(type_: str, arn: str, attributes: Mapping[str, str]) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """The resource type, once for each attribute that AWS and Terraform call so, where the configuration names it."""
    return tuple((type_, {"=AttributeName": name, "arn": arn, mine: ""}) for name, mine in attributes.items())


TOPIC_SETTING = Kind(
    "topic-setting", "the topic {TopicArn} has the {AttributeName} that it has now",
    ("sns", "GetTopicAttributes", {"TopicArn": "{TopicArn}"}), _attribute, _NO_TOPIC,
    back="aws sns set-topic-attributes --topic-arn {TopicArn} --attribute-name {AttributeName} --attribute-value"
    " {value}",
    terraform=(("aws_sns_topic_policy", {"=AttributeName": "Policy", "arn": "TopicArn"}),
               *_declared_as("aws_sns_topic", "TopicArn", _TOPIC_ATTRIBUTES)),
    part=("topics", "TopicArn", ""),
)  # fmt: skip
SUBSCRIPTION_SETTING = Kind(
    "subscription-setting", "the subscription {SubscriptionArn} has the {AttributeName} that it has now",
    ("sns", "GetSubscriptionAttributes", {"SubscriptionArn": "{SubscriptionArn}"}), _attribute, _NO_TOPIC,
    terraform=_declared_as("aws_sns_topic_subscription", "SubscriptionArn", _SUBSCRIPTION_ATTRIBUTES),
    part=("subscriptions", "SubscriptionArn", ""),
)  # fmt: skip
TOPIC = Kind(
    "topic", "the topic {TopicArn} exists", ("sns", "GetTopicAttributes", {"TopicArn": "{TopicArn}"}), exists(),
    _NO_TOPIC, away="aws sns delete-topic --topic-arn {TopicArn}",
    before=of("topics", "arn", "TopicArn", lambda thing, names: THERE, whole=False),
    terraform=(("aws_sns_topic", {"arn": "TopicArn"}),), part=("topics", "TopicArn", ""),
)  # fmt: skip
RECORDER = Kind(
    "config-recorder", "the Config recorder {Name} records, or not, as it does now",
    ("config", "DescribeConfigurationRecorderStatus", {"ConfigurationRecorderNames": ["{Name}"]}),
    member("ConfigurationRecordersStatus", "name", "Name", lambda item: item.get("recording")),
    ("NoSuchConfigurationRecorderException",), opposite={False: True},
    before=of("config_recorders", "name", "Name", lambda thing, names: thing.recording, regional=True),
    back={"True": "aws configservice start-configuration-recorder --configuration-recorder-name {Name}",
          "False": "aws configservice stop-configuration-recorder --configuration-recorder-name {Name}"},
    terraform=(("aws_config_configuration_recorder_status", {"name": "Name"}),),
    part=("config_recorders", "Name", "recording"),
)  # fmt: skip
_RECORDER = {"Name": "configurationRecorderName"}
_TOPIC, _SUBSCRIPTION = {"TopicArn": "topicArn"}, {"SubscriptionArn": "subscriptionArn"}
_NAMED = {"AttributeName": "attributeName"}

CALLS: tuple[Call, ...] = (
    Call("cloudtrail:StopLogging", LOGGING, SETS, _TRAIL, always(False)),
    Call("cloudtrail:StartLogging", LOGGING, SETS, _TRAIL, always(True)),
    Call("cloudtrail:UpdateTrail", TRAIL, SETS, _TRAIL, _trail_written),
    Call("cloudtrail:CreateTrail", TRAIL, ADDS, _TRAIL, _trail_written, fresh=True),
    Call("cloudtrail:DeleteTrail", TRAIL, REMOVES, _TRAIL),
    Call("cloudtrail:PutEventSelectors", SELECTORS, SETS, {"TrailName": "trailName"},
         lambda write, names: _small({"eventSelectors": write.value("eventSelectors"),
                                      "advancedEventSelectors": write.value("advancedEventSelectors")})),
    Call("sns:Unsubscribe", SUBSCRIPTION, REMOVES, _SUBSCRIPTION),
    Call("sns:Subscribe", SUBSCRIPTION, ADDS, {"SubscriptionArn": "response:subscriptionArn"}),
    Call("sns:SetTopicAttributes", TOPIC_SETTING, SETS, _TOPIC | _NAMED, _attribute_written),
    Call("sns:SetSubscriptionAttributes", SUBSCRIPTION_SETTING, SETS, _SUBSCRIPTION | _NAMED, _attribute_written),
    Call("sns:CreateTopic", TOPIC, ADDS, {"TopicArn": "response:topicArn"}),
    Call("sns:DeleteTopic", TOPIC, REMOVES, _TOPIC),
    Call("config:StopConfigurationRecorder", RECORDER, SETS, _RECORDER, always(False)),
    Call("config:StartConfigurationRecorder", RECORDER, SETS, _RECORDER, always(True)),
)  # fmt: skip
