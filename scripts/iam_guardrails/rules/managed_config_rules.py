"""Parameters of the AWS Config managed rules this project is about, as data.

Source: AWS Config Developer Guide, list-of-aws-config-managed-rules and each rule's own page.
"""

from __future__ import annotations

PARAMETERS: dict[str, tuple[str, ...]] = {
    "ACCESS_KEYS_ROTATED": ("maxAccessKeyAge!",),
    "ACCOUNT_PART_OF_ORGANIZATIONS": ("MasterAccountId",),
    "CLOUDTRAIL_ALL_READ_S3_DATA_EVENT_CHECK": (),
    "CLOUDTRAIL_ALL_WRITE_S3_DATA_EVENT_CHECK": (),
    "CLOUDTRAIL_EVENT_DATA_STORE_MULTI_REGION": (),
    "CLOUDTRAIL_S3_BUCKET_ACCESS_LOGGING": (),
    "CLOUDTRAIL_S3_BUCKET_PUBLIC_ACCESS_PROHIBITED": (),
    "CLOUDTRAIL_S3_DATAEVENTS_ENABLED": ("S3BucketNames",),
    "CLOUDTRAIL_SECURITY_TRAIL_ENABLED": (),
    "CLOUDWATCH_ALARM_ACTION_CHECK": (
        "okActionRequired!",
        "insufficientDataActionRequired!",
        "alarmActionRequired!",
        "action1",
        "action2",
        "action3",
        "action4",
        "action5",
    ),
    "CLOUDWATCH_ALARM_ACTION_ENABLED_CHECK": (),
    "CLOUDWATCH_ALARM_RESOURCE_CHECK": ("resourceType!", "metricName!"),
    "CLOUDWATCH_ALARM_SETTINGS_CHECK": (
        "metricName!",
        "period",
        "statistic",
        "comparisonOperator",
        "threshold",
        "evaluationPeriods",
    ),
    "CLOUDWATCH_LOG_GROUP_ENCRYPTED": ("KmsKeyId",),
    "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED": ("expectedDeliveryWindowAge",),
    "CLOUD_TRAIL_ENABLED": ("s3BucketName", "snsTopicArn", "cloudWatchLogsLogGroupArn"),
    "CLOUD_TRAIL_ENCRYPTION_ENABLED": (),
    "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED": (),
    "IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS": ("blockedActionsPatterns!", "excludePermissionBoundaryPolicy"),
    "IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED": (),
    "IAM_GROUP_HAS_USERS_CHECK": (),
    "IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS": ("blockedActionsPatterns!", "excludeRoleByManagementAccount"),
    "IAM_NO_INLINE_POLICY_CHECK": (),
    "IAM_OIDC_PROVIDER_CLIENT_ID_LIST_CHECK": ("allowedClientIds!",),
    "IAM_PASSWORD_POLICY": (
        "RequireUppercaseCharacters",
        "RequireLowercaseCharacters",
        "RequireSymbols",
        "RequireNumbers",
        "MinimumPasswordLength",
        "PasswordReusePrevention",
        "MaxPasswordAge",
    ),
    "IAM_POLICY_BLACKLISTED_CHECK": ("policyArns!", "exceptionList"),
    "IAM_POLICY_IN_USE": ("policyARN!", "policyUsageType"),
    "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS": ("excludePermissionBoundaryPolicy",),
    "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS": ("excludePermissionBoundaryPolicy",),
    "IAM_ROLE_MANAGED_POLICY_CHECK": ("managedPolicyArns!",),
    "IAM_ROOT_ACCESS_KEY_CHECK": (),
    "IAM_SERVER_CERTIFICATE_EXPIRATION_CHECK": (),
    "IAM_USER_GROUP_MEMBERSHIP_CHECK": ("groupNames",),
    "IAM_USER_MFA_ENABLED": (),
    "IAM_USER_NO_POLICIES_CHECK": (),
    "IAM_USER_UNUSED_CREDENTIALS_CHECK": ("maxCredentialUsageAge!",),
    "KMS_CMK_NOT_SCHEDULED_FOR_DELETION": ("kmsKeyIds",),
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS": (),
    "MULTI_REGION_CLOUD_TRAIL_ENABLED": (
        "s3BucketName",
        "snsTopicArn",
        "cloudWatchLogsLogGroupArn",
        "includeManagementEvents",
        "readWriteType",
    ),
    "ROOT_ACCOUNT_HARDWARE_MFA_ENABLED": (),
    "ROOT_ACCOUNT_MFA_ENABLED": (),
    "SECRETSMANAGER_ROTATION_ENABLED_CHECK": (
        "maximumAllowedRotationFrequencyInHours",
        "maximumAllowedRotationFrequency",
    ),
    "SECRETSMANAGER_SCHEDULED_ROTATION_SUCCESS_CHECK": (),
    "SECRETSMANAGER_SECRET_PERIODIC_ROTATION": ("maxDaysSinceRotation",),
    "SECRETSMANAGER_SECRET_UNUSED": ("unusedForDays",),
    "SECRETSMANAGER_USING_CMK": ("kmsKeyArns",),
    "SNS_ENCRYPTED_KMS": ("kmsKeyIds",),
}
"""Identifier -> its parameters; "!" behind a name means that AWS Config refuses the rule without it."""

RECORDS_IAM = frozenset({
    "IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS", "IAM_GROUP_HAS_USERS_CHECK",
    "IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS", "IAM_NO_INLINE_POLICY_CHECK", "IAM_POLICY_BLACKLISTED_CHECK",
    "IAM_POLICY_DESCRIPTION", "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
    "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS", "IAM_ROLE_MANAGED_POLICY_CHECK",
    "IAM_USER_GROUP_MEMBERSHIP_CHECK", "IAM_USER_NO_POLICIES_CHECK",
})  # fmt: skip
"""Rules that speak only when an IAM user, group, role or policy was recorded: dead where none is."""
