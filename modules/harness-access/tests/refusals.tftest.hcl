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
  reader_principals = [
    "arn:aws:iam::333333333333:user/owners/alice",
    "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_Auditor_????????????????",
  ]
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

run "refuses_wildcard_reader" {
  command = plan

  variables {
    reader_principals = ["arn:aws:iam::333333333333:role/*"]
  }

  expect_failures = [var.reader_principals]
}

run "refuses_account_as_reader" {
  command = plan

  variables {
    reader_principals = ["arn:aws:iam::333333333333:root"]
  }

  expect_failures = [var.reader_principals]
}

run "refuses_question_marks_outside_the_suffix" {
  command = plan

  variables {
    reader_principals = ["arn:aws:iam::333333333333:role/deploy-????"]
  }

  expect_failures = [var.reader_principals]
}

run "refuses_reader_that_assumes_itself" {
  command = plan

  variables {
    reader_principals = ["arn:aws:iam::333333333333:role/prod-guardrails-reader"]
  }

  expect_failures = [var.reader_principals]
}

run "refuses_to_build_nothing" {
  command = plan

  variables {
    reader_principals = []
  }

  expect_failures = [var.reader_principals]
}

run "refuses_ci_without_subject" {
  command = plan

  variables {
    ci = { subjects = [] }
  }

  expect_failures = [var.ci]
}

run "refuses_every_repository" {
  command = plan

  variables {
    ci = { subjects = ["repo:*"] }
  }

  expect_failures = [var.ci]
}

run "refuses_wildcard_organisation" {
  command = plan

  variables {
    ci = { subjects = ["repo:*/guardrails:pull_request"] }
  }

  expect_failures = [var.ci]
}

run "refuses_wildcard_repository" {
  command = plan

  variables {
    ci = { subjects = ["repo:example/*:pull_request"] }
  }

  expect_failures = [var.ci]
}

run "refuses_every_workflow_of_a_repository" {
  command = plan

  variables {
    ci = { subjects = ["repo:example/guardrails:*"] }
  }

  expect_failures = [var.ci]
}

run "refuses_wildcard_subject_of_another_provider" {
  command = plan

  variables {
    ci = { subjects = ["project_path:example/*"], provider_url = "gitlab.example.com" }
  }

  expect_failures = [var.ci]
}

run "refuses_empty_audience" {
  command = plan

  variables {
    ci = { subjects = ["repo:example/guardrails:pull_request"], audience = "" }
  }

  expect_failures = [var.ci]
}

run "refuses_provider_with_scheme" {
  command = plan

  variables {
    ci = { subjects = ["repo:example/guardrails:pull_request"], provider_url = "https://token.actions.githubusercontent.com" }
  }

  expect_failures = [var.ci]
}

run "refuses_wildcard_state_bucket" {
  command = plan

  variables {
    state_bucket_name = "prod-*"
  }

  expect_failures = [var.state_bucket_name]
}

run "refuses_wildcard_state_object" {
  command = plan

  variables {
    state_object_key = "guardrails/*"
  }

  expect_failures = [var.state_object_key]
}

run "refuses_the_key_of_s3" {
  command = plan

  variables {
    state_key_alias = "alias/aws/s3"
  }

  expect_failures = [var.state_key_alias]
}

run "refuses_region_that_identity_center_leaves_out" {
  command = plan

  variables {
    reader_principals = ["arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-1/AWSReservedSSO_Auditor_????????????????"]
  }

  expect_failures = [var.reader_principals]
}

run "refuses_any_topic_for_drills" {
  command = plan

  variables {
    alert_topic_arns = ["arn:aws:sns:us-east-2:333333333333:*"]
  }

  expect_failures = [var.alert_topic_arns]
}

run "refuses_wildcard_in_the_trail_lake_policy" {
  command = plan

  variables {
    trail_lake_query_policy_json = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:*"], Resource = "*" }] })
  }

  expect_failures = [var.trail_lake_query_policy_json]
}

run "refuses_another_service_in_the_trail_lake_policy" {
  command = plan

  variables {
    trail_lake_query_policy_json = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "iam:GetRole", Resource = "*" }] })
  }

  expect_failures = [var.trail_lake_query_policy_json]
}

run "refuses_a_trail_lake_policy_that_is_no_json" {
  command = plan

  variables {
    trail_lake_query_policy_json = "arn:aws:iam::333333333333:policy/ask"
  }

  expect_failures = [var.trail_lake_query_policy_json]
}

run "refuses_a_trail_lake_policy_without_a_reader" {
  command = plan

  variables {
    reader_principals            = []
    ci                           = { subjects = ["repo:example/guardrails:pull_request"] }
    trail_lake_query_policy_json = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "glue:GetTable", Resource = "*" }] })
  }

  expect_failures = [var.trail_lake_query_policy_json]
}
