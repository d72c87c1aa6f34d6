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
  environment          = "prod"
  account_id           = "333333333333"
  region               = "us-east-2"
  breakglass_role_name = "prod-breakglass-admin"
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

run "refuses_arn_as_breakglass_role" {
  command = plan

  variables {
    breakglass_role_name = "arn:aws:iam::333333333333:role/prod-breakglass-admin"
  }

  expect_failures = [var.breakglass_role_name]
}

run "refuses_missing_recorder_name" {
  command = plan

  variables {
    create_recorder = false
  }

  expect_failures = [var.existing_recorder_name]
}

run "refuses_two_recorders" {
  command = plan

  variables {
    existing_recorder_name = "default"
  }

  expect_failures = [var.existing_recorder_name]
}

run "refuses_iam_home_region_that_cannot_record_iam" {
  command = plan

  variables {
    region = "eu-south-2"
  }

  expect_failures = [var.is_iam_home_region]
}

run "refuses_bucket_name_with_a_dot" {
  command = plan

  variables {
    bucket_name = "prod.config"
  }

  expect_failures = [var.bucket_name]
}

run "refuses_early_expiration" {
  command = plan

  variables {
    object_expiration_days = 30
  }

  expect_failures = [var.object_expiration_days]
}

run "refuses_bucket_that_logs_into_itself" {
  command = plan

  variables {
    access_log_bucket_name = "prod-333333333333-config-us-east-2"
  }

  expect_failures = [var.access_log_bucket_name]
}

run "refuses_wildcard_exception" {
  command = plan

  variables {
    administrator_role_exceptions = ["AWSReservedSSO_*"]
  }

  expect_failures = [var.administrator_role_exceptions]
}

run "refuses_disabling_an_unknown_rule" {
  command = plan

  variables {
    disabled_rules = { secrets-unused = "The key is misspelt, the rule would go on" }
  }

  expect_failures = [var.disabled_rules]
}

run "refuses_disabling_without_a_reason" {
  command = plan

  variables {
    disabled_rules = { secret-unused = "n/a" }
  }

  expect_failures = [var.disabled_rules]
}

run "refuses_parameters_of_an_unknown_rule" {
  command = plan

  variables {
    rule_parameters = { access-key-rotated = { maxAccessKeyAge = "30" } }
  }

  expect_failures = [var.rule_parameters]
}

run "refuses_an_unknown_parameter" {
  command = plan

  variables {
    rule_parameters = { access-keys-rotated = { MaxAccessKeyAge = "30" } }
  }

  expect_failures = [var.rule_parameters]
}

run "refuses_a_second_rule_of_the_same_key" {
  command = plan

  variables {
    additional_rules = {
      iam-user-mfa = {
        source_identifier = "IAM_USER_MFA_ENABLED"
        description       = "An example"
      }
    }
  }

  expect_failures = [var.additional_rules]
}

run "refuses_a_rule_key_with_capitals" {
  command = plan

  variables {
    additional_rules = {
      IamUserMfa = {
        source_identifier = "IAM_USER_MFA_ENABLED"
        description       = "An example"
      }
    }
  }

  expect_failures = [var.additional_rules]
}

run "refuses_the_documentation_name_as_identifier" {
  command = plan

  variables {
    additional_rules = {
      other = {
        source_identifier = "iam-user-mfa-enabled"
        description       = "An example"
      }
    }
  }

  expect_failures = [var.additional_rules]
}

run "refuses_an_unknown_frequency" {
  command = plan

  variables {
    additional_rules = {
      other = {
        source_identifier = "IAM_USER_MFA_ENABLED"
        description       = "An example"
        frequency         = "Daily"
      }
    }
  }

  expect_failures = [var.additional_rules]
}

run "refuses_an_iam_rule_in_a_further_region" {
  command = plan

  variables {
    region             = "us-east-1"
    is_iam_home_region = false
    additional_rules = {
      other = {
        source_identifier = "IAM_USER_MFA_ENABLED"
        description       = "An example"
        resource_types    = ["AWS::IAM::Role"]
      }
    }
  }

  expect_failures = [var.additional_rules]
}

run "refuses_parameters_longer_than_aws_config_accepts" {
  command = plan

  variables {
    administrator_role_exceptions = [for number in range(40) : "AWSReservedSSO_AdministratorAccess_${number}"]
  }

  expect_failures = [aws_config_config_rule.guardrail["administrator-only-breakglass"]]
}
