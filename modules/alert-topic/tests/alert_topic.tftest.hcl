provider "aws" {
  region                      = "us-east-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

variables {
  environment = "prod"
  account_id  = "333333333333"
  region      = "us-east-2"
  subscriptions = {
    primary = { protocol = "email", endpoint = "owner@example.com" }
    backup  = { protocol = "sms", endpoint = "+15555550123" }
  }
}

run "both_publishers_reach_both_people" {
  command = plan

  assert {
    condition     = output.topic_arn == "arn:aws:sns:us-east-2:333333333333:prod-security-alerts" && aws_sns_topic.alerts.name == "prod-security-alerts"
    error_message = "The ARN must be the one AWS will give the topic, known at plan time."
  }

  assert {
    condition = alltrue([
      for service in ["cloudwatch.amazonaws.com", "events.amazonaws.com"] : anytrue([
        for s in jsondecode(aws_sns_topic_policy.alerts.policy).Statement :
        s.Effect == "Allow" && contains(flatten([lookup(s.Principal, "Service", [])]), service) && s.Action == "sns:Publish" && s.Resource == output.topic_arn
      ])
    ])
    error_message = "The topic policy must let CloudWatch and EventBridge publish."
  }

  assert {
    condition = alltrue([
      for service in ["cloudwatch.amazonaws.com", "events.amazonaws.com"] : anytrue([
        for s in jsondecode(aws_kms_key.topic.policy).Statement :
        contains(flatten([lookup(s.Principal, "Service", [])]), service) && toset(flatten([s.Action])) == toset(["kms:Decrypt", "kms:GenerateDataKey*"]) && !can(s.Condition)
      ])
    ])
    error_message = "The key policy must let CloudWatch and EventBridge encrypt, without a condition that EventBridge cannot meet."
  }

  assert {
    condition = alltrue([
      for s in jsondecode(aws_sns_topic_policy.alerts.policy).Statement :
      !can(s.Condition) if contains(flatten([lookup(s.Principal, "Service", [])]), "events.amazonaws.com")
    ])
    error_message = "EventBridge supports no Condition in a topic policy."
  }

  assert {
    condition = anytrue([
      for s in jsondecode(aws_sns_topic_policy.alerts.policy).Statement :
      lookup(s.Principal, "AWS", "") == "arn:aws:iam::333333333333:root" && contains(flatten([s.Action]), "sns:Subscribe")
    ])
    error_message = "The account must keep the owner's rights over its topic."
  }

  assert {
    condition = alltrue([
      for s in concat(jsondecode(aws_sns_topic_policy.alerts.policy).Statement, jsondecode(aws_kms_key.topic.policy).Statement) :
      can(keys(s.Principal))
    ])
    error_message = "No statement may name everybody."
  }

  assert {
    condition     = aws_kms_key.topic.enable_key_rotation && aws_kms_alias.topic.name == "alias/prod-security-alerts"
    error_message = "The key must rotate and carry the alias that the boundary of the break-glass role names."
  }

  assert {
    condition     = { for key, s in aws_sns_topic_subscription.person : key => "${s.protocol}:${s.endpoint}" } == { primary = "email:owner@example.com", backup = "sms:+15555550123" }
    error_message = "Everybody in subscriptions must be subscribed."
  }
}

run "every_protocol_is_accepted" {
  command = plan

  variables {
    name = "pager"
    subscriptions = {
      person   = { protocol = "email", endpoint = "first.last+aws@example.co.uk" }
      machine  = { protocol = "email-json", endpoint = "alerts@example.com" }
      phone    = { protocol = "sms", endpoint = "+441632960123" }
      webhook  = { protocol = "https", endpoint = "https://events.example.com/sns" }
      queue    = { protocol = "sqs", endpoint = "arn:aws:sqs:us-east-2:333333333333:alerts" }
      function = { protocol = "lambda", endpoint = "arn:aws:lambda:us-east-2:333333333333:function:page-on-call" }
    }
  }

  assert {
    condition     = length(aws_sns_topic_subscription.person) == 6 && output.topic_name == "pager" && output.key_alias == "alias/pager"
    error_message = "Six subscriptions and the chosen name were asked for."
  }
}

run "one_subscriber_is_accepted_in_writing" {
  command = plan

  variables {
    subscriptions                  = { queue = { protocol = "sqs", endpoint = "arn:aws:sqs:us-east-2:333333333333:pager" } }
    allow_single_subscriber_reason = "The queue feeds the on-call system, which pages two people."
  }

  assert {
    condition     = length(aws_sns_topic_subscription.person) == 1
    error_message = "One subscription was asked for, with a reason."
  }
}
