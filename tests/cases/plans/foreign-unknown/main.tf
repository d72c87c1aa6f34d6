# A stack whose policies and links are known only after apply. Nothing in it is wrong; nothing of it may be accused.
variable "quiet" {
  type    = bool
  default = false
}

terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region                      = "us-east-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

resource "aws_iam_user" "owner" {
  for_each = toset(["primary", "backup"])
  name     = "prod-breakglass-${each.key}"
}

# The trust policy is one text with ARNs that AWS has yet to issue: the whole of it is unknown.
resource "aws_iam_role" "breakglass" {
  name                 = "prod-breakglass-admin"
  permissions_boundary = local.boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["sts:AssumeRole", "sts:SetSourceIdentity"]
      Principal = { AWS = [for user in aws_iam_user.owner : user.arn] }
      Condition = { Bool = { "aws:MultiFactorAuthPresent" = "true" } }
    }]
  })
}

resource "aws_iam_policy" "boundary" {
  name_prefix = "prod-breakglass-boundary-"
  policy      = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Action = "sns:DeleteTopic", Resource = aws_sns_topic.alerts.arn }] })
}

resource "aws_iam_role_policy" "breakglass" {
  name   = "prod-emergency-operator"
  role   = aws_iam_role.breakglass.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:DescribeKey", Resource = aws_kms_key.alerts.arn }] })
}

resource "aws_iam_role_policy_attachment" "breakglass" {
  role       = aws_iam_role.breakglass.name
  policy_arn = local.boundary_arn
}

resource "aws_cloudwatch_log_group" "trail" {
  name_prefix = "prod-trail-"
}

resource "aws_cloudtrail" "audit" {
  name                       = "prod-trail"
  s3_bucket_name             = "prod-333333333333-trail"
  is_multi_region_trail      = true
  enable_log_file_validation = true
  cloud_watch_logs_group_arn = "${local.group_arn}:*"
  cloud_watch_logs_role_arn  = "arn:aws:iam::333333333333:role/prod-trail-delivery"
  kms_key_id                 = local.key_arn
}

resource "aws_cloudwatch_log_metric_filter" "breakglass" {
  name           = "prod-breakglass-assumed"
  log_group_name = local.group_name
  pattern        = "{ ($.eventName = \"AssumeRole*\") && ($.requestParameters.roleArn = \"${aws_iam_role.breakglass.arn}\") }"

  metric_transformation {
    name      = "BreakGlassAssumed"
    namespace = "BreakGlass/prod"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "breakglass" {
  alarm_name          = "prod-breakglass-assumed"
  namespace           = "BreakGlass/prod"
  metric_name         = "BreakGlassAssumed"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.quiet ? aws_sns_topic.quiet.arn : aws_sns_topic.alerts.arn]
}

resource "aws_sns_topic" "alerts" {
  name              = "prod-security-alerts"
  kms_master_key_id = local.key_arn
}

resource "aws_sns_topic" "quiet" {
  name              = "prod-quiet-alerts"
  kms_master_key_id = local.key_arn
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sns:Publish", Resource = aws_sns_topic.alerts.arn, Principal = { Service = "cloudwatch.amazonaws.com" } }] })
}

resource "aws_sns_topic_subscription" "owner" {
  for_each = toset(["dana@example.com", "kim@example.com"])

  topic_arn = local.topic_arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_kms_key" "alerts" {
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "key" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::333333333333:root"]
    }
  }

  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["${aws_cloudwatch_log_group.trail.arn}*"]
    }
  }
}

locals {
  boundary_arn = aws_iam_policy.boundary.arn
  group_arn    = aws_cloudwatch_log_group.trail.arn
  group_name   = aws_cloudwatch_log_group.trail.name
  key_arn      = aws_kms_key.alerts.arn
  topic_arn    = aws_sns_topic.alerts.arn
}
