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
  description = "The Region of the provider that this module is given; the trail's bucket should be in it, as reading from another Region is charged."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a Region code such as us-east-2, not a zone and not a display name, because ARNs are built from it."
  }
}

variable "trail_bucket_name" {
  description = "Name of the bucket that CloudTrail delivers to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.trail_bucket_name))
    error_message = "trail_bucket_name must be the name of a bucket, without s3:// and without a key, because the table's location is built from it."
  }
}

variable "trail_key_prefix" {
  description = "The trail's own prefix before AWSLogs/, without slashes at its ends; empty for none."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.trail_key_prefix == "" || can(regex("^[A-Za-z0-9._-]([A-Za-z0-9._/-]*[A-Za-z0-9._-])?$", var.trail_key_prefix))
    error_message = "trail_key_prefix must be letters, digits, dots, underscores, hyphens and inner slashes, because CloudTrail puts one slash after it."
  }
}

variable "organization_id" {
  description = "Id of the organisation (o-…) when the trail is an organisation's, whose files lie one level deeper; null otherwise."
  type        = string
  default     = null

  validation {
    condition     = var.organization_id == null ? true : can(regex("^o-[a-z0-9]{10,32}$", var.organization_id))
    error_message = "organization_id must be null or the id of an organisation such as o-exampleorg1, because an organisation trail writes it into every key."
  }
}

variable "trail_key_arn" {
  description = "ARN of the KMS key that the trail encrypts with; null when it uses none of its own."
  type        = string
  default     = null

  validation {
    condition     = var.trail_key_arn == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.trail_key_arn))
    error_message = "trail_key_arn must be null or the ARN of a key, not of an alias, because a policy that names an alias permits nothing."
  }
}

variable "accounts" {
  description = "Accounts whose events the table holds; empty means account_id alone."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.accounts : can(regex("^[0-9]{12}$", id))])
    error_message = "accounts must be account ids of twelve digits, as strings, because they are folders of the trail's bucket."
  }

  validation {
    condition     = length(var.accounts) == length(distinct(var.accounts))
    error_message = "accounts must not name an account twice, because partition projection would read it twice."
  }

  validation {
    condition     = length(var.accounts) < 2 || var.organization_id != null
    error_message = "accounts may name several accounts only with an organization_id, because only an organisation trail writes their files under one prefix."
  }
}

variable "event_regions" {
  description = "Regions whose events the table holds; us-east-1 holds those of global services."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.event_regions) > 0 && alltrue([for name in var.event_regions : can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]$", name))])
    error_message = "event_regions must name at least one Region, by its code, because they are folders of the trail's bucket."
  }

  validation {
    condition     = length(var.event_regions) == length(distinct(var.event_regions))
    error_message = "event_regions must not name a Region twice, because partition projection would read it twice."
  }
}

variable "first_day" {
  description = "The day of the trail's first files, as YYYY/MM/DD."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^20[0-9]{2}/(0[1-9]|1[0-2])/(0[1-9]|[12][0-9]|3[01])$", var.first_day))
    error_message = "first_day must be written YYYY/MM/DD, because that is how CloudTrail names the folders of days."
  }
}

variable "bytes_scanned_limit" {
  description = "The most bytes that one query may read before Athena stops it; a TB costs about 5 USD."
  type        = number
  default     = 107374182400
  nullable    = false

  validation {
    condition     = var.bytes_scanned_limit >= 10485760 && floor(var.bytes_scanned_limit) == var.bytes_scanned_limit
    error_message = "bytes_scanned_limit must be a whole number of at least 10485760, the least that Athena accepts."
  }
}

variable "results_key_arn" {
  description = "ARN of a KMS key for the results; null encrypts them with S3's own key."
  type        = string
  default     = null

  validation {
    condition     = var.results_key_arn == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.results_key_arn))
    error_message = "results_key_arn must be null or the ARN of a key, not of an alias, because a policy that names an alias permits nothing."
  }
}

variable "results_bucket_name" {
  description = "Name of the results bucket; null means <environment>-<account_id>-trail-lake-results."
  type        = string
  default     = null

  validation {
    condition     = var.results_bucket_name == null ? true : can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.results_bucket_name))
    error_message = "results_bucket_name must be 3 to 63 lower-case letters, digits or hyphens; a dot would break TLS host names, and the bucket accepts TLS only."
  }

  validation {
    condition     = var.results_bucket_name != var.trail_bucket_name
    error_message = "results_bucket_name must be another bucket than the trail's, because results expire and evidence must not."
  }
}

variable "results_days" {
  description = "Days after which results expire."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.results_days >= 1 && var.results_days <= 90 && floor(var.results_days) == var.results_days
    error_message = "results_days must be a whole number from 1 to 90, because results are copies of what CloudTrail recorded and lie outside its bucket's protection."
  }
}
