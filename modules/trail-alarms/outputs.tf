output "alarm_names" {
  description = "Key to alarm name, the dead-pipeline alarm included."
  value       = local.alarm_names
}

output "alarm_arns" {
  description = "Key to alarm ARN (built from the name, so known at plan time), the dead-pipeline alarm included."
  value       = { for key, name in local.alarm_names : key => "${local.alarm_arn_prefix}${name}" }
}

output "alarm_name_prefix" {
  description = "What every alarm name starts with; the boundary of the break-glass role protects this prefix."
  value       = local.name_prefix
}

output "filters" {
  description = "Key to metric filter name."
  value       = { for key, filter in aws_cloudwatch_log_metric_filter.event : key => filter.name }
}

output "namespace" {
  description = "Metric namespace of all filters and their alarms."
  value       = local.namespace
}

output "pipeline_alarm_name" {
  description = "Name of the alarm that fires when the log group receives nothing."
  value       = aws_cloudwatch_metric_alarm.pipeline_silent.alarm_name
}

output "catalogue" {
  description = "Key to alarm_name, metric, severity, description and pattern of every filter."
  value = {
    for key, entry in local.catalogue : key => {
      alarm_name  = local.alarm_names[key]
      metric      = key
      severity    = entry.severity
      description = entry.description
      pattern     = entry.pattern
    }
  }

  precondition {
    condition     = length(local.catalogue) <= 100
    error_message = "The catalogue holds ${length(local.catalogue)} filters, but CloudWatch Logs allows 100 metric filters on one log group: watch fewer roles or secrets, or join additional alarms."
  }
}
