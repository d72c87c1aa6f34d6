locals {
  key_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountAdministersKey"
        Effect    = "Allow"
        Principal = { AWS = local.owner_arn }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        # No Condition: the request that EventBridge makes carries none of the source keys, and a message
        # refused by the key is lost without a trace. Who may publish is settled by the topic policy.
        Sid       = "PublishersEncrypt"
        Effect    = "Allow"
        Principal = { Service = ["cloudwatch.amazonaws.com", "events.amazonaws.com"] }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        Resource  = "*"
      },
    ]
  }

  topic_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        # The rights SNS gives the owner by default; a policy of one's own would otherwise drop them.
        Sid       = "AccountOwnsTopic"
        Effect    = "Allow"
        Principal = { AWS = local.owner_arn }
        Action = [
          "sns:AddPermission",
          "sns:DeleteTopic",
          "sns:GetTopicAttributes",
          "sns:ListSubscriptionsByTopic",
          "sns:Publish",
          "sns:RemovePermission",
          "sns:SetTopicAttributes",
          "sns:Subscribe",
        ]
        Resource = local.topic_arn
      },
      {
        Sid       = "AlarmsPublish"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = local.topic_arn
        Condition = {
          ArnLike      = { "aws:SourceArn" = local.alarm_arns }
          StringEquals = { "aws:SourceAccount" = var.account_id }
        }
      },
      {
        # No Condition: EventBridge does not support Condition blocks in a topic policy
        # (EventBridge User Guide: eb-use-resource-based).
        Sid       = "EventRulesPublish"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = local.topic_arn
      },
    ]
  }
}
