provider "aws" {
  region                      = "us-east-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

provider "aws" {
  alias                       = "second"
  region                      = "us-east-1"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

variables {
  environment = "prod"
  account_id  = "333333333333"
  home_region = "us-east-2"

  breakglass = {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary"
      backup  = "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-backup"
    }
    operator = {
      secret_name_patterns = ["prod/mw/*"]
    }
  }

  subscriptions = {
    primary = { protocol = "email", endpoint = "alex.primary@example.com" }
    backup  = { protocol = "sms", endpoint = "+15555550100" }
  }

  ci = { subjects = ["repo:example-org/iam-guardrails:pull_request"] }
}

# The example of the README.
run "example" {
  command = plan

  assert {
    condition = alltrue(concat(
      [for alarm in values(output.contract.alarms) : startswith(alarm.name, "prod-guardrail-")],
      [for rule in flatten(values(output.contract.event_rules)) : startswith(rule.name, "prod-guardrail-event-")],
    ))
    error_message = "Every alarm and event rule must carry the prefix that the role's boundary protects."
  }

  assert {
    condition     = output.contract.breakglass.role_arn == "arn:aws:iam::333333333333:role/prod-breakglass-admin" && output.contract.breakglass.boundary_arn == "arn:aws:iam::333333333333:policy/prod-breakglass-boundary"
    error_message = "The contract must name the role and its boundary."
  }

  assert {
    condition = output.contract.topics == {
      us-east-1 = "arn:aws:sns:us-east-1:333333333333:prod-security-alerts"
      us-east-2 = "arn:aws:sns:us-east-2:333333333333:prod-security-alerts"
    }
    error_message = "Each Region needs its own topic."
  }

  assert {
    condition     = length(output.contract.event_rules["us-east-1"]) > 0 && length(output.contract.event_rules["us-east-1"]) == length(output.contract.event_rules["us-east-2"])
    error_message = "Both Regions need the same event rules."
  }

  assert {
    condition     = alltrue([for rule in output.contract.event_rules["us-east-1"] : startswith(rule.arn, "arn:aws:events:us-east-1:333333333333:rule/prod-guardrail-event-")])
    error_message = "The rules of the second Region must stand there, under the prefix that the boundary protects."
  }

  assert {
    condition     = alltrue([for alarm in values(output.contract.alarms) : startswith(alarm.name, "prod-guardrail-") && contains(["critical", "high", "medium", "low"], alarm.severity)])
    error_message = "Every alarm must stand under the prefix that the boundary protects and carry a severity."
  }

  assert {
    condition     = output.contract.trail.log_group_name == "/aws/cloudtrail/prod-trail" && output.contract.trail.bucket_name == "prod-333333333333-trail-logs"
    error_message = "The trail must be built under its usual names."
  }

  assert {
    condition     = length(output.contract.config.rule_names) > 0 && output.contract.config.bucket_name == "prod-333333333333-config-us-east-2"
    error_message = "AWS Config must record and judge."
  }

  assert {
    condition     = length(output.contract.analyzers["us-east-1"]) == 1 && length(output.contract.analyzers["us-east-2"]) == 2
    error_message = "External access is analysed in both Regions, unused access once."
  }

  assert {
    condition     = output.contract.harness_roles.plan == "arn:aws:iam::333333333333:role/prod-guardrails-plan"
    error_message = "The CI role must be in the contract."
  }

  assert {
    condition     = jsondecode(output.owner_identity_policy_json).Statement[0].Resource == "arn:aws:iam::333333333333:role/prod-breakglass-admin"
    error_message = "The owners' policy must name the role."
  }
}

run "an_adopted_trail_is_watched_and_protected" {
  command = plan

  variables {
    trail = {
      create   = false
      existing = { trail_name = "company-trail", log_group_name = "company/trail", bucket_name = "company-trail-logs" }
    }
    config = {
      create_recorder        = false
      existing_recorder_name = "default"
    }
  }

  assert {
    condition     = output.contract.trail.name == "company-trail" && !output.contract.trail.created
    error_message = "The contract must name the adopted trail."
  }

  assert {
    condition     = output.contract.config.bucket_name == null && output.contract.config.recorder_name == "default"
    error_message = "An adopted recorder brings its own bucket."
  }
}

run "one_kind_of_endpoint_with_a_written_reason" {
  command = plan

  variables {
    subscriptions                  = { oncall = { protocol = "email", endpoint = "oncall@example.com" } }
    allow_single_subscriber_reason = "A sandbox account that one person plays with."
  }

  assert {
    condition     = length(output.contract.subscriptions["us-east-1"]) == 1
    error_message = "A written reason makes one subscriber enough."
  }
}
