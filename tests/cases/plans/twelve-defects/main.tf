# One break-glass stack with twelve defects, each marked where it sits. A scanner of single resources finds none.
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

resource "aws_iam_role" "breakglass" {
  name                 = "prod-breakglass-admin"
  max_session_duration = 43200 # defect 2: twelve hours instead of one
  permissions_boundary = "arn:aws:iam::333333333333:policy/prod-breakglass-boundary"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Owners" # defect 1: nobody asks for MFA
        Effect = "Allow"
        Principal = {
          AWS = [
            "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary",
            "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-backup",
          ]
        }
        Action    = ["sts:AssumeRole", "sts:SetSourceIdentity"]
        Condition = { StringLike = { "sts:SourceIdentity" = "INC-*" } }
      },
      {
        Sid    = "SingleSignOn" # defect 3: sessions of Identity Center never carry the MFA key, so nobody can enter here
        Effect = "Allow"
        Principal = {
          AWS = "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_Emergency_0123456789abcdef"
        }
        Action = ["sts:AssumeRole", "sts:SetSourceIdentity"]
        Condition = {
          Bool = { "aws:MultiFactorAuthPresent" = "true" }
          StringLike = {
            "aws:userid"         = ["*:dana@example.com", "*:kim@example.com"]
            "sts:SourceIdentity" = "INC-*"
          }
        }
      },
    ]
  })
}

resource "aws_iam_policy" "boundary" {
  name = "prod-breakglass-boundary"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Emergency"
        Effect   = "Allow"
        Action   = ["cloudwatch:Get*", "lambda:UpdateFunctionConfiguration", "logs:FilterLogEvents"]
        Resource = "arn:aws:lambda:us-east-2:333333333333:function:webhook-*"
      },
      {
        Sid    = "NoSilencing"
        Effect = "Deny"
        Action = [
          "cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail",
          "cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions", "cloudwatch:PutAlarmMuteRule",
          "cloudwatch:PutMetricAlarm", "cloudwatch:SetAlarmState", "logs:DeleteLogGroup", "logs:DeleteMetricFilter",
          "logs:PutMetricFilter", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Unsubscribe",
        ]
        Resource = "*"
      },
    ]
  })
}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "/aws/cloudtrail/prod-trail"
  retention_in_days = 400
  kms_key_id        = "arn:aws:kms:us-east-2:333333333333:key/11111111-2222-3333-4444-555555555555"
}

resource "aws_cloudwatch_log_group" "application" {
  name              = "/app/webhook"
  retention_in_days = 400
  kms_key_id        = "arn:aws:kms:us-east-2:333333333333:key/11111111-2222-3333-4444-555555555555"
}

resource "aws_cloudtrail" "audit" {
  name                          = "prod-trail"
  s3_bucket_name                = "prod-333333333333-trail"
  sns_topic_name                = "prod-trail-deliveries"
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  kms_key_id                    = "arn:aws:kms:us-east-2:333333333333:key/11111111-2222-3333-4444-555555555555"
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn     = "arn:aws:iam::333333333333:role/prod-trail-delivery"
}

resource "aws_cloudwatch_log_metric_filter" "breakglass" {
  name           = "prod-breakglass-assumed"
  log_group_name = aws_cloudwatch_log_group.application.name # defect 4: the trail writes to another group
  # defect 5: "AsumeRole" is no event; defect 6: != selects every role but this one
  pattern = "{ ($.eventSource = \"sts.amazonaws.com\") && ($.eventName = \"AsumeRole\") && ($.requestParameters.roleArn != \"arn:aws:iam::333333333333:role/prod-breakglass-admin\") }"

  metric_transformation {
    name          = "BreakGlassAssumed"
    namespace     = "BreakGlass/prod"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "breakglass" {
  alarm_name          = "prod-breakglass-assumed"
  namespace           = "BreakGlass/prod"
  metric_name         = "BreakGlassUsed" # defect 7: the filter emits BreakGlassAssumed
  statistic           = "Average"        # defect 8: an average of ones never reaches five
  threshold           = 5
  comparison_operator = "GreaterThanOrEqualToThreshold"
  period              = 86400 # defect 9: one notification a day at most
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  # defect 10: no alarm_actions
}

resource "aws_sns_topic" "alerts" {
  name              = "prod-security-alerts"
  kms_master_key_id = "alias/aws/sns" # defect 11: CloudWatch may not use this key
  # defect 12: nobody subscribes
}
