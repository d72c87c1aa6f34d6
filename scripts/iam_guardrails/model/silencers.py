"""The calls that silence the guardrails: what the break-glass role must be denied and every detection must
see (SILENCERS), and all that the event rules and the alarms tell as such (SILENCING).

Source of the action names and of `scoped`: AWS Service Authorization Reference, the page of each service. Without the
role by which it delivers, a trail goes on and its log group gets nothing (AWS CloudTrail User Guide,
cloudtrail-required-policy-for-cloudwatch-logs), so the IAM calls in CUTTING are asked of that role too.
"""

from __future__ import annotations

from iam_guardrails.model.value import frozen


@frozen
class Silencer:
    """One call that takes a guardrail away.

    service: the IAM prefix, e.g. "cloudwatch".  action: the API name.  silences: what it takes away (a noun
    phrase). scoped: whether IAM can limit the call to a resource; where it cannot, only a Deny on "*" bites.
    """

    service: str
    action: str
    silences: str
    scoped: bool = True

    @property
    def name(self) -> str:
        """The action as a policy writes it, e.g. "cloudtrail:StopLogging"."""
        return f"{self.service}:{self.action}"


SILENCERS: tuple[Silencer, ...] = (
    Silencer("cloudtrail", "StopLogging", "the trail"),
    Silencer("cloudtrail", "DeleteTrail", "the trail"),
    Silencer("cloudtrail", "UpdateTrail", "the trail"),
    Silencer("cloudtrail", "PutEventSelectors", "what the trail records"),
    Silencer("logs", "DeleteLogGroup", "the log group behind the metric filters"),
    Silencer("logs", "DeleteMetricFilter", "the metric filters"),
    Silencer("logs", "PutMetricFilter", "the metric filters"),
    Silencer("logs", "PutTransformer", "the log events that the metric filters see"),
    Silencer("logs", "PutRetentionPolicy", "the kept log events"),
    Silencer("cloudwatch", "DeleteAlarms", "the alarms"),
    Silencer("cloudwatch", "DisableAlarmActions", "the alarms' notifications"),
    Silencer("cloudwatch", "SetAlarmState", "the alarms' state changes"),
    Silencer("cloudwatch", "PutMetricAlarm", "the alarms"),
    Silencer("cloudwatch", "PutCompositeAlarm", "the alarms"),
    Silencer("cloudwatch", "PutAlarmMuteRule", "the alarms' notifications"),
    Silencer("sns", "DeleteTopic", "the alert topic"),
    Silencer("sns", "SetTopicAttributes", "the alert topic's policy and key"),
    Silencer("sns", "AddPermission", "the alert topic's policy"),
    Silencer("sns", "RemovePermission", "the alert topic's policy"),
    Silencer("sns", "Unsubscribe", "the subscribers", scoped=False),
    Silencer("sns", "SetSubscriptionAttributes", "the subscribers", scoped=False),
    Silencer("kms", "DisableKey", "the keys of the trail and the topic"),
    Silencer("kms", "ScheduleKeyDeletion", "the keys of the trail and the topic"),
    Silencer("kms", "PutKeyPolicy", "the keys of the trail and the topic"),
    Silencer("events", "DisableRule", "the event rules"),
    Silencer("events", "DeleteRule", "the event rules"),
    Silencer("events", "PutRule", "the event rules"),
    Silencer("events", "RemoveTargets", "the event rules' targets"),
    Silencer("events", "PutTargets", "the event rules' targets"),
    Silencer("config", "StopConfigurationRecorder", "the Config recorder"),
    Silencer("config", "DeleteConfigurationRecorder", "the Config recorder"),
    Silencer("config", "DeleteDeliveryChannel", "the Config delivery channel", scoped=False),
    Silencer("config", "DeleteConfigRule", "the Config rules"),
    Silencer("iam", "UpdateAssumeRolePolicy", "its own trust policy"),
    Silencer("iam", "UpdateRole", "its own session limit"),
    Silencer("iam", "PutRolePolicy", "its own permissions and revocations"),
    Silencer("iam", "AttachRolePolicy", "its own permissions"),
    Silencer("iam", "DetachRolePolicy", "its own permissions"),
    Silencer("iam", "DeleteRolePolicy", "its own revocations"),
    Silencer("iam", "DeleteRole", "the role by which the trail writes to its log group"),
    Silencer("iam", "PutRolePermissionsBoundary", "its own boundary"),
    Silencer("iam", "DeleteRolePermissionsBoundary", "its own boundary"),
    Silencer("iam", "CreatePolicyVersion", "its own boundary's text"),
    Silencer("iam", "SetDefaultPolicyVersion", "its own boundary's text"),
    Silencer("iam", "DeactivateMFADevice", "the owners' MFA devices"),
)
CUTTING = frozenset({"iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"})
"""The IAM calls that cut a trail off from its log group."""

_FURTHER = {
    "cloudtrail": "CreateTrail StartLogging PutInsightSelectors PutEventConfiguration DeleteEventDataStore"
    " UpdateEventDataStore StopEventDataStoreIngestion PutResourcePolicy DeleteResourcePolicy"
    " DeregisterOrganizationDelegatedAdmin",
    "cloudwatch": "DeleteAlarmMuteRule",
    "logs": "DeleteLogStream DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey PutLogGroupDeletionProtection"
    " DeleteTransformer PutDataProtectionPolicy DeleteDataProtectionPolicy PutAccountPolicy DeleteAccountPolicy"
    " PutResourcePolicy DeleteResourcePolicy PutSubscriptionFilter DeleteSubscriptionFilter",
    "sns": "PutDataProtectionPolicy Subscribe ConfirmSubscription SetSMSAttributes",
    "events": "DeleteEventBus",
    "kms": "DisableKeyRotation DeleteAlias UpdateAlias DeleteImportedKeyMaterial DisconnectCustomKeyStore"
    " DeleteCustomKeyStore UpdatePrimaryRegion",
    "config": "PutConfigurationRecorder DeleteServiceLinkedConfigurationRecorder DisassociateResourceTypes"
    " PutDeliveryChannel PutConfigRule PutConformancePack DeleteConformancePack DeleteOrganizationConfigRule"
    " PutRetentionConfiguration DeleteRetentionConfiguration DeleteEvaluationResults DeleteRemediationConfiguration"
    " DeleteAggregationAuthorization",
    "access-analyzer": "DeleteAnalyzer UpdateAnalyzer CreateArchiveRule UpdateArchiveRule ApplyArchiveRule"
    " UpdateFindings",
    "s3": "PutBucket* DeleteBucket* PutObjectLockConfiguration PutAccountPublicAccessBlock"
    " DeleteAccountPublicAccessBlock",
}
"""By IAM prefix, what the modules event-rules and trail-alarms tell as well, of whatever resource. The role needs some
of it, so it is denied none of it. A star stands for the rest of a name: CloudTrail names a bucket's settings so."""
_TRAIL_NAMES = {"cloudwatch": "monitoring"}  # the source CloudTrail writes where it is not the IAM prefix
_CALLS = [(item.service, item.action) for item in SILENCERS] + [
    (service, name) for service, names in _FURTHER.items() for name in names.split()
]
SILENCING = frozenset((f"{_TRAIL_NAMES.get(service, service)}.amazonaws.com", name) for service, name in _CALLS)
"""(event source, event name) of all calls that take a guardrail away, or a part of it; names may end in a star."""
STARRED = tuple(sorted((source, name[:-1]) for source, name in SILENCING if name.endswith("*")))
"""(event source, how the event name begins) of those of SILENCING that end in a star."""


def is_silencing(source: str, name: str) -> bool:
    """Whether a call takes a guardrail away, as the event rules and the alarms tell it. source, name: of its record."""
    return (source, name) in SILENCING or any(source == of and name.startswith(begin) for of, begin in STARRED)
