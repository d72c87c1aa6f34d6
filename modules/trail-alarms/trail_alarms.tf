data "aws_partition" "current" {}

locals {
  name_prefix      = "${var.environment}-guardrail-"
  namespace        = coalesce(var.namespace, "BreakGlassGuardrails/${var.environment}")
  alarm_arn_prefix = "arn:${data.aws_partition.current.partition}:cloudwatch:${var.region}:${var.account_id}:alarm:"
  pipeline_key     = "log-pipeline-silent"

  builtin = merge(
    local.role_alarms,
    local.console_alarms,
    local.family_alarms,
    local.evidence_alarms,
    local.secret_alarms,
  )
  catalogue   = merge(local.builtin, var.additional_alarms)
  alarm_names = { for key in concat(keys(local.catalogue), [local.pipeline_key]) : key => "${local.name_prefix}${key}" }
}

resource "aws_cloudwatch_log_metric_filter" "event" {
  for_each = local.catalogue

  name           = local.alarm_names[each.key]
  log_group_name = var.log_group_name
  pattern        = each.value.pattern

  # A default of 0 makes the alarm return to OK in the next minute with traffic, so that a second use is a
  # second notification; dimensions would rule the default out.
  metric_transformation {
    name          = each.key
    namespace     = local.namespace
    value         = "1"
    default_value = "0"
  }

  lifecycle {
    precondition {
      condition     = length(each.value.pattern) <= 1024
      error_message = "The pattern of ${each.key} has ${length(each.value.pattern)} characters, but CloudWatch Logs accepts 1024: shorten the names it lists, or split the entry into several."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "event" {
  for_each = local.catalogue

  alarm_name        = local.alarm_names[each.key]
  alarm_description = "${upper(each.value.severity)} in ${var.environment}: ${each.value.description}"

  namespace           = aws_cloudwatch_log_metric_filter.event[each.key].metric_transformation[0].namespace
  metric_name         = aws_cloudwatch_log_metric_filter.event[each.key].metric_transformation[0].name
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"

  actions_enabled = true
  alarm_actions   = var.alarm_topic_arns
}

# Every alarm above is quiet when nothing arrives any more. This one is not.
resource "aws_cloudwatch_metric_alarm" "pipeline_silent" {
  alarm_name        = local.alarm_names[local.pipeline_key]
  alarm_description = "CRITICAL in ${var.environment}: no event reached ${var.log_group_name} for ${var.max_log_silence_minutes} minutes, so no other guardrail alarm can fire. Check the trail, its role and the log group."

  namespace           = "AWS/Logs"
  metric_name         = "IncomingLogEvents"
  dimensions          = { LogGroupName = var.log_group_name }
  statistic           = "Sum"
  period              = 900
  evaluation_periods  = var.max_log_silence_minutes / 15
  datapoints_to_alarm = var.max_log_silence_minutes / 15
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"

  actions_enabled = true
  alarm_actions   = var.alarm_topic_arns
}
