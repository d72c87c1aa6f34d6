# The stack of ../twelve-defects with its twelve defects repaired: the same resources, the same names.
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

provider "aws" {
  alias                       = "virginia"
  region                      = "us-east-1"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

resource "aws_iam_role" "breakglass" {
  name                 = "prod-breakglass-admin"
  max_session_duration = 3600
  permissions_boundary = "arn:aws:iam::333333333333:policy/prod-breakglass-boundary"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Owners"
        Effect = "Allow"
        Principal = {
          AWS = [
            "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary",
            "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-backup",
          ]
        }
        Action = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
        Condition = {
          Bool            = { "aws:MultiFactorAuthPresent" = "true" }
          NumericLessThan = { "aws:MultiFactorAuthAge" = "3600" }
          StringLike      = { "sts:SourceIdentity" = "INC-*" }
        }
      },
      {
        Sid       = "SingleSignOn"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::333333333333:root" }
        Action    = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
        Condition = {
          ArnLike = {
            "aws:PrincipalArn" = "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_Emergency_????????????????"
          }
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
        Action   = ["lambda:GetFunctionConfiguration", "lambda:UpdateFunctionConfiguration"]
        Resource = "arn:aws:lambda:us-east-2:333333333333:function:webhook-*"
      },
      {
        Sid    = "NoSilencing"
        Effect = "Deny"
        Action = [
          "cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail",
          "cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions", "cloudwatch:PutAlarmMuteRule",
          "cloudwatch:PutCompositeAlarm", "cloudwatch:PutMetricAlarm", "cloudwatch:SetAlarmState", "config:DeleteConfigRule",
          "config:DeleteConfigurationRecorder", "config:DeleteDeliveryChannel", "config:StopConfigurationRecorder",
          "events:DeleteRule", "events:DisableRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets",
          "iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:DeactivateMFADevice", "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy",
          "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy",
          "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "kms:DisableKey",
          "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "logs:DeleteLogGroup", "logs:DeleteMetricFilter",
          "logs:PutMetricFilter", "logs:PutRetentionPolicy", "logs:PutTransformer", "signin:AuthorizeOAuth2Access",
          "signin:CreateOAuth2Token", "sns:AddPermission", "sns:DeleteTopic", "sns:RemovePermission", "sns:SetSubscriptionAttributes",
          "sns:SetTopicAttributes", "sns:Unsubscribe",
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
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ ($.eventSource = \"sts.amazonaws.com\") && ($.eventName = \"AssumeRole*\") && (($.requestParameters.roleArn = \"arn:aws:iam::333333333333:role/prod-breakglass-admin\") || ($.responseElements.assumedRoleUser.arn = \"arn:aws:sts::333333333333:assumed-role/prod-breakglass-admin/*\")) }"

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
  metric_name         = aws_cloudwatch_log_metric_filter.breakglass.metric_transformation[0].name
  statistic           = "Sum"
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

# What the one filter of the broken stack did not look at either.
locals {
  watched = {
    denied   = "{ ($.eventSource = \"sts.amazonaws.com\") && ($.errorMessage = \"*arn:aws:iam::333333333333:role/prod-breakglass-admin*\") }"
    activity = "{ ($.userIdentity.sessionContext.sessionIssuer.arn = \"arn:aws:iam::333333333333:role/prod-breakglass-admin\") || ($.userIdentity.arn = \"arn:aws:sts::333333333333:assumed-role/prod-breakglass-admin/*\") }"
    mfa      = "{ ($.eventSource = \"sts.amazonaws.com\") && ($.errorMessage = \"*MultiFactorAuthentication failed*\") }"
    expired  = "{ ($.eventSource = \"sts.amazonaws.com\") && ($.errorCode = \"*\") && ($.requestParameters.roleArn = \"arn:aws:iam::333333333333:role/prod-breakglass-admin\") }"
    failure  = "{ ($.eventName = \"ConsoleLogin\") && ($.errorMessage = \"Failed authentication\") }"
    root     = "{ ($.userIdentity.type = \"Root\") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != \"AwsServiceEvent\") }"
    console  = "{ ($.eventName = \"ConsoleLogin\") && ($.responseElements.ConsoleLogin = \"Success\") && (($.userIdentity.type = \"IAMUser\") || ($.userIdentity.type = \"Root\")) && ($.additionalEventData.MFAUsed != \"Yes\") }"
    iam      = "{ ($.eventSource = \"iam.amazonaws.com\") && ($.eventName != \"Get*\") && ($.eventName != \"List*\") && ($.eventName != \"Generate*\") && ($.eventName != \"Simulate*\") }"
    record   = "{ (($.eventSource = \"cloudtrail.amazonaws.com\") && (${join(" || ", [for name in local.silencers.cloudtrail : "($.eventName = \"${name}\")"])})) || (($.eventSource = \"config.amazonaws.com\") && (${join(" || ", [for name in local.silencers.config : "($.eventName = \"${name}\")"])})) || (($.eventSource = \"logs.amazonaws.com\") && (${join(" || ", [for name in local.silencers.logs : "($.eventName = \"${name}\")"])})) }"
    alerting = "{ (($.eventSource = \"monitoring.amazonaws.com\") && (${join(" || ", [for name in local.silencers.monitoring : "($.eventName = \"${name}\")"])})) || (($.eventSource = \"sns.amazonaws.com\") && (${join(" || ", [for name in local.silencers.sns : "($.eventName = \"${name}\")"])})) }"
    path     = "{ (($.eventSource = \"events.amazonaws.com\") && (${join(" || ", [for name in local.silencers.events : "($.eventName = \"${name}\")"])})) || (($.eventSource = \"kms.amazonaws.com\") && (${join(" || ", [for name in local.silencers.kms : "($.eventName = \"${name}\")"])})) }"
  }
  silencers = {
    cloudtrail = ["DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"]
    config     = ["DeleteConfigRule", "DeleteConfigurationRecorder", "DeleteDeliveryChannel", "StopConfigurationRecorder"]
    events     = ["DeleteRule", "DisableRule", "PutRule", "PutTargets", "RemoveTargets"]
    kms        = ["DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion"]
    logs       = ["DeleteLogGroup", "DeleteMetricFilter", "PutMetricFilter", "PutRetentionPolicy", "PutTransformer"]
    monitoring = ["DeleteAlarms", "DisableAlarmActions", "PutAlarmMuteRule", "PutCompositeAlarm", "PutMetricAlarm", "SetAlarmState"]
    sns        = ["AddPermission", "DeleteTopic", "RemovePermission", "SetSubscriptionAttributes", "SetTopicAttributes", "Unsubscribe"]
  }
}

resource "aws_cloudwatch_log_metric_filter" "watched" {
  for_each = local.watched

  name           = "prod-${each.key}"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = each.value

  metric_transformation {
    name          = "prod-${each.key}"
    namespace     = "BreakGlass/prod"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "watched" {
  for_each = aws_cloudwatch_log_metric_filter.watched

  alarm_name          = each.value.name
  namespace           = "BreakGlass/prod"
  metric_name         = each.value.name
  statistic           = "Sum"
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "silence" {
  alarm_name          = "prod-trail-silent"
  namespace           = "AWS/Logs"
  metric_name         = "IncomingLogEvents"
  dimensions          = { LogGroupName = aws_cloudwatch_log_group.trail.name }
  statistic           = "Sum"
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  period              = 3600
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

resource "aws_sns_topic" "alerts" {
  name              = "prod-security-alerts"
  kms_master_key_id = aws_kms_key.alerts.arn
}

resource "aws_sns_topic_subscription" "owner" {
  for_each = { "dana@example.com" = "email", "+15555550100" = "sms" }

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = each.value
  endpoint  = each.key
}

resource "aws_kms_key" "alerts" {
  description             = "Security alerts of prod"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::333333333333:root"]
    }
  }

  statement {
    sid       = "Publishers"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = data.aws_iam_policy_document.topic["us-east-2"].json
}

# The second path, event by event: the Region the callers use and the one the global STS endpoint logs in.
resource "aws_cloudwatch_event_rule" "breakglass" {
  name          = "prod-breakglass-assumed"
  state         = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
  event_pattern = local.event_pattern
}

resource "aws_cloudwatch_event_target" "breakglass" {
  rule = aws_cloudwatch_event_rule.breakglass.name
  arn  = aws_sns_topic.alerts.arn
}

resource "aws_cloudwatch_event_rule" "breakglass_virginia" {
  provider = aws.virginia

  name          = "prod-breakglass-assumed"
  state         = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
  event_pattern = local.event_pattern
}

resource "aws_cloudwatch_event_target" "breakglass_virginia" {
  provider = aws.virginia

  rule = aws_cloudwatch_event_rule.breakglass_virginia.name
  arn  = aws_sns_topic.alerts_virginia.arn
}

resource "aws_sns_topic" "alerts_virginia" {
  provider = aws.virginia

  name              = "prod-security-alerts"
  kms_master_key_id = aws_kms_key.alerts_virginia.arn
}

resource "aws_sns_topic_subscription" "owner_virginia" {
  provider = aws.virginia
  for_each = { "dana@example.com" = "email", "+15555550100" = "sms" }

  topic_arn = aws_sns_topic.alerts_virginia.arn
  protocol  = each.value
  endpoint  = each.key
}

resource "aws_sns_topic_policy" "alerts_virginia" {
  provider = aws.virginia

  arn    = aws_sns_topic.alerts_virginia.arn
  policy = data.aws_iam_policy_document.topic["us-east-1"].json
}

resource "aws_kms_key" "alerts_virginia" {
  provider = aws.virginia

  description             = "Security alerts of prod in us-east-1"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

locals {
  event_pattern = jsonencode({
    source        = ["aws.sts"]
    "detail-type" = ["AWS API Call via CloudTrail"]
    detail = {
      eventSource       = ["sts.amazonaws.com"]
      eventName         = [{ prefix = "AssumeRole" }]
      requestParameters = { roleArn = ["arn:aws:iam::333333333333:role/prod-breakglass-admin"] }
    }
  })
}

data "aws_iam_policy_document" "topic" {
  for_each = toset(["us-east-1", "us-east-2"])

  statement {
    sid       = "Account"
    actions   = ["sns:GetTopicAttributes", "sns:Publish", "sns:Subscribe"]
    resources = ["arn:aws:sns:${each.key}:333333333333:prod-security-alerts"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::333333333333:root"]
    }
  }

  statement {
    sid       = "Publishers"
    actions   = ["sns:Publish"]
    resources = ["arn:aws:sns:${each.key}:333333333333:prod-security-alerts"]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    }
  }
}
