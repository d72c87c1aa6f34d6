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
  subscriptions = {
    primary = { protocol = "email", endpoint = "owner@example.com" }
    backup  = { protocol = "sms", endpoint = "+15555550123" }
  }
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

run "refuses_a_fifo_topic" {
  command = plan

  variables {
    name = "alerts.fifo"
  }

  expect_failures = [var.name]
}

run "refuses_no_subscriber" {
  command = plan

  variables {
    subscriptions = {}
  }

  expect_failures = [var.subscriptions]
}

run "refuses_one_endpoint_without_a_reason" {
  command = plan

  variables {
    subscriptions = {
      primary = { protocol = "email", endpoint = "owner@example.com" }
    }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_the_same_endpoint_twice" {
  command = plan

  variables {
    subscriptions = {
      first  = { protocol = "email", endpoint = "owner@example.com" }
      second = { protocol = "email-json", endpoint = "Owner@Example.com" }
    }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_an_unencrypted_protocol" {
  command = plan

  variables {
    subscriptions = {
      first  = { protocol = "email", endpoint = "owner@example.com" }
      second = { protocol = "http", endpoint = "http://example.com/hook" }
    }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_an_email_without_a_domain" {
  command = plan

  variables {
    subscriptions = {
      first  = { protocol = "email", endpoint = "owner@example.com" }
      second = { protocol = "email", endpoint = "owner" }
    }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_a_national_telephone_number" {
  command = plan

  variables {
    subscriptions = {
      first  = { protocol = "email", endpoint = "owner@example.com" }
      second = { protocol = "sms", endpoint = "05555550123" }
    }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_https_to_an_http_url" {
  command = plan

  variables {
    subscriptions = {
      first  = { protocol = "email", endpoint = "owner@example.com" }
      second = { protocol = "https", endpoint = "http://example.com/hook" }
    }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_a_queue_url" {
  command = plan

  variables {
    subscriptions = {
      first  = { protocol = "email", endpoint = "owner@example.com" }
      second = { protocol = "sqs", endpoint = "https://sqs.us-east-2.amazonaws.com/333333333333/alerts" }
    }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_a_function_name" {
  command = plan

  variables {
    subscriptions = {
      first  = { protocol = "email", endpoint = "owner@example.com" }
      second = { protocol = "lambda", endpoint = "page-on-call" }
    }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_a_reason_that_explains_nothing" {
  command = plan

  variables {
    allow_single_subscriber_reason = "ok"
  }

  expect_failures = [var.allow_single_subscriber_reason]
}
