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
    condition     = output.bucket_name == "prod-333333333333-guardrails-tfstate" && aws_s3_bucket.state.bucket == output.bucket_name && output.bucket_arn == "arn:aws:s3:::prod-333333333333-guardrails-tfstate"
    error_message = "The bucket must have the agreed name."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled",
      one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms",
      aws_s3_bucket_ownership_controls.state.rule[0].object_ownership == "BucketOwnerEnforced",
      aws_s3_bucket_public_access_block.state.block_public_acls,
      aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls,
      aws_s3_bucket_public_access_block.state.restrict_public_buckets,
      length(aws_s3_bucket_lifecycle_configuration.state) == 0,
      length(aws_s3_bucket_logging.state) == 0,
    ])
    error_message = "The bucket must be versioned, encrypted with KMS, owned, closed to the public, and keep every version."
  }

  assert {
    condition = { for s in jsondecode(aws_s3_bucket_policy.state.policy).Statement : s.Sid => [s.Effect, s.Principal, s.Action] } == {
      TlsOnly      = ["Deny", "*", "s3:*"]
      VersionsStay = ["Deny", "*", ["s3:DeleteObjectVersion", "s3:DeleteBucket"]]
    }
    error_message = "Nobody may come without TLS and nobody may delete a version; the lock object must stay deletable."
  }

  assert {
    condition     = one([for s in jsondecode(aws_s3_bucket_policy.state.policy).Statement : s.Condition if s.Sid == "TlsOnly"]) == { Bool = { "aws:SecureTransport" = "false" } }
    error_message = "The bucket must refuse requests without TLS, and only those."
  }

  assert {
    condition     = aws_kms_key.state.enable_key_rotation && aws_kms_key.state.deletion_window_in_days == 30 && output.key_alias == "alias/prod-guardrails-tfstate" && length(jsondecode(aws_kms_key.state.policy).Statement) == 1
    error_message = "The key must rotate and be the account's own."
  }

  assert {
    condition     = output.backend_hcl == file("tests/backend.hcl.expected")
    error_message = "The backend.hcl must name bucket, key, Region and lock file, and no encrypt line."
  }

  assert {
    condition     = output.lock_object_key == "guardrails/terraform.tfstate.tflock"
    error_message = "The lock object stands beside the state."
  }
}

run "readers_expiry_and_access_log" {
  command = plan

  variables {
    reader_arns             = ["arn:aws:iam::444444444444:role/audit"]
    noncurrent_version_days = 365
    access_log_bucket_name  = "prod-access-logs"
  }

  assert {
    condition     = one([for s in jsondecode(aws_s3_bucket_policy.state.policy).Statement : [s.Principal, s.Condition] if s.Sid == "ReadersRead"]) == [{ AWS = "arn:aws:iam::444444444444:root" }, { ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::444444444444:role/audit" } }]
    error_message = "Readers must be able to read the state."
  }

  assert {
    condition = one([for s in jsondecode(aws_kms_key.state.policy).Statement : [s.Action, s.Condition] if s.Sid == "ReadersDecryptThroughS3"]) == ["kms:Decrypt", {
      ArnLike      = { "aws:PrincipalArn" = "arn:aws:iam::444444444444:role/audit" }
      StringEquals = { "kms:ViaService" = "s3.us-east-2.amazonaws.com" }
    }]
    error_message = "Readers must be able to decrypt the state, through S3 only."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.state[0].rule[0].noncurrent_version_expiration[0].noncurrent_days == 365 && aws_s3_bucket_lifecycle_configuration.state[0].rule[0].noncurrent_version_expiration[0].newer_noncurrent_versions == 100 && aws_s3_bucket_logging.state[0].target_bucket == "prod-access-logs"
    error_message = "Superseded states must expire as asked, never the hundred newest."
  }
}
