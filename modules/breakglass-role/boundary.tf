locals {
  log_group_name         = coalesce(var.detection.log_group_name, "/aws/cloudtrail/${var.environment}-trail")
  alarm_name_prefix      = coalesce(var.detection.alarm_name_prefix, "${var.environment}-guardrail-")
  event_rule_name_prefix = coalesce(var.detection.event_rule_name_prefix, "${var.environment}-guardrail-event-")
  topic_names            = coalesce(var.detection.topic_names, ["${var.environment}-security-alerts"])

  # The ceiling. In operator mode it holds the very actions of the operator policy, within this account: whatever is
  # attached to the role on the side cannot lift it.
  ceiling_statements = local.is_administrator ? [
    { Sid = "Ceiling", Effect = "Allow", Action = ["*"], Resource = ["*"] },
    ] : [
    {
      Sid    = "Ceiling"
      Effect = "Allow"
      Action = sort(distinct(flatten([for job in local.operator_jobs : job.Action if !contains(job.Resource, "*")])))
      Resource = sort(distinct(flatten([for job in local.operator_jobs : [for arn in job.Resource :
        strcontains(arn, ":iam::") ? "${split("/", arn)[0]}/*" : "${join(":", slice(split(":", arn), 0, 5))}:*"
      ] if !contains(job.Resource, "*")])))
    },
    {
      Sid      = "CeilingOfCallsWithoutResource"
      Effect   = "Allow"
      Action   = sort(distinct(flatten([for job in local.operator_jobs : job.Action if contains(job.Resource, "*")])))
      Resource = ["*"]
    },
  ]

  protected_iam_arns = concat(
    [local.role_arn, local.boundary_arn, local.operator_arn, local.owner_policy_arn, local.owner_group_arn],
    [for arn in local.iam_user_arns : arn if split(":", arn)[4] == var.account_id],
    flatten([for pattern in var.detection.iam_name_patterns : [for kind in ["role", "policy"] : "arn:${local.partition}:iam::${var.account_id}:${kind}/${pattern}"]]),
  )

  boundary_policy = {
    Version = "2012-10-17"
    Statement = concat(local.ceiling_statements, [
      {
        # For every trail, recorder, analyzer and key, not only ours: no emergency is repaired by recording less,
        # and a condition on a key alias could be evaded by moving the alias.
        Sid    = "KeepTheRecord"
        Effect = "Deny"
        Action = [
          "cloudtrail:Delete*", "cloudtrail:Put*", "cloudtrail:Stop*", "cloudtrail:UpdateTrail", "cloudtrail:UpdateEventDataStore",
          "config:Delete*", "config:Put*", "config:Stop*",
          "access-analyzer:Delete*", "access-analyzer:Update*", "access-analyzer:CreateArchiveRule", "access-analyzer:ApplyArchiveRule",
          "kms:Disable*", "kms:ScheduleKeyDeletion", "kms:DeleteAlias", "kms:DeleteImportedKeyMaterial", "kms:PutKeyPolicy", "kms:UpdateAlias",
          "kms:UpdatePrimaryRegion", "kms:RetireGrant", "kms:RevokeGrant",
          "cloudwatch:PutAlarmMuteRule", "logs:*AccountPolicy", "sns:Unsubscribe", "sns:SetSubscriptionAttributes", "organizations:LeaveOrganization",
        ]
        Resource = "*"
      },
      {
        Sid    = "KeepTheLogGroup"
        Effect = "Deny"
        Action = [
          "logs:Associate*", "logs:Delete*", "logs:Disassociate*", "logs:PutDataProtectionPolicy", "logs:PutLogGroupDeletionProtection",
          "logs:PutMetricFilter", "logs:PutRetentionPolicy", "logs:PutSubscriptionFilter", "logs:PutTransformer",
        ]
        Resource = [
          "arn:${local.partition}:logs:*:${var.account_id}:log-group:${local.log_group_name}",
          "arn:${local.partition}:logs:*:${var.account_id}:log-group:${local.log_group_name}:*",
        ]
      },
      {
        Sid    = "KeepTheAlarms"
        Effect = "Deny"
        Action = [
          "cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions", "cloudwatch:PutCompositeAlarm", "cloudwatch:PutMetricAlarm", "cloudwatch:SetAlarmState",
        ]
        Resource = "arn:${local.partition}:cloudwatch:*:${var.account_id}:alarm:${local.alarm_name_prefix}*"
      },
      {
        Sid      = "KeepTheTopics"
        Effect   = "Deny"
        Action   = ["sns:AddPermission", "sns:DeleteTopic", "sns:PutDataProtectionPolicy", "sns:RemovePermission", "sns:SetTopicAttributes"]
        Resource = [for name in local.topic_names : "arn:${local.partition}:sns:*:${var.account_id}:${name}"]
      },
      {
        Sid      = "KeepTheEventRules"
        Effect   = "Deny"
        Action   = ["events:DeleteRule", "events:DisableRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"]
        Resource = "arn:${local.partition}:events:*:${var.account_id}:rule/${local.event_rule_name_prefix}*"
      },
      {
        # Its own trust, policies and boundary, its owners, and the roles and policies that carry the evidence.
        Sid    = "KeepItsOwnLimits"
        Effect = "Deny"
        Action = [
          "iam:Add*", "iam:Attach*", "iam:Change*", "iam:Create*", "iam:Deactivate*", "iam:Delete*", "iam:Detach*", "iam:Enable*", "iam:PassRole",
          "iam:Put*", "iam:Remove*", "iam:Resync*", "iam:Set*", "iam:Tag*", "iam:Untag*", "iam:Update*", "iam:Upload*", "sts:AssumeRole",
        ]
        Resource = local.protected_iam_arns
      },
      {
        # Nothing may outlive the hour: no keys, passwords, users or MFA devices, and no console session turned into a 12-hour login.
        Sid    = "NoLastingCredentials"
        Effect = "Deny"
        Action = [
          "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:CreateServiceSpecificCredential", "iam:ResetServiceSpecificCredential",
          "iam:CreateUser", "iam:UploadSSHPublicKey", "iam:UploadSigningCertificate", "iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice",
          "iam:DeactivateMFADevice", "iam:EnableMFADevice", "iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary",
          "signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token", "rolesanywhere:Create*",
        ]
        Resource = "*"
      },
      {
        # A role made in an emergency inherits this boundary. A role that is there already does not: see the README.
        Sid       = "NewRolesInheritTheBoundary"
        Effect    = "Deny"
        Action    = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"]
        Resource  = "*"
        Condition = { StringNotEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
      },
      ],
      # Operator mode never allows this call. A negative number beside the filter's 1 keeps the sum below the threshold,
      # and CloudTrail does not record the call as a management event.
      !local.is_administrator ? [] : [{
        Sid       = "KeepTheMetrics"
        Effect    = "Deny"
        Action    = "cloudwatch:PutMetricData"
        Resource  = "*"
        Condition = { StringLike = { "cloudwatch:namespace" = "BreakGlassGuardrails/*" } }
      }],
      length(var.detection.bucket_names) == 0 ? [] : [{
        Sid      = "KeepTheEvidence"
        Effect   = "Deny"
        Action   = ["s3:BypassGovernanceRetention", "s3:Delete*", "s3:Put*", "s3:Replicate*", "s3:Restore*"]
        Resource = flatten([for name in var.detection.bucket_names : ["arn:${local.partition}:s3:::${name}", "arn:${local.partition}:s3:::${name}/*"]])
      }],
    )
  }

  boundary_policy_json = jsonencode(local.boundary_policy)
}

resource "aws_iam_policy" "boundary" {
  name        = local.boundary_name
  description = "Ceiling of ${local.role_name}: it may not silence what watches it, change its own limits or leave credentials behind."
  policy      = local.boundary_policy_json

  lifecycle {
    precondition {
      condition     = length(local.boundary_policy_json) <= 6144
      error_message = "The boundary is longer than 6144 characters, which is IAM's limit for a managed policy: give fewer names in detection, or patterns instead of lists."
    }
  }
}
