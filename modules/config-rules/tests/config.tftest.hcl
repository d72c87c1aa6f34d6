provider "aws" {
  region                      = "us-east-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

variables {
  environment          = "prod"
  account_id           = "333333333333"
  region               = "us-east-2"
  breakglass_role_name = "prod-breakglass-admin"
}

# The example of the README.
run "example" {
  command = plan

  assert {
    condition = alltrue([
      output.recorder_name == "prod-recorder",
      output.records_iam_types,
      aws_config_configuration_recorder.account[0].recording_group[0].all_supported,
      aws_config_configuration_recorder.account[0].recording_group[0].include_global_resource_types,
      aws_config_configuration_recorder.account[0].recording_mode[0].recording_frequency == "CONTINUOUS",
      aws_config_configuration_recorder.account[0].role_arn == "arn:aws:iam::333333333333:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
      aws_iam_service_linked_role.config[0].aws_service_name == "config.amazonaws.com",
    ])
    error_message = "The home Region must record everything, IAM types too, through the service-linked role."
  }

  assert {
    condition     = aws_config_configuration_recorder_status.account[0].is_enabled && aws_config_configuration_recorder_status.account[0].name == "prod-recorder"
    error_message = "A recorder that nobody starts records nothing."
  }

  assert {
    condition     = aws_config_delivery_channel.account[0].s3_bucket_name == "prod-333333333333-config-us-east-2" && output.delivery_channel_name == "prod-recorder"
    error_message = "The recorder must deliver into the bucket that is built here."
  }

  assert {
    condition     = length(output.rule_names) == 23 && alltrue([for key, name in output.rule_names : name == "prod-guardrail-${key}"])
    error_message = "The home Region must carry the whole catalogue."
  }

  assert {
    condition = alltrue([for rule in aws_config_config_rule.guardrail : rule.input_parameters == null ? true : alltrue([
      for value in values(jsondecode(rule.input_parameters)) : can(regex("\"", jsonencode(value)))
    ])])
    error_message = "AWS Config takes every parameter value as a string."
  }

  assert {
    condition = jsondecode(aws_config_config_rule.guardrail["administrator-only-breakglass"].input_parameters) == {
      policyArns    = "arn:aws:iam::aws:policy/AdministratorAccess"
      exceptionList = "roles:[prod-breakglass-admin]"
    }
    error_message = "Only the break-glass role may hold AdministratorAccess."
  }

  assert {
    condition     = aws_config_config_rule.guardrail["administrator-only-breakglass"].source[0].source_identifier == "IAM_POLICY_BLACKLISTED_CHECK" && aws_config_config_rule.guardrail["access-keys-rotated"].input_parameters == jsonencode({ maxAccessKeyAge = "90" })
    error_message = "The rules must carry the identifiers and parameters that AWS Config knows."
  }

  assert {
    condition = alltrue([
      one([for s in jsondecode(aws_kms_key.history[0].policy).Statement : s.Condition if s.Sid == "ConfigEncrypts"]) == { StringEquals = { "aws:SourceAccount" = "333333333333" } },
      aws_kms_key.history[0].enable_key_rotation,
      one([for s in jsondecode(aws_s3_bucket_policy.history[0].policy).Statement : s.Resource if s.Sid == "ConfigDelivers"]) == "arn:aws:s3:::prod-333333333333-config-us-east-2/AWSLogs/333333333333/Config/*",
      one([for s in jsondecode(aws_s3_bucket_policy.history[0].policy).Statement : s.Condition.StringEquals["aws:SourceAccount"] if s.Sid == "ConfigDelivers"]) == "333333333333",
      one([for s in jsondecode(aws_s3_bucket_policy.history[0].policy).Statement : s.Effect if s.Sid == "NobodyDeletes"]) == "Deny",
      one([for s in jsondecode(aws_s3_bucket_policy.history[0].policy).Statement : s.Condition if s.Sid == "TlsOnly"]) == { Bool = { "aws:SecureTransport" = "false" } },
    ])
    error_message = "AWS Config must reach key and bucket for this account only; nobody deletes, nobody comes without TLS."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_versioning.history[0].versioning_configuration[0].status == "Enabled",
      one(aws_s3_bucket_server_side_encryption_configuration.history[0].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms",
      aws_s3_bucket_ownership_controls.history[0].rule[0].object_ownership == "BucketOwnerEnforced",
      aws_s3_bucket_public_access_block.history[0].block_public_acls,
      aws_s3_bucket_public_access_block.history[0].block_public_policy,
      aws_s3_bucket_public_access_block.history[0].ignore_public_acls,
      aws_s3_bucket_public_access_block.history[0].restrict_public_buckets,
    ])
    error_message = "The bucket must be versioned, encrypted with KMS, owned and closed to the public."
  }
}

run "further_region_records_no_iam_types_and_runs_no_iam_rule" {
  command = plan

  variables {
    region             = "us-east-1"
    is_iam_home_region = false
  }

  assert {
    condition     = !aws_config_configuration_recorder.account[0].recording_group[0].include_global_resource_types && length(aws_iam_service_linked_role.config) == 0
    error_message = "IAM types are recorded once, and the service-linked role exists once."
  }

  assert {
    condition = keys(output.rule_names) == [
      "alarm-actions-enabled", "alarm-actions-present", "ebs-default-encryption", "external-access-analyzer",
      "secret-rotation", "secret-unused", "topic-encryption",
    ]
    error_message = "A further Region must carry the regional rules only."
  }
}

run "uses_the_recorder_of_the_organisation" {
  command = plan

  variables {
    create_recorder        = false
    existing_recorder_name = "aws-controltower-BaselineConfigRecorder"
  }

  assert {
    condition = alltrue([
      length(aws_config_configuration_recorder.account) + length(aws_config_delivery_channel.account) + length(aws_s3_bucket.history) + length(aws_iam_service_linked_role.config) == 0,
      output.recorder_name == "aws-controltower-BaselineConfigRecorder",
      output.bucket_name == null,
      length(output.rule_names) == 23,
    ])
    error_message = "With an existing recorder only the rules may be built."
  }
}

run "changes_disables_and_adds_rules" {
  command = plan

  variables {
    disabled_rules                = { secret-unused = "The secrets of this account are seeds for a yearly restore test" }
    rule_parameters               = { access-keys-rotated = { maxAccessKeyAge = "30" } }
    administrator_role_exceptions = ["AWSReservedSSO_AdministratorAccess_0123456789abcdef"]
    additional_rules = {
      iam-managed-policies = {
        source_identifier = "IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS"
        description       = "No customer-managed policy decrypts with every key"
        parameters        = { blockedActionsPatterns = "kms:Decrypt" }
        resource_types    = ["AWS::IAM::Policy"]
      }
      alarm-settings = {
        source_identifier = "CLOUDWATCH_ALARM_RESOURCE_CHECK"
        description       = "Every trail has an alarm"
        parameters        = { resourceType = "AWS::S3::Bucket", metricName = "BucketSizeBytes" }
        frequency         = "Six_Hours"
      }
    }
  }

  assert {
    condition     = !contains(keys(output.rule_names), "secret-unused") && length(output.rule_names) == 24
    error_message = "A disabled rule must be left out, additional rules must be there."
  }

  assert {
    condition     = jsondecode(aws_config_config_rule.guardrail["access-keys-rotated"].input_parameters).maxAccessKeyAge == "30"
    error_message = "A parameter of the caller must replace the one of the catalogue."
  }

  assert {
    condition     = jsondecode(aws_config_config_rule.guardrail["administrator-only-breakglass"].input_parameters).exceptionList == "roles:[prod-breakglass-admin;AWSReservedSSO_AdministratorAccess_0123456789abcdef]"
    error_message = "Exceptions must stand in one list, separated by semicolons."
  }

  assert {
    condition     = aws_config_config_rule.guardrail["iam-managed-policies"].scope[0].compliance_resource_types == toset(["AWS::IAM::Policy"]) && aws_config_config_rule.guardrail["alarm-settings"].maximum_execution_frequency == "Six_Hours"
    error_message = "The scope and frequency of an additional rule must be set."
  }
}

run "keeps_history_for_ever_and_logs_access" {
  command = plan

  variables {
    object_expiration_days = null
    access_log_bucket_name = "prod-access-logs"
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.history) == 0 && aws_s3_bucket_logging.history[0].target_bucket == "prod-access-logs"
    error_message = "Null must expire nothing, and the access-log bucket must be used."
  }
}
