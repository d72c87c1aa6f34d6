# One failing run for every validation and precondition of the composition; the modules test their own.
# Two providers are mocked, because what refuses is the composition; the one in the wrong Region is real.
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = {
      name = "us-east-2"
    }
  }

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

mock_provider "aws" {
  alias = "second"

  mock_data "aws_region" {
    defaults = {
      name = "us-east-1"
    }
  }

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

provider "aws" {
  alias                       = "elsewhere"
  region                      = "eu-west-1"
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

run "environment_with_capitals" {
  command = plan

  variables {
    environment = "Prod"
  }

  expect_failures = [var.environment]
}

run "account_id_too_short" {
  command = plan

  variables {
    account_id = "3333"
  }

  expect_failures = [var.account_id]
}

run "home_region_is_no_region" {
  command = plan

  variables {
    home_region = "Ohio"
  }

  expect_failures = [var.home_region]
}

run "second_region_is_no_region" {
  command = plan

  variables {
    second_region = "Virginia"
  }

  expect_failures = [var.second_region]
}

run "second_region_is_the_home_region" {
  command = plan

  variables {
    home_region   = "us-east-1"
    second_region = "us-east-1"
  }

  expect_failures = [var.second_region]
}

run "neither_region_sees_iam_events" {
  command = plan

  variables {
    second_region = "eu-west-1"
  }

  expect_failures = [var.second_region]
}

run "one_kind_of_endpoint" {
  command = plan

  variables {
    subscriptions = {
      primary = { protocol = "email", endpoint = "alex.primary@example.com" }
      backup  = { protocol = "email-json", endpoint = "sam.backup@example.com" }
    }
  }

  expect_failures = [var.subscriptions]
}

run "provider_in_another_region" {
  command = plan

  providers = {
    aws        = aws.elsewhere
    aws.second = aws.second
  }

  expect_failures = [output.contract]
}
