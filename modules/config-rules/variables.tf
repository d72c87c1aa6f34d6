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

variable "breakglass_role_name" {
  description = "Name (no path) of the break-glass role, the one role that may hold AdministratorAccess."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", var.breakglass_role_name))
    error_message = "breakglass_role_name must be a role name of at most 64 characters, not an ARN and not a path, because AWS Config compares it with role names."
  }
}

variable "create_recorder" {
  description = "Whether to build the recorder with its delivery channel and bucket; false where Control Tower or the organisation has one, because AWS allows one per account and Region."
  type        = bool
  default     = true
  nullable    = false
}

variable "existing_recorder_name" {
  description = "Name of the recorder that is already there when `create_recorder` is false; null otherwise."
  type        = string
  default     = null

  validation {
    condition     = var.create_recorder || length(trimspace(coalesce(var.existing_recorder_name, " "))) > 0
    error_message = "existing_recorder_name must name the recorder that is already there when create_recorder is false, because a rule without a recorder evaluates nothing and somebody has to check that it runs."
  }

  validation {
    condition     = !(var.create_recorder && var.existing_recorder_name != null)
    error_message = "existing_recorder_name must be null when create_recorder is true, because AWS refuses a second recorder in the same account and Region."
  }
}

variable "is_iam_home_region" {
  description = "Whether this Region is the one that records the IAM resource types and carries the IAM and account-wide rules; true in exactly one Region."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition = !(var.is_iam_home_region && contains([
      "ap-south-2", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-2",
      "il-central-1", "me-central-1", "mx-central-1",
    ], var.region))
    error_message = "is_iam_home_region must be false in a Region that AWS Config entered after February 2022, because IAM users, groups, roles and policies cannot be recorded there and every IAM rule would stay silent."
  }
}

variable "create_service_linked_role" {
  description = "Whether to create AWSServiceRoleForConfig, which exists once per account; null means: with the recorder of the IAM home Region."
  type        = bool
  default     = null
}

variable "bucket_name" {
  description = "Name of the bucket that receives configuration history; null means <environment>-<account_id>-config-<region>."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_name == null ? true : can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits or hyphens; a dot would break TLS host names, and the bucket accepts TLS only."
  }
}

variable "object_expiration_days" {
  description = "Days after which a configuration history file expires; null keeps every file for ever."
  type        = number
  default     = 2557

  validation {
    condition     = var.object_expiration_days == null ? true : var.object_expiration_days >= 365 && floor(var.object_expiration_days) == var.object_expiration_days
    error_message = "object_expiration_days must be null or a whole number of at least 365, because a yearly audit compares with the state of a year ago."
  }
}

variable "access_log_bucket_name" {
  description = "Existing bucket in this Region that receives the server access logs of the configuration bucket; null writes none."
  type        = string
  default     = null

  validation {
    condition     = var.access_log_bucket_name == null ? true : var.access_log_bucket_name != coalesce(var.bucket_name, "${var.environment}-${var.account_id}-config-${var.region}")
    error_message = "access_log_bucket_name must be another bucket than the configuration bucket, because a bucket that logs into itself writes a log line about every log line."
  }
}

variable "administrator_role_exceptions" {
  description = "Names of further roles that may hold AdministratorAccess, beside the break-glass role."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.administrator_role_exceptions : can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", name))])
    error_message = "administrator_role_exceptions must be role names of at most 64 characters without wildcards, ARNs or paths, because each exception is one role that somebody answers for."
  }
}

variable "disabled_rules" {
  description = "Rules of the catalogue to leave out: rule key to the written reason."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.disabled_rules) : contains(keys(local.builtin_rules), key)])
    error_message = "disabled_rules may only name rules of the catalogue (see the README), because a misspelt key would leave the rule running and a false belief behind."
  }

  validation {
    condition     = alltrue([for reason in values(var.disabled_rules) : length(trimspace(reason)) >= 15])
    error_message = "disabled_rules needs a reason of at least 15 characters for each rule, because the reviewer has to be told why a guardrail is missing."
  }
}

variable "rule_parameters" {
  description = "Parameters that replace those of the catalogue: rule key to parameter name to value, every value a string."
  type        = map(map(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.rule_parameters) : contains(keys(local.builtin_rules), key)])
    error_message = "rule_parameters may only name rules of the catalogue (see the README), because parameters of an unknown rule would be lost in silence."
  }

  validation {
    condition = alltrue([for key, parameters in var.rule_parameters :
      try(length(setsubtract(keys(parameters), local.builtin_rules[key].settable_parameters)) == 0, true)
    ])
    error_message = "rule_parameters may only set parameters that the rule has (see the README), because AWS Config refuses an unknown parameter only at apply; use administrator_role_exceptions for the administrator rule."
  }
}

variable "additional_rules" {
  description = "Further managed rules: rule key to identifier, parameters, resource types and frequency."
  type = map(object({
    source_identifier = string
    description       = string
    parameters        = optional(map(string), {})
    resource_types    = optional(list(string), [])
    frequency         = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(setintersection(keys(var.additional_rules), keys(local.builtin_rules))) == 0
    error_message = "additional_rules may not reuse a key of the catalogue, because one of the two rules would silently win; use rule_parameters to change a rule."
  }

  validation {
    condition     = alltrue([for key in keys(var.additional_rules) : can(regex("^[a-z][a-z0-9-]{2,80}$", key))])
    error_message = "additional_rules keys must be 3 to 81 lower-case letters, digits or hyphens, because the key becomes part of the rule name."
  }

  validation {
    condition     = alltrue([for rule in values(var.additional_rules) : can(regex("^[A-Z][A-Z0-9_]+$", rule.source_identifier))])
    error_message = "additional_rules need the source identifier in capitals with underscores (IAM_USER_MFA_ENABLED), not the name on the documentation page (iam-user-mfa-enabled)."
  }

  validation {
    condition = alltrue([for rule in values(var.additional_rules) : rule.frequency == null ? true : contains(
      ["One_Hour", "Three_Hours", "Six_Hours", "Twelve_Hours", "TwentyFour_Hours"], rule.frequency,
    )])
    error_message = "additional_rules frequency must be One_Hour, Three_Hours, Six_Hours, Twelve_Hours or TwentyFour_Hours, the only words that AWS Config knows."
  }

  validation {
    condition = var.is_iam_home_region || alltrue([for rule in values(var.additional_rules) :
      !anytrue([for type in rule.resource_types : startswith(type, "AWS::IAM::")])
    ])
    error_message = "additional_rules about AWS::IAM:: types belong in the IAM home Region only, because no other Region records these types and the rule would never be evaluated."
  }
}
