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

variable "create_external" {
  description = "Whether to build the external-access analyzer, of which every Region needs its own."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_unused" {
  description = "Whether to build the unused-access analyzer; true in one Region per account, because it looks at the whole account and is charged per role and user."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = var.create_external || var.create_unused
    error_message = "create_unused must be true when create_external is false, because the module would otherwise build nothing at all."
  }
}

variable "unused_access_age_days" {
  description = "Days without use after which a role, key, password or permission is reported as unused."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.unused_access_age_days >= 1 && var.unused_access_age_days <= 365 && floor(var.unused_access_age_days) == var.unused_access_age_days
    error_message = "unused_access_age_days must be a whole number from 1 to 365, the range that IAM Access Analyzer accepts."
  }
}

variable "breakglass_role_arns" {
  description = "Break-glass roles, whose lack of use is what everybody hopes for: the finding that such a role is unused is archived, all other findings about it stay."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.breakglass_role_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*?]+$", arn))])
    error_message = "breakglass_role_arns must be whole role ARNs without wildcards, because everything that matches here is no longer reported as unused."
  }

  validation {
    condition     = alltrue([for arn in var.breakglass_role_arns : strcontains(arn, ":iam::${var.account_id}:")])
    error_message = "breakglass_role_arns must be roles of this account, because the analyzer sees no other."
  }

  validation {
    condition     = length(var.breakglass_role_arns) <= 20
    error_message = "breakglass_role_arns takes at most 20 roles, the number of values that one archive rule may hold."
  }
}
