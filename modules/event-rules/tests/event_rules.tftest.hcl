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
  topic_arn   = "arn:aws:sns:us-east-2:333333333333:prod-security-alerts"
  breakglass = {
    admin   = { role_name = "prod-breakglass-admin", role_arn = "arn:aws:iam::333333333333:role/prod-breakglass-admin" }
    network = { role_name = "prod-breakglass-network", role_arn = "arn:aws:iam::333333333333:role/emergency/prod-breakglass-network" }
  }
  protected_policy_arns = ["arn:aws:iam::333333333333:policy/prod-breakglass-boundary"]
  owner_user_names      = ["alice", "bob"]
}

run "every_rule_tells_the_topic_in_one_sentence" {
  command = plan

  assert {
    condition = toset(keys(output.rule_names)) == toset([
      "breakglass-assumed", "breakglass-denied", "breakglass-console", "breakglass-change", "root-use", "trail-change",
      "alarm-change", "log-change", "topic-change", "event-rule-change", "key-change", "config-change",
    ])
    error_message = "The set of rules is the contract: a rule was lost, renamed or added."
  }

  assert {
    condition = alltrue([
      for key, rule in aws_cloudwatch_event_rule.event :
      rule.name == "prod-guardrail-event-${key}" && length(rule.event_pattern) <= 4096
      && aws_cloudwatch_event_target.topic[key].rule == rule.name
      && aws_cloudwatch_event_target.topic[key].arn == "arn:aws:sns:us-east-2:333333333333:prod-security-alerts"
      && length(aws_cloudwatch_event_target.topic[key].dead_letter_config) == 0
    ])
    error_message = "Every rule must publish to the topic of this Region."
  }

  assert {
    condition = alltrue([
      for target in values(aws_cloudwatch_event_target.topic) :
      can(jsondecode(target.input_transformer[0].input_template)) && length(target.input_transformer[0].input_template) <= 8192
      && toset(flatten(regexall("<([a-z_]+)>", target.input_transformer[0].input_template))) == toset(keys(target.input_transformer[0].input_paths))
    ])
    error_message = "The template must be one JSON string that uses each variable it defines and no other."
  }

  assert {
    condition     = startswith(aws_cloudwatch_event_target.topic["breakglass-assumed"].input_transformer[0].input_template, "\"CRITICAL in prod: A break-glass role was assumed")
    error_message = "The message starts with the severity, the environment and what happened."
  }

  assert {
    condition = (
      output.rule_arns["root-use"] == "arn:aws:events:us-east-2:333333333333:rule/prod-guardrail-event-root-use"
      && output.rule_name_prefix == "prod-guardrail-event-" && output.rules["root-use"].state == "ENABLED"
    )
    error_message = "The outputs must name what is built."
  }
}

run "read_only_events_need_their_own_state" {
  command = plan

  assert {
    condition = alltrue([
      for key, rule in aws_cloudwatch_event_rule.event :
      rule.state == (contains(["breakglass-assumed", "breakglass-denied", "breakglass-console"], key) ? "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" : "ENABLED")
    ])
    error_message = "AssumeRole and the console's OAuth calls are read-only events, which a rule in the state ENABLED never sees."
  }
}

run "patterns_are_what_eventbridge_gets" {
  command = plan

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.event["breakglass-assumed"].event_pattern) == {
      source      = ["aws.sts"]
      detail-type = ["AWS API Call via CloudTrail"]
      detail = {
        eventSource = ["sts.amazonaws.com"]
        eventName   = [{ prefix = "AssumeRole" }]
        "$or" = [
          { requestParameters = { roleArn = ["arn:aws:iam::333333333333:role/prod-breakglass-admin", "arn:aws:iam::333333333333:role/emergency/prod-breakglass-network"] } },
          { responseElements = { assumedRoleUser = { arn = [{ prefix = "arn:aws:sts::333333333333:assumed-role/prod-breakglass-admin/" }, { prefix = "arn:aws:sts::333333333333:assumed-role/prod-breakglass-network/" }] } } },
          { resources = { ARN = ["arn:aws:iam::333333333333:role/prod-breakglass-admin", "arn:aws:iam::333333333333:role/emergency/prod-breakglass-network"] } },
        ]
      }
    }
    error_message = "A use is known by the request, by the answer or by the resource of the record."
  }

  assert {
    condition     = contains(jsondecode(aws_cloudwatch_event_rule.event["breakglass-console"].event_pattern)["detail-type"], "AWS Console Sign In via CloudTrail")
    error_message = "Console records arrive under their own detail type, spelt in three words."
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.event["breakglass-denied"].event_pattern).detail.errorMessage[1] == { wildcard = "*arn:aws:iam::333333333333:role/emergency/prod-breakglass-network*" }
    error_message = "A denied attempt names the role in its error message only."
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_event_rule.event["breakglass-change"].event_pattern).detail["$or"]) == 3
    error_message = "The roles, their policies and their owners are guarded."
  }
}

run "or_is_written_only_with_two_alternatives" {
  command = plan

  variables {
    protected_policy_arns = []
    owner_user_names      = []
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.event["breakglass-change"].event_pattern).detail.requestParameters == { roleName = ["prod-breakglass-admin", "prod-breakglass-network"] }
    error_message = "With the roles alone the pattern names them directly."
  }

  assert {
    condition = alltrue([
      for rule in values(aws_cloudwatch_event_rule.event) :
      length(try(jsondecode(rule.event_pattern).detail["$or"], ["absent", "absent"])) >= 2
    ])
    error_message = "EventBridge takes an $or with one alternative for a field name, and the rule never matches."
  }
}

run "second_region_with_a_dead_letter_queue" {
  command = plan

  variables {
    region                = "us-east-1"
    topic_arn             = "arn:aws:sns:us-east-1:333333333333:prod-security-alerts"
    dead_letter_queue_arn = "arn:aws:sqs:us-east-1:333333333333:undelivered-alerts"
    log_group_name        = "central-trail"
  }

  assert {
    condition     = alltrue([for target in values(aws_cloudwatch_event_target.topic) : target.dead_letter_config[0].arn == "arn:aws:sqs:us-east-1:333333333333:undelivered-alerts"])
    error_message = "Events the topic did not take go to the queue."
  }

  assert {
    condition     = output.rule_arns["root-use"] == "arn:aws:events:us-east-1:333333333333:rule/prod-guardrail-event-root-use" && strcontains(output.rules["log-change"].pattern, "\"central-trail\"")
    error_message = "The instance belongs to the other Region and guards the log group it was told."
  }
}
