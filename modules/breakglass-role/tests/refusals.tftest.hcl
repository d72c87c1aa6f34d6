# One failing run for every validation and precondition of the module.
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

  iam_user_lane = {
    primary = "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary"
    backup  = "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-backup"
  }

  operator = {
    secret_name_patterns = ["prod/mw/*"]
  }
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
    account_id = "33333"
  }

  expect_failures = [var.account_id]
}

run "role_name_with_wildcard" {
  command = plan

  variables {
    role_name = "prod-*"
  }

  expect_failures = [var.role_name]
}

run "path_without_slash" {
  command = plan

  variables {
    path = "emergency"
  }

  expect_failures = [var.path]
}

run "path_and_name_too_long" {
  command = plan

  variables {
    path      = "/a-rather-long-path-for-emergency-access/"
    role_name = "a-name-that-is-too-long-with-it"
  }

  expect_failures = [var.path]
}

run "no_lane_at_all" {
  command = plan

  variables {
    iam_user_lane = null
  }

  expect_failures = [var.iam_user_lane]
}

run "only_the_identity_provider_lane" {
  command = plan

  variables {
    iam_user_lane = null
    identity_center_lane = {
      permission_set = "EmergencyAccess"
      home_region    = "us-east-2"
      users          = ["alice@example.com", "bob@example.com"]
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "user_with_wildcard" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup  = "arn:aws:iam::333333333333:user/breakglass/*"
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "account_root_as_person" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup  = "arn:aws:iam::333333333333:root"
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "account_number_as_person" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup  = "333333333333"
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "the_role_itself" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup  = "arn:aws:iam::333333333333:role/prod-breakglass-admin"
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "identity_center_role_with_mfa" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup  = "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_EmergencyAccess_0123456789abcdef"
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "saml_provider_with_mfa" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup  = "arn:aws:iam::333333333333:saml-provider/idp"
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "hub_role_with_mfa" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup  = "arn:aws:iam::444444444444:role/hub"
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "role_session_with_mfa" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup  = "arn:aws:sts::444444444444:assumed-role/hub/alice"
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "user_name_instead_of_arn" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup  = "bob"
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "backup_is_the_primary" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup  = "arn:aws:iam::333333333333:user/breakglass/alice"
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "mfa_older_than_an_hour" {
  command = plan

  variables {
    iam_user_lane = {
      primary             = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup              = "arn:aws:iam::333333333333:user/breakglass/bob"
      mfa_max_age_seconds = 7200
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "mfa_younger_than_a_minute" {
  command = plan

  variables {
    iam_user_lane = {
      primary             = "arn:aws:iam::333333333333:user/breakglass/alice"
      backup              = "arn:aws:iam::333333333333:user/breakglass/bob"
      mfa_max_age_seconds = 10
    }
  }

  expect_failures = [var.iam_user_lane]
}

run "identity_center_with_mfa_condition" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set      = "EmergencyAccess"
      home_region         = "us-east-2"
      users               = ["alice@example.com"]
      mfa_max_age_seconds = 3600
    }
  }

  expect_failures = [var.identity_center_lane]
}

run "permission_set_with_wildcard" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set = "Admin*"
      home_region    = "us-east-2"
      users          = ["alice@example.com"]
    }
  }

  expect_failures = [var.identity_center_lane]
}

run "permission_set_too_long" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set = "APermissionSetNameThatIsLongerThan32"
      home_region    = "us-east-2"
      users          = ["alice@example.com"]
    }
  }

  expect_failures = [var.identity_center_lane]
}

run "home_region_is_no_region" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set = "EmergencyAccess"
      home_region    = "Ohio"
      users          = ["alice@example.com"]
    }
  }

  expect_failures = [var.identity_center_lane]
}

run "identity_center_without_users" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set = "EmergencyAccess"
      home_region    = "us-east-2"
      users          = []
    }
  }

  expect_failures = [var.identity_center_lane]
}

run "identity_center_user_with_wildcard" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set = "EmergencyAccess"
      home_region    = "us-east-2"
      users          = ["alice@example.com", "*"]
    }
  }

  expect_failures = [var.identity_center_lane]
}

run "identity_center_user_with_policy_variable" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set = "EmergencyAccess"
      home_region    = "us-east-2"
      users          = ["$${aws:username}"]
    }
  }

  expect_failures = [var.identity_center_lane]
}

run "identity_center_account_too_short" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set = "EmergencyAccess"
      home_region    = "us-east-2"
      users          = ["alice@example.com"]
      account_id     = "4444"
    }
  }

  expect_failures = [var.identity_center_lane]
}

run "principal_tag_with_wildcard" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set = "EmergencyAccess"
      home_region    = "us-east-2"
      users          = ["alice@example.com"]
      principal_tag  = { key = "amr", value = "*" }
    }
  }

  expect_failures = [var.identity_center_lane]
}

run "one_person_only" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
    }
  }

  expect_failures = [aws_iam_role.breakglass]
}

run "one_person_in_two_lanes" {
  command = plan

  variables {
    iam_user_lane = {
      primary = "arn:aws:iam::333333333333:user/breakglass/alice"
    }
    identity_center_lane = {
      permission_set = "EmergencyAccess"
      home_region    = "us-east-2"
      users          = ["Alice@example.com"]
    }
  }

  expect_failures = [aws_iam_role.breakglass]
}

run "trust_policy_too_long" {
  command = plan

  variables {
    identity_center_lane = {
      permission_set = "EmergencyAccess"
      home_region    = "us-east-2"
      users          = [for number in range(60) : "a-person-with-a-long-name-${number}@example.com"]
    }
  }

  expect_failures = [aws_iam_role.breakglass]
}

run "incident_pattern_with_reserved_prefix" {
  command = plan

  variables {
    incident_id_pattern = "aws:*"
  }

  expect_failures = [var.incident_id_pattern]
}

run "incident_pattern_asks_for_nothing" {
  command = plan

  variables {
    incident_id_pattern = "*"
  }

  expect_failures = [var.incident_id_pattern]
}

run "incident_pattern_too_long" {
  command = plan

  variables {
    incident_id_pattern = "INC-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx*"
  }

  expect_failures = [var.incident_id_pattern]
}

run "unknown_permissions_mode" {
  command = plan

  variables {
    permissions_mode = "poweruser"
  }

  expect_failures = [var.permissions_mode]
}

run "administrator_without_reason" {
  command = plan

  variables {
    permissions_mode = "administrator"
  }

  expect_failures = [var.administrator_reason]
}

run "administrator_with_a_word_as_reason" {
  command = plan

  variables {
    permissions_mode     = "administrator"
    administrator_reason = "necessary"
  }

  expect_failures = [var.administrator_reason]
}

run "administrator_reason_on_two_lines" {
  command = plan

  variables {
    permissions_mode     = "administrator"
    administrator_reason = "Two people run everything,\nno other role can help."
  }

  expect_failures = [var.administrator_reason]
}

run "reason_without_administrator" {
  command = plan

  variables {
    administrator_reason = "Two people run everything, no other role can help."
  }

  expect_failures = [var.administrator_reason]
}

run "operator_that_only_reads" {
  command = plan

  variables {
    operator = {}
  }

  expect_failures = [var.operator]
}

run "operator_pattern_of_everything" {
  command = plan

  variables {
    operator = {
      secret_name_patterns = ["*"]
    }
  }

  expect_failures = [var.operator]
}

run "parameter_path_with_leading_wildcard" {
  command = plan

  variables {
    operator = {
      safe_mode_parameter_paths = ["/*"]
    }
  }

  expect_failures = [var.operator]
}

run "ecs_service_without_cluster" {
  command = plan

  variables {
    operator = {
      ecs_service_patterns = ["mw-worker"]
    }
  }

  expect_failures = [var.operator]
}

run "policies_without_roles" {
  command = plan

  variables {
    operator = {
      secret_name_patterns            = ["prod/mw/*"]
      attachable_policy_name_patterns = ["mw-*"]
    }
  }

  expect_failures = [var.operator]
}

run "boundary_of_fixable_roles_is_no_arn" {
  command = plan

  variables {
    operator = {
      fixable_role_name_patterns = ["mw-*"]
      fixable_role_boundary_arn  = "mw-boundary"
    }
  }

  expect_failures = [var.operator]
}

run "alarm_prefix_with_wildcard" {
  command = plan

  variables {
    detection = {
      alarm_name_prefix = "prod-*"
    }
  }

  expect_failures = [var.detection]
}

run "no_topic_to_protect" {
  command = plan

  variables {
    detection = {
      topic_names = []
    }
  }

  expect_failures = [var.detection]
}

run "topic_arn_instead_of_name" {
  command = plan

  variables {
    detection = {
      topic_names = ["arn:aws:sns:us-east-2:333333333333:prod-security-alerts"]
    }
  }

  expect_failures = [var.detection]
}

run "protected_iam_names_of_everything" {
  command = plan

  variables {
    detection = {
      iam_name_patterns = ["*"]
    }
  }

  expect_failures = [var.detection]
}

run "boundary_too_long" {
  command = plan

  variables {
    detection = {
      bucket_names = [for number in range(60) : "a-bucket-with-quite-a-long-name-${number}"]
    }
  }

  expect_failures = [aws_iam_policy.boundary]
}

run "operator_policy_too_long" {
  command = plan

  variables {
    operator = {
      secret_name_patterns = [for number in range(60) : "prod/mw/a-secret-with-quite-a-long-name-${number}"]
    }
  }

  expect_failures = [aws_iam_policy.operator]
}
