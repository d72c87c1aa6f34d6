# The log group that the alarms read, and the role through which CloudTrail writes to it. Only the STANDARD class runs
# metric filters.

locals {
  log_group_name     = var.create_trail ? "/aws/cloudtrail/${local.trail_name}" : var.existing.log_group_name
  log_group_arn      = "arn:${local.partition}:logs:${var.region}:${var.account_id}:log-group:${local.log_group_name}"
  delivery_role_name = "${var.environment}-trail-delivery"
  delivery_role_arn  = "arn:${local.partition}:iam::${var.account_id}:role/${local.delivery_role_name}"
  delivery_policy    = "arn:${local.partition}:iam::${var.account_id}:policy/${local.delivery_role_name}"
}

resource "aws_cloudwatch_log_group" "trail" {
  count = var.create_trail ? 1 : 0

  name              = local.log_group_name
  log_group_class   = "STANDARD"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.trail[0].arn

  # The class of a log group never changes, so a difference could only be resolved by replacing the group and losing
  # what it holds.
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [log_group_class]
  }
}

data "aws_iam_policy_document" "delivery_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "delivery" {
  statement {
    sid       = "WriteEvents"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_group_arn}:log-stream:${var.account_id}_CloudTrail_${var.region}*"]
  }
}

resource "aws_iam_role" "delivery" {
  count = var.create_trail ? 1 : 0

  name                 = local.delivery_role_name
  description          = "CloudTrail writes the events of ${local.trail_name} to its log group"
  assume_role_policy   = data.aws_iam_policy_document.delivery_trust.json
  max_session_duration = 3600
}

resource "aws_iam_policy" "delivery" {
  count = var.create_trail ? 1 : 0

  name        = local.delivery_role_name
  description = "CloudTrail writes the events of ${local.trail_name} to its log group"
  policy      = data.aws_iam_policy_document.delivery.json
}

resource "aws_iam_role_policy_attachment" "delivery" {
  count = var.create_trail ? 1 : 0

  role       = aws_iam_role.delivery[0].name
  policy_arn = local.delivery_policy

  depends_on = [aws_iam_policy.delivery]
}

# Without these two, a plan does not see a policy that somebody added to the role.
resource "aws_iam_role_policy_attachments_exclusive" "delivery" {
  count = var.create_trail ? 1 : 0

  role_name   = aws_iam_role.delivery[0].name
  policy_arns = [local.delivery_policy]

  depends_on = [aws_iam_role_policy_attachment.delivery]
}

resource "aws_iam_role_policies_exclusive" "delivery" {
  count = var.create_trail ? 1 : 0

  role_name    = aws_iam_role.delivery[0].name
  policy_names = []
}
