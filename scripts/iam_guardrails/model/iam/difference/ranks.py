"""How grave new access is, by what it lets somebody do.

The lists are short on purpose: an action belongs to the gravest list it is in. Sources: AWS IAM User Guide,
access_policies_job-functions_create-policies and best-practices (permissions management); Service Authorization
Reference, access level "Permissions management" and "Write" of AWS Identity and Access Management and AWS STS, and
access level "Read" of the services that hold secrets and data.
"""

from __future__ import annotations

from typing import Literal

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
BY_ACTION: tuple[tuple[Rank, tuple[str, ...]], ...] = (
    (ESCALATION, CHANGES_ACCESS),
    (PASS_ROLE, ("iam:PassRole",)),
    (DATA, READS_DATA),
)
