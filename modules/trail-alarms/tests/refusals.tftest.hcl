# What refuses here is this module's own validations and preconditions, so the provider is mocked: a real one checks
# its own configuration twice per run, which takes longer than the run. The other file of this folder uses the real one.
mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = {
      partition = "aws"
    }
  }
}

variables {
  environment = "prod"
  account_id  = "333333333333"
  region      = "us-east-2"
  breakglass = {
    admin = { role_name = "prod-breakglass-admin", role_arn = "arn:aws:iam::333333333333:role/prod-breakglass-admin" }
  }
  log_group_name         = "/aws/cloudtrail/prod-trail"
  alarm_topic_arns       = ["arn:aws:sns:us-east-2:333333333333:prod-security-alerts"]
  protected_bucket_names = ["prod-333333333333-trail"]
}

run "refuses_an_environment_with_capitals" {
  command = plan

  variables {
    environment = "Prod"
  }

  expect_failures = [var.environment]
}

run "refuses_a_short_account_id" {
  command = plan

  variables {
    account_id = "33333333333"
  }

  expect_failures = [var.account_id]
}

run "refuses_a_region_that_is_none" {
  command = plan

  variables {
    region = "Ohio"
  }

  expect_failures = [var.region]
}

run "refuses_no_role" {
  command = plan

  variables {
    breakglass = {}
  }

  expect_failures = [var.breakglass]
}

run "refuses_a_role_key_with_capitals" {
  command = plan

  variables {
    breakglass = {
      "Admin" = { role_name = "prod-breakglass-admin", role_arn = "arn:aws:iam::333333333333:role/prod-breakglass-admin" }
    }
  }

  expect_failures = [var.breakglass]
}

run "refuses_a_wildcard_role" {
  command = plan

  variables {
    breakglass = {
      "admin" = { role_name = "*", role_arn = "arn:aws:iam::333333333333:role/*" }
    }
  }

  expect_failures = [var.breakglass]
}

run "refuses_a_role_name_that_is_not_the_one_of_the_arn" {
  command = plan

  variables {
    breakglass = {
      "admin" = { role_name = "prod-breakglass", role_arn = "arn:aws:iam::333333333333:role/prod-breakglass-admin" }
    }
  }

  expect_failures = [var.breakglass]
}

run "refuses_a_role_of_another_account" {
  command = plan

  variables {
    breakglass = {
      "admin" = { role_name = "prod-breakglass-admin", role_arn = "arn:aws:iam::222222222222:role/prod-breakglass-admin" }
    }
  }

  expect_failures = [var.breakglass]
}

run "refuses_a_log_group_arn" {
  command = plan

  variables {
    log_group_name = "arn:aws:logs:us-east-2:333333333333:log-group:trail"
  }

  expect_failures = [var.log_group_name]
}

run "refuses_no_topic" {
  command = plan

  variables {
    alarm_topic_arns = []
  }

  expect_failures = [var.alarm_topic_arns]
}

run "refuses_a_fifo_topic" {
  command = plan

  variables {
    alarm_topic_arns = ["arn:aws:sns:us-east-2:333333333333:alerts.fifo"]
  }

  expect_failures = [var.alarm_topic_arns]
}

run "refuses_a_topic_in_another_region" {
  command = plan

  variables {
    alarm_topic_arns = ["arn:aws:sns:us-east-1:333333333333:prod-security-alerts"]
  }

  expect_failures = [var.alarm_topic_arns]
}

run "refuses_the_namespace_of_aws" {
  command = plan

  variables {
    namespace = "AWS/Logs"
  }

  expect_failures = [var.namespace]
}

run "refuses_no_protected_bucket" {
  command = plan

  variables {
    protected_bucket_names = []
  }

  expect_failures = [var.protected_bucket_names]
}

run "refuses_a_bucket_arn" {
  command = plan

  variables {
    protected_bucket_names = ["arn:aws:s3:::prod-333333333333-trail"]
  }

  expect_failures = [var.protected_bucket_names]
}

run "refuses_a_secret_key_with_a_slash" {
  command = plan

  variables {
    secret_arns = { "prod/webhook" = "arn:aws:secretsmanager:us-east-2:333333333333:secret:prod/webhook-token-AbCdEf" }
  }

  expect_failures = [var.secret_arns]
}

run "refuses_a_secret_by_name" {
  command = plan

  variables {
    secret_arns = { webhook = "prod/webhook-token" }
  }

  expect_failures = [var.secret_arns]
}

run "refuses_a_wildcard_reader" {
  command = plan

  variables {
    allowed_secret_readers = ["arn:aws:iam::333333333333:role/*"]
  }

  expect_failures = [var.allowed_secret_readers]
}

run "refuses_break_glass_as_a_usual_reader" {
  command = plan

  variables {
    allowed_secret_readers = ["arn:aws:iam::333333333333:role/prod-breakglass-admin"]
  }

  expect_failures = [var.allowed_secret_readers]
}

run "refuses_a_silence_that_is_no_quarter_of_an_hour" {
  command = plan

  variables {
    max_log_silence_minutes = 20
  }

  expect_failures = [var.max_log_silence_minutes]
}

run "refuses_an_additional_key_with_capitals" {
  command = plan

  variables {
    additional_alarms = {
      "PayrollRead" = { pattern = "{ $.eventName = \"GetObject\" }", description = "Somebody read the payroll.", severity = "high" }
    }
  }

  expect_failures = [var.additional_alarms]
}

run "refuses_to_replace_a_catalogue_entry" {
  command = plan

  variables {
    additional_alarms = {
      "root-use" = { pattern = "{ $.eventName = \"GetObject\" }", description = "Somebody read the payroll.", severity = "high" }
    }
  }

  expect_failures = [var.additional_alarms]
}

run "refuses_to_replace_the_dead_pipeline_alarm" {
  command = plan

  variables {
    additional_alarms = {
      "log-pipeline-silent" = { pattern = "{ $.eventName = \"GetObject\" }", description = "Somebody read the payroll.", severity = "high" }
    }
  }

  expect_failures = [var.additional_alarms]
}

run "refuses_an_unknown_severity" {
  command = plan

  variables {
    additional_alarms = {
      "payroll-read" = { pattern = "{ $.eventName = \"GetObject\" }", description = "Somebody read the payroll.", severity = "urgent" }
    }
  }

  expect_failures = [var.additional_alarms]
}

run "refuses_an_alarm_without_a_description" {
  command = plan

  variables {
    additional_alarms = {
      "payroll-read" = { pattern = "{ $.eventName = \"GetObject\" }", description = "payroll", severity = "high" }
    }
  }

  expect_failures = [var.additional_alarms]
}

run "refuses_a_pattern_without_a_selector" {
  command = plan

  variables {
    additional_alarms = {
      "payroll-read" = { pattern = "GetObject", description = "Somebody read the payroll.", severity = "high" }
    }
  }

  expect_failures = [var.additional_alarms]
}

run "refuses_exists_alone" {
  command = plan

  variables {
    additional_alarms = {
      "payroll-read" = { pattern = "{ $.errorCode EXISTS }", description = "Somebody read the payroll.", severity = "high" }
    }
  }

  expect_failures = [var.additional_alarms]
}

run "refuses_is_not" {
  command = plan

  variables {
    additional_alarms = {
      "payroll-read" = { pattern = "{ $.errorCode IS NOT NULL }", description = "Somebody read the payroll.", severity = "high" }
    }
  }

  expect_failures = [var.additional_alarms]
}

run "refuses_a_pattern_over_the_limit" {
  command = plan

  variables {
    additional_alarms = {
      too-long = {
        pattern     = "{ ($.eventName = \"${join("", [for i in range(1024) : "x"])}\") }"
        description = "A pattern of more than 1024 characters."
        severity    = "low"
      }
    }
  }

  expect_failures = [aws_cloudwatch_log_metric_filter.event]
}

run "refuses_more_readers_than_one_pattern_holds" {
  command = plan

  variables {
    secret_arns            = { webhook-token = "arn:aws:secretsmanager:us-east-2:333333333333:secret:prod/webhook-token-AbCdEf" }
    allowed_secret_readers = [for i in range(20) : "arn:aws:iam::333333333333:role/service-reader-${i}"]
  }

  expect_failures = [aws_cloudwatch_log_metric_filter.event]
}

run "refuses_more_filters_than_a_log_group_holds" {
  command = plan

  variables {
    additional_alarms = {
      for i in range(100) : "further-${i}" => {
        pattern     = "{ $.eventName = \"Further${i}\" }"
        description = "One of a hundred further alarms."
        severity    = "low"
      }
    }
  }

  expect_failures = [output.catalogue]
}
