variable "environment" {
  description = "Name of the environment; it prefixes every name this module creates."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.environment))
    error_message = "environment must be 2 to 16 lower-case letters, digits or hyphens and start with a letter, because it prefixes resource names."
  }
}

variable "account_id" {
  description = "Twelve-digit id of the AWS account this module builds in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be exactly twelve digits (a string, so that a leading zero survives)."
  }
}

variable "region" {
  description = "Region of the provider this module is given, for example us-east-2."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a Region code such as us-east-2, because ARNs are built from it."
  }
}

variable "breakglass" {
  description = "Break-glass roles to watch: a map from a short key (it becomes part of names) to the role name and the role ARN with its path."
  type        = map(object({ role_name = string, role_arn = string }))
  nullable    = false

  validation {
    condition     = length(var.breakglass) > 0
    error_message = "breakglass must name at least one role, because watching nothing would look like a guardrail."
  }

  validation {
    condition     = alltrue([for key in keys(var.breakglass) : can(regex("^[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?$", key))])
    error_message = "Every key of breakglass must be 1 to 24 lower-case letters, digits or inner hyphens, because it becomes part of names."
  }

  validation {
    condition     = alltrue([for role in values(var.breakglass) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$", role.role_arn))])
    error_message = "Every role_arn must be the ARN of one IAM role without wildcards, because the match has to name exactly the role that is used."
  }

  validation {
    condition     = alltrue([for role in values(var.breakglass) : endswith(role.role_arn, "/${role.role_name}")])
    error_message = "Every role_name must be the last part of its role_arn, because sessions carry the name without the path and the role carries both."
  }

  validation {
    condition     = alltrue([for role in values(var.breakglass) : can(regex(":iam::${var.account_id}:", role.role_arn))])
    error_message = "Every role_arn must belong to account_id, because CloudTrail of this account sees only the use of its own roles."
  }
}

variable "log_group_name" {
  description = "CloudWatch log group in this Region that the multi-Region trail delivers to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_/.#-]{1,512}$", var.log_group_name))
    error_message = "log_group_name must be a plain log group name (letters, digits, _ / . # -), not an ARN, because metric filters are attached by name."
  }
}

variable "alarm_topic_arns" {
  description = "SNS topics every alarm publishes to."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.alarm_topic_arns) > 0
    error_message = "alarm_topic_arns must hold at least one topic, because an alarm without an action tells nobody."
  }

  validation {
    condition     = alltrue([for arn in var.alarm_topic_arns : can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", arn))])
    error_message = "Every alarm_topic_arns entry must be the ARN of a standard SNS topic, because CloudWatch alarms cannot publish to a FIFO topic."
  }

  validation {
    condition     = alltrue([for arn in var.alarm_topic_arns : split(":", "${arn}:::::")[3] == var.region])
    error_message = "Every topic must be in the Region of the alarms, because a CloudWatch alarm cannot act on another Region."
  }
}

variable "namespace" {
  description = "Metric namespace of the filters; null means BreakGlassGuardrails/<environment>."
  type        = string
  default     = null

  validation {
    condition     = var.namespace == null ? true : can(regex("^[A-Za-z0-9_./#-]{1,255}$", var.namespace)) && !startswith(var.namespace, "AWS/")
    error_message = "namespace must be 1 to 255 letters, digits or . _ / # - and must not start with AWS/, which CloudWatch keeps for its own metrics."
  }
}

variable "protected_bucket_names" {
  description = "S3 buckets that hold the evidence (trail, Config); a change of their settings raises an alarm."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.protected_bucket_names) > 0
    error_message = "protected_bucket_names must name at least the bucket of the trail, because whoever shortens its lifecycle deletes the evidence."
  }

  validation {
    condition     = alltrue([for name in var.protected_bucket_names : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name))])
    error_message = "Every protected_bucket_names entry must be a plain bucket name, because CloudTrail records the name and not the ARN."
  }
}

variable "secret_arns" {
  description = "Secrets Manager secrets whose every unexpected read raises an alarm: a map from a short key (it becomes part of the alarm name) to the full ARN."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.secret_arns) : can(regex("^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", key))])
    error_message = "Every key of secret_arns must be 1 to 40 lower-case letters, digits or inner hyphens, because it becomes part of names."
  }

  validation {
    condition     = alltrue([for arn in values(var.secret_arns) : can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$", arn))])
    error_message = "Every secret must be given as its full ARN, which ends with a hyphen and six characters, because its name is read from it and a read may use either form."
  }
}

variable "allowed_secret_readers" {
  description = "ARNs of the IAM roles and users that read the named secrets in normal operation."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.allowed_secret_readers : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]+$", arn))])
    error_message = "Every allowed_secret_readers entry must be the ARN of one IAM role or user without wildcards, because a wildcard would hide exactly the reader nobody expects."
  }

  validation {
    condition     = length(setintersection(var.allowed_secret_readers, [for role in values(var.breakglass) : role.role_arn])) == 0
    error_message = "A break-glass role must not be an allowed secret reader, because a read during an emergency has to be seen."
  }
}

variable "max_log_silence_minutes" {
  description = "Minutes without one new event in the log group after which the dead-pipeline alarm fires; a multiple of 15."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.max_log_silence_minutes >= 15 && var.max_log_silence_minutes <= 1440 && var.max_log_silence_minutes % 15 == 0
    error_message = "max_log_silence_minutes must be a multiple of 15 from 15 to 1440, because the alarm counts quarters of an hour and CloudWatch evaluates at most one day."
  }
}

variable "additional_alarms" {
  description = "Further alarms: a map from key to the filter pattern, a one-sentence description and a severity (critical, high, medium or low)."
  type        = map(object({ pattern = string, description = string, severity = string }))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.additional_alarms) : can(regex("^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", key))])
    error_message = "Every key of additional_alarms must be 1 to 64 lower-case letters, digits or inner hyphens, because it becomes part of names."
  }

  validation {
    condition     = length(setintersection(keys(var.additional_alarms), concat(keys(local.builtin), [local.pipeline_key]))) == 0
    error_message = "additional_alarms must not reuse a key of the catalogue, because it would replace a built-in alarm without anyone noticing."
  }

  validation {
    condition     = alltrue([for alarm in values(var.additional_alarms) : contains(["critical", "high", "medium", "low"], alarm.severity)])
    error_message = "Every severity must be critical, high, medium or low, because the alarm text starts with it."
  }

  validation {
    condition     = alltrue([for alarm in values(var.additional_alarms) : length(trimspace(alarm.description)) >= 10])
    error_message = "Every description must be a sentence of at least 10 characters, because it is all that the person who is woken up gets to read."
  }

  validation {
    condition     = alltrue([for alarm in values(var.additional_alarms) : can(regex("(?s)^\\{.*\\$\\..*\\}$", trimspace(alarm.pattern)))])
    error_message = "Every pattern must be a JSON filter pattern in braces with at least one selector such as $.eventName, because CloudTrail events are JSON."
  }

  validation {
    condition = alltrue([
      for alarm in values(var.additional_alarms) :
      !can(regex("\\bIS\\s+NOT\\b", alarm.pattern)) && length(regexall("\\bEXISTS\\b", alarm.pattern)) == length(regexall("\\bNOT\\s+EXISTS\\b", alarm.pattern))
    ])
    error_message = "A pattern must not use EXISTS or IS NOT, because CloudWatch Logs knows only NOT EXISTS and IS NULL, TRUE or FALSE."
  }
}
