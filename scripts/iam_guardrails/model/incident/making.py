"""Which calls make a difference between two captures of an account.

Source: AWS Service Authorization Reference, and each service's API reference.
"""

from __future__ import annotations

from collections.abc import Mapping

KEYS = "access_keys"
"""The kind of access keys, as the others are written below."""
_MADE, _GONE, _ELSE = "+", "-", "*"
MAKERS: Mapping[str, Mapping[str, str]] = {
    "roles": {
        _MADE: "CreateRole CreateServiceLinkedRole", _GONE: "DeleteRole DeleteServiceLinkedRole",
        "trust": "UpdateAssumeRolePolicy CreateRole", "max_session_seconds": "UpdateRole CreateRole",
        "boundary_arn": "PutRolePermissionsBoundary DeleteRolePermissionsBoundary CreateRole DeleteRole",
        "inline_policies": "PutRolePolicy DeleteRolePolicy", "tags": "TagRole UntagRole CreateRole DeleteRole",
        "attached_policy_arns": "AttachRolePolicy DetachRolePolicy", _ELSE: "CreateRole",
    },
    "users": {
        _MADE: "CreateUser UpdateUser", _GONE: "DeleteUser UpdateUser",
        "boundary_arn": "PutUserPermissionsBoundary DeleteUserPermissionsBoundary CreateUser DeleteUser",
        "inline_policies": "PutUserPolicy DeleteUserPolicy", "group_names": "AddUserToGroup RemoveUserFromGroup",
        "attached_policy_arns": "AttachUserPolicy DetachUserPolicy",
        "has_console_password": "CreateLoginProfile DeleteLoginProfile",
        "mfa_kinds": "EnableMFADevice DeactivateMFADevice", "tags": "TagUser UntagUser CreateUser DeleteUser",
        _ELSE: "CreateUser UpdateUser",
    },
    "groups": {
        _MADE: "CreateGroup UpdateGroup", _GONE: "DeleteGroup UpdateGroup",
        "inline_policies": "PutGroupPolicy DeleteGroupPolicy",
        "attached_policy_arns": "AttachGroupPolicy DetachGroupPolicy", _ELSE: "CreateGroup UpdateGroup",
    },
    KEYS: {_MADE: "CreateAccessKey", _GONE: "DeleteAccessKey", "active": "UpdateAccessKey", _ELSE: "CreateAccessKey"},
    "managed_policies": {
        _MADE: "CreatePolicy", _GONE: "DeletePolicy",
        "document": "CreatePolicyVersion SetDefaultPolicyVersion CreatePolicy", _ELSE: "CreatePolicy",
    },
    "oidc_providers": {
        _MADE: "CreateOpenIDConnectProvider", _GONE: "DeleteOpenIDConnectProvider",
        "audiences": "AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider"
                     " CreateOpenIDConnectProvider",
        "thumbprints": "UpdateOpenIDConnectProviderThumbprint CreateOpenIDConnectProvider",
    },
    "password_policies": {
        _MADE: "UpdateAccountPasswordPolicy", _GONE: "DeleteAccountPasswordPolicy",
        _ELSE: "UpdateAccountPasswordPolicy",
    },
    "trails": {
        _MADE: "CreateTrail", _GONE: "DeleteTrail", "logging": "StartLogging StopLogging CreateTrail",
        "selectors": "PutEventSelectors CreateTrail", _ELSE: "UpdateTrail CreateTrail",
    },
    "log_groups": {
        _MADE: "CreateLogGroup", _GONE: "DeleteLogGroup",
        "retention_days": "PutRetentionPolicy DeleteRetentionPolicy CreateLogGroup",
        "key_arn": "AssociateKmsKey DisassociateKmsKey CreateLogGroup", _ELSE: "CreateLogGroup",
    },
    "metric_filters": {_GONE: "DeleteMetricFilter", _ELSE: "PutMetricFilter"},
    "alarms": {
        _GONE: "DeleteAlarms", _ELSE: "PutMetricAlarm PutCompositeAlarm",
        "actions_enabled": "EnableAlarmActions DisableAlarmActions PutMetricAlarm PutCompositeAlarm",
    },
    "mute_rules": {_GONE: "DeleteAlarmMuteRule", _ELSE: "PutAlarmMuteRule"},
    "topics": {
        _MADE: "CreateTopic", _GONE: "DeleteTopic", "key_id": "SetTopicAttributes CreateTopic",
        "policy": "SetTopicAttributes AddPermission RemovePermission CreateTopic",
        _ELSE: "SetTopicAttributes CreateTopic",
    },
    "subscriptions": {
        _MADE: "Subscribe ConfirmSubscription", _GONE: "Unsubscribe", "confirmed": "ConfirmSubscription",
        _ELSE: "SetSubscriptionAttributes",
    },
    "keys": {
        _MADE: "CreateKey", "policy": "PutKeyPolicy", "rotation": "EnableKeyRotation DisableKeyRotation",
        **dict.fromkeys(("state", "enabled", "deletion_window_days"),
                        "EnableKey DisableKey ScheduleKeyDeletion CancelKeyDeletion"),
    },
    "event_rules": {_GONE: "DeleteRule", "state": "EnableRule DisableRule PutRule", _ELSE: "PutRule"},
    "event_targets": {_GONE: "RemoveTargets", _ELSE: "PutTargets"},
    "config_recorders": {
        _GONE: "DeleteConfigurationRecorder", "recording": "StartConfigurationRecorder StopConfigurationRecorder",
        _ELSE: "PutConfigurationRecorder",
    },
    "config_rules": {_GONE: "DeleteConfigRule", _ELSE: "PutConfigRule"},
    "analyzers": {_MADE: "CreateAnalyzer", _GONE: "DeleteAnalyzer", _ELSE: "UpdateAnalyzer"},
    "public_access_blocks": {
        _GONE: "DeleteBucketPublicAccessBlock", _ELSE: "PutBucketPublicAccessBlock",
    },
    "buckets": {
        _MADE: "CreateBucket", _GONE: "DeleteBucket", "policy": "PutBucketPolicy DeleteBucketPolicy",
        "versioned": "PutBucketVersioning", "encryption": "PutBucketEncryption DeleteBucketEncryption",
        "key_arn": "PutBucketEncryption DeleteBucketEncryption",
    },
}  # fmt: skip
"""Kind of a thing -> its part (+ it was made, - it was removed, * any other) -> names of the calls that change it."""

_SERVICES: Mapping[str, str] = {
    "trails": "cloudtrail", "log_groups": "logs", "metric_filters": "logs", "alarms": "monitoring",
    "mute_rules": "monitoring", "topics": "sns", "subscriptions": "sns", "keys": "kms", "event_rules": "events",
    "event_targets": "events", "config_recorders": "config", "config_rules": "config", "analyzers": "access-analyzer",
    "public_access_blocks": "s3", "buckets": "s3",
}  # fmt: skip
"""Kind of a thing -> CloudTrail's name of its service; what is not here is IAM's."""
CALLS = frozenset(
    (f"{_SERVICES.get(kind, 'iam')}.amazonaws.com", name)
    for kind, parts in MAKERS.items() for names in parts.values() for name in names.split()
)  # fmt: skip
"""Source and name of every call that makes a difference between two captures."""


def calls_of(kind: str, part: str, made: bool) -> frozenset[str]:
    """Names of the calls that change a part of a kind of thing (fields of model.account); empty where none is known.

    part: "" for the thing itself, which then was made, or else removed.
    """
    of_kind = MAKERS.get(kind, {})
    if not part and not made:
        return frozenset(of_kind.get(_GONE, "").split())
    return frozenset((of_kind.get(part or _MADE) or of_kind.get(_ELSE, "")).split())
