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
  description = "Name of the state bucket; null means <environment>-<account_id>-guardrails-tfstate."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_name == null ? true : can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits or hyphens; a dot would break TLS host names, and the bucket accepts TLS only."
  }
}

variable "state_object_key" {
  description = "Key of the state object, written into `backend_hcl`."
  type        = string
  default     = "guardrails/terraform.tfstate"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-][A-Za-z0-9._/-]*$", var.state_object_key)) && !endswith(var.state_object_key, "/")
    error_message = "state_object_key must be a whole object key of letters, digits, dots, underscores, hyphens and inner slashes, because the backend refuses a key that begins or ends with a slash."
  }
}

variable "reader_arns" {
  description = "Principals (user or role ARNs, also of other accounts) that may read the state; principals of this account may also be given access by their own policies."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.reader_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[^*]+$", arn))])
    error_message = "reader_arns must be whole user or role ARNs without an asterisk (a question mark stands for one character of an Identity Center role's suffix), because the state describes every guardrail of the account."
  }

  validation {
    condition = alltrue([for arn in var.reader_arns :
      !strcontains(arn, "?") || can(regex(":role/aws-reserved/sso[.]amazonaws[.]com/([a-z0-9-]+/)?AWSReservedSSO_[A-Za-z0-9+=,.@_-]{1,32}_[?]{16}$", arn))
    ])
    error_message = "reader_arns may hold question marks only as the sixteen-character suffix of an Identity Center role (…/AWSReservedSSO_<permission set>_????????????????), because anywhere else they admit roles that nobody named."
  }

  validation {
    condition     = !anytrue([for arn in var.reader_arns : strcontains(arn, "/sso.amazonaws.com/us-east-1/")])
    error_message = "reader_arns may not hold a us-east-1 segment: the roles of an Identity Center that lives in us-east-1 have no Region in their path, so this ARN would never match."
  }
}

variable "noncurrent_version_days" {
  description = "Days after which superseded versions of the state expire; null keeps every version for ever."
  type        = number
  default     = null

  validation {
    condition     = var.noncurrent_version_days == null ? true : var.noncurrent_version_days >= 90 && floor(var.noncurrent_version_days) == var.noncurrent_version_days
    error_message = "noncurrent_version_days must be null or a whole number of at least 90, because a damaged state may be noticed only at the next quarterly review."
  }
}

variable "access_log_bucket_name" {
  description = "Existing bucket in this Region that receives the server access logs of the state bucket; null writes none."
  type        = string
  default     = null

  validation {
    condition     = var.access_log_bucket_name == null ? true : var.access_log_bucket_name != coalesce(var.bucket_name, "${var.environment}-${var.account_id}-guardrails-tfstate")
    error_message = "access_log_bucket_name must be another bucket than the state bucket, because a bucket that logs into itself writes a log line about every log line."
  }
}
