# What the harness reads, call by call. Nothing here returns the value of a secret, and the last statement keeps it so
# whatever a resource policy may grant later.

data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition

  access_actions = {
    ReadIdentities = [
      "iam:GenerateCredentialReport",
      "iam:GenerateServiceLastAccessedDetails",
      "iam:GetAccessKeyLastUsed",
      "iam:GetAccountAuthorizationDetails",
      "iam:GetAccountPasswordPolicy",
      "iam:GetAccountSummary",
      "iam:GetCredentialReport",
      "iam:GetGroup",
      "iam:GetGroupPolicy",
      "iam:GetLoginProfile",
      "iam:GetMFADevice",
      "iam:GetOpenIDConnectProvider",
      "iam:GetPolicy",
      "iam:GetPolicyVersion",
      "iam:GetRole",
      "iam:GetRolePolicy",
      "iam:GetSAMLProvider",
      "iam:GetServiceLastAccessedDetails",
      "iam:GetServiceLastAccessedDetailsWithEntities",
      "iam:GetUser",
      "iam:GetUserPolicy",
      "iam:ListAccessKeys",
      "iam:ListAccountAliases",
      "iam:ListAttachedGroupPolicies",
      "iam:ListAttachedRolePolicies",
      "iam:ListAttachedUserPolicies",
      "iam:ListEntitiesForPolicy",
      "iam:ListGroupPolicies",
      "iam:ListGroups",
      "iam:ListGroupsForUser",
      "iam:ListMFADevices",
      "iam:ListMFADeviceTags",
      "iam:ListOpenIDConnectProviders",
      "iam:ListOpenIDConnectProviderTags",
      "iam:ListPolicies",
      "iam:ListPoliciesGrantingServiceAccess",
      "iam:ListPolicyTags",
      "iam:ListPolicyVersions",
      "iam:ListRolePolicies",
      "iam:ListRoles",
      "iam:ListRoleTags",
      "iam:ListSAMLProviders",
      "iam:ListServiceSpecificCredentials",
      "iam:ListSigningCertificates",
      "iam:ListSSHPublicKeys",
      "iam:ListUserPolicies",
      "iam:ListUsers",
      "iam:ListUserTags",
      "iam:ListVirtualMFADevices",
    ]
    ReadAnalyzers = [
      "access-analyzer:GetAnalyzer",
      "access-analyzer:GetArchiveRule",
      "access-analyzer:GetFinding",
      "access-analyzer:GetFindingV2",
      "access-analyzer:ListAnalyzers",
      "access-analyzer:ListArchiveRules",
      "access-analyzer:ListFindings",
      "access-analyzer:ListFindingsV2",
      "access-analyzer:ListTagsForResource",
    ]
    ReadSecretsButNotTheirValues = [
      "secretsmanager:DescribeSecret",
      "secretsmanager:GetResourcePolicy",
      "secretsmanager:ListSecrets",
    ]
    # what `breakglass open` keeps of before, and `breakglass close` looks at
    ReadWhatAUseMayLeave = [
      "athena:GetQueryExecution",
      "athena:GetWorkGroup",
      "ec2:DescribeInstances",
      "ec2:DescribeSecurityGroupRules",
      "ec2:DescribeSecurityGroups",
      "ecs:DescribeServiceRevisions",
      "ecs:DescribeServices",
      "ecs:ListServiceDeployments",
      "iam:GetInstanceProfile",
      "lambda:GetAlias",
      "lambda:GetFunctionConcurrency",
      "lambda:GetFunctionConfiguration",
      "s3:ListAllMyBuckets",
      "ssm:DescribeParameters",
    ]
    ReadAccountSettings = [
      "ec2:DescribeRegions",
      "ec2:GetEbsEncryptionByDefault",
      "s3:GetAccountPublicAccessBlock",
    ]
  }

  detection_actions = {
    ReadTrail = [
      "cloudtrail:DescribeTrails",
      "cloudtrail:GetEventSelectors",
      "cloudtrail:GetInsightSelectors",
      "cloudtrail:GetTrail",
      "cloudtrail:GetTrailStatus",
      "cloudtrail:ListTags",
      "cloudtrail:LookupEvents",
    ]
    ReadFilters = [
      "logs:DescribeLogGroups",
      "logs:DescribeMetricFilters",
      "logs:ListTagsForResource",
      "logs:TestMetricFilter",
    ]
    ReadAlarms = [
      "cloudwatch:DescribeAlarmHistory",
      "cloudwatch:DescribeAlarms",
      "cloudwatch:GetAlarmMuteRule",
      "cloudwatch:ListAlarmMuteRules",
      "cloudwatch:ListTagsForResource",
    ]
    ReadTopics = [
      "sns:GetDataProtectionPolicy",
      "sns:GetSubscriptionAttributes",
      "sns:GetTopicAttributes",
      "sns:ListSubscriptions",
      "sns:ListSubscriptionsByTopic",
      "sns:ListTagsForResource",
      "sns:ListTopics",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ListQueueTags",
    ]
    ReadKeys = [
      "kms:DescribeKey",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:ListAliases",
      "kms:ListGrants",
      "kms:ListKeys",
      "kms:ListResourceTags",
    ]
    ReadEventRules = [
      "events:DescribeEventBus",
      "events:DescribeRule",
      "events:ListRuleNamesByTarget",
      "events:ListRules",
      "events:ListTagsForResource",
      "events:ListTargetsByRule",
    ]
    ReadConfig = [
      "config:DescribeComplianceByConfigRule",
      "config:DescribeConfigRuleEvaluationStatus",
      "config:DescribeConfigRules",
      "config:DescribeConfigurationRecorders",
      "config:DescribeConfigurationRecorderStatus",
      "config:DescribeDeliveryChannels",
      "config:DescribeDeliveryChannelStatus",
      "config:GetComplianceDetailsByConfigRule",
      "config:ListTagsForResource",
    ]
    ReadBucketSettings = [
      "s3:GetAccelerateConfiguration",
      "s3:GetBucketAcl",
      "s3:GetBucketCORS",
      "s3:GetBucketLocation",
      "s3:GetBucketLogging",
      "s3:GetBucketNotification",
      "s3:GetBucketObjectLockConfiguration",
      "s3:GetBucketOwnershipControls",
      "s3:GetBucketPolicy",
      "s3:GetBucketPolicyStatus",
      "s3:GetBucketPublicAccessBlock",
      "s3:GetBucketRequestPayment",
      "s3:GetBucketTagging",
      "s3:GetBucketVersioning",
      "s3:GetBucketWebsite",
      "s3:GetEncryptionConfiguration",
      "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration",
    ]
  }

  organization_actions = merge(
    var.read_identity_center ? {
      ReadIdentityCenter = [
        "identitystore:DescribeGroup",
        "identitystore:DescribeUser",
        "identitystore:ListGroupMemberships",
        "identitystore:ListGroups",
        "identitystore:ListUsers",
        "sso:DescribePermissionSet",
        "sso:GetInlinePolicyForPermissionSet",
        "sso:GetPermissionsBoundaryForPermissionSet",
        "sso:ListAccountAssignments",
        "sso:ListAccountAssignmentsForPrincipal",
        "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
        "sso:ListInstances",
        "sso:ListManagedPoliciesInPermissionSet",
        "sso:ListPermissionSets",
        "sso:ListPermissionSetsProvisionedToAccount",
      ]
    } : {},
    var.read_organization ? {
      ReadOrganization = [
        "organizations:DescribeAccount",
        "organizations:DescribeOrganization",
        "organizations:DescribePolicy",
        "organizations:ListAccounts",
        "organizations:ListParents",
        "organizations:ListPolicies",
        "organizations:ListPoliciesForTarget",
        "organizations:ListRoots",
        "organizations:ListTargetsForPolicy",
      ]
    } : {},
  )

  read_actions = sort(flatten(values(merge(local.access_actions, local.detection_actions, local.organization_actions))))

  secret_value_actions = [
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
  ]

  read_statements = merge(
    { access = local.access_actions, detection = local.detection_actions },
    length(local.organization_actions) > 0 ? { organization = local.organization_actions } : {},
  )
  read_policy_names = { for part in keys(local.read_statements) : part => "${var.environment}-guardrails-read-${part}" }
  read_policy_arns  = { for part, name in local.read_policy_names : part => "arn:${local.partition}:iam::${var.account_id}:policy/${name}" }
}

data "aws_iam_policy_document" "read" {
  for_each = local.read_statements

  dynamic "statement" {
    for_each = each.value

    content {
      sid       = statement.key
      actions   = statement.value
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "access" ? [local.secret_value_actions] : []

    content {
      sid       = "NeverTheValueOfASecret"
      effect    = "Deny"
      actions   = statement.value
      resources = ["*"]
    }
  }
}

resource "aws_iam_policy" "read" {
  for_each = local.read_statements

  name        = local.read_policy_names[each.key]
  description = "What the guardrails harness reads: ${each.key}"
  policy      = data.aws_iam_policy_document.read[each.key].json
}
