# What a live drill needs beside the read policies: queues and subscriptions of its own, which it removes again.
data "aws_iam_policy_document" "drill" {
  statement {
    sid       = "OwnQueues"
    actions   = ["sqs:CreateQueue", "sqs:DeleteMessage", "sqs:DeleteQueue", "sqs:ReceiveMessage", "sqs:SetQueueAttributes"]
    resources = ["arn:${local.partition}:sqs:*:${var.account_id}:guardrails-drill-*"]
  }

  statement {
    sid       = "SubscribeThem"
    actions   = ["sns:Subscribe"]
    resources = length(var.alert_topic_arns) > 0 ? var.alert_topic_arns : ["arn:${local.partition}:sns:*:${var.account_id}:${var.environment}-security-alerts"]

    condition {
      test     = "StringEquals"
      variable = "sns:Protocol"
      values   = ["sqs"]
    }

    condition {
      test     = "ArnLike"
      variable = "sns:Endpoint"
      values   = ["arn:${local.partition}:sqs:*:${var.account_id}:guardrails-drill-*"]
    }
  }

  # IAM knows no narrower resource for the first, and the second lists by prefix (Service Authorization Reference).
  statement {
    sid       = "TidyUp"
    actions   = ["sns:Unsubscribe", "sqs:ListQueues"]
    resources = ["*"]
  }
}
