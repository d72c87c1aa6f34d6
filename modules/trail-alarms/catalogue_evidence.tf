# Evidence buckets, Identity Center's directory and the named secrets: entries whose shape is their own.
locals {
  protected_bucket = join(" || ", [for name in var.protected_bucket_names : "($.requestParameters.bucketName = \"${name}\")"])

  evidence_alarms = {
    # CloudTrail names every bucket setting PutBucket… or DeleteBucket…; an object lock or a policy counts as one.
    evidence-bucket-change = {
      severity    = "critical"
      description = "A setting of a bucket that holds the evidence was changed (policy, lifecycle, versioning, public access), it was deleted, or the account's public access block was changed."
      pattern     = "{ ($.eventSource = \"s3.amazonaws.com\") && (((($.eventName = \"PutBucket*\") || ($.eventName = \"DeleteBucket*\") || ($.eventName = \"PutObjectLockConfiguration\")) && (${local.protected_bucket} || ($.requestParameters.bucketName NOT EXISTS))) || ($.eventName = \"PutAccountPublicAccessBlock\") || ($.eventName = \"DeleteAccountPublicAccessBlock\")) }"
    }
    identity-center-directory-change = {
      severity    = "medium"
      description = "Identity Center: a user, group membership, MFA device or identity provider of the directory was changed."
      pattern = "{ (($.eventSource = \"sso-directory.amazonaws.com\") || ($.eventSource = \"identitystore.amazonaws.com\")) && (${join(" || ", [
        for name in [
          "CreateUser", "UpdateUser", "DeleteUser", "EnableUser", "DisableUser", "UpdatePassword", "AddMemberToGroup",
          "RemoveMemberFromGroup", "CreateGroupMembership", "DeleteGroupMembership", "Complete*DeviceRegistration",
          "*MfaDeviceForUser", "*ExternalIdPConfigurationForDirectory", "CreateBearerToken",
        ] : "($.eventName = \"${name}\")"
      ])}) }"
    }
  }

  # One session prefix per role, one ARN per user: the field is the same in both records.
  reader_identities = [
    for arn in var.allowed_secret_readers : (
      strcontains(arn, ":role/")
      ? "arn:${split(":", arn)[1]}:sts::${split(":", arn)[4]}:assumed-role/${reverse(split("/", arn))[0]}/*"
      : arn
    )
  ]
  # A record without the field (another account, an AWS service) is unexpected too: `!=` alone would miss it.
  unexpected_reader = (
    length(local.reader_identities) == 0
    ? ""
    : " && (($.userIdentity.arn NOT EXISTS) || (${join(" && ", [for arn in local.reader_identities : "($.userIdentity.arn != \"${arn}\")"])}))"
  )
  # The name is the ARN's last part without the six characters that Secrets Manager adds.
  secret_names = { for key, arn in var.secret_arns : key => replace(split(":", arn)[6], "/-[A-Za-z0-9]{6}$/", "") }

  secret_alarms = merge(
    {
      # A read names the secret by name, by ARN or by the start of the ARN; a denied one only in its message.
      for key, name in local.secret_names : "secret-read-${key}" => {
        severity    = "high"
        description = "Somebody other than its usual readers read, or tried to read, the secret ${name}. If that was no incident, rotate it."
        pattern     = "{ ($.eventSource = \"secretsmanager.amazonaws.com\") && ($.eventName = \"GetSecretValue\") && (($.requestParameters.secretId = \"${name}\") || ($.requestParameters.secretId = \"*:secret:${name}*\") || ($.errorMessage = \"*${name}*\"))${local.unexpected_reader} }"
      }
    },
    length(var.secret_arns) == 0 ? {} : {
      # Its filters need not name a secret, so every batch read counts.
      secret-batch-read = {
        severity    = "high"
        description = "Somebody other than the usual readers read secrets in a batch."
        pattern     = "{ ($.eventSource = \"secretsmanager.amazonaws.com\") && ($.eventName = \"BatchGetSecretValue\")${local.unexpected_reader} }"
      }
    },
  )
}
