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

variable "topic_arn" {
  description = "SNS topic in this Region that receives one readable message per event."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.topic_arn))
    error_message = "topic_arn must be the ARN of a standard SNS topic, because EventBridge publishes without the group id that a FIFO topic needs."
  }

  validation {
    condition     = split(":", "${var.topic_arn}:::::")[3] == var.region
    error_message = "topic_arn must be in the Region of the rules, because EventBridge cannot publish to a topic in another Region."
  }
}

variable "protected_policy_arns" {
  description = "ARNs of the customer-managed policies that carry the break-glass role (its boundary and its permissions); any change of them is reported."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.protected_policy_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/[A-Za-z0-9_+=,.@/-]+$", arn))])
    error_message = "Every protected_policy_arns entry must be the ARN of one customer-managed policy, because nobody but AWS can change an AWS-managed one."
  }
}

variable "owner_user_names" {
  description = "Names of the IAM users that may assume the break-glass role; any change of their keys, passwords, MFA devices or policies is reported."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.owner_user_names : can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", name))])
    error_message = "Every owner_user_names entry must be a plain IAM user name, not an ARN, because CloudTrail records the name."
  }
}

variable "log_group_name" {
  description = "CloudWatch log group the trail delivers to; null means /aws/cloudtrail/<environment>-trail."
  type        = string
  default     = null

  validation {
    condition     = var.log_group_name == null ? true : can(regex("^[A-Za-z0-9_/.#-]{1,512}$", var.log_group_name))
    error_message = "log_group_name must be a plain log group name (letters, digits, _ / . # -), not an ARN, because CloudTrail records the name."
  }
}

variable "dead_letter_queue_arn" {
  description = "SQS queue in this Region that keeps events the topic did not take; null means none."
  type        = string
  default     = null

  validation {
    condition     = var.dead_letter_queue_arn == null ? true : can(regex("^arn:[a-z-]+:sqs:${var.region}:[0-9]{12}:[A-Za-z0-9_-]+$", var.dead_letter_queue_arn))
    error_message = "dead_letter_queue_arn must be the ARN of a standard SQS queue in the Region of the rules, because EventBridge accepts no other."
  }
}
