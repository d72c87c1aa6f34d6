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

run "refuses_adoption_without_names" {
  command = plan

  variables {
    create_trail = false
  }

  expect_failures = [var.existing]
}

run "refuses_names_beside_a_built_trail" {
  command = plan

  variables {
    existing = {
      trail_name     = "company-trail"
      log_group_name = "company-trail-events"
      bucket_name    = "company-trail-logs"
    }
  }

  expect_failures = [var.existing]
}

run "refuses_trail_of_the_management_account" {
  command = plan

  variables {
    create_trail = false
    existing = {
      trail_name     = "company-trail"
      log_group_name = "company-trail-events"
      bucket_name    = "company-trail-logs"
      account_id     = "999999999999"
    }
  }

  expect_failures = [var.existing]
}

run "refuses_trail_of_another_region" {
  command = plan

  variables {
    create_trail = false
    existing = {
      trail_name     = "company-trail"
      log_group_name = "company-trail-events"
      bucket_name    = "company-trail-logs"
      region         = "eu-west-1"
    }
  }

  expect_failures = [var.existing]
}

run "refuses_arn_as_existing_name" {
  command = plan

  variables {
    create_trail = false
    existing = {
      trail_name     = "company-trail"
      log_group_name = "arn:aws:logs:us-east-2:333333333333:log-group:company-trail-events"
      bucket_name    = "company-trail-logs"
    }
  }

  expect_failures = [var.existing]
}

run "refuses_trail_name_with_a_slash" {
  command = plan

  variables {
    trail_name = "prod/trail"
  }

  expect_failures = [var.trail_name]
}

run "refuses_bucket_name_with_a_dot" {
  command = plan

  variables {
    bucket_name = "prod.trail.logs"
  }

  expect_failures = [var.bucket_name]
}

run "refuses_retention_that_cloudwatch_does_not_know" {
  command = plan

  variables {
    log_retention_days = 366
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_retention_shorter_than_a_quarter" {
  command = plan

  variables {
    log_retention_days = 90
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_early_expiration" {
  command = plan

  variables {
    object_expiration_days = 90
  }

  expect_failures = [var.object_expiration_days]
}

run "refuses_bucket_that_logs_into_itself" {
  command = plan

  variables {
    access_log_bucket_name = "prod-333333333333-trail-logs"
  }

  expect_failures = [var.access_log_bucket_name]
}

run "refuses_wildcard_reader" {
  command = plan

  variables {
    log_reader_arns = ["arn:aws:iam::444444444444:role/*"]
  }

  expect_failures = [var.log_reader_arns]
}

run "refuses_question_marks_outside_the_suffix" {
  command = plan

  variables {
    log_reader_arns = ["arn:aws:iam::333333333333:role/deploy-????"]
  }

  expect_failures = [var.log_reader_arns]
}

run "refuses_region_that_identity_center_leaves_out" {
  command = plan

  variables {
    log_reader_arns = ["arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-1/AWSReservedSSO_Auditor_????????????????"]
  }

  expect_failures = [var.log_reader_arns]
}
