provider "aws" {
  region                      = "us-east-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

variables {
  environment = "prod"
  account_id  = "333333333333"

  iam_user_lane = {
    primary = "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary"
    backup  = "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-backup"
  }

  operator = {
    secret_name_patterns       = ["prod/mw/*"]
    safe_mode_parameter_paths  = ["/prod/mw/safe-mode"]
    fixable_role_name_patterns = ["mw-*"]
  }
}

# The example of the README.
run "example" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set = "EmergencyAccess"
      home_region    = "us-east-2"
      users          = ["alice@example.com", "bob@example.com"]
    }
  }

  assert {
    condition     = aws_iam_role.breakglass.name == "prod-breakglass-admin" && aws_iam_role.breakglass.max_session_duration == 3600
    error_message = "The role must be prod-breakglass-admin with a session of one hour."
  }

  assert {
    condition     = aws_iam_role.breakglass.permissions_boundary == "arn:aws:iam::333333333333:policy/prod-breakglass-boundary"
    error_message = "The role must carry its boundary."
  }

  assert {
    condition = jsondecode(aws_iam_role.breakglass.assume_role_policy) == jsondecode(jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid    = "NamedIamUsersWithMfa"
          Effect = "Allow"
          Principal = { AWS = [
            "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary",
            "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-backup",
          ] }
          Action = ["sts:AssumeRole", "sts:SetSourceIdentity"]
          Condition = {
            Bool            = { "aws:MultiFactorAuthPresent" = "true" }
            NumericLessThan = { "aws:MultiFactorAuthAge" = "3600" }
            StringLike      = { "sts:SourceIdentity" = "INC-*" }
          }
        },
        {
          Sid       = "NamedIdentityCenterUsers"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::333333333333:root" }
          Action    = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
          Condition = {
            ArnLike    = { "aws:PrincipalArn" = "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_EmergencyAccess_????????????????" }
            StringLike = { "aws:userid" = ["*:alice@example.com", "*:bob@example.com"], "sts:SourceIdentity" = "INC-*" }
          }
        },
      ]
    }))
    error_message = "The trust policy is not the one intended."
  }

  assert {
    condition     = aws_iam_role_policy.revocation.name == "AWSRevokeOlderSessions" && jsondecode(aws_iam_role_policy.revocation.policy).Statement[0].Condition.DateLessThan["aws:TokenIssueTime"] == "1970-01-01T00:00:00Z"
    error_message = "The revocation policy must exist from the first day and deny nothing."
  }

  assert {
    condition     = aws_iam_role_policies_exclusive.breakglass.policy_names == toset(["AWSRevokeOlderSessions"])
    error_message = "The revocation must be the only inline policy allowed, or the next apply would remove it."
  }

  assert {
    condition     = aws_iam_role_policy_attachments_exclusive.breakglass.policy_arns == toset(["arn:aws:iam::333333333333:policy/prod-emergency-operator"])
    error_message = "Exactly the operator policy may be attached."
  }

  assert {
    condition = alltrue([for action in [
      "cloudtrail:Stop*", "cloudtrail:UpdateTrail", "config:Stop*", "kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "cloudwatch:PutAlarmMuteRule", "sns:Unsubscribe", "logs:*AccountPolicy",
      "logs:PutMetricFilter", "logs:Delete*", "cloudwatch:DisableAlarmActions", "cloudwatch:SetAlarmState", "sns:DeleteTopic", "events:DisableRule",
      "events:RemoveTargets", "iam:Update*", "iam:Put*", "iam:Delete*", "iam:CreateAccessKey", "signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token",
      ] : contains(flatten([for statement in jsondecode(aws_iam_policy.boundary.policy).Statement : statement.Action if statement.Effect == "Deny"]), action)
    ])
    error_message = "The boundary must deny every way to silence the detection."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_policy.boundary.policy).Statement : !contains(flatten([statement.Action]), "*")])
    error_message = "In operator mode the boundary must not have an open ceiling."
  }

  assert {
    condition = toset([for statement in jsondecode(aws_iam_policy.operator[0].policy).Statement : statement.Sid]) == toset([
      "RotateSecrets", "EncryptRotatedSecrets", "SwitchSafeMode", "RevokeWrongPermissions", "Diagnose", "DiagnoseAccount",
    ])
    error_message = "The operator policy must hold exactly the jobs that were asked for."
  }

  assert {
    condition = !anytrue([for action in flatten([for statement in jsondecode(aws_iam_policy.operator[0].policy).Statement : statement.Action]) :
    contains(["*", "iam:*", "iam:PassRole", "secretsmanager:GetSecretValue", "iam:UpdateAssumeRolePolicy"], action)])
    error_message = "The operator must not read secrets, pass roles or change trust."
  }

  assert {
    condition     = { for name, user in aws_iam_user.owner : name => user.path } == { "prod-breakglass-backup" = "/breakglass/", "prod-breakglass-primary" = "/breakglass/" }
    error_message = "Both owners must be created at the path their ARN says."
  }

  assert {
    condition = alltrue([for statement in jsondecode(aws_iam_policy.owner[0].policy).Statement :
    statement.Condition.Bool["aws:MultiFactorAuthPresent"] == "true" if contains(flatten([statement.Action]), "iam:EnableMFADevice")])
    error_message = "A device may be enrolled only from a session that already proved MFA."
  }

  assert {
    condition     = jsondecode(output.owner_identity_policy_json).Statement[0].Action == ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"] && jsondecode(output.owner_identity_policy_json).Statement[0].Resource == output.role_arn
    error_message = "The owners' identity policy must allow all the calls that entering makes."
  }
}

run "every_resource_has_a_form_that_iam_accepts" {
  command = plan

  assert {
    condition = alltrue([for arn in flatten([for text in [aws_iam_policy.boundary.policy, aws_iam_policy.operator[0].policy, aws_iam_policy.owner[0].policy] :
      [for statement in jsondecode(text).Statement : statement.Resource]]) :
    can(regex("^(\\*|arn:aws:iam::333333333333:(user|role|group|policy|mfa)/.+|arn:aws:s3:::[^:]+|arn:aws:(cloudwatch|ecs|events|kms|lambda|logs|secretsmanager|sns|ssm):\\*:333333333333:.+|arn:aws:signin:\\*:\\*:oauth2/public-client/\\*)$", arn))])
    error_message = "IAM refuses a policy whose resource names no kind (arn:aws:iam::<account>:*)."
  }
}

run "identity_center_in_us_east_1_has_no_region_segment" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set = "EmergencyAccess"
      home_region    = "us-east-1"
      users          = ["alice@example.com"]
      account_id     = "444444444444"
      principal_tag  = { key = "amr", value = "mfa" }
    }
  }

  assert {
    condition     = jsondecode(aws_iam_role.breakglass.assume_role_policy).Statement[1].Condition.ArnLike["aws:PrincipalArn"] == "arn:aws:iam::444444444444:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_EmergencyAccess_????????????????"
    error_message = "A us-east-1 Identity Center role ARN has no Region segment."
  }

  assert {
    condition     = jsondecode(aws_iam_role.breakglass.assume_role_policy).Statement[1].Principal.AWS == "arn:aws:iam::444444444444:root"
    error_message = "The trusted account is the one the permission set is assigned in."
  }

  assert {
    condition     = jsondecode(aws_iam_role.breakglass.assume_role_policy).Statement[1].Condition.StringEquals["aws:PrincipalTag/amr"] == "mfa"
    error_message = "The asserted session tag must be required."
  }
}

run "without_incident_id_the_source_identity_stays_allowed" {
  command = plan

  variables {
    require_incident_id = false
  }

  assert {
    condition     = !strcontains(aws_iam_role.breakglass.assume_role_policy, "sts:SourceIdentity\"") && contains(jsondecode(aws_iam_role.breakglass.assume_role_policy).Statement[0].Action, "sts:SetSourceIdentity")
    error_message = "No condition on the source identity, yet setting one must stay allowed."
  }

  assert {
    condition     = output.incident_id_pattern == null
    error_message = "Without a required incident id no pattern may be announced."
  }
}

run "administrator_by_written_choice" {
  command = plan

  variables {
    permissions_mode     = "administrator"
    administrator_reason = "Two people run everything, no other role can repair the network."
  }

  assert {
    condition     = aws_iam_role_policy_attachment.permissions.policy_arn == "arn:aws:iam::aws:policy/AdministratorAccess" && length(aws_iam_policy.operator) == 0
    error_message = "Administrator mode attaches AdministratorAccess and nothing else."
  }

  assert {
    condition     = strcontains(aws_iam_role.breakglass.description, "Two people run everything")
    error_message = "The reason must be readable on the role."
  }

  assert {
    condition     = contains(jsondecode(aws_iam_policy.boundary.policy).Statement[0].Action, "*") && length(jsondecode(aws_iam_policy.boundary.policy).Statement) > 5
    error_message = "The ceiling opens, the denials stay."
  }

  assert {
    condition = one([for statement in jsondecode(aws_iam_policy.boundary.policy).Statement : statement.Condition.StringLike["cloudwatch:namespace"]
    if statement.Sid == "KeepTheMetrics"]) == "BreakGlassGuardrails/*"
    error_message = "An administrator could push a negative number into the metric of the alarm and so keep it quiet."
  }
}

run "users_of_another_account_are_trusted_but_not_created" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::444444444444:user/alice"
      backup  = "arn:aws:iam::444444444444:user/bob"
    }
  }

  assert {
    condition     = length(aws_iam_user.owner) == 0 && length(aws_iam_group.owner) == 0
    error_message = "Users of another account belong to that account's code."
  }
}

run "all_operator_jobs" {
  command = plan

  variables {
    operator = {
      secret_name_patterns            = ["prod/mw/*"]
      rotation_function_name_patterns = ["mw-rotate-*"]
      safe_mode_parameter_paths       = ["/prod/mw/safe-mode"]
      function_name_patterns          = ["mw-*"]
      ecs_service_patterns            = ["mw/*", "mw-canary/mw-*"]
      automation_rule_name_patterns   = ["mw-*"]
      fixable_role_name_patterns      = ["mw-*"]
      attachable_policy_name_patterns = ["mw-*"]
      fixable_role_boundary_arn       = "arn:aws:iam::333333333333:policy/mw-boundary"
    }
    detection = {
      bucket_names      = ["prod-trail-logs"]
      iam_name_patterns = ["prod-trail-*"]
    }
  }

  assert {
    condition = one([for statement in jsondecode(aws_iam_policy.operator[0].policy).Statement : statement.Condition.StringEquals["iam:PermissionsBoundary"]
    if statement.Sid == "RepairCappedRoles"]) == "arn:aws:iam::333333333333:policy/mw-boundary"
    error_message = "Inline repairs only on roles that a boundary caps."
  }

  assert {
    condition = one([for statement in jsondecode(aws_iam_policy.operator[0].policy).Statement : statement.Resource
    if statement.Sid == "RotateSecrets"]) == ["arn:aws:secretsmanager:*:333333333333:secret:prod/mw/*-??????"]
    error_message = "Secret ARNs end in a hyphen and six characters."
  }

  assert {
    condition     = anytrue([for statement in jsondecode(aws_iam_policy.boundary.policy).Statement : statement.Sid == "KeepTheEvidence"])
    error_message = "The log bucket must be protected when it is named."
  }

  assert {
    condition = contains(one([for statement in jsondecode(aws_iam_policy.boundary.policy).Statement : statement.Resource
    if statement.Sid == "KeepItsOwnLimits"]), "arn:aws:iam::333333333333:role/prod-trail-*")
    error_message = "Roles that carry the evidence must be protected too."
  }
}
