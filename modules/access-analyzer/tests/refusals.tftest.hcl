# Every validation and precondition of the module, each refused once.

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

run "refuses_to_build_nothing" {
  command = plan

  variables {
    create_external = false
  }

  expect_failures = [var.create_unused]
}

run "refuses_an_age_that_the_analyzer_does_not_know" {
  command = plan

  variables {
    unused_access_age_days = 400
  }

  expect_failures = [var.unused_access_age_days]
}

run "refuses_a_wildcard_role" {
  command = plan

  variables {
    breakglass_role_arns = ["arn:aws:iam::333333333333:role/prod-*"]
  }

  expect_failures = [var.breakglass_role_arns]
}

run "refuses_a_role_of_another_account" {
  command = plan

  variables {
    breakglass_role_arns = ["arn:aws:iam::444444444444:role/prod-breakglass-admin"]
  }

  expect_failures = [var.breakglass_role_arns]
}

run "refuses_more_roles_than_a_rule_holds" {
  command = plan

  variables {
    breakglass_role_arns = [for number in range(21) : "arn:aws:iam::333333333333:role/breakglass-${number}"]
  }

  expect_failures = [var.breakglass_role_arns]
}
