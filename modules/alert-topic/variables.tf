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

variable "name" {
  description = "Name of the topic; null means <environment>-security-alerts."
  type        = string
  default     = null

  validation {
    condition     = var.name == null ? true : can(regex("^[A-Za-z0-9_-]{1,240}$", var.name))
    error_message = "name must be 1 to 240 letters, digits, hyphens or underscores: a standard topic, because CloudWatch alarms cannot publish to a FIFO topic (.fifo)."
  }
}

variable "subscriptions" {
  description = "Who is told: a map from a stable key to the protocol and the endpoint."
  type        = map(object({ protocol = string, endpoint = string }))
  nullable    = false

  validation {
    condition     = length(var.subscriptions) > 0
    error_message = "subscriptions must hold at least one entry, because a topic without a subscriber tells nobody."
  }

  validation {
    condition = (
      length(distinct([for s in values(var.subscriptions) : lower(s.endpoint)])) != 1
      || var.allow_single_subscriber_reason != ""
    )
    error_message = "subscriptions must reach at least two different endpoints, because one unread mailbox or one click on its unsubscribe link would make every alarm silent; set allow_single_subscriber_reason to accept that in writing."
  }

  validation {
    condition = alltrue([
      for s in values(var.subscriptions) :
      contains(["email", "email-json", "sms", "https", "sqs", "lambda"], s.protocol)
    ])
    error_message = "Every subscription protocol must be email, email-json, sms, https, sqs or lambda; plain http is refused because alerts would travel unencrypted."
  }

  validation {
    condition = alltrue([
      for s in values(var.subscriptions) :
      can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s.]{2,}$", s.endpoint))
      if contains(["email", "email-json"], s.protocol)
    ])
    error_message = "An email or email-json subscription needs an e-mail address as its endpoint, because SNS sends the confirmation there."
  }

  validation {
    condition = alltrue([
      for s in values(var.subscriptions) : can(regex("^\\+[1-9][0-9]{6,14}$", s.endpoint)) if s.protocol == "sms"
    ])
    error_message = "An sms subscription needs a telephone number in E.164 form such as +15555550123, because SNS accepts no other."
  }

  validation {
    condition = alltrue([
      for s in values(var.subscriptions) : can(regex("^https://[^\\s/]+", s.endpoint)) if s.protocol == "https"
    ])
    error_message = "An https subscription needs an https:// URL as its endpoint, because SNS compares the URL with the protocol."
  }

  validation {
    condition = alltrue([
      for s in values(var.subscriptions) :
      can(regex("^arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", s.endpoint)) if s.protocol == "sqs"
    ])
    error_message = "An sqs subscription needs the ARN of a standard queue as its endpoint (not its URL; a FIFO queue cannot follow a standard topic with every protocol)."
  }

  validation {
    condition = alltrue([
      for s in values(var.subscriptions) :
      can(regex("^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_:$-]+$", s.endpoint)) if s.protocol == "lambda"
    ])
    error_message = "A lambda subscription needs the ARN of a function as its endpoint, because SNS invokes it by ARN."
  }
}

variable "allow_single_subscriber_reason" {
  description = "Why one endpoint is enough; empty (the default) refuses a topic with fewer than two."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.allow_single_subscriber_reason == "" || length(trimspace(var.allow_single_subscriber_reason)) >= 15
    error_message = "allow_single_subscriber_reason must be a sentence of at least 15 characters, because a reviewer has to understand it a year later."
  }
}
