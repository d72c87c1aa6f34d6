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
    condition     = output.store == "s3://prod-333333333333-guardrails-records" && aws_s3_bucket.records.bucket == output.bucket_name && output.bucket_arn == "arn:aws:s3:::prod-333333333333-guardrails-records"
    error_message = "The bucket must have the agreed name."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket.records.object_lock_enabled,
      aws_s3_bucket_versioning.records.versioning_configuration[0].status == "Enabled",
      one(aws_s3_bucket_object_lock_configuration.records.rule).default_retention[0].mode == "COMPLIANCE",
      one(aws_s3_bucket_object_lock_configuration.records.rule).default_retention[0].days == 400,
      aws_s3_bucket_public_access_block.records.block_public_policy,
      aws_s3_bucket_public_access_block.records.restrict_public_buckets,
      aws_s3_bucket_ownership_controls.records.rule[0].object_ownership == "BucketOwnerEnforced",
    ])
    error_message = "What is written must stay for the retention, and the bucket be closed to the public."
  }

  assert {
    condition = { for s in jsondecode(aws_s3_bucket_policy.records.policy).Statement : s.Sid => [s.Effect, s.Principal, s.Condition] } == {
      TlsOnly     = ["Deny", "*", { Bool = { "aws:SecureTransport" = "false" } }]
      RecordsStay = ["Deny", "*", { ArnNotLike = { "aws:PrincipalArn" = "arn:aws:iam::333333333333:root" } }]
    }
    error_message = "Nobody may come without TLS, and only the root user may remove what the lock no longer keeps."
  }
}

run "writers_and_administrators" {
  command = plan

  variables {
    writer_arns        = ["arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary"]
    administrator_arns = ["arn:aws:iam::333333333333:role/records-administrator"]
    retention_mode     = "GOVERNANCE"
    retention_days     = 2557
  }

  assert {
    condition     = one([for s in jsondecode(aws_s3_bucket_policy.records.policy).Statement : [s.Principal, s.Condition] if s.Sid == "WritersWriteAndRead"]) == [{ AWS = "arn:aws:iam::333333333333:root" }, { ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::333333333333:user/breakglass/prod-breakglass-primary" } }]
    error_message = "Writers must be able to write and read, and nobody else."
  }

  assert {
    condition     = one([for s in jsondecode(aws_s3_bucket_policy.records.policy).Statement : s.Condition if s.Sid == "RecordsStay"]) == { ArnNotLike = { "aws:PrincipalArn" = "arn:aws:iam::333333333333:role/records-administrator" } }
    error_message = "Only the administrators may remove what the lock no longer keeps."
  }

  assert {
    condition     = one(aws_s3_bucket_object_lock_configuration.records.rule).default_retention[0].mode == "GOVERNANCE" && one(aws_s3_bucket_object_lock_configuration.records.rule).default_retention[0].days == 2557
    error_message = "The retention must be as asked."
  }
}
