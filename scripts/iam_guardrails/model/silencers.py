"""The calls that silence the guardrails: what the break-glass role must be denied and every detection must
see.

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
