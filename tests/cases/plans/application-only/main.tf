# An application with its own roles, logs, filters, alarms and a topic that mails a team. None of it has anything to do
# with emergency access, and none of it may be accused of a break-glass defect.
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

resource "aws_iam_role" "worker" {
  name                 = "shop-worker"
  max_session_duration = 14400
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "worker" {
  name   = "queue"
  role   = aws_iam_role.worker.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["sqs:ReceiveMessage", "sqs:DeleteMessage"], Resource = aws_sqs_queue.orders.arn }] })
}

resource "aws_iam_role_policy_attachment" "worker" {
  role       = aws_iam_role.worker.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_iam_role" "deploy" {
  name               = "shop-deploy"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::444444444444:root" } }] })
}

resource "aws_sqs_queue" "orders" {
  name = "shop-orders"
}

resource "aws_cloudwatch_log_group" "shop" {
  name              = "/shop/orders"
  retention_in_days = 14
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "shop-errors"
  log_group_name = aws_cloudwatch_log_group.shop.name
  pattern        = "{ $.level = \"error\" && $.eventName != \"Retry\" }"

  metric_transformation {
    name      = "Errors"
    namespace = "Shop"
    value     = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "slow" {
  name           = "shop-slow"
  log_group_name = aws_cloudwatch_log_group.shop.name
  pattern        = "\"took too long\""

  metric_transformation {
    name      = "Slow"
    namespace = "Shop"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "shop-errors"
  namespace           = "Shop"
  metric_name         = "Errors"
  statistic           = "Average"
  period              = 3600
  evaluation_periods  = 3
  threshold           = 5
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = [aws_sns_topic.team.arn]
}

resource "aws_cloudwatch_metric_alarm" "queue_age" {
  alarm_name          = "shop-queue-age"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 2
  threshold           = 600
  comparison_operator = "GreaterThanThreshold"
  dimensions          = { QueueName = aws_sqs_queue.orders.name }
}

resource "aws_cloudwatch_metric_alarm" "error_rate" {
  alarm_name          = "shop-error-rate"
  evaluation_periods  = 1
  threshold           = 0.05
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = [aws_sns_topic.team.arn]

  metric_query {
    id          = "rate"
    expression  = "errors / orders"
    return_data = true
  }

  metric_query {
    id = "errors"
    metric {
      namespace   = "Shop"
      metric_name = "Errors"
      period      = 300
      stat        = "Sum"
    }
  }

  metric_query {
    id = "orders"
    metric {
      namespace   = "Shop"
      metric_name = "Orders"
      period      = 300
      stat        = "Sum"
    }
  }
}

resource "aws_sns_topic" "team" {
  name              = "shop-team"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_sns_topic_subscription" "team" {
  topic_arn = aws_sns_topic.team.arn
  protocol  = "email"
  endpoint  = "shop@example.com"
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "shop-nightly"
  schedule_expression = "cron(0 3 * * ? *)"
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule = aws_cloudwatch_event_rule.nightly.name
  arn  = aws_sqs_queue.orders.arn
}

resource "aws_cloudwatch_event_rule" "deployed" {
  name          = "shop-deployed"
  event_pattern = jsonencode({ source = ["aws.lambda"], "detail-type" = ["AWS API Call via CloudTrail"], detail = { eventName = ["UpdateFunctionCode20150331v2"] } })
}

resource "aws_cloudwatch_event_target" "deployed" {
  rule = aws_cloudwatch_event_rule.deployed.name
  arn  = aws_sns_topic.team.arn
}

resource "aws_kms_key" "shop" {
  description         = "Orders"
  enable_key_rotation = false
}

resource "aws_s3_bucket" "receipts" {
  bucket = "shop-333333333333-receipts"
}
