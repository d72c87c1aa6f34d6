provider "aws" {
  region                      = "us-east-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

variables {
  environment = "prod"
  account_id  = "333333333333"
  region      = "us-east-2"
}

# The example of the README.
run "example" {
  command = plan

  assert {
    condition     = output.trail_name == "prod-trail" && output.trail_arn == "arn:aws:cloudtrail:us-east-2:333333333333:trail/prod-trail"
    error_message = "The trail must have the agreed name and an ARN that is known before apply."
  }

  assert {
    condition = alltrue([
      aws_cloudtrail.trail[0].is_multi_region_trail,
      aws_cloudtrail.trail[0].include_global_service_events,
      aws_cloudtrail.trail[0].enable_log_file_validation,
      aws_cloudtrail.trail[0].enable_logging,
    ])
    error_message = "The trail must cover every Region and global services, sign its digests and be switched on."
  }

  assert {
    condition = alltrue([
      length(aws_cloudtrail.trail[0].event_selector) == 1,
      aws_cloudtrail.trail[0].event_selector[0].read_write_type == "All",
      aws_cloudtrail.trail[0].event_selector[0].include_management_events,
      length(coalesce(aws_cloudtrail.trail[0].event_selector[0].exclude_management_event_sources, [])) == 0,
    ])
    error_message = "The trail must record read events too: sts:AssumeRole is one."
  }

  assert {
    condition     = aws_cloudtrail.trail[0].cloud_watch_logs_group_arn == "arn:aws:logs:us-east-2:333333333333:log-group:/aws/cloudtrail/prod-trail:*"
    error_message = "CloudTrail takes the log group ARN only with :* at its end."
  }

  assert {
    condition     = aws_cloudtrail.trail[0].cloud_watch_logs_role_arn == "arn:aws:iam::333333333333:role/prod-trail-delivery" && aws_iam_role.delivery[0].name == "prod-trail-delivery"
    error_message = "The trail must deliver through the role that is built here."
  }

  assert {
    condition = alltrue([
      output.log_group_name == "/aws/cloudtrail/prod-trail",
      aws_cloudwatch_log_group.trail[0].name == output.log_group_name,
      aws_cloudwatch_log_group.trail[0].log_group_class == "STANDARD",
      aws_cloudwatch_log_group.trail[0].retention_in_days == 400,
    ])
    error_message = "The log group must be of the STANDARD class, the only one with metric filters, and keep 400 days."
  }

  assert {
    condition = jsondecode(aws_iam_role.delivery[0].assume_role_policy).Statement[0].Principal == { Service = "cloudtrail.amazonaws.com" } && jsondecode(aws_iam_policy.delivery[0].policy).Statement[0] == {
      Sid      = "WriteEvents"
      Effect   = "Allow"
      Action   = ["logs:PutLogEvents", "logs:CreateLogStream"]
      Resource = "arn:aws:logs:us-east-2:333333333333:log-group:/aws/cloudtrail/prod-trail:log-stream:333333333333_CloudTrail_us-east-2*"
    }
    error_message = "The delivery role must be CloudTrail's and write this trail's streams of this log group only."
  }

  assert {
    condition     = aws_iam_role_policy_attachments_exclusive.delivery[0].policy_arns == toset(["arn:aws:iam::333333333333:policy/prod-trail-delivery"]) && length(aws_iam_role_policies_exclusive.delivery[0].policy_names) == 0
    error_message = "A policy that somebody adds to the delivery role must show in a plan."
  }
}

run "key_serves_this_trail_and_this_log_group_only" {
  command = plan

  assert {
    condition     = aws_kms_key.trail[0].enable_key_rotation && aws_kms_key.trail[0].deletion_window_in_days == 30 && aws_kms_alias.trail[0].name == "alias/prod-trail"
    error_message = "The key must rotate and take the longest time to be deleted."
  }

  assert {
    condition = one([for s in jsondecode(aws_kms_key.trail[0].policy).Statement : s if s.Sid == "TrailEncrypts"]) == {
      Sid       = "TrailEncrypts"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = ["kms:GenerateDataKey*", "kms:DescribeKey", "kms:Decrypt"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:us-east-2:333333333333:trail/prod-trail" } }
    }
    error_message = "CloudTrail must be able to use the key, for this trail only."
  }

  assert {
    condition = one([for s in jsondecode(aws_kms_key.trail[0].policy).Statement : [s.Principal, s.Condition] if s.Sid == "LogGroupEncrypts"]) == [
      { Service = "logs.us-east-2.amazonaws.com" },
      { ArnEquals = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:us-east-2:333333333333:log-group:/aws/cloudtrail/prod-trail" } },
    ]
    error_message = "CloudWatch Logs must be able to use the key, for this log group only."
  }

  assert {
    condition     = one([for s in jsondecode(aws_kms_key.trail[0].policy).Statement : s.Principal if s.Sid == "AccountAdministers"]) == { AWS = "arn:aws:iam::333333333333:root" }
    error_message = "The account must keep the administration of the key, or nobody can ever change it."
  }

  assert {
    condition     = !contains([for s in jsondecode(aws_kms_key.trail[0].policy).Statement : s.Sid], "ReadersDecryptThroughS3")
    error_message = "Without readers there must be no statement for readers."
  }
}

run "only_the_trail_writes_into_the_bucket" {
  command = plan

  assert {
    condition     = output.bucket_name == "prod-333333333333-trail-logs" && aws_cloudtrail.trail[0].s3_bucket_name == output.bucket_name
    error_message = "The trail must write into the bucket that is built here."
  }

  assert {
    condition = alltrue([for sid in ["TrailChecksAcl", "TrailWrites"] :
      one([for s in jsondecode(aws_s3_bucket_policy.log[0].policy).Statement : s.Condition.StringEquals["aws:SourceArn"] if s.Sid == sid]) == output.trail_arn
    ])
    error_message = "CloudTrail must reach the bucket on behalf of this trail only."
  }

  assert {
    condition     = one([for s in jsondecode(aws_s3_bucket_policy.log[0].policy).Statement : s.Resource if s.Sid == "TrailWrites"]) == "arn:aws:s3:::prod-333333333333-trail-logs/AWSLogs/333333333333/*"
    error_message = "The trail must write below the path of its own account only."
  }

  assert {
    condition = one([for s in jsondecode(aws_s3_bucket_policy.log[0].policy).Statement : [s.Effect, s.Action, s.Principal, s.Condition] if s.Sid == "NobodyElseWrites"]) == [
      "Deny", "s3:PutObject", "*", { ArnNotEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:us-east-2:333333333333:trail/prod-trail" } },
    ]
    error_message = "Everybody but the trail must be denied to write."
  }

  assert {
    condition     = one([for s in jsondecode(aws_s3_bucket_policy.log[0].policy).Statement : contains(keys(s), "Condition") if s.Sid == "NobodyDeletes"]) == false
    error_message = "Deleting must be denied without any condition."
  }

  assert {
    condition     = one([for s in jsondecode(aws_s3_bucket_policy.log[0].policy).Statement : [s.Effect, s.Condition] if s.Sid == "TlsOnly"]) == ["Deny", { Bool = { "aws:SecureTransport" = "false" } }]
    error_message = "The bucket must refuse requests without TLS."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_versioning.log[0].versioning_configuration[0].status == "Enabled",
      one(aws_s3_bucket_server_side_encryption_configuration.log[0].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms",
      aws_s3_bucket_ownership_controls.log[0].rule[0].object_ownership == "BucketOwnerEnforced",
      aws_s3_bucket_public_access_block.log[0].block_public_acls,
      aws_s3_bucket_public_access_block.log[0].block_public_policy,
      aws_s3_bucket_public_access_block.log[0].ignore_public_acls,
      aws_s3_bucket_public_access_block.log[0].restrict_public_buckets,
      aws_s3_bucket_lifecycle_configuration.log[0].rule[0].expiration[0].days == 2557,
      length(aws_s3_bucket_logging.log) == 0,
    ])
    error_message = "The bucket must be versioned, encrypted with KMS, owned, closed to the public and keep seven years."
  }
}

run "readers_read_and_decrypt" {
  command = plan

  variables {
    log_reader_arns = [
      "arn:aws:iam::444444444444:role/audit",
      "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_Auditor_????????????????",
    ]
  }

  assert {
    condition = one([for s in jsondecode(aws_kms_key.trail[0].policy).Statement : s if s.Sid == "ReadersDecryptThroughS3"]) == {
      Sid       = "ReadersDecryptThroughS3"
      Effect    = "Allow"
      Principal = { AWS = ["arn:aws:iam::444444444444:root", "arn:aws:iam::333333333333:root"] }
      Action    = "kms:Decrypt"
      Resource  = "*"
      Condition = {
        ArnLike = { "aws:PrincipalArn" = [
          "arn:aws:iam::444444444444:role/audit",
          "arn:aws:iam::333333333333:role/aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_Auditor_????????????????",
        ] }
        StringEquals = { "kms:ViaService" = "s3.us-east-2.amazonaws.com" }
      }
    }
    error_message = "Readers must be able to decrypt, through S3 only."
  }

  assert {
    condition     = one([for s in jsondecode(aws_s3_bucket_policy.log[0].policy).Statement : length(s.Condition.ArnLike["aws:PrincipalArn"]) if s.Sid == "ReadersRead"]) == 2
    error_message = "Readers must be able to read the log files."
  }
}

run "adopts_an_existing_trail" {
  command = plan

  variables {
    create_trail = false
    existing = {
      trail_name     = "company-trail"
      log_group_name = "company-trail-events"
      bucket_name    = "company-trail-logs"
    }
  }

  assert {
    condition = alltrue([
      length(aws_cloudtrail.trail) + length(aws_s3_bucket.log) + length(aws_kms_key.trail) + length(aws_iam_role.delivery) + length(aws_cloudwatch_log_group.trail) == 0,
      output.trail_arn == "arn:aws:cloudtrail:us-east-2:333333333333:trail/company-trail",
      output.log_group_name == "company-trail-events",
      output.log_group_arn == "arn:aws:logs:us-east-2:333333333333:log-group:company-trail-events",
      output.bucket_name == "company-trail-logs",
      output.key_alias == null,
    ])
    error_message = "An adopted trail must be named in the outputs and nothing must be built."
  }
}

run "keeps_log_files_for_ever_and_logs_access" {
  command = plan

  variables {
    object_expiration_days = null
    access_log_bucket_name = "prod-access-logs"
    log_retention_days     = 0
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.log) == 0 && aws_s3_bucket_logging.log[0].target_bucket == "prod-access-logs" && aws_cloudwatch_log_group.trail[0].retention_in_days == 0
    error_message = "Null must expire nothing, and the access-log bucket must be used."
  }
}
