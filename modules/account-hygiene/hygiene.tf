# Settings of the account that hold for everybody in it, and the role through which named people reach AWS Support.

data "aws_partition" "current" {}

locals {
  partition           = data.aws_partition.current.partition
  create_support_role = length(var.support_user_arns) > 0
  support_role_name   = "${var.environment}-support"
  support_role_arn    = "arn:${local.partition}:iam::${var.account_id}:role/${local.support_role_name}"
  support_policy_arn  = "arn:${local.partition}:iam::aws:policy/AWSSupportAccess"
}

resource "aws_iam_account_password_policy" "account" {
  count = var.set_account_wide ? 1 : 0

  minimum_password_length        = var.password_policy.minimum_length
  password_reuse_prevention      = var.password_policy.reuse_prevention
  max_password_age               = var.password_policy.max_age_days
  allow_users_to_change_password = var.password_policy.allow_users_to_change
  hard_expiry                    = var.password_policy.hard_expiry
  require_lowercase_characters   = true
  require_uppercase_characters   = true
  require_numbers                = true
  require_symbols                = true
}

resource "aws_s3_account_public_access_block" "account" {
  count = var.set_account_wide ? 1 : 0

  account_id              = var.account_id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_ebs_encryption_by_default" "region" {
  count = var.ebs_encryption_by_default ? 1 : 0

  enabled = true
}

data "aws_iam_policy_document" "support_trust" {
  count = local.create_support_role ? 1 : 0

  statement {
    sid     = "NamedUsersWithMfa"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = var.support_user_arns
    }

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role" "support" {
  count = local.create_support_role ? 1 : 0

  name                 = local.support_role_name
  description          = "Opens and follows AWS Support cases, nothing else"
  assume_role_policy   = data.aws_iam_policy_document.support_trust[0].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy_attachment" "support" {
  count = local.create_support_role ? 1 : 0

  role       = aws_iam_role.support[0].name
  policy_arn = local.support_policy_arn
}

# Without these two, a plan does not see a policy that somebody added to the role.
resource "aws_iam_role_policy_attachments_exclusive" "support" {
  count = local.create_support_role ? 1 : 0

  role_name   = aws_iam_role.support[0].name
  policy_arns = [local.support_policy_arn]

  depends_on = [aws_iam_role_policy_attachment.support]
}

resource "aws_iam_role_policies_exclusive" "support" {
  count = local.create_support_role ? 1 : 0

  role_name    = aws_iam_role.support[0].name
  policy_names = []
}
