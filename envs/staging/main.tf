# This code is the same in every environment; what differs stands in terraform.tfvars, backend.hcl and guardrails.toml.

provider "aws" {
  region              = var.home_region
  allowed_account_ids = [var.account_id]
  max_retries         = var.max_retries

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias = "second"

  region              = var.second_region
  allowed_account_ids = [var.account_id]
  max_retries         = var.max_retries

  default_tags {
    tags = local.tags
  }
}

locals {
  tags = {
    Environment = var.environment
    ManagedBy   = "terraform"
    Purpose     = "iam-guardrails"
  }
}

module "guardrails" {
  source = "../../modules/account-guardrails"

  providers = {
    aws        = aws
    aws.second = aws.second
  }

  environment                    = var.environment
  account_id                     = var.account_id
  home_region                    = var.home_region
  second_region                  = var.second_region
  breakglass                     = var.breakglass
  subscriptions                  = var.subscriptions
  second_region_subscriptions    = var.second_region_subscriptions
  allow_single_subscriber_reason = var.allow_single_subscriber_reason
  trail                          = var.trail
  watched_secret_arns            = var.watched_secret_arns
  allowed_secret_readers         = var.allowed_secret_readers
  additional_alarms              = var.additional_alarms
  config                         = var.config
  unused_access_age_days         = var.unused_access_age_days
  support_user_arns              = var.support_user_arns
  reader_principals              = var.reader_principals
  ci                             = var.ci
}
