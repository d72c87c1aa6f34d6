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

  variables {
    support_user_arns = ["arn:aws:iam::333333333333:user/owners/alice"]
  }

  assert {
    condition = alltrue([
      aws_iam_account_password_policy.account[0].minimum_password_length == 14,
      aws_iam_account_password_policy.account[0].password_reuse_prevention == 24,
      aws_iam_account_password_policy.account[0].max_password_age == 90,
      aws_iam_account_password_policy.account[0].allow_users_to_change_password,
      aws_iam_account_password_policy.account[0].hard_expiry == false,
      aws_iam_account_password_policy.account[0].require_lowercase_characters,
      aws_iam_account_password_policy.account[0].require_uppercase_characters,
      aws_iam_account_password_policy.account[0].require_numbers,
      aws_iam_account_password_policy.account[0].require_symbols,
    ])
    error_message = "The password policy must be that of CIS AWS Foundations and lock nobody out."
  }

  assert {
    condition = alltrue([
      aws_s3_account_public_access_block.account[0].account_id == "333333333333",
      aws_s3_account_public_access_block.account[0].block_public_acls,
      aws_s3_account_public_access_block.account[0].block_public_policy,
      aws_s3_account_public_access_block.account[0].ignore_public_acls,
      aws_s3_account_public_access_block.account[0].restrict_public_buckets,
      aws_ebs_encryption_by_default.region[0].enabled,
    ])
    error_message = "No bucket of the account may become public and every new volume must be encrypted."
  }

  assert {
    condition = jsondecode(aws_iam_role.support[0].assume_role_policy).Statement == [{
      Sid       = "NamedUsersWithMfa"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::333333333333:user/owners/alice" }
      Condition = { Bool = { "aws:MultiFactorAuthPresent" = "true" } }
    }]
    error_message = "The support role must be for the named users, with MFA."
  }

  assert {
    condition = alltrue([
      aws_iam_role.support[0].max_session_duration == 3600,
      output.support_role_arn == "arn:aws:iam::333333333333:role/prod-support",
      aws_iam_role_policy_attachments_exclusive.support[0].policy_arns == toset(["arn:aws:iam::aws:policy/AWSSupportAccess"]),
      length(aws_iam_role_policies_exclusive.support[0].policy_names) == 0,
    ])
    error_message = "The support role must hold AWSSupportAccess and nothing else."
  }
}

run "no_support_role_without_users" {
  command = plan

  assert {
    condition     = length(aws_iam_role.support) == 0 && output.support_role_name == null && output.support_role_arn == null
    error_message = "Without named users there must be no support role."
  }
}

run "further_region_encrypts_volumes_only" {
  command = plan

  variables {
    region           = "us-east-1"
    set_account_wide = false
  }

  assert {
    condition     = length(aws_iam_account_password_policy.account) + length(aws_s3_account_public_access_block.account) == 0 && length(aws_ebs_encryption_by_default.region) == 1 && output.password_policy == null
    error_message = "Account-wide settings must be set in one Region only."
  }
}

run "passwords_without_expiry" {
  command = plan

  variables {
    password_policy           = { minimum_length = 20, max_age_days = 0, allow_users_to_change = false }
    ebs_encryption_by_default = false
  }

  assert {
    condition     = aws_iam_account_password_policy.account[0].minimum_password_length == 20 && aws_iam_account_password_policy.account[0].max_password_age == 0 && length(aws_ebs_encryption_by_default.region) == 0
    error_message = "The caller's password policy must be used."
  }
}
