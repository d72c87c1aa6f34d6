# A stack that stands already: the plan knows ARNs, leaves most as it is, changes some, removes and adds one.
# `step` is 1 for what was applied before and 2 for what is planned.
variable "step" {
  type = number
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

resource "aws_kms_key" "alerts" {
  description         = "Security alerts"
  enable_key_rotation = true
}

resource "aws_sns_topic" "alerts" {
  name              = "prod-security-alerts"
  kms_master_key_id = aws_kms_key.alerts.arn
}

resource "aws_sns_topic" "pager" {
  count = var.step == 2 ? 1 : 0
  name  = "prod-pager"
}

resource "aws_sns_topic" "retired" {
  count = var.step == 1 ? 1 : 0
  name  = "prod-retired"
}

resource "aws_sns_topic_subscription" "owner" {
  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = "dana@example.com"
}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "/aws/cloudtrail/prod-trail"
  retention_in_days = 400
}

resource "aws_cloudwatch_log_metric_filter" "breakglass" {
  name           = "prod-breakglass-assumed"
  log_group_name = aws_cloudwatch_log_group.trail.id
  pattern        = "{ $.eventName = \"AssumeRole*\" }"

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
  # known topic and, from step 2 on, one that AWS has yet to create
  alarm_actions = concat([aws_sns_topic.alerts.arn], aws_sns_topic.pager[*].arn)
}

resource "aws_iam_role" "breakglass" {
  name                 = "prod-breakglass-admin"
  max_session_duration = var.step == 1 ? 43200 : 3600
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::333333333333:user/owner" } }] })
}

resource "aws_iam_role_policy" "breakglass" {
  name   = "operator"
  role   = aws_iam_role.breakglass.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:DescribeKey", Resource = aws_kms_key.alerts.arn }] })
}

resource "aws_iam_policy" "boundary" {
  name   = "prod-breakglass-boundary"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Action = "sns:DeleteTopic", Resource = aws_sns_topic.alerts.arn }] })
}

resource "aws_iam_role_policy_attachment" "breakglass" {
  role       = aws_iam_role.breakglass.name
  policy_arn = aws_iam_policy.boundary.arn
}
