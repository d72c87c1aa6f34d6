"""Which writes belong to which purpose of an incident. Reads belong to every purpose.

Source of the action names: AWS Service Authorization Reference, the page of each service; CloudTrail names Lambda's
events with the date of their API ("UpdateFunctionCode20150331v2"; AWS Lambda Developer Guide,
logging-using-cloudtrail).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from iam_guardrails.model.iam.match import any_match
from iam_guardrails.model.incident.step import FIX_IAM, OTHER, ROLLBACK, ROTATE_SECRET, SAFE_MODE

DRILL = "drill"
"""What a drill's session is for: to enter, and nothing else."""

_NEW_RELEASE = (
    "lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionCode", "lambda:PublishVersion",
    "lambda:PublishLayerVersion", "lambda:CreateAlias", "lambda:UpdateAlias", "ecs:UpdateService",
    "ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:StopTask", "ecs:CreateTaskSet", "ecs:UpdateServicePrimaryTaskSet",
    "ecs:DeleteTaskSet", "autoscaling:StartInstanceRefresh", "autoscaling:CancelInstanceRefresh",
)  # fmt: skip

WRITES: Mapping[str, tuple[str, ...]] = {
    ROTATE_SECRET: (
        "secretsmanager:CreateSecret", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret",
        "secretsmanager:UpdateSecretVersionStage", "secretsmanager:RotateSecret", "secretsmanager:CancelRotateSecret",
        "ssm:PutParameter", "ssm:DeleteParameter*", "ssm:LabelParameterVersion",
        "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:RotateKeyOnDemand",
        "kms:EnableKeyRotation", "iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey",
        "rds:ModifyDBInstance", "rds:ModifyDBCluster", *_NEW_RELEASE,
    ),
    SAFE_MODE: (
        "lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency", "lambda:UpdateEventSourceMapping",
        "lambda:PutProvisionedConcurrencyConfig", "lambda:UpdateFunctionConfiguration", "events:DisableRule",
        "events:EnableRule", "scheduler:UpdateSchedule", "pipes:StopPipe", "pipes:StartPipe", "ssm:PutParameter",
        "appconfig:StartDeployment", "appconfig:StopDeployment", "appconfig:CreateHostedConfigurationVersion",
        "ecs:UpdateService", "ecs:StopTask", "application-autoscaling:RegisterScalableTarget",
        "application-autoscaling:PutScalingPolicy", "autoscaling:SetDesiredCapacity",
        "autoscaling:UpdateAutoScalingGroup", "autoscaling:SuspendProcesses", "autoscaling:ResumeProcesses",
        "states:StopExecution", "codepipeline:DisableStageTransition", "codepipeline:EnableStageTransition",
        "ec2:StopInstances", "ec2:StartInstances", "ec2:RevokeSecurityGroup*", "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:ModifyRule", "elasticloadbalancing:CreateRule", "elasticloadbalancing:DeleteRule",
        "wafv2:UpdateWebACL", "wafv2:UpdateIPSet", "wafv2:AssociateWebACL",
    ),
    ROLLBACK: (
        *_NEW_RELEASE, "lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency", "ecs:CreateService",
        "ecs:StartTask", "ecs:UpdateTaskSet", "ecs:StopServiceDeployment", "ecs:DeregisterTaskDefinition",
        "codedeploy:CreateDeployment", "codedeploy:StopDeployment", "codedeploy:ContinueDeployment",
        "codepipeline:StartPipelineExecution", "codepipeline:StopPipelineExecution", "codepipeline:RetryStageExecution",
        "codepipeline:RollbackStage", "codepipeline:OverrideStageCondition", "codepipeline:PutApprovalResult",
        "codepipeline:DisableStageTransition", "codepipeline:EnableStageTransition", "cloudformation:CreateStack",
        "cloudformation:UpdateStack", "cloudformation:DeleteStack", "cloudformation:RollbackStack",
        "cloudformation:ContinueUpdateRollback", "cloudformation:CancelUpdateStack", "cloudformation:CreateChangeSet",
        "cloudformation:ExecuteChangeSet", "cloudformation:DeleteChangeSet", "cloudformation:SignalResource",
        "s3:PutObject", "s3:PutObjectTagging", "s3:CreateMultipartUpload", "s3:UploadPart*",
        "s3:CompleteMultipartUpload", "s3:DeleteObject*", "s3:CopyObject", "s3:RestoreObject",
        "appconfig:StartDeployment", "appconfig:StopDeployment", "apigateway:UpdateStage",
        "apigateway:CreateDeployment", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule",
        "elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets",
        "autoscaling:UpdateAutoScalingGroup", "autoscaling:RollbackInstanceRefresh", "cloudfront:UpdateDistribution",
        "cloudfront:CreateInvalidation", "route53:ChangeResourceRecordSets",
    ),
    FIX_IAM: ("iam:*", "sso:*", "kms:PutKeyPolicy", "kms:CreateGrant", "kms:RevokeGrant", "s3:PutBucketPolicy",
              "s3:DeleteBucketPolicy", "organizations:DetachPolicy", "organizations:AttachPolicy",
              "organizations:UpdatePolicy", "secretsmanager:PutResourcePolicy", "secretsmanager:DeleteResourcePolicy",
              "lambda:AddPermission", "lambda:RemovePermission", "sqs:SetQueueAttributes", "kms:RetireGrant"),
    DRILL: (),
}  # fmt: skip
"""Patterns of actions by purpose. OTHER is not here: it is not judged, since it says nothing that a call could miss."""

SESSION_CALLS = ("sts:*", "signin:*", "sso:GetRoleCredentials")
"""Calls that make or show a session, whatever CloudTrail says of their being writes; entries are judged themselves."""
RIGHTS = ("iam:*", "sso:*", "organizations:*", "kms:PutKeyPolicy", "s3:PutBucketPolicy", "*:PutResourcePolicy",
          "lambda:AddPermission*")  # fmt: skip
"""Actions that give somebody rights: no service that makes them makes them part of what it was asked for."""
_DATED = re.compile(r"(?<=[a-z])(20\d{6}(v\d+)?|20\d\d_\d\d_\d\d)$")


def judged(purpose: str) -> bool:
    """Whether anything can lie outside the purpose."""
    return purpose != OTHER


def belongs(purpose: str, action: str, invoked_by: str = "") -> bool:
    """Whether a write belongs to a purpose.

    action: as CloudTrail's record gives it, "lambda:UpdateFunctionCode20150331v2".  invoked_by: the AWS service that
    made the call in the session's name, "cloudformation.amazonaws.com", "" for none: what it does belongs to the
    purpose where something it was asked to do does, but for what gives rights, which counts as if it were called.
    """
    if purpose == OTHER or any_match(SESSION_CALLS, action):
        return True
    patterns = WRITES.get(purpose, ())
    gives_rights = any_match(RIGHTS, action) and action != "iam:CreateServiceLinkedRole"
    if invoked_by and not gives_rights:
        service = invoked_by.partition(".")[0]
        return any(item.partition(":")[0] == service for item in patterns)
    return any_match(patterns, undated(action))


def undated(action: str) -> str:
    """An action without the date that Lambda's and CloudFront's events carry."""
    return _DATED.sub("", action)
