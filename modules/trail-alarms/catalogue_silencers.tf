# Who makes the guardrails themselves blind or mute: alarms, filters, log group, topic and event rules.
locals {
  own_alarm     = "($.requestParameters.alarmName = \"${local.name_prefix}*\") || ($.requestParameters.alarmName NOT EXISTS)"
  own_log_group = "($.requestParameters.logGroupName = \"${var.log_group_name}\") || ($.requestParameters.logGroupName NOT EXISTS)"
  own_rule      = "($.requestParameters.name = \"${local.name_prefix}*\") || ($.requestParameters.rule = \"${local.name_prefix}*\") || (($.requestParameters.name NOT EXISTS) && ($.requestParameters.rule NOT EXISTS))"

  silencers = {
    alarm-change = {
      severity    = "critical"
      description = "An alarm was deleted, disabled, muted, forced into another state or redefined."
      source      = "monitoring.amazonaws.com"
      events = [
        "DeleteAlarms", "DisableAlarmActions", "SetAlarmState", "PutAlarmMuteRule", "DeleteAlarmMuteRule",
        "PutCompositeAlarm",
      ]
      own_events = ["PutMetricAlarm"]
      own        = local.own_alarm
    }
    log-filter-change = {
      severity    = "critical"
      description = "A filter of the trail's log group was changed, or its events are masked or transformed before the filters see them."
      source      = "logs.amazonaws.com"
      events      = ["PutAccountPolicy", "DeleteAccountPolicy"]
      own_events = [
        "PutMetricFilter", "DeleteMetricFilter", "PutSubscriptionFilter", "DeleteSubscriptionFilter",
        "PutDataProtectionPolicy", "DeleteDataProtectionPolicy", "PutTransformer", "DeleteTransformer",
      ]
      own = local.own_log_group
    }
    log-group-change = {
      severity    = "critical"
      description = "The trail's log group or its streams were deleted, or its retention, key or access was changed."
      source      = "logs.amazonaws.com"
      events      = ["PutResourcePolicy", "DeleteResourcePolicy"]
      own_events = [
        "DeleteLogGroup", "DeleteLogStream", "PutRetentionPolicy", "DeleteRetentionPolicy", "AssociateKmsKey",
        "DisassociateKmsKey", "PutLogGroupDeletionProtection",
      ]
      own = local.own_log_group
    }
    topic-change = {
      severity    = "critical"
      description = "An SNS topic, its policy or its subscriptions were changed: somebody may no longer be told."
      source      = "sns.amazonaws.com"
      events = [
        "SetTopicAttributes", "DeleteTopic", "AddPermission", "RemovePermission", "PutDataProtectionPolicy", "Subscribe",
        "Unsubscribe", "ConfirmSubscription", "SetSubscriptionAttributes", "SetSMSAttributes",
      ]
    }
    event-rule-change = {
      severity    = "critical"
      description = "An event rule was disabled, deleted, emptied of its targets or redefined."
      source      = "events.amazonaws.com"
      events      = ["DisableRule", "DeleteRule", "RemoveTargets", "DeleteEventBus"]
      own_events  = ["PutRule", "PutTargets"]
      own         = local.own_rule
    }
  }
}
