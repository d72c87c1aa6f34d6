variable "environment" {
  description = "Name of the environment; the first part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.environment))
    error_message = "environment must be 2 to 16 lower-case letters, digits or hyphens and start with a letter, because it begins every name made here."
  }
}

variable "account_id" {
  description = "The 12-digit account that is guarded."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be exactly 12 digits, as a string, so that leading zeros survive."
  }
}

variable "home_region" {
  description = "Region of the trail, its log group and the alarms; also the Region of the default provider."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]$", var.home_region))
    error_message = "home_region must be a Region code such as us-east-2, because ARNs are built from it."
  }
}

variable "second_region" {
  description = "The further Region with its own topic, event rules and analyzer; IAM and the global STS endpoint report to us-east-1."
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]$", var.second_region))
    error_message = "second_region must be a Region code such as us-east-1, because ARNs are built from it."
  }

  validation {
    condition     = var.second_region != var.home_region
    error_message = "second_region must differ from home_region, because the same names would be built twice in one Region."
  }

  validation {
    condition     = contains([var.home_region, var.second_region], "us-east-1")
    error_message = "home_region or second_region must be us-east-1, because IAM changes, root use and calls to the global STS endpoint are reported there and EventBridge rules elsewhere never see them."
  }
}

variable "breakglass" {
  description = "The break-glass role: its lanes, incident id and permissions (see breakglass-role, which checks them)."
  type = object({
    iam_user_lane = optional(object({
      primary             = string
      backup              = optional(string)
      create_users        = optional(bool, true)
      mfa_max_age_seconds = optional(number, 3600)
    }))
    identity_center_lane = optional(object({
      permission_set      = string
      home_region         = string
      users               = list(string)
      account_id          = optional(string)
      principal_tag       = optional(object({ key = string, value = string }))
      mfa_max_age_seconds = optional(number)
    }))
    require_incident_id  = optional(bool, true)
    incident_id_pattern  = optional(string, "INC-*")
    permissions_mode     = optional(string, "emergency_operator")
    administrator_reason = optional(string)
    operator = optional(object({
      secret_name_patterns            = optional(list(string), [])
      rotation_function_name_patterns = optional(list(string), [])
      safe_mode_parameter_paths       = optional(list(string), [])
      function_name_patterns          = optional(list(string), [])
      ecs_service_patterns            = optional(list(string), [])
      automation_rule_name_patterns   = optional(list(string), [])
      fixable_role_name_patterns      = optional(list(string), [])
      attachable_policy_name_patterns = optional(list(string), [])
      fixable_role_boundary_arn       = optional(string)
    }), {})
  })
  nullable = false
}

variable "subscriptions" {
  description = "Who is told in the home Region: key to protocol and endpoint."
  type        = map(object({ protocol = string, endpoint = string }))
  nullable    = false

  validation {
    condition     = length(distinct([for subscription in values(var.subscriptions) : replace(subscription.protocol, "/-json$/", "")])) >= 2 || var.allow_single_subscriber_reason != ""
    error_message = "subscriptions must use at least two different kinds of endpoint (for example email and sms), because one mail outage would silence every alarm; set allow_single_subscriber_reason to accept that in writing."
  }
}

variable "second_region_subscriptions" {
  description = "Who is told in the second Region; null means the same people."
  type        = map(object({ protocol = string, endpoint = string }))
  default     = null
}

variable "allow_single_subscriber_reason" {
  description = "Why one endpoint, or one kind of endpoint, is enough; empty refuses it."
  type        = string
  default     = ""
  nullable    = false
}

variable "trail" {
  description = "The audit trail: built here, or adopted (create = false and existing); how long its logs are kept."
  type = object({
    create = optional(bool, true)
    existing = optional(object({
      trail_name     = string
      log_group_name = string
      bucket_name    = string
      account_id     = optional(string)
      region         = optional(string)
    }))
    log_retention_days     = optional(number, 400)
    object_expiration_days = optional(number, 2557)
    access_log_bucket_name = optional(string)
    log_reader_arns        = optional(list(string), [])
  })
  default  = {}
  nullable = false
}

variable "watched_secret_arns" {
  description = "Secrets whose every unexpected read raises an alarm: short key to full ARN."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "allowed_secret_readers" {
  description = "ARNs of the roles and users that read those secrets in normal operation."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "additional_alarms" {
  description = "Further alarms on the trail: key to filter pattern, description and severity."
  type        = map(object({ pattern = string, description = string, severity = string }))
  default     = {}
  nullable    = false
}

variable "config" {
  description = "AWS Config: recorder built here or already there, and what differs from the catalogue of rules."
  type = object({
    create_recorder               = optional(bool, true)
    create_service_linked_role    = optional(bool)
    existing_recorder_name        = optional(string)
    object_expiration_days        = optional(number, 2557)
    access_log_bucket_name        = optional(string)
    administrator_role_exceptions = optional(list(string), [])
    disabled_rules                = optional(map(string), {})
    rule_parameters               = optional(map(map(string)), {})
  })
  default  = {}
  nullable = false
}

variable "unused_access_age_days" {
  description = "Days without use after which the analyzer reports access as unused."
  type        = number
  default     = 90
  nullable    = false
}

variable "support_user_arns" {
  description = "IAM users of this account that may open AWS support cases; empty builds no support role."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "reader_principals" {
  description = "Who may assume the read-only role that reviews and drift checks run with."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "trail_lake_query_policy_json" {
  description = "The output query_policy_json of trail-lake, known at plan, so that the reader may ask Athena; null lets it not."
  type        = string
  default     = null
}

variable "ci" {
  description = "The CI system that may plan, through OIDC; null builds no CI role."
  type = object({
    subjects        = list(string)
    provider_url    = optional(string, "token.actions.githubusercontent.com")
    audience        = optional(string, "sts.amazonaws.com")
    create_provider = optional(bool, true)
  })
  default = null
}
