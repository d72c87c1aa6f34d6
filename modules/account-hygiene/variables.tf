variable "environment" {
  description = "Short name of the environment, the first word of every name built here."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.environment))
    error_message = "environment must be 2 to 16 lower-case letters, digits or hyphens and start with a letter, because it begins bucket names, which allow nothing else."
  }
}

variable "account_id" {
  description = "The twelve digits of the account that these resources belong to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the twelve digits of an AWS account, as a string, because every ARN and policy condition is built from it."
  }
}

variable "region" {
  description = "The Region of the provider that this module is given."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a Region code such as us-east-2, not a zone and not a display name, because ARNs and service principals are built from it."
  }
}

variable "set_account_wide" {
  description = "Whether to set what exists once per account (password policy, S3 public access block, support role); true in one Region, false in the further ones, which then only encrypt new EBS volumes."
  type        = bool
  default     = true
  nullable    = false
}

variable "password_policy" {
  description = "The password policy of the account's IAM users."
  type = object({
    minimum_length        = optional(number, 14)
    reuse_prevention      = optional(number, 24)
    max_age_days          = optional(number, 90)
    allow_users_to_change = optional(bool, true)
    hard_expiry           = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.password_policy.minimum_length >= 14 && var.password_policy.minimum_length <= 128
    error_message = "password_policy.minimum_length must be from 14 to 128: CIS AWS Foundations asks for 14, IAM accepts no more than 128."
  }

  validation {
    condition     = var.password_policy.reuse_prevention >= 1 && var.password_policy.reuse_prevention <= 24
    error_message = "password_policy.reuse_prevention must be from 1 to 24, the range that IAM accepts; 24 is what CIS AWS Foundations asks for."
  }

  validation {
    condition     = var.password_policy.max_age_days == 0 || (var.password_policy.max_age_days >= 1 && var.password_policy.max_age_days <= 1095)
    error_message = "password_policy.max_age_days must be 0 (no expiry) or from 1 to 1095, the range that IAM accepts."
  }

  validation {
    condition     = !var.password_policy.hard_expiry
    error_message = "password_policy.hard_expiry must stay false: it locks out every user whose password has expired until an administrator resets it, which locks the break-glass owners out in the emergency."
  }

  validation {
    condition     = var.password_policy.allow_users_to_change || var.password_policy.max_age_days == 0
    error_message = "password_policy.allow_users_to_change must be true when passwords expire, because a break-glass owner whose password has expired could not set a new one."
  }
}

variable "ebs_encryption_by_default" {
  description = "Whether new EBS volumes of this Region are encrypted without anybody asking."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.ebs_encryption_by_default || var.set_account_wide
    error_message = "ebs_encryption_by_default must be true when set_account_wide is false, because the module would otherwise set nothing at all."
  }
}

variable "support_user_arns" {
  description = "IAM users of this account that may open AWS support cases, through a role that demands MFA; empty builds no support role."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.support_user_arns : can(regex("^arn:aws[a-z-]*:iam::${var.account_id}:user/[^*?]+$", arn))])
    error_message = "support_user_arns must be IAM users of this account: the role demands MFA, and neither a role nor an Identity Center session ever carries the MFA key. Give Identity Center users AWSSupportAccess in a permission set."
  }

  validation {
    condition     = var.set_account_wide || length(var.support_user_arns) == 0
    error_message = "support_user_arns must be empty when set_account_wide is false, because the support role exists once per account."
  }
}
