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

variable "create_trail" {
  description = "Whether to build a trail here; false adopts the one that `existing` names."
  type        = bool
  default     = true
  nullable    = false
}

variable "existing" {
  description = "The trail to adopt when `create_trail` is false: the names of the trail, its log group and its bucket; null otherwise."
  type = object({
    trail_name     = string
    log_group_name = string
    bucket_name    = string
    account_id     = optional(string)
    region         = optional(string)
  })
  default = null

  validation {
    condition     = var.create_trail || var.existing != null
    error_message = "existing must name the trail, its log group and its bucket when create_trail is false, because alarms without a log group watch nothing."
  }

  validation {
    condition     = !(var.create_trail && var.existing != null)
    error_message = "existing must be null when create_trail is true, because a second trail beside the adopted one costs money and the alarms could watch the wrong one."
  }

  validation {
    condition     = var.existing == null ? true : coalesce(var.existing.account_id, var.account_id) == var.account_id
    error_message = "existing.account_id must be this account: an organisation trail's log group lives in the management account, and a metric filter created here would never see one of its events. Build a trail here instead."
  }

  validation {
    condition     = var.existing == null ? true : coalesce(var.existing.region, var.region) == var.region
    error_message = "existing.region must be the home Region of this module, because the log group stands in the trail's home Region and the metric filters are built beside it."
  }

  validation {
    condition     = var.existing == null ? true : alltrue([for name in [var.existing.trail_name, var.existing.log_group_name, var.existing.bucket_name] : !startswith(name, "arn:") && length(trimspace(name)) > 0])
    error_message = "existing takes names, not ARNs and not empty strings, because the ARNs are built from account_id and region."
  }
}

variable "trail_name" {
  description = "Name of the trail; null means <environment>-trail."
  type        = string
  default     = null

  validation {
    condition     = var.trail_name == null ? true : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$", var.trail_name))
    error_message = "trail_name must be 3 to 128 letters, digits, dots, underscores or hyphens and start and end with a letter or digit, as CloudTrail demands."
  }
}

variable "bucket_name" {
  description = "Name of the log bucket; null means <environment>-<account_id>-trail-logs."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_name == null ? true : can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits or hyphens; a dot would break TLS host names, and the bucket accepts TLS only."
  }
}

variable "log_retention_days" {
  description = "Days that CloudWatch Logs keeps the events that the alarms read; 0 keeps them for ever."
  type        = number
  default     = 400
  nullable    = false

  validation {
    condition = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
    2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a value that CloudWatch Logs accepts: 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }

  validation {
    condition     = var.log_retention_days == 0 || var.log_retention_days >= 120
    error_message = "log_retention_days must be 0 or at least 120, because the quarterly review looks back over a whole quarter and starts after it has ended."
  }
}

variable "object_expiration_days" {
  description = "Days after which a log file in the bucket expires; null keeps every log file for ever."
  type        = number
  default     = 2557

  validation {
    condition     = var.object_expiration_days == null ? true : var.object_expiration_days >= 365 && floor(var.object_expiration_days) == var.object_expiration_days
    error_message = "object_expiration_days must be null or a whole number of at least 365, because an intruder is often found only months later and the log files are then the only evidence."
  }
}

variable "access_log_bucket_name" {
  description = "Existing bucket in this Region that receives the server access logs of the log bucket; null writes none."
  type        = string
  default     = null

  validation {
    condition     = var.access_log_bucket_name == null ? true : var.access_log_bucket_name != coalesce(var.bucket_name, "${var.environment}-${var.account_id}-trail-logs")
    error_message = "access_log_bucket_name must be another bucket than the log bucket, because a bucket that logs into itself writes a log line about every log line."
  }
}

variable "log_reader_arns" {
  description = "Principals (user or role ARNs, also of other accounts) that may read the log files; principals of this account may also be given access by their own policies."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.log_reader_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[^*]+$", arn))])
    error_message = "log_reader_arns must be whole user or role ARNs without an asterisk (a question mark stands for one character of an Identity Center role's suffix), because the log files name everybody who did anything."
  }

  validation {
    condition = alltrue([for arn in var.log_reader_arns :
      !strcontains(arn, "?") || can(regex(":role/aws-reserved/sso[.]amazonaws[.]com/([a-z0-9-]+/)?AWSReservedSSO_[A-Za-z0-9+=,.@_-]{1,32}_[?]{16}$", arn))
    ])
    error_message = "log_reader_arns may hold question marks only as the sixteen-character suffix of an Identity Center role (…/AWSReservedSSO_<permission set>_????????????????), because anywhere else they admit roles that nobody named."
  }

  validation {
    condition     = !anytrue([for arn in var.log_reader_arns : strcontains(arn, "/sso.amazonaws.com/us-east-1/")])
    error_message = "log_reader_arns may not hold a us-east-1 segment: the roles of an Identity Center that lives in us-east-1 have no Region in their path, so this ARN would never match."
  }
}
