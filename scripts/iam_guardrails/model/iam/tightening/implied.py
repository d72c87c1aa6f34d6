"""What a recorded call needed beside its own action, as far as the record tells: roles passed, tags, keys.

A role that a call names does not stand for one that another call passes without naming it: such a call may have passed
any. Sources: AWS IAM User Guide, id_roles_use_passrole; Amazon ECS Developer Guide, security_iam_roles and
task-iam-roles (the roles of a task stand in its definition, and whoever runs it passes them); Amazon EC2 Auto Scaling
User Guide, ec2-auto-scaling-launch-template-permissions (so does the profile of a launch template); AWS Glue API
Reference, CreateJob (Role is a name or an ARN); AWS Systems Manager User Guide, automation-setup-iam; Amazon EC2 User
Guide, "Grant permission to tag resources during creation"; AWS Secrets Manager and AWS Systems Manager User Guides (a
customer's key needs kms:Decrypt); Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
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
_PASSES: Mapping[str, tuple[str, ...]] = {
    "ecs": ("RunTask", "StartTask", "CreateService", "UpdateService", "CreateTaskSet"),
    "ssm": ("StartAutomationExecution", "StartChangeRequestExecution", "CreateAssociation", "CreateAssociationBatch",
            "UpdateAssociation"),
    "elasticbeanstalk": ("CreateEnvironment", "UpdateEnvironment", "CreateConfigurationTemplate",
                         "UpdateConfigurationTemplate"),
    "datapipeline": ("PutPipelineDefinition", "ActivatePipeline"),
    "iam": ("AddRoleToInstanceProfile",),
}  # fmt: skip
"""Calls that may pass a role which stands elsewhere: in a task's definition, a document, an option by its name."""
_BY_PROFILE = ("instanceprofile", "launchtemplate", "launchconfiguration")
"""Parts of names of parameters that lead to an instance profile, whose role is passed."""
_KEPT_SECRET, _MAY_HIDE = "hidden_due_to", frozenset({"events", "scheduler", "pipes"})
"""What CloudTrail writes for a parameter that it does not tell, and the services whose hidden ones hold roles."""
MAY_PASS = "a call may have passed a role that its record does not name"
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
    if _may_pass(own, prefixes, parameters):
        yield Implied("iam:PassRole", "", MAY_PASS)
    if any(key.lower() in _TAG_KEYS for key in _keys(parameters, 0)):
        yield from (Implied(f"{prefix}:{tagging}", "", TAGGED) for prefix in sorted(prefixes) for tagging in _TAGGING)
    for action in own:
        yield from (Implied(key, "", KEYED) for key in _BY_KEY.get(action, ()))


def _may_pass(own: Collection[str], prefixes: Set[str], parameters: Mapping[str, Any]) -> bool:
    """Whether a call may pass a role that its record does not tell."""
    if any(f"{service}:{name}" in own for service, names in _PASSES.items() for name in names):
        return True
    if prefixes & {"iam", "sts"}:
        return False
    keys = [key.lower() for key in _keys(parameters, 0)]
    if any(part in key for key in keys for part in _BY_PROFILE):
        return True
    if prefixes & _MAY_HIDE and any(_KEPT_SECRET in text.lower() for text in _texts(parameters, 0)):
        return True
    return any(text and not text.startswith("arn:") for text in _role_names(parameters, 0))


def _role_names(value: Any, depth: int) -> Iterator[str]:
    """The texts under names that speak of a role."""
    if depth >= _TOO_DEEP:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if "role" in str(key).lower():
                yield from ([item] if isinstance(item, str) else _plain_texts(item))
            yield from _role_names(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _role_names(item, depth + 1)


def _plain_texts(value: Any) -> Iterator[str]:
    yield from (item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


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
