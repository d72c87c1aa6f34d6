# Who makes the guardrails blind or mute: one rule per service. Everyday calls (`own_events`) are reported only when
# the record names something whose name starts with the prefix of this environment's guardrails, or names nothing.
locals {
  log_group_name = coalesce(var.log_group_name, "/aws/cloudtrail/${var.environment}-trail")
  own_prefix     = "${var.environment}-guardrail-"
  own_name       = [{ prefix = local.own_prefix }]

  silencers = {
    trail-change = {
      source      = "cloudtrail"
      description = "CloudTrail was stopped, deleted or told to record less."
      events = [
        "CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors",
        "PutInsightSelectors", "PutEventConfiguration", "DeleteEventDataStore", "StopEventDataStoreIngestion",
        "PutResourcePolicy", "DeleteResourcePolicy",
      ]
      own = []
    }
    alarm-change = {
      source      = "monitoring"
      description = "An alarm was deleted, disabled, muted, forced into another state or redefined."
      events = [
        "DeleteAlarms", "DisableAlarmActions", "SetAlarmState", "PutAlarmMuteRule", "DeleteAlarmMuteRule", "PutCompositeAlarm",
      ]
      own = [
        { eventName = ["PutMetricAlarm"], requestParameters = { alarmName = local.own_name } },
        { eventName = ["PutMetricAlarm"], requestParameters = { alarmName = [{ exists = false }] } },
      ]
    }
    log-change = {
      source      = "logs"
      description = "A metric filter, the trail's log group, or the account's log policies were changed."
      events = [
        "DeleteMetricFilter", "PutAccountPolicy", "DeleteAccountPolicy", "PutResourcePolicy", "DeleteResourcePolicy",
        "PutDataProtectionPolicy", "DeleteDataProtectionPolicy", "PutTransformer", "DeleteTransformer",
        "DisassociateKmsKey", "PutLogGroupDeletionProtection",
      ]
      own = [
        {
          eventName = [
            "PutMetricFilter", "DeleteLogGroup", "DeleteLogStream", "PutRetentionPolicy", "DeleteRetentionPolicy",
            "AssociateKmsKey",
          ]
          requestParameters = { logGroupName = [local.log_group_name, { exists = false }] }
        },
      ]
    }
    topic-change = {
      source      = "sns"
      description = "An SNS topic, its policy or its subscriptions were changed: somebody may no longer be told."
      events = [
        "SetTopicAttributes", "DeleteTopic", "AddPermission", "RemovePermission", "PutDataProtectionPolicy", "Subscribe",
        "Unsubscribe", "ConfirmSubscription", "SetSubscriptionAttributes", "SetSMSAttributes",
      ]
      own = []
    }
    event-rule-change = {
      source      = "events"
      description = "An event rule was disabled, deleted, emptied of its targets or redefined."
      events      = ["DisableRule", "DeleteRule", "RemoveTargets", "DeleteEventBus"]
      own = [
        { eventName = ["PutRule"], requestParameters = { name = concat(local.own_name, [{ exists = false }]) } },
        { eventName = ["PutTargets"], requestParameters = { rule = concat(local.own_name, [{ exists = false }]) } },
      ]
    }
    key-change = {
      source      = "kms"
      description = "A KMS key was disabled, scheduled for deletion or given another policy; the topic, the trail and the secrets depend on theirs."
      events = [
        "DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy", "DisableKeyRotation", "DeleteAlias", "UpdateAlias",
        "DeleteImportedKeyMaterial",
      ]
      own = []
    }
    config-change = {
      source      = "config"
      description = "AWS Config was stopped or changed."
      events = [
        "StopConfigurationRecorder", "DeleteConfigurationRecorder", "PutConfigurationRecorder", "DeleteDeliveryChannel",
        "PutDeliveryChannel", "DeleteConfigRule", "DeleteConformancePack", "PutRetentionConfiguration",
        "DeleteRetentionConfiguration", "DeleteEvaluationResults", "DeleteServiceLinkedConfigurationRecorder",
        "DisassociateResourceTypes",
      ]
      own = []
    }
  }

  # Matched by the record's eventSource alone, so nothing hangs on how EventBridge names the source. "$or" is an
  # operator only with two alternatives or more; with one, EventBridge takes it for a field name.
  silencer_rules = {
    for key, family in local.silencers : key => {
      severity         = "critical"
      description      = family.description
      read_only_events = false
      pattern = {
        detail-type = [local.api_call]
        detail = {
          for field, value in {
            eventSource = ["${family.source}.amazonaws.com"]
            eventName   = family.events
            "$or"       = concat([{ eventName = family.events }], family.own)
          } : field => value if !contains(length(family.own) > 0 ? ["eventName"] : ["$or"], field)
        }
      }
    }
  }
}
