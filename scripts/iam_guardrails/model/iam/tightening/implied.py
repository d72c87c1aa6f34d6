"""What a recorded call needed beside its own action, as far as the record tells: roles passed, tags, keys.

Sources: AWS IAM User Guide, id_roles_use_passrole; Amazon EC2 User Guide, "Grant permission to tag resources during
creation"; AWS Secrets Manager and AWS Systems Manager User Guides (a customer's key needs kms:Decrypt); Amazon S3 User
Guide, "Using server-side encryption with AWS KMS keys".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.expression import Expression
from iam_guardrails.model.iam.tightening.calls import actions_of
from iam_guardrails.model.value import frozen

_ROLE = Expression(r"arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+$")
_TAG_KEYS = ("tags", "tagset", "taglist", "tagspecificationset", "tagspecifications", "x-amz-tagging", "tagging")
_TAGGING = ("TagResource", "CreateTags", "AddTags", "AddTagsToResource", "AddTagsToStream", "TagRole", "TagUser",
            "TagPolicy", "TagInstanceProfile", "TagQueue", "TagLogGroup", "PutBucketTagging", "PutObjectTagging",
            "TagStream", "CreateOrUpdateTags", "TagDeliveryStream", "TagServerCertificate", "TagOpenIDConnectProvider",
            "TagSAMLProvider", "TagMFADevice", "TagProject", "TagCertificateAuthority", "AddTagsToCertificate",
            "AddTagsToVault")  # fmt: skip
_BY_KEY: Mapping[str, tuple[str, ...]] = {
    "secretsmanager:GetSecretValue": ("kms:Decrypt",), "secretsmanager:BatchGetSecretValue": ("kms:Decrypt",),
    "secretsmanager:PutSecretValue": ("kms:Decrypt", "kms:GenerateDataKey"),
    "secretsmanager:CreateSecret": ("kms:Decrypt", "kms:GenerateDataKey"),
    "secretsmanager:UpdateSecret": ("kms:Decrypt", "kms:GenerateDataKey"),
    "ssm:GetParameter": ("kms:Decrypt",), "ssm:GetParameters": ("kms:Decrypt",),
    "ssm:GetParametersByPath": ("kms:Decrypt",), "ssm:GetParameterHistory": ("kms:Decrypt",),
    "ssm:PutParameter": ("kms:Encrypt", "kms:GenerateDataKey"),
    "s3:GetObject": ("kms:Decrypt",), "s3:PutObject": ("kms:GenerateDataKey", "kms:Decrypt"),
    "sqs:ReceiveMessage": ("kms:Decrypt",), "sqs:SendMessage": ("kms:GenerateDataKey", "kms:Decrypt"),
    "sns:Publish": ("kms:GenerateDataKey", "kms:Decrypt"),
    "ec2:RunInstances": ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext",
                         "kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "ec2:CreateVolume": ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"),
    "lambda:InvokeFunction": ("kms:Decrypt",), "kms:ReEncryptFrom": (),
}  # fmt: skip
PASSED, TAGGED, KEYED = "it passes this role", "it sets tags", "it may use a customer's key"
_TOO_DEEP = 12


@frozen
class Implied:
    """A permission that a call needed beside its own. resource: "" where the record does not tell."""

    action: str
    resource: str
    why: str


def implied_by(source: str, name: str, parameters: Mapping[str, Any]) -> Iterator[Implied]:
    """Every permission that the call may have needed besides, as far as its parameters tell.

    parameters: requestParameters of the record, {} where it has none.
    """
    own = actions_of(source, name)
    prefixes = {action.partition(":")[0] for action in own}
    if not prefixes & {"iam", "sts"}:
        roles = {text for text in _texts(parameters, 0) if _ROLE.match(text)}
        yield from (Implied("iam:PassRole", role, PASSED) for role in sorted(roles))
        if not roles and any("instanceprofile" in key.lower() for key in _keys(parameters, 0)):
            yield Implied("iam:PassRole", "", PASSED)
    if "iam:AddRoleToInstanceProfile" in own:
        yield Implied("iam:PassRole", "", PASSED)
    if any(key.lower() in _TAG_KEYS for key in _keys(parameters, 0)):
        yield from (Implied(f"{prefix}:{tagging}", "", TAGGED) for prefix in sorted(prefixes) for tagging in _TAGGING)
    for action in own:
        yield from (Implied(key, "", KEYED) for key in _BY_KEY.get(action, ()))


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < _TOO_DEEP and isinstance(value, (list, Mapping)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item, depth + 1)


def _keys(value: Any, depth: int) -> Iterator[str]:
    if depth < _TOO_DEEP and isinstance(value, (list, Mapping)):
        if isinstance(value, Mapping):
            yield from value
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _keys(item, depth + 1)
