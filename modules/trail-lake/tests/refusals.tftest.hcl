# Every validation and precondition of the module, each refused once.

# What refuses here is this module's own validations and preconditions, so the provider is mocked: a real one checks
# its own configuration twice per run, which takes longer than the run. The other file of this folder uses the real one.
mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = {
      partition = "aws"
    }
  }

  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
  }
}

variables {
  environment       = "prod"
  account_id        = "333333333333"
  region            = "us-east-2"
  trail_bucket_name = "prod-333333333333-cloudtrail"
  event_regions     = ["us-east-2", "us-east-1"]
  first_day         = "2025/01/01"
}

run "refuses_environment_in_capitals" {
  command = plan

  variables {
    environment = "Prod"
  }

  expect_failures = [var.environment]
}

run "refuses_account_id_that_is_no_account" {
  command = plan

  variables {
    account_id = "33333333333"
  }

  expect_failures = [var.account_id]
}

run "refuses_availability_zone_as_region" {
  command = plan

  variables {
    region = "us-east-2a"
  }

  expect_failures = [var.region]
}

run "refuses_bucket_as_address" {
  command = plan

  variables {
    trail_bucket_name = "s3://bucket"
  }

  expect_failures = [var.trail_bucket_name]
}

run "refuses_prefix_that_ends_with_a_slash" {
  command = plan

  variables {
    trail_key_prefix = "logs/"
  }

  expect_failures = [var.trail_key_prefix]
}

run "refuses_organisation_by_name" {
  command = plan

  variables {
    organization_id = "example"
  }

  expect_failures = [var.organization_id]
}

run "refuses_trail_key_by_alias" {
  command = plan

  variables {
    trail_key_arn = "arn:aws:kms:us-east-2:333333333333:alias/trail"
  }

  expect_failures = [var.trail_key_arn]
}

run "refuses_account_by_name" {
  command = plan

  variables {
    accounts = ["prod"]
  }

  expect_failures = [var.accounts]
}

run "refuses_account_told_twice" {
  command = plan

  variables {
    organization_id = "o-exampleorg1"
    accounts        = ["333333333333", "333333333333"]
  }

  expect_failures = [var.accounts]
}

run "refuses_several_accounts_without_organisation" {
  command = plan

  variables {
    accounts = ["333333333333", "444444444444"]
  }

  expect_failures = [var.accounts]
}

run "refuses_no_event_regions" {
  command = plan

  variables {
    event_regions = []
  }

  expect_failures = [var.event_regions]
}

run "refuses_event_region_told_twice" {
  command = plan

  variables {
    event_regions = ["us-east-1", "us-east-1"]
  }

  expect_failures = [var.event_regions]
}

run "refuses_first_day_with_hyphens" {
  command = plan

  variables {
    first_day = "2025-01-01"
  }

  expect_failures = [var.first_day]
}

run "refuses_limit_below_athenas_least" {
  command = plan

  variables {
    bytes_scanned_limit = 1000000
  }

  expect_failures = [var.bytes_scanned_limit]
}

run "refuses_results_key_by_alias" {
  command = plan

  variables {
    results_key_arn = "arn:aws:kms:us-east-2:333333333333:alias/results"
  }

  expect_failures = [var.results_key_arn]
}

run "refuses_results_bucket_with_a_dot" {
  command = plan

  variables {
    results_bucket_name = "trail.results"
  }

  expect_failures = [var.results_bucket_name]
}

run "refuses_results_in_the_trails_bucket" {
  command = plan

  variables {
    results_bucket_name = "prod-333333333333-cloudtrail"
  }

  expect_failures = [var.results_bucket_name]
}

run "refuses_results_kept_for_a_year" {
  command = plan

  variables {
    results_days = 365
  }

  expect_failures = [var.results_days]
}
