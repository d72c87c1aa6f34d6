data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition

  # Every ARN is built from names, so that a plan knows it and a reviewer can check the policies before anything exists.
  role_name    = coalesce(var.role_name, "${var.environment}-breakglass-admin")
  role_arn     = "arn:${local.partition}:iam::${var.account_id}:role${var.path}${local.role_name}"
  boundary_arn = "arn:${local.partition}:iam::${var.account_id}:policy/${local.boundary_name}"
  operator_arn = "arn:${local.partition}:iam::${var.account_id}:policy/${local.operator_name}"

  boundary_name = "${var.environment}-breakglass-boundary"
  operator_name = "${var.environment}-emergency-operator"

  is_administrator = var.permissions_mode == "administrator"
  permissions_arn  = local.is_administrator ? "arn:${local.partition}:iam::aws:policy/AdministratorAccess" : local.operator_arn

  description = join(" ", compact([
    "Emergency access to ${var.environment}: declared incident, named owners, one hour, every use alarmed.",
    local.is_administrator ? "Administrator by choice: ${trimspace(coalesce(var.administrator_reason, "-"))}" : "",
  ]))
}

resource "aws_iam_role" "breakglass" {
  name                 = local.role_name
  path                 = var.path
  description          = local.description
  assume_role_policy   = local.trust_policy_json
  max_session_duration = 3600
  permissions_boundary = local.boundary_arn

  # The ARNs above are text; these make Terraform create what they name first.
  depends_on = [aws_iam_policy.boundary, aws_iam_user.owner]

  lifecycle {
    precondition {
      condition     = length(distinct(local.person_keys)) >= 2
      error_message = "At least two distinct people must be able to enter over all lanes, because one person may be unreachable in the emergency; user names that differ only in letter case or mail domain count as one person."
    }

    precondition {
      condition     = length(local.trust_policy_json) <= 2048
      error_message = "The trust policy is longer than 2048 characters, which is IAM's default quota: name fewer people in the Identity Center lane."
    }
  }
}

resource "aws_iam_role_policy_attachment" "permissions" {
  role       = aws_iam_role.breakglass.name
  policy_arn = local.permissions_arn

  depends_on = [aws_iam_policy.operator]
}

# Anything else attached to the role is drift, and the next apply takes it away.
resource "aws_iam_role_policy_attachments_exclusive" "breakglass" {
  role_name   = aws_iam_role.breakglass.name
  policy_arns = [aws_iam_role_policy_attachment.permissions.policy_arn]
}

# The place where a revocation is written (IAM User Guide, "Revoke IAM role temporary security credentials").
# It exists from the first day with a date in the past, so it denies nothing. Revoking rewrites only its content,
# which Terraform ignores: the revocation survives the next apply, while any other inline policy is removed by it.
resource "aws_iam_role_policy" "revocation" {
  name = "AWSRevokeOlderSessions"
  role = aws_iam_role.breakglass.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Action    = ["*"]
      Resource  = ["*"]
      Condition = { DateLessThan = { "aws:TokenIssueTime" = "1970-01-01T00:00:00Z" } }
    }]
  })

  lifecycle {
    ignore_changes = [policy]
  }
}

resource "aws_iam_role_policies_exclusive" "breakglass" {
  role_name    = aws_iam_role.breakglass.name
  policy_names = [aws_iam_role_policy.revocation.name]
}
