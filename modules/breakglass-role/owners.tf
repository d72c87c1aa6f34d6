locals {
  owner_policy_name = "${var.environment}-breakglass-owner"
  owner_policy_arn  = "arn:${local.partition}:iam::${var.account_id}:policy/${local.owner_policy_name}"
  owner_group_name  = "${var.environment}-breakglass-owners"
  owner_group_arn   = "arn:${local.partition}:iam::${var.account_id}:group/${local.owner_group_name}"

  # Only users of this account can be made here; a user of another account is trusted but belongs to that account's code.
  created_owner = { for arn in local.iam_user_arns : element(split("/", arn), -1) => arn
  if try(var.iam_user_lane.create_users, false) && try(split(":", arn)[4] == var.account_id, false) }

  # What every trusted person needs on their own side: across accounts, and wherever the trust names an account
  # (Identity Center), the trust policy alone lets nobody in.
  enter_statement = {
    Sid      = "EnterBreakGlass"
    Effect   = "Allow"
    Action   = concat(["sts:AssumeRole", "sts:SetSourceIdentity"], var.identity_center_lane == null ? [] : ["sts:TagSession"])
    Resource = local.role_arn
  }

  owner_identity_policy_json = jsonencode({
    Version   = "2012-10-17"
    Statement = [local.enter_statement]
  })

  # A session without MFA may look at its devices and nothing else: whoever steals a password or key could otherwise
  # enrol a device of their own and walk in. An administrator enrols the first device together with the owner.
  created_owner_policy_json = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.enter_statement,
      {
        Sid      = "SeeOwnDevices"
        Effect   = "Allow"
        Action   = ["iam:GetMFADevice", "iam:GetUser", "iam:ListMFADevices"]
        Resource = [for arn in local.iam_user_arns : "${trimsuffix(arn, element(split("/", arn), -1))}$${aws:username}"]
      },
      {
        Sid    = "ManageOwnDevicesWithMfa"
        Effect = "Allow"
        Action = ["iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice", "iam:EnableMFADevice", "iam:ResyncMFADevice"]
        Resource = concat(
          [for arn in local.iam_user_arns : "${trimsuffix(arn, element(split("/", arn), -1))}$${aws:username}"],
          ["arn:${local.partition}:iam::${var.account_id}:mfa/$${aws:username}*"],
        )
        Condition = { Bool = { "aws:MultiFactorAuthPresent" = "true" } }
      },
      {
        # `aws login` turns the console session, with its MFA, into credentials for the command line: no access key needed.
        # The resource is that of AWS's own policy SignInLocalDevelopmentAccess.
        Sid       = "SignInFromTheCommandLineWithMfa"
        Effect    = "Allow"
        Action    = ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"]
        Resource  = "arn:${local.partition}:signin:*:*:oauth2/public-client/*"
        Condition = { Bool = { "aws:MultiFactorAuthPresent" = "true" } }
      },
    ]
  })
}

resource "aws_iam_user" "owner" {
  for_each = local.created_owner

  name = each.key
  path = trimprefix(trimsuffix(each.value, each.key), "arn:${local.partition}:iam::${var.account_id}:user")
}

resource "aws_iam_policy" "owner" {
  count = length(local.created_owner) > 0 ? 1 : 0

  name        = local.owner_policy_name
  description = "Lets an owner of emergency access enter ${local.role_name} and, with MFA, look after the own device."
  policy      = local.created_owner_policy_json
}

resource "aws_iam_group" "owner" {
  count = length(local.created_owner) > 0 ? 1 : 0

  name = local.owner_group_name
}

resource "aws_iam_group_policy_attachment" "owner" {
  count = length(aws_iam_group.owner)

  group      = aws_iam_group.owner[0].name
  policy_arn = local.owner_policy_arn

  depends_on = [aws_iam_policy.owner]
}

# The whole list of members and policies: an added member or policy is drift, and the next apply takes it away.
resource "aws_iam_group_membership" "owner" {
  count = length(aws_iam_group.owner)

  name  = local.owner_group_name
  group = aws_iam_group.owner[0].name
  users = [for owner in aws_iam_user.owner : owner.name]
}

resource "aws_iam_group_policy_attachments_exclusive" "owner" {
  count = length(aws_iam_group.owner)

  group_name  = aws_iam_group.owner[0].name
  policy_arns = [aws_iam_group_policy_attachment.owner[0].policy_arn]
}

resource "aws_iam_group_policies_exclusive" "owner" {
  count = length(aws_iam_group.owner)

  group_name   = aws_iam_group.owner[0].name
  policy_names = []
}

resource "aws_iam_user_policy_attachments_exclusive" "owner" {
  for_each = aws_iam_user.owner

  user_name   = each.value.name
  policy_arns = []
}

resource "aws_iam_user_policies_exclusive" "owner" {
  for_each = aws_iam_user.owner

  user_name    = each.value.name
  policy_names = []
}
