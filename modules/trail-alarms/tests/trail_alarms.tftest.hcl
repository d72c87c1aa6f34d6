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
  breakglass = {
    admin   = { role_name = "prod-breakglass-admin", role_arn = "arn:aws:iam::333333333333:role/prod-breakglass-admin" }
    network = { role_name = "prod-breakglass-network", role_arn = "arn:aws:iam::333333333333:role/emergency/prod-breakglass-network" }
  }
  log_group_name         = "/aws/cloudtrail/prod-trail"
  alarm_topic_arns       = ["arn:aws:sns:us-east-2:333333333333:prod-security-alerts"]
  protected_bucket_names = ["prod-333333333333-trail", "prod-333333333333-config"]
  secret_arns            = { webhook-token = "arn:aws:secretsmanager:us-east-2:333333333333:secret:prod/webhook-token-AbCdEf" }
  allowed_secret_readers = [
    "arn:aws:iam::333333333333:role/mw-ingress",
    "arn:aws:iam::333333333333:role/services/mw-worker",
    "arn:aws:iam::333333333333:user/rotator",
  ]
}

run "every_entry_is_one_filter_and_one_alarm_on_it" {
  command = plan

  assert {
    condition = toset(keys(output.catalogue)) == toset([
      "breakglass-assumed-admin", "breakglass-assumed-network", "breakglass-denied-admin", "breakglass-denied-network",
      "breakglass-activity-admin", "breakglass-activity-network", "breakglass-change-admin", "breakglass-change-network",
      "root-use", "console-login-without-mfa", "console-login-failure", "sts-mfa-failure",
      "iam-policy-change", "iam-role-change", "iam-credential-change", "iam-mfa-change", "iam-provider-change",
      "iam-delegation-change", "roles-anywhere-change", "identity-center-assignment-change",
      "identity-center-permission-change", "identity-center-directory-change", "organization-change",
      "analyzer-change", "trail-change", "config-change", "key-change", "secret-change", "secret-read-webhook-token",
      "secret-batch-read", "alarm-change", "log-filter-change", "log-group-change", "topic-change", "event-rule-change",
      "evidence-bucket-change",
    ])
    error_message = "The catalogue is the contract: an entry was lost, renamed or added."
  }

  assert {
    condition = alltrue([
      for key, filter in aws_cloudwatch_log_metric_filter.event :
      filter.log_group_name == "/aws/cloudtrail/prod-trail"
      && filter.metric_transformation[0].value == "1"
      && filter.metric_transformation[0].default_value == "0"
      && length(coalesce(filter.metric_transformation[0].dimensions, {})) == 0
      && filter.metric_transformation[0].name == aws_cloudwatch_metric_alarm.event[key].metric_name
      && filter.metric_transformation[0].namespace == aws_cloudwatch_metric_alarm.event[key].namespace
      && filter.metric_transformation[0].namespace == "BreakGlassGuardrails/prod"
    ])
    error_message = "Every filter must read the trail's log group and feed exactly the metric its alarm watches, with default 0 and no dimensions."
  }

  assert {
    condition = alltrue([
      for key, alarm in aws_cloudwatch_metric_alarm.event :
      alarm.alarm_name == "prod-guardrail-${key}" && alarm.statistic == "Sum" && alarm.period == 60
      && alarm.evaluation_periods == 1 && alarm.datapoints_to_alarm == 1 && alarm.threshold == 1
      && alarm.comparison_operator == "GreaterThanOrEqualToThreshold" && alarm.treat_missing_data == "notBreaching"
      && alarm.actions_enabled && toset(alarm.alarm_actions) == toset(["arn:aws:sns:us-east-2:333333333333:prod-security-alerts"])
    ])
    error_message = "One matching event within one minute must be enough, and must reach the topic."
  }

  assert {
    condition     = startswith(aws_cloudwatch_metric_alarm.event["breakglass-assumed-admin"].alarm_description, "CRITICAL in prod: ")
    error_message = "The text that wakes somebody up starts with the severity and the environment."
  }

  assert {
    condition = (
      output.alarm_arns["root-use"] == "arn:aws:cloudwatch:us-east-2:333333333333:alarm:prod-guardrail-root-use"
      && output.alarm_names["log-pipeline-silent"] == "prod-guardrail-log-pipeline-silent"
      && output.filters["root-use"] == "prod-guardrail-root-use" && output.alarm_name_prefix == "prod-guardrail-"
      && length(output.alarm_names) == length(output.catalogue) + 1
    )
    error_message = "The outputs must name what is built, the dead-pipeline alarm included."
  }
}

run "break_glass_patterns_are_what_cloudwatch_logs_gets" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_metric_filter.event["breakglass-assumed-network"].pattern == "{ ($.eventSource = \"sts.amazonaws.com\") && ($.eventName = \"AssumeRole*\") && (($.requestParameters.roleArn = \"arn:aws:iam::333333333333:role/emergency/prod-breakglass-network\") || ($.responseElements.assumedRoleUser.arn = \"arn:aws:sts::333333333333:assumed-role/prod-breakglass-network/*\")) }"
    error_message = "The role ARN carries the path, the session ARN does not."
  }

  assert {
    condition     = aws_cloudwatch_log_metric_filter.event["breakglass-denied-admin"].pattern == "{ ($.eventSource = \"sts.amazonaws.com\") && ($.eventName = \"AssumeRole*\") && (($.errorMessage = \"*arn:aws:iam::333333333333:role/prod-breakglass-admin*\") || (($.errorCode = \"*\") && ($.requestParameters.roleArn = \"arn:aws:iam::333333333333:role/prod-breakglass-admin\"))) }"
    error_message = "A denied attempt names the role in its error message only."
  }

  assert {
    condition     = aws_cloudwatch_log_metric_filter.event["breakglass-activity-admin"].pattern == "{ ($.userIdentity.sessionContext.sessionIssuer.arn = \"arn:aws:iam::333333333333:role/prod-breakglass-admin\") || ($.userIdentity.arn = \"arn:aws:sts::333333333333:assumed-role/prod-breakglass-admin/*\") }"
    error_message = "Console records have no session context, so activity needs both arms."
  }

  assert {
    condition     = aws_cloudwatch_log_metric_filter.event["secret-read-webhook-token"].pattern == "{ ($.eventSource = \"secretsmanager.amazonaws.com\") && ($.eventName = \"GetSecretValue\") && (($.requestParameters.secretId = \"prod/webhook-token\") || ($.requestParameters.secretId = \"*:secret:prod/webhook-token*\") || ($.errorMessage = \"*prod/webhook-token*\")) && (($.userIdentity.arn NOT EXISTS) || (($.userIdentity.arn != \"arn:aws:sts::333333333333:assumed-role/mw-ingress/*\") && ($.userIdentity.arn != \"arn:aws:sts::333333333333:assumed-role/mw-worker/*\") && ($.userIdentity.arn != \"arn:aws:iam::333333333333:user/rotator\"))) }"
    error_message = "A reader without an ARN in the record is unexpected too, and roles are known by their session ARN."
  }
}

run "patterns_keep_to_the_grammar" {
  command = plan

  assert {
    condition = alltrue([
      for entry in values(output.catalogue) :
      length(regexall("EXISTS", entry.pattern)) == length(regexall("NOT EXISTS", entry.pattern)) && !strcontains(entry.pattern, "IS NOT")
    ])
    error_message = "CloudWatch Logs knows NOT EXISTS only."
  }

  assert {
    condition     = alltrue([for entry in values(output.catalogue) : length(regexall("!?= *[^\" ]", entry.pattern)) == 0])
    error_message = "Every string must be quoted."
  }

  assert {
    condition = alltrue([
      for entry in values(output.catalogue) :
      length(regexall("\\(", entry.pattern)) == length(regexall("\\)", entry.pattern)) && length(entry.pattern) <= 1024
    ])
    error_message = "Parentheses must balance, and 1024 characters is the limit."
  }
}

run "ambiguous_and_silencing_names_are_covered" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for key, names in {
        iam-policy-change = ["PutRolePolicy", "SetDefaultPolicyVersion", "DeletePolicy"]
        iam-role-change   = ["UpdateAssumeRolePolicy", "UpdateRole", "DeleteRolePermissionsBoundary"]
        trail-change      = ["StopLogging", "PutEventSelectors", "PutInsightSelectors"]
        alarm-change      = ["DisableAlarmActions", "DeleteAlarms", "PutMetricAlarm", "PutAlarmMuteRule", "SetAlarmState", "PutCompositeAlarm"]
        log-filter-change = ["DeleteMetricFilter", "PutMetricFilter", "DeleteSubscriptionFilter"]
        log-group-change  = ["DeleteLogGroup", "PutRetentionPolicy"]
        topic-change      = ["SetTopicAttributes", "DeleteTopic", "Unsubscribe", "RemovePermission"]
        event-rule-change = ["DisableRule", "DeleteRule", "RemoveTargets", "PutRule", "PutTargets"]
        key-change        = ["DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy"]
        secret-change     = ["PutResourcePolicy", "DeleteSecret"]
      } : [for name in names : strcontains(output.catalogue[key].pattern, "($.eventName = \"${name}\")")]
    ]))
    error_message = "A name by which somebody silences or widens something is missing."
  }

  assert {
    condition = (
      startswith(output.catalogue["iam-policy-change"].pattern, "{ ($.eventSource = \"iam.amazonaws.com\") && (")
      && startswith(output.catalogue["organization-change"].pattern, "{ ($.eventSource = \"organizations.amazonaws.com\") && (")
    )
    error_message = "DeletePolicy exists in IAM and in Organizations: only the event source tells them apart."
  }

  assert {
    condition     = strcontains(output.catalogue["alarm-change"].pattern, "(($.eventName = \"PutMetricAlarm\")) && (($.requestParameters.alarmName = \"prod-guardrail-*\") || ($.requestParameters.alarmName NOT EXISTS))")
    error_message = "Autoscaling redefines its alarms all day: PutMetricAlarm counts for our names, or when none is recorded."
  }
}

run "a_dead_pipeline_is_not_silent" {
  command = plan

  variables {
    max_log_silence_minutes = 90
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.pipeline_silent.metric_name == "IncomingLogEvents"
      && aws_cloudwatch_metric_alarm.pipeline_silent.namespace == "AWS/Logs"
      && aws_cloudwatch_metric_alarm.pipeline_silent.dimensions == tomap({ LogGroupName = "/aws/cloudtrail/prod-trail" })
      && aws_cloudwatch_metric_alarm.pipeline_silent.comparison_operator == "LessThanThreshold"
      && aws_cloudwatch_metric_alarm.pipeline_silent.treat_missing_data == "breaching"
      && aws_cloudwatch_metric_alarm.pipeline_silent.period == 900
      && aws_cloudwatch_metric_alarm.pipeline_silent.evaluation_periods == 6
      && aws_cloudwatch_metric_alarm.pipeline_silent.datapoints_to_alarm == 6
      && length(aws_cloudwatch_metric_alarm.pipeline_silent.alarm_actions) == 1
    )
    error_message = "Ninety minutes without an event, or without the metric, must raise the alarm."
  }
}

run "further_alarms_join_the_catalogue" {
  command = plan

  variables {
    namespace   = "Payroll"
    secret_arns = {}
    additional_alarms = {
      payroll-read = {
        pattern     = "{ ($.eventSource = \"s3.amazonaws.com\") && ($.requestParameters.bucketName = \"payroll\") }"
        description = "Somebody touched the payroll bucket."
        severity    = "medium"
      }
    }
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.event["payroll-read"].alarm_description == "MEDIUM in prod: Somebody touched the payroll bucket."
      && aws_cloudwatch_metric_alarm.event["payroll-read"].namespace == "Payroll"
    )
    error_message = "An additional alarm is built like the others."
  }

  assert {
    condition     = length([for key in keys(output.catalogue) : key if startswith(key, "secret-read-") || key == "secret-batch-read"]) == 0
    error_message = "Without named secrets nothing watches reads."
  }
}

run "without_usual_readers_every_read_counts" {
  command = plan

  variables {
    allowed_secret_readers = []
  }

  assert {
    condition     = !strcontains(output.catalogue["secret-read-webhook-token"].pattern, "userIdentity") && !strcontains(output.catalogue["secret-batch-read"].pattern, "userIdentity")
    error_message = "No reader was declared usual, so the pattern must not ask who it was."
  }
}
