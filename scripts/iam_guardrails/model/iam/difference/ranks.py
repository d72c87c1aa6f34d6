"""How grave new access is, by what it lets somebody do.

The lists are short on purpose: an action belongs to the gravest list it is in. Sources: AWS IAM User Guide,
access_policies_job-functions_create-policies and best-practices (permissions management); Service Authorization
Reference, access level "Permissions management" and "Write" of AWS Identity and Access Management and AWS STS, and
access level "Read" of the services that hold secrets and data.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Literal

from iam_guardrails.model.iam.match import action_match

Rank = Literal["trust widened", "administrator", "escalation", "PassRole", "data", "other"]
TRUST: Rank = "trust widened"
ADMINISTRATOR: Rank = "administrator"
ESCALATION: Rank = "escalation"
PASS_ROLE: Rank = "PassRole"
DATA: Rank = "data"
OTHER: Rank = "other"
RANKS: tuple[Rank, ...] = (TRUST, ADMINISTRATOR, ESCALATION, PASS_ROLE, DATA, OTHER)

# who may do what is decided by these
CHANGES_ACCESS = (
    "iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy",
    "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateOpenIDConnectProvider", "iam:CreatePolicyVersion",
    "iam:CreateRole", "iam:CreateSAMLProvider", "iam:CreateServiceSpecificCredential", "iam:CreateUser",
    "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy", "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy", "iam:DeactivateMFADevice",
    "iam:PutGroupPolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy", "iam:SetDefaultPolicyVersion", "iam:UpdateAccessKey", "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile", "iam:UpdateSAMLProvider", "iam:UploadSigningCertificate",
    "sts:AssumeRole", "sts:AssumeRoot", "sts:GetFederationToken",
    "kms:CreateGrant", "kms:PutKeyPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl",
    "secretsmanager:PutResourcePolicy", "sns:AddPermission", "sqs:AddPermission", "lambda:AddPermission",
    "lambda:UpdateFunctionCode", "ssm:SendCommand", "ssm:StartSession", "ec2-instance-connect:SendSSHPublicKey",
    "organizations:AttachPolicy", "organizations:DetachPolicy", "sso:CreateAccountAssignment",
    "sso:AttachManagedPolicyToPermissionSet", "sso:PutInlinePolicyToPermissionSet", "rolesanywhere:CreateProfile",
    "rolesanywhere:CreateTrustAnchor",
)  # fmt: skip
READS_DATA = (
    "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:GetRecords", "dynamodb:PartiQLSelect", "dynamodb:Query",
    "dynamodb:Scan", "ecr:GetDownloadUrlForLayer", "glacier:GetJobOutput", "kinesis:GetRecords",
    "kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "logs:FilterLogEvents", "logs:GetLogEvents",
    "logs:StartQuery", "rds-data:ExecuteStatement", "rds:DownloadDBLogFilePortion", "redshift:GetClusterCredentials",
    "s3:GetObject", "s3:GetObjectVersion", "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage", "ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters",
    "ssm:GetParametersByPath",
)  # fmt: skip
_ON_RESOURCES_OF = {  # services whose actions are about resources of another one (Service Authorization Reference)
    "ec2-instance-connect": "ec2", "rds-data": "rds", "ssm": "ec2", "sts": "iam",
}  # fmt: skip


@cache
def by_action() -> tuple[tuple[Rank, tuple[str, ...]], ...]:
    """The actions of each rank, the gravest first: those above, and what starts a published method of escalation.

    A method that passes a role starts with iam:PassRole, which has a rank of its own.
    """
    from iam_guardrails.model.iam.escalation.methods import published

    starts = [item.needs[0].action for item in published()
              if all(need.action != "iam:PassRole" for need in item.needs)]  # fmt: skip
    return (
        (ESCALATION, tuple(dict.fromkeys((*CHANGES_ACCESS, *starts)))),
        (PASS_ROLE, ("iam:PassRole",)),
        (DATA, READS_DATA),
    )


def may_reach(action: str, patterns: Iterable[str], resources: Iterable[str]) -> bool:
    """Whether an action that one of the action patterns covers may be about one of the resources.

    Where a pattern names the action's service, it is meant; `*` on the ARNs of one service reaches that service only.
    """
    service = action.partition(":")[0]
    if any(action_match(text, action) and text.lower().startswith(f"{service}:") for text in patterns):
        return True
    bucket = service == "s3" and "Bucket" in action  # a bucket's ARN has no slash, an object's has one
    return any(
        _service(text) in ("", service, _ON_RESOURCES_OF.get(service)) and not (bucket and "/" in text)
        for text in resources
    )


def _service(resource: str) -> str:
    """The service of an ARN; "" where the pattern leaves it open."""
    parts = resource.split(":", 3)
    return "" if len(parts) < 4 or set("*?$") & set("".join(parts[:3])) else parts[2]
