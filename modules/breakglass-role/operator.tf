locals {
  secret_arns            = [for name in var.operator.secret_name_patterns : "arn:${local.partition}:secretsmanager:*:${var.account_id}:secret:${name}-??????"]
  rotation_function_arns = [for name in var.operator.rotation_function_name_patterns : "arn:${local.partition}:lambda:*:${var.account_id}:function:${name}"]
  parameter_arns         = [for path in var.operator.safe_mode_parameter_paths : "arn:${local.partition}:ssm:*:${var.account_id}:parameter${path}"]
  function_arns          = [for name in var.operator.function_name_patterns : "arn:${local.partition}:lambda:*:${var.account_id}:function:${name}"]
  ecs_service_arns       = [for name in var.operator.ecs_service_patterns : "arn:${local.partition}:ecs:*:${var.account_id}:service/${name}"]
  automation_rule_arns   = [for name in var.operator.automation_rule_name_patterns : "arn:${local.partition}:events:*:${var.account_id}:rule/${name}"]
  fixable_role_arns      = [for name in var.operator.fixable_role_name_patterns : "arn:${local.partition}:iam::${var.account_id}:role/${name}"]
  attachable_policy_arns = [for name in var.operator.attachable_policy_name_patterns : "arn:${local.partition}:iam::${var.account_id}:policy/${name}"]

  # One entry per job. An entry without resources is left out, so nothing is granted that nobody asked for.
  operator_jobs = [for job in local.operator_catalogue : job if length(job.Resource) > 0]

  operator_catalogue = [
    {
      # Writing a new value needs no reading of the old one, so there is no GetSecretValue here.
      Sid       = "RotateSecrets"
      Action    = ["secretsmanager:CancelRotateSecret", "secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds", "secretsmanager:PutSecretValue", "secretsmanager:RotateSecret", "secretsmanager:UpdateSecretVersionStage"]
      Resource  = local.secret_arns
      Condition = {}
    },
    {
      Sid      = "EncryptRotatedSecrets"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = length(local.secret_arns) == 0 ? [] : ["arn:${local.partition}:kms:*:${var.account_id}:key/*"]
      Condition = {
        StringLike = { "kms:ViaService" = "secretsmanager.*.amazonaws.com", "kms:EncryptionContext:SecretARN" = local.secret_arns }
      }
    },
    {
      Sid       = "RunRotation"
      Action    = ["lambda:InvokeFunction"]
      Resource  = local.rotation_function_arns
      Condition = {}
    },
    {
      Sid       = "SwitchSafeMode"
      Action    = ["ssm:GetParameter", "ssm:GetParameterHistory", "ssm:PutParameter"]
      Resource  = local.parameter_arns
      Condition = {}
    },
    {
      # An alias moved back is a roll-back; a concurrency of zero stops a function that does harm.
      Sid       = "RollBackFunctions"
      Action    = ["lambda:DeleteFunctionConcurrency", "lambda:PutFunctionConcurrency", "lambda:UpdateAlias"]
      Resource  = local.function_arns
      Condition = {}
    },
    {
      Sid       = "RollBackServices"
      Action    = ["ecs:UpdateService"]
      Resource  = local.ecs_service_arns
      Condition = {}
    },
    {
      Sid       = "StopAutomation"
      Action    = ["events:DisableRule", "events:EnableRule"]
      Resource  = local.automation_rule_arns
      Condition = {}
    },
    {
      # Taking permissions away is always a repair.
      Sid       = "RevokeWrongPermissions"
      Action    = ["iam:DeleteRolePolicy", "iam:DetachRolePolicy"]
      Resource  = local.fixable_role_arns
      Condition = {}
    },
    {
      # Giving them back is possible only with policies that somebody reviewed before the emergency.
      Sid       = "RestoreKnownPermissions"
      Action    = ["iam:AttachRolePolicy"]
      Resource  = length(local.attachable_policy_arns) == 0 ? [] : local.fixable_role_arns
      Condition = { ArnLike = { "iam:PolicyARN" = local.attachable_policy_arns } }
    },
    {
      Sid       = "RestorePolicyVersions"
      Action    = ["iam:SetDefaultPolicyVersion"]
      Resource  = local.attachable_policy_arns
      Condition = {}
    },
    {
      # An inline policy can say anything, so it may be written only to roles that a boundary already caps.
      Sid       = "RepairCappedRoles"
      Action    = ["iam:PutRolePolicy"]
      Resource  = var.operator.fixable_role_boundary_arn == null ? [] : local.fixable_role_arns
      Condition = { StringEquals = { "iam:PermissionsBoundary" = coalesce(var.operator.fixable_role_boundary_arn, "-") } }
    },
    {
      Sid = "Diagnose"
      Action = [
        "cloudwatch:DescribeAlarms", "ecs:Describe*", "events:ListRules", "events:ListTargetsByRule", "iam:Get*", "iam:List*", "lambda:GetAlias",
        "lambda:GetFunctionConfiguration", "lambda:ListAliases", "lambda:ListVersionsByFunction", "logs:DescribeLogGroups", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetQueryResults", "logs:StartQuery",
      ]
      # IAM refuses a policy whose IAM resource does not begin with a kind.
      Resource = concat(
        [for service in ["cloudwatch", "ecs", "events", "lambda", "logs"] : "arn:${local.partition}:${service}:*:${var.account_id}:*"],
        [for kind in ["group", "policy", "role", "user"] : "arn:${local.partition}:iam::${var.account_id}:${kind}/*"],
      )
      Condition = {}
    },
    {
      # Calls that know no resource.
      Sid = "DiagnoseAccount"
      Action = [
        "cloudtrail:LookupEvents", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "ecs:ListClusters", "lambda:ListFunctions",
        "secretsmanager:ListSecrets", "ssm:DescribeParameters",
      ]
      Resource  = ["*"]
      Condition = {}
    },
  ]

  operator_policy_json = jsonencode({
    Version = "2012-10-17"
    Statement = [for job in local.operator_jobs : merge(
      { Sid = job.Sid, Effect = "Allow", Action = job.Action, Resource = job.Resource },
      length(job.Condition) == 0 ? {} : { Condition = job.Condition },
    )]
  })
}

resource "aws_iam_policy" "operator" {
  count = local.is_administrator ? 0 : 1

  name        = local.operator_name
  description = "What emergency access to ${var.environment} may do: rotate secrets, safe mode, roll back, repair IAM on named roles, look."
  policy      = local.operator_policy_json

  lifecycle {
    precondition {
      condition     = length(local.operator_policy_json) <= 6144
      error_message = "The operator policy is longer than 6144 characters, which is IAM's limit for a managed policy: name fewer resources, or use patterns."
    }
  }
}
