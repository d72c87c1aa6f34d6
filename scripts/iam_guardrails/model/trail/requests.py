"""What the calls that change guardrails and IAM name in their requests, as CloudTrail writes it.

Source: the API reference of each service; CloudTrail writes a parameter's name with its first letter in lower case
(AWS CloudTrail User Guide, "CloudTrail record contents"), also `sAMLProviderArn`. A KMS record names the key's ARN in
`resources` and `responseElements` too (AWS KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.iam.revocation import REVOCATION_NAME
from iam_guardrails.model.trail.guarded import Guarded
from iam_guardrails.model.trail.record import Place
from iam_guardrails.model.value import frozen


@frozen
class Request:
    """What a call names. kinds: of the guarded things it is about (see guarded.Targets); () where it is about none.

    key: the parameter that holds the thing's name.  more: the parameters besides.
    """

    kinds: tuple[str, ...] = ()
    key: str = ""
    more: tuple[str, ...] = ()


_EVERY_ROLE = ("roles", "delivery_roles")
_EVERY_ALARM = ("alarms", "composites")

REQUESTS: Mapping[str, Request] = {
    "cloudtrail:StopLogging": Request(("trails",), "name"),
    "cloudtrail:DeleteTrail": Request(("trails",), "name"),
    "cloudtrail:UpdateTrail": Request(("trails",), "name", ("isMultiRegionTrail",)),
    "cloudtrail:PutEventSelectors": Request(("trails",), "trailName", ("eventSelectors",)),
    "logs:DeleteLogGroup": Request(("log_groups",), "logGroupName"),
    "logs:PutRetentionPolicy": Request(("log_groups",), "logGroupName", ("retentionInDays",)),
    "logs:PutTransformer": Request(("log_groups",), "logGroupIdentifier", ("transformerConfig",)),
    "logs:DeleteMetricFilter": Request(("filters",), "filterName", ("logGroupName",)),
    "logs:PutMetricFilter": Request(("filters",), "filterName", ("logGroupName",)),
    "cloudwatch:DeleteAlarms": Request(_EVERY_ALARM, "alarmNames"),
    "cloudwatch:DisableAlarmActions": Request(_EVERY_ALARM, "alarmNames"),
    "cloudwatch:SetAlarmState": Request(_EVERY_ALARM, "alarmName", ("stateValue",)),
    "cloudwatch:PutMetricAlarm": Request(("alarms",), "alarmName"),
    "cloudwatch:PutCompositeAlarm": Request(("composites",), "alarmName", ("alarmRule",)),
    "cloudwatch:PutAlarmMuteRule": Request(_EVERY_ALARM, "muteTargets", ("muteRuleName",)),
    "sns:DeleteTopic": Request(("topics",), "topicArn"),
    "sns:SetTopicAttributes": Request(("topics",), "topicArn", ("attributeName",)),
    "sns:AddPermission": Request(("topics",), "topicArn", ("label", "actionName", "aWSAccountId")),
    "sns:RemovePermission": Request(("topics",), "topicArn", ("label",)),
    "sns:Unsubscribe": Request(("topics",), "subscriptionArn"),
    "sns:SetSubscriptionAttributes": Request(("topics",), "subscriptionArn", ("attributeName",)),
    "kms:DisableKey": Request(("keys",), "keyId"),
    "kms:ScheduleKeyDeletion": Request(("keys",), "keyId", ("pendingWindowInDays",)),
    "kms:PutKeyPolicy": Request(("keys",), "keyId"),
    "events:DisableRule": Request(("rules",), "name"),
    "events:DeleteRule": Request(("rules",), "name"),
    "events:PutRule": Request(("rules",), "name"),
    "events:RemoveTargets": Request(("rules",), "rule"),
    "events:PutTargets": Request(("rules",), "rule"),
    "config:StopConfigurationRecorder": Request(("recorders",), "configurationRecorderName"),
    "config:DeleteConfigurationRecorder": Request(("recorders",), "configurationRecorderName"),
    "config:DeleteDeliveryChannel": Request(("channels",), "deliveryChannelName"),
    "config:DeleteConfigRule": Request(("config_rules",), "configRuleName"),
    "iam:UpdateAssumeRolePolicy": Request(_EVERY_ROLE, "roleName", ("policyDocument",)),
    "iam:UpdateRole": Request(("roles",), "roleName", ("maxSessionDuration",)),
    "iam:PutRolePolicy": Request(("roles",), "roleName", ("policyName", "policyDocument")),
    "iam:DeleteRolePolicy": Request(_EVERY_ROLE, "roleName", ("inlinePolicyName",)),
    "iam:AttachRolePolicy": Request(("roles",), "roleName", ("policyArn",)),
    "iam:DetachRolePolicy": Request(_EVERY_ROLE, "roleName", ("policyArn",)),
    "iam:DeleteRole": Request(_EVERY_ROLE, "roleName"),
    "iam:PutRolePermissionsBoundary": Request(("roles",), "roleName", ("permissionsBoundary",)),
    "iam:DeleteRolePermissionsBoundary": Request(("roles",), "roleName"),
    "iam:PutUserPolicy": Request(("users",), "userName", ("policyName", "policyDocument")),
    "iam:DeleteUserPolicy": Request(("users",), "userName", ("policyName",)),
    "iam:AttachUserPolicy": Request(("users",), "userName", ("policyArn",)),
    "iam:DetachUserPolicy": Request(("users",), "userName", ("policyArn",)),
    "iam:PutUserPermissionsBoundary": Request(("users",), "userName", ("permissionsBoundary",)),
    "iam:DeleteUserPermissionsBoundary": Request(("users",), "userName"),
    "iam:CreateAccessKey": Request(("users",), "userName"),
    "iam:CreateLoginProfile": Request(("users",), "userName"),
    "iam:UpdateLoginProfile": Request(("users",), "userName"),
    "iam:AddUserToGroup": Request(("users",), "userName", ("groupName",)),
    "iam:DeactivateMFADevice": Request(("users",), "userName", ("serialNumber",)),
    "iam:CreateUser": Request(more=("newUserName",)),
    "iam:PutGroupPolicy": Request(more=("groupName", "policyName", "policyDocument")),
    "iam:DeleteGroupPolicy": Request(more=("groupName", "policyName")),
    "iam:AttachGroupPolicy": Request(more=("groupName", "policyArn")),
    "iam:DetachGroupPolicy": Request(more=("groupName", "policyArn")),
    "iam:CreatePolicy": Request(more=("policyName", "policyDocument")),
    "iam:DeletePolicy": Request(("policies",), "policyArn"),
    "iam:CreatePolicyVersion": Request(("policies",), "policyArn", ("policyDocument",)),
    "iam:DeletePolicyVersion": Request(("policies",), "policyArn", ("versionId",)),
    "iam:SetDefaultPolicyVersion": Request(("policies",), "policyArn", ("versionId",)),
    "iam:CreateSAMLProvider": Request(more=("providerName", "sAMLMetadataDocument")),
    "iam:UpdateSAMLProvider": Request(more=("sAMLProviderArn", "sAMLMetadataDocument")),
    "iam:CreateOpenIDConnectProvider": Request(more=("url", "clientIDList")),
}


def asked(request: Request, thing: Guarded | None, place: Place) -> dict[str, Any]:
    """What the record of one call says of the thing it is about: requestParameters, and the rest that names it."""
    parameters: dict[str, Any] = {}
    if thing is not None:
        parameters[request.key] = _named(request.key, thing)
    for key in request.more:
        name, value = _more(key, thing, place)
        parameters[name] = value
    if thing is None or request.key != "keyId" or not thing.within:
        return {"requestParameters": parameters}
    resource = {"accountId": place.account_id, "type": "AWS::KMS::Key", "ARN": thing.within}
    return {
        "requestParameters": parameters, "responseElements": {"keyId": thing.within}, "resources": [resource],
    }  # fmt: skip


def _named(key: str, thing: Guarded) -> Any:
    if key == "alarmNames":
        return [thing.name]
    if key == "muteTargets":
        return {"alarmNames": [thing.name]}
    if key == "subscriptionArn":
        return f"{thing.name}:0f1e2d3c-4b5a-4968-8776-655443322110"
    return thing.name


_POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_CONSTANTS: Mapping[str, Any] = {
    "isMultiRegionTrail": False, "eventSelectors": [{"readWriteType": "WriteOnly", "includeManagementEvents": True}],
    "retentionInDays": 1, "stateValue": "OK", "attributeName": "Policy", "label": "alarms", "pendingWindowInDays": 7,
    "maxSessionDuration": 43200, "policyName": "everything", "policyDocument": _POLICY, "groupName": "operators",
    "versionId": "v2", "sAMLMetadataDocument": "<EntityDescriptor/>", "url": "https://idp.example.com",
    "clientIDList": ["app"], "transformerConfig": [{"parseJSON": {}}, {"deleteKeys": {"withKeys": ["eventName"]}}],
    "alarmRule": "FALSE", "actionName": ["Publish"], "aWSAccountId": ["999999999999"],
}  # fmt: skip


def _more(key: str, thing: Guarded | None, place: Place) -> tuple[str, Any]:
    """A parameter besides the thing: the name CloudTrail gives it, and a value that silences or opens something."""
    iam = f"arn:{place.partition}:iam::"
    own = f"{iam}{place.account_id}"
    administrator = f"{iam}aws:policy/AdministratorAccess"
    if key in _CONSTANTS:
        return key, _CONSTANTS[key]
    return {
        "logGroupName": ("logGroupName", thing.within if thing else ""),
        "muteRuleName": ("name", "quiet"),
        "inlinePolicyName": ("policyName", REVOCATION_NAME),
        "policyArn": ("policyArn", administrator),
        "permissionsBoundary": ("permissionsBoundary", administrator),
        "serialNumber": ("serialNumber", f"{own}:mfa/{thing.name if thing else ''}"),
        "newUserName": ("userName", "newcomer"),
        "providerName": ("name", "idp"),
        "sAMLProviderArn": ("sAMLProviderArn", f"{own}:saml-provider/idp"),
    }[key]
