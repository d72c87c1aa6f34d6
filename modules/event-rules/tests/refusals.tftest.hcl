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
  topic_arn = "arn:aws:sns:us-east-2:333333333333:prod-security-alerts"
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

run "refuses_a_fifo_topic" {
  command = plan

  variables {
    topic_arn = "arn:aws:sns:us-east-2:333333333333:alerts.fifo"
  }

  expect_failures = [var.topic_arn]
}

run "refuses_a_topic_in_another_region" {
  command = plan

  variables {
    topic_arn = "arn:aws:sns:us-east-1:333333333333:prod-security-alerts"
  }

  expect_failures = [var.topic_arn]
}

run "refuses_an_aws_managed_policy" {
  command = plan

  variables {
    protected_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]
  }

  expect_failures = [var.protected_policy_arns]
}

run "refuses_an_owner_by_arn" {
  command = plan

  variables {
    owner_user_names = ["arn:aws:iam::333333333333:user/alice"]
  }

  expect_failures = [var.owner_user_names]
}

run "refuses_a_log_group_arn" {
  command = plan

  variables {
    log_group_name = "arn:aws:logs:us-east-2:333333333333:log-group:trail"
  }

  expect_failures = [var.log_group_name]
}

run "refuses_a_dead_letter_queue_in_another_region" {
  command = plan

  variables {
    dead_letter_queue_arn = "arn:aws:sqs:us-east-1:333333333333:undelivered"
  }

  expect_failures = [var.dead_letter_queue_arn]
}

run "refuses_a_pattern_over_the_limit" {
  command = plan

  variables {
    owner_user_names = [for i in range(200) : "owner-with-a-long-user-name-${i}"]
  }

  expect_failures = [aws_cloudwatch_event_rule.event]
}
