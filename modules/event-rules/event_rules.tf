data "aws_partition" "current" {}

locals {
  name_prefix     = "${var.environment}-guardrail-event-"
  rule_arn_prefix = "arn:${data.aws_partition.current.partition}:events:${var.region}:${var.account_id}:rule/"

  rules = merge(local.session_rules, local.identity_rules, local.silencer_rules)

  # What the template below may name. A path the event lacks is left out of the message. The user agent is not
  # here on purpose: the caller writes it freely, and a quotation mark in it could break the message.
  input_paths = {
    account         = "$.account"
    region          = "$.detail.awsRegion"
    time            = "$.detail.eventTime"
    event           = "$.detail.eventName"
    service         = "$.detail.eventSource"
    address         = "$.detail.sourceIPAddress"
    error           = "$.detail.errorCode"
    actor           = "$.detail.userIdentity.arn"
    actor_type      = "$.detail.userIdentity.type"
    actor_id        = "$.detail.userIdentity.principalId"
    actor_account   = "$.detail.userIdentity.accountId"
    session_source  = "$.detail.userIdentity.sessionContext.sourceIdentity"
    incident        = "$.detail.requestParameters.sourceIdentity"
    role            = "$.detail.requestParameters.roleArn"
    request_session = "$.detail.requestParameters.roleSessionName"
    record          = "$.detail.eventID"
  }
}

resource "aws_cloudwatch_event_rule" "event" {
  for_each = local.rules

  name          = "${local.name_prefix}${each.key}"
  description   = each.value.description
  event_pattern = jsonencode(each.value.pattern)

  # In the state ENABLED a rule never sees a read-only event, and AssumeRole is one
  # (EventBridge User Guide: eb-service-event-cloudtrail-management).
  state = each.value.read_only_events ? "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" : "ENABLED"

  lifecycle {
    precondition {
      condition     = length(jsonencode(each.value.pattern)) <= 4096
      error_message = "The pattern of ${each.key} has ${length(jsonencode(each.value.pattern))} characters, but EventBridge accepts 4096: watch fewer roles, policies or users with one instance."
    }
  }
}

resource "aws_cloudwatch_event_target" "topic" {
  for_each = local.rules

  rule      = aws_cloudwatch_event_rule.event[each.key].name
  target_id = "security-alerts"
  arn       = var.topic_arn

  # The template is written out, because jsonencode would escape the angle brackets of its variables.
  input_transformer {
    input_paths    = local.input_paths
    input_template = "\"${upper(each.value.severity)} in ${var.environment}: ${each.value.description} Who: <actor> (<actor_type> <actor_id> of account <actor_account>, source identity <session_source>). What: <event> on <service>, role <role>, session <request_session>, incident <incident>, error <error>. When: <time>. From: <address>. Region: <region>. Account: <account>. CloudTrail record: <record>.\""
  }

  dynamic "dead_letter_config" {
    for_each = var.dead_letter_queue_arn == null ? [] : [var.dead_letter_queue_arn]

    content {
      arn = dead_letter_config.value
    }
  }
}
