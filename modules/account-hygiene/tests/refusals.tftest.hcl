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

run "refuses_short_passwords" {
  command = plan

  variables {
    password_policy = { minimum_length = 8 }
  }

  expect_failures = [var.password_policy]
}

run "refuses_reuse_of_passwords" {
  command = plan

  variables {
    password_policy = { reuse_prevention = 0 }
  }

  expect_failures = [var.password_policy]
}

run "refuses_an_age_that_iam_does_not_know" {
  command = plan

  variables {
    password_policy = { max_age_days = 1096 }
  }

  expect_failures = [var.password_policy]
}

run "refuses_hard_expiry" {
  command = plan

  variables {
    password_policy = { hard_expiry = true }
  }

  expect_failures = [var.password_policy]
}

run "refuses_expiry_without_a_way_out" {
  command = plan

  variables {
    password_policy = { allow_users_to_change = false }
  }

  expect_failures = [var.password_policy]
}

run "refuses_to_set_nothing" {
  command = plan

  variables {
    set_account_wide          = false
    ebs_encryption_by_default = false
  }

  expect_failures = [var.ebs_encryption_by_default]
}

run "refuses_identity_center_role_that_never_has_mfa" {
  command = plan

  variables {
    support_user_arns = ["arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_Support_0123456789abcdef"]
  }

  expect_failures = [var.support_user_arns]
}

run "refuses_support_role_in_a_further_region" {
  command = plan

  variables {
    set_account_wide  = false
    support_user_arns = ["arn:aws:iam::333333333333:user/alice"]
  }

  expect_failures = [var.support_user_arns]
}
