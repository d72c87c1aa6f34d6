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

variable "bucket_name" {
  description = "Name of the bucket; null means <environment>-<account_id>-guardrails-records."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_name == null ? true : can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits or hyphens; a dot would break TLS host names, and the bucket accepts TLS only."
  }
}

variable "retention_mode" {
  description = "COMPLIANCE: nobody shortens a retention; GOVERNANCE: whoever may s3:BypassGovernanceRetention does."
  type        = string
  default     = "COMPLIANCE"
  nullable    = false

  validation {
    condition     = contains(["COMPLIANCE", "GOVERNANCE"], var.retention_mode)
    error_message = "retention_mode must be COMPLIANCE or GOVERNANCE, the two that S3 Object Lock knows."
  }
}

variable "retention_days" {
  description = "How many days every line of a record stays."
  type        = number
  default     = 400
  nullable    = false

  validation {
    condition     = var.retention_days >= 90 && var.retention_days <= 36500 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days must be a whole number from 90 to 36500, because a quarterly review must still find every record of its quarter, and S3 keeps nothing longer than a hundred years."
  }
}

variable "writer_arns" {
  description = "Principals (user or role ARNs, also of other accounts) that write and read records; those of this account may also be given access by their own policies."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.writer_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[^*?]+$", arn))])
    error_message = "writer_arns must be whole user or role ARNs without wildcards, because whoever writes here can claim that an incident is open."
  }
}

variable "administrator_arns" {
  description = "Roles that may remove what the lock no longer keeps; none means the account's root user alone."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.administrator_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[^*?]+$", arn))])
    error_message = "administrator_arns must be whole role ARNs without wildcards, because they are the only ones who may remove records after their retention."
  }
}
