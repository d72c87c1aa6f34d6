# The managed rules, one line of facts each. `where` says in which Region a rule belongs: "account" rules look at IAM or
# at the whole account and live in the IAM home Region only (elsewhere the change-triggered ones are dead and the
# periodic ones say the same thing twice); "region" rules look at what stands in their own Region.
#
# Left out on purpose: IAM_ROLE_MANAGED_POLICY_CHECK (it fails when a policy is NOT attached, so it forbids nothing) and
# IAM_NO_INLINE_POLICY_CHECK (the break-glass role carries AWSRevokeOlderSessions inline, by design).

data "aws_partition" "current" {}

locals {
  partition            = data.aws_partition.current.partition
  administrator_policy = "arn:${local.partition}:iam::aws:policy/AdministratorAccess"
  administrator_roles  = concat([var.breakglass_role_name], var.administrator_role_exceptions)

  builtin_rules = {
    access-keys-rotated = {
      identifier          = "ACCESS_KEYS_ROTATED"
      description         = "No access key is older than the limit"
      parameters          = { maxAccessKeyAge = "90" }
      settable_parameters = ["maxAccessKeyAge"]
      where               = "account"
    }
    administrator-only-breakglass = {
      identifier  = "IAM_POLICY_BLACKLISTED_CHECK"
      description = "Only the break-glass role and the named exceptions hold AdministratorAccess"
      parameters = {
        policyArns    = local.administrator_policy
        exceptionList = "roles:[${join(";", local.administrator_roles)}]"
      }
      settable_parameters = []
      where               = "account"
    }
    iam-user-no-policies = {
      identifier          = "IAM_USER_NO_POLICIES_CHECK"
      description         = "No policy is attached to a user directly, so that access is read from groups and roles"
      parameters          = {}
      settable_parameters = []
      where               = "account"
    }
    iam-no-admin-statements = {
      identifier          = "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS"
      description         = "No customer-managed policy allows every action on every resource"
      parameters          = { excludePermissionBoundaryPolicy = "true" }
      settable_parameters = ["excludePermissionBoundaryPolicy"]
      where               = "account"
    }
    iam-no-full-access-statements = {
      identifier          = "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS"
      description         = "No customer-managed policy allows every action of a service, which the rule above lets pass"
      parameters          = { excludePermissionBoundaryPolicy = "true" }
      settable_parameters = ["excludePermissionBoundaryPolicy"]
      where               = "account"
    }
    iam-password-policy = {
      identifier  = "IAM_PASSWORD_POLICY"
      description = "The password policy is at least as strict as account-hygiene sets it"
      parameters = {
        MinimumPasswordLength      = "14"
        PasswordReusePrevention    = "24"
        MaxPasswordAge             = "90"
        RequireLowercaseCharacters = "true"
        RequireUppercaseCharacters = "true"
        RequireNumbers             = "true"
        RequireSymbols             = "true"
      }
      settable_parameters = [
        "MinimumPasswordLength", "PasswordReusePrevention", "MaxPasswordAge", "RequireLowercaseCharacters",
        "RequireUppercaseCharacters", "RequireNumbers", "RequireSymbols",
      ]
      where = "account"
    }
    iam-unused-credentials = {
      identifier          = "IAM_USER_UNUSED_CREDENTIALS_CHECK"
      description         = "No password or key lies unused beyond the limit; the quarterly drill keeps the break-glass owners within it"
      parameters          = { maxCredentialUsageAge = "100" }
      settable_parameters = ["maxCredentialUsageAge"]
      where               = "account"
    }
    iam-user-mfa = {
      identifier          = "IAM_USER_MFA_ENABLED"
      description         = "Every user has an MFA device"
      parameters          = {}
      settable_parameters = []
      where               = "account"
    }
    console-access-mfa = {
      identifier          = "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS"
      description         = "Every user with a console password has an MFA device"
      parameters          = {}
      settable_parameters = []
      where               = "account"
    }
    root-access-key = {
      identifier          = "IAM_ROOT_ACCESS_KEY_CHECK"
      description         = "The root user has no access key"
      parameters          = {}
      settable_parameters = []
      where               = "account"
    }
    root-mfa = {
      identifier          = "ROOT_ACCOUNT_MFA_ENABLED"
      description         = "The root user has an MFA device"
      parameters          = {}
      settable_parameters = []
      where               = "account"
    }
    s3-account-public-access = {
      identifier          = "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC"
      description         = "Public access to buckets is blocked for the whole account"
      parameters          = {}
      settable_parameters = []
      where               = "account"
    }
    trail-multi-region = {
      identifier          = "MULTI_REGION_CLOUD_TRAIL_ENABLED"
      description         = "A multi-Region trail records read and write management events"
      parameters          = { includeManagementEvents = "true", readWriteType = "ALL" }
      settable_parameters = ["includeManagementEvents", "readWriteType", "s3BucketName", "snsTopicArn", "cloudWatchLogsLogGroupArn"]
      where               = "account"
    }
    trail-log-delivery = {
      identifier          = "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED"
      description         = "Every trail has delivered to CloudWatch Logs lately, so the alarms are not blind"
      parameters          = { expectedDeliveryWindowAge = "24" }
      settable_parameters = ["expectedDeliveryWindowAge"]
      where               = "account"
    }
    trail-encryption = {
      identifier          = "CLOUD_TRAIL_ENCRYPTION_ENABLED"
      description         = "Every trail encrypts its log files with a KMS key"
      parameters          = {}
      settable_parameters = []
      where               = "account"
    }
    trail-validation = {
      identifier          = "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED"
      description         = "Every trail signs digests of its log files"
      parameters          = {}
      settable_parameters = []
      where               = "account"
    }
    alarm-actions-present = {
      identifier  = "CLOUDWATCH_ALARM_ACTION_CHECK"
      description = "Every alarm has an action for the ALARM state"
      parameters = {
        alarmActionRequired            = "true"
        insufficientDataActionRequired = "false"
        okActionRequired               = "false"
      }
      settable_parameters = ["alarmActionRequired", "insufficientDataActionRequired", "okActionRequired"]
      where               = "region"
    }
    alarm-actions-enabled = {
      identifier          = "CLOUDWATCH_ALARM_ACTION_ENABLED_CHECK"
      description         = "No alarm has its actions switched off"
      parameters          = {}
      settable_parameters = []
      where               = "region"
    }
    ebs-default-encryption = {
      identifier          = "EC2_EBS_ENCRYPTION_BY_DEFAULT"
      description         = "New EBS volumes are encrypted by default"
      parameters          = {}
      settable_parameters = []
      where               = "region"
    }
    external-access-analyzer = {
      identifier          = "IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED"
      description         = "An external-access analyzer is active in this Region"
      parameters          = {}
      settable_parameters = []
      where               = "region"
    }
    secret-rotation = {
      identifier          = "SECRETSMANAGER_SECRET_PERIODIC_ROTATION"
      description         = "Every secret has been rotated within the limit"
      parameters          = { maxDaysSinceRotation = "90" }
      settable_parameters = ["maxDaysSinceRotation"]
      where               = "region"
    }
    secret-unused = {
      identifier          = "SECRETSMANAGER_SECRET_UNUSED"
      description         = "No secret lies unread beyond the limit"
      parameters          = { unusedForDays = "90" }
      settable_parameters = ["unusedForDays"]
      where               = "region"
    }
    topic-encryption = {
      identifier          = "SNS_ENCRYPTED_KMS"
      description         = "Every topic is encrypted with a KMS key"
      parameters          = {}
      settable_parameters = []
      where               = "region"
    }
  }
}
