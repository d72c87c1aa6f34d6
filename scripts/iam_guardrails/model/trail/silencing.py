"""CloudTrail records of the calls that silence a guardrail, one per entry of model/silencers.py.

The request parameters name the account's real guardrails, so that a filter which is limited to them is not
accused. Source of the parameter names: the API reference of each service (CloudTrail writes them in lower
camel case).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iam_guardrails.model.silencers import SILENCERS, Silencer
from iam_guardrails.model.trail.record import (
    GLOBAL_REGION,
    Place,
    Targets,
    TrailEvent,
    administrator,
    call,
)

# CloudTrail's name of a service, where it is not the IAM prefix
_SOURCES = {"cloudwatch": "monitoring"}

_PARAMETERS: Mapping[str, Callable[[Targets], dict[str, Any]]] = {
    "cloudtrail": lambda names: {"name": names.trail_name, "trailName": names.trail_name},
    "logs": lambda names: {"logGroupName": names.log_group_name, "filterName": names.filter_name},
    "cloudwatch": lambda names: {
        "alarmName": names.alarm_name,
        "alarmNames": [names.alarm_name],
        "muteTargets": {"alarmNames": [names.alarm_name]},
    },
    "sns": lambda names: {"topicArn": names.topic_arn, "subscriptionArn": f"{names.topic_arn}:subscription"},
    "kms": lambda names: {"keyId": names.key_id},
    "events": lambda names: {"name": names.rule_name, "rule": names.rule_name},
    "config": lambda names: {
        "configurationRecorderName": names.recorder_name,
        "deliveryChannelName": names.channel_name,
        "configRuleName": names.config_rule_name,
    },
    "iam": lambda names: {
        "roleName": names.role_name,
        "policyName": names.policy_arn.rpartition("/")[2],
        "policyArn": names.policy_arn,
        "userName": names.user_name,
        "permissionsBoundary": names.policy_arn,
    },
}

# What each action really sends, out of the parameters above.
_ACTION_KEYS: Mapping[str, tuple[str, ...]] = {
    "cloudtrail:PutEventSelectors": ("trailName",),
    "logs:DeleteLogGroup": ("logGroupName",),
    "logs:PutRetentionPolicy": ("logGroupName",),
    "cloudwatch:DeleteAlarms": ("alarmNames",),
    "cloudwatch:DisableAlarmActions": ("alarmNames",),
    "cloudwatch:SetAlarmState": ("alarmName",),
    "cloudwatch:PutMetricAlarm": ("alarmName",),
    "cloudwatch:PutAlarmMuteRule": ("muteTargets",),
    "sns:Unsubscribe": ("subscriptionArn",),
    "sns:SetSubscriptionAttributes": ("subscriptionArn",),
    "events:RemoveTargets": ("rule",),
    "events:PutTargets": ("rule",),
    "config:DeleteDeliveryChannel": ("deliveryChannelName",),
    "config:DeleteConfigRule": ("configRuleName",),
    "iam:UpdateAssumeRolePolicy": ("roleName",),
    "iam:UpdateRole": ("roleName",),
    "iam:PutRolePolicy": ("roleName", "policyName"),
    "iam:DeleteRolePolicy": ("roleName", "policyName"),
    "iam:AttachRolePolicy": ("roleName", "policyArn"),
    "iam:DetachRolePolicy": ("roleName", "policyArn"),
    "iam:PutRolePermissionsBoundary": ("roleName", "permissionsBoundary"),
    "iam:DeleteRolePermissionsBoundary": ("roleName",),
    "iam:CreatePolicyVersion": ("policyArn",),
    "iam:SetDefaultPolicyVersion": ("policyArn",),
    "iam:DeactivateMFADevice": ("userName",),
}
_SERVICE_KEYS: Mapping[str, tuple[str, ...]] = {
    "cloudtrail": ("name",),
    "sns": ("topicArn",),
    "events": ("name",),
    "config": ("configurationRecorderName",),
}


def silencer_event(silencer: Silencer, place: Place, targets: Targets) -> TrailEvent:
    """The record that the call leaves, made by an everyday administrator; IAM's are recorded in us-east-1."""
    where = Place(place.account_id, GLOBAL_REGION, place.partition) if silencer.service == "iam" else place
    named = _PARAMETERS.get(silencer.service)
    offered = named(targets) if named else {}
    keys = _ACTION_KEYS.get(silencer.name) or _SERVICE_KEYS.get(silencer.service, tuple(offered))
    parameters = {key: offered[key] for key in keys}
    source = _SOURCES.get(silencer.service, silencer.service)
    record = call(source, silencer.action, where, administrator(where), parameters)
    return TrailEvent(silencer.name, where.region, record)


def silencer_events(place: Place, targets: Targets) -> tuple[TrailEvent, ...]:
    """One record for every silencer call there is."""
    return tuple(silencer_event(silencer, place, targets) for silencer in SILENCERS)
