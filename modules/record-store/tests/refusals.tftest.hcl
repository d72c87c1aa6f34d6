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
  environment = "prod"
  account_id  = "333333333333"
  region      = "us-east-2"
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

run "refuses_bucket_name_with_a_dot" {
  command = plan

  variables {
    bucket_name = "prod.records"
  }

  expect_failures = [var.bucket_name]
}

run "refuses_unknown_mode" {
  command = plan

  variables {
    retention_mode = "FOREVER"
  }

  expect_failures = [var.retention_mode]
}

run "refuses_retention_shorter_than_a_quarter" {
  command = plan

  variables {
    retention_days = 30
  }

  expect_failures = [var.retention_days]
}

run "refuses_wildcard_writer" {
  command = plan

  variables {
    writer_arns = ["arn:aws:iam::444444444444:role/*"]
  }

  expect_failures = [var.writer_arns]
}

run "refuses_wildcard_administrator" {
  command = plan

  variables {
    administrator_arns = ["arn:aws:iam::333333333333:role/adm?n"]
  }

  expect_failures = [var.administrator_arns]
}
