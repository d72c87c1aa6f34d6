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
    bucket_name = "prod.tfstate"
  }

  expect_failures = [var.bucket_name]
}

run "refuses_key_that_ends_with_a_slash" {
  command = plan

  variables {
    state_object_key = "guardrails/"
  }

  expect_failures = [var.state_object_key]
}

run "refuses_wildcard_reader" {
  command = plan

  variables {
    reader_arns = ["arn:aws:iam::444444444444:role/*"]
  }

  expect_failures = [var.reader_arns]
}

run "refuses_early_expiration" {
  command = plan

  variables {
    noncurrent_version_days = 7
  }

  expect_failures = [var.noncurrent_version_days]
}

run "refuses_bucket_that_logs_into_itself" {
  command = plan

  variables {
    access_log_bucket_name = "prod-333333333333-guardrails-tfstate"
  }

  expect_failures = [var.access_log_bucket_name]
}

run "refuses_question_marks_outside_the_suffix" {
  command = plan

  variables {
    reader_arns = ["arn:aws:iam::333333333333:role/deploy-????"]
  }

  expect_failures = [var.reader_arns]
}

run "refuses_region_that_identity_center_leaves_out" {
  command = plan

  variables {
    reader_arns = ["arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-1/AWSReservedSSO_Auditor_????????????????"]
  }

  expect_failures = [var.reader_arns]
}
