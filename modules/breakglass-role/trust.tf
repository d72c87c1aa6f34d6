locals {
  iam_user_arns = var.iam_user_lane == null ? [] : compact([var.iam_user_lane.primary, var.iam_user_lane.backup])

  identity_center_users = var.identity_center_lane == null ? [] : distinct(var.identity_center_lane.users)

  # One person may hold an IAM user and an Identity Center user: "Alice@example.com" and "alice" count once.
  person_keys = [for name in concat([for arn in local.iam_user_arns : element(split("/", arn), -1)], local.identity_center_users) :
  lower(split("@", name)[0])]

  incident_condition = var.require_incident_id ? { "sts:SourceIdentity" = var.incident_id_pattern } : {}

  # Setting a source identity must be allowed even when it is not asked for: STS refuses the whole call otherwise.
  iam_user_statements = length(local.iam_user_arns) == 0 ? [] : [merge({
    Sid       = "NamedIamUsersWithMfa"
    Effect    = "Allow"
    Principal = { AWS = local.iam_user_arns }
    Action    = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    Condition = merge(
      {
        # Bool, never BoolIfExists: the latter also lets access keys in that carry no MFA at all.
        Bool            = { "aws:MultiFactorAuthPresent" = "true" }
        NumericLessThan = { "aws:MultiFactorAuthAge" = tostring(var.iam_user_lane.mfa_max_age_seconds) }
      },
      var.require_incident_id ? { StringLike = local.incident_condition } : {},
    )
  })]

  # No Region segment when Identity Center lives in us-east-1; the suffix is sixteen characters, and sixteen `?`
  # keep permission set "Admin" from matching the role of "Admin_ReadOnly".
  identity_center_account = var.identity_center_lane == null ? null : coalesce(var.identity_center_lane.account_id, var.account_id)
  identity_center_role_arn = var.identity_center_lane == null ? null : join("", [
    "arn:${local.partition}:iam::${local.identity_center_account}:role/aws-reserved/sso.amazonaws.com/",
    var.identity_center_lane.home_region == "us-east-1" ? "" : "${var.identity_center_lane.home_region}/",
    "AWSReservedSSO_${var.identity_center_lane.permission_set}_????????????????",
  ])

  # The role behind a permission set is recreated under a new id, so the account is the principal and the ARN a condition.
  # aws:userid ends in the session name, which Identity Center sets to the user name; sts:RoleSessionName would be the caller's own choice.
  identity_center_statements = var.identity_center_lane == null ? [] : [{
    Sid       = "NamedIdentityCenterUsers"
    Effect    = "Allow"
    Principal = { AWS = "arn:${local.partition}:iam::${local.identity_center_account}:root" }
    Action    = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    Condition = merge(
      { ArnLike = { "aws:PrincipalArn" = local.identity_center_role_arn } },
      { StringLike = merge({ "aws:userid" = [for name in local.identity_center_users : "*:${name}"] }, local.incident_condition) },
      var.identity_center_lane.principal_tag == null ? {} : {
        StringEquals = { "aws:PrincipalTag/${var.identity_center_lane.principal_tag.key}" = var.identity_center_lane.principal_tag.value }
      },
    )
  }]

  trust_policy_json = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.iam_user_statements, local.identity_center_statements)
  })
}
