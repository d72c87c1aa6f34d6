data "aws_partition" "current" {}

locals {
  topic_name = coalesce(var.name, "${var.environment}-security-alerts")
  arn_suffix = "${var.region}:${var.account_id}:${local.topic_name}"
  topic_arn  = "arn:${data.aws_partition.current.partition}:sns:${local.arn_suffix}"
  owner_arn  = "arn:${data.aws_partition.current.partition}:iam::${var.account_id}:root"

  alarm_arns = "arn:${data.aws_partition.current.partition}:cloudwatch:${var.region}:${var.account_id}:alarm:*"
}

# An own key, because the policy of alias/aws/sns cannot be edited: CloudWatch and EventBridge would be
# refused, and every message would be lost without an error (SNS Developer Guide: sns-key-management).
resource "aws_kms_key" "topic" {
  description             = "Encrypts the messages of the topic ${local.topic_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = jsonencode(local.key_policy)
}

resource "aws_kms_alias" "topic" {
  name          = "alias/${local.topic_name}"
  target_key_id = aws_kms_key.topic.key_id
}

resource "aws_sns_topic" "alerts" {
  name              = local.topic_name
  display_name      = "Security alerts ${var.environment}"
  kms_master_key_id = aws_kms_key.topic.arn
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = jsonencode(local.topic_policy)
}

resource "aws_sns_topic_subscription" "person" {
  for_each = var.subscriptions

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = each.value.protocol
  endpoint  = each.value.endpoint

  depends_on = [aws_sns_topic_policy.alerts]
}
