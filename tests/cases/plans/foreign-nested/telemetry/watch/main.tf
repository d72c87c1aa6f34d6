variable "name" {
  type = string
}

variable "pattern" {
  type = string
}

variable "log_group" {
  type = string
}

variable "notify" {
  type = list(string)
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  name           = var.name
  pattern        = var.pattern
  log_group_name = var.log_group

  metric_transformation {
    name          = var.name
    namespace     = "Acme/Account"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = var.name
  namespace           = "Acme/Account"
  metric_name         = aws_cloudwatch_log_metric_filter.this.metric_transformation[0].name
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.notify
}
