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

variable "reader_principals" {
  description = "Who may assume the read-only role: user or role ARNs; an Identity Center role as its full ARN with sixteen question marks for the suffix."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.reader_principals : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(user|role)/[^*]+$", arn))])
    error_message = "reader_principals must be whole user or role ARNs without an asterisk (question marks stand for the suffix of an Identity Center role), because the role shows who holds which access in the whole account."
  }

  validation {
    condition = alltrue([for arn in var.reader_principals :
      !strcontains(arn, "?") || can(regex(":role/aws-reserved/sso[.]amazonaws[.]com/([a-z0-9-]+/)?AWSReservedSSO_[A-Za-z0-9+=,.@_-]{1,32}_[?]{16}$", arn))
    ])
    error_message = "reader_principals may hold question marks only as the sixteen-character suffix of an Identity Center role (…/AWSReservedSSO_<permission set>_????????????????), because anywhere else they admit roles that nobody named."
  }

  validation {
    condition     = !anytrue([for arn in var.reader_principals : strcontains(arn, "/sso.amazonaws.com/us-east-1/")])
    error_message = "reader_principals may not hold a us-east-1 segment: the roles of an Identity Center that lives in us-east-1 have no Region in their path, so this ARN would never match."
  }

  validation {
    condition     = !contains([for arn in var.reader_principals : regex("[^/]+$", arn)], "${var.environment}-guardrails-reader")
    error_message = "reader_principals may not hold the reader role itself, because a role that assumes itself renews its own hour without end."
  }

  validation {
    condition     = length(var.reader_principals) > 0 || var.ci != null
    error_message = "reader_principals must not be empty when ci is null, because the module would otherwise build nothing at all."
  }
}

variable "ci" {
  description = "The CI system that may plan: its OIDC provider, audience and the subjects (workflows) that are let in; null builds no CI role."
  type = object({
    subjects        = list(string)
    provider_url    = optional(string, "token.actions.githubusercontent.com")
    audience        = optional(string, "sts.amazonaws.com")
    create_provider = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.ci == null ? true : length(var.ci.subjects) > 0
    error_message = "ci.subjects must name at least one workflow, because without a subject every repository of the provider's customers could assume the role."
  }

  validation {
    condition = var.ci == null ? true : var.ci.provider_url != "token.actions.githubusercontent.com" || alltrue([for subject in var.ci.subjects :
      can(regex("^repo:[A-Za-z0-9][A-Za-z0-9@-]*/[A-Za-z0-9._@-]+:(pull_request|environment:[A-Za-z0-9._-]+|ref:refs/(heads|tags)/[A-Za-z0-9._/*-]+)$", subject))
    ])
    error_message = "ci.subjects must read repo:OWNER/REPOSITORY:pull_request, …:environment:NAME or …:ref:refs/heads/BRANCH, with no wildcard in owner or repository, because repo:* admits every repository on GitHub."
  }

  validation {
    condition = var.ci == null ? true : var.ci.provider_url == "token.actions.githubusercontent.com" || alltrue([for subject in var.ci.subjects :
      length(subject) > 0 && !can(regex("[*?]", subject))
    ])
    error_message = "ci.subjects of another provider than GitHub must be exact, because where its organisation ends and its project begins is not known here and a wildcard could admit strangers."
  }

  validation {
    condition     = var.ci == null ? true : length(trimspace(var.ci.audience)) > 0 && !can(regex("[*?]", var.ci.audience))
    error_message = "ci.audience must be one exact value, because a token issued for somebody else's service must not open this account."
  }

  validation {
    condition     = var.ci == null ? true : can(regex("^[a-z0-9.-]+[.][a-z]+(/[A-Za-z0-9._/-]*[A-Za-z0-9_-])?$", var.ci.provider_url))
    error_message = "ci.provider_url must be the issuer's host and path without https:// and without a slash at the end, because IAM builds the provider's ARN and the condition keys from exactly that text."
  }
}

variable "state_bucket_name" {
  description = "Bucket that holds the Terraform state; null means <environment>-<account_id>-guardrails-tfstate, as state-backend names it."
  type        = string
  default     = null

  validation {
    condition     = var.state_bucket_name == null ? true : can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.state_bucket_name))
    error_message = "state_bucket_name must be the whole name of one bucket without wildcards, because the CI role may read the state in it."
  }
}

variable "state_object_key" {
  description = "Key of the state object in that bucket; the lock object is the same key with .tflock at the end."
  type        = string
  default     = "guardrails/terraform.tfstate"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-][A-Za-z0-9._/-]*$", var.state_object_key)) && !endswith(var.state_object_key, "/")
    error_message = "state_object_key must be the whole key of one object without wildcards and without a slash at either end, because the CI role may write the lock object beside it."
  }
}

variable "state_key_alias" {
  description = "Alias of the key that encrypts the state bucket; null means alias/<environment>-guardrails-tfstate, as state-backend names it."
  type        = string
  default     = null

  validation {
    condition     = var.state_key_alias == null ? true : can(regex("^alias/[A-Za-z0-9/_-]+$", var.state_key_alias)) && !startswith(coalesce(var.state_key_alias, "-"), "alias/aws/")
    error_message = "state_key_alias must be alias/<name> of a customer-managed key without wildcards; alias/aws/s3 needs no permission and would open nothing."
  }
}

variable "read_identity_center" {
  description = "Whether the reader may also list Identity Center assignments; only of use in the management or the delegated administrator account."
  type        = bool
  default     = false
  nullable    = false
}

variable "read_organization" {
  description = "Whether the reader may also list the organisation's accounts and policies; only of use in the management or a delegated administrator account."
  type        = bool
  default     = false
  nullable    = false
}

variable "alert_topic_arns" {
  description = "ARNs of the alert topics that a live drill may subscribe its own queue to; empty means <environment>-security-alerts in every Region."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alert_topic_arns : can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", arn))])
    error_message = "alert_topic_arns must be whole ARNs of standard topics, because a drill that may subscribe to any topic could read what other topics say."
  }
}

variable "trail_lake_query_policy_json" {
  description = "The output query_policy_json of trail-lake, known at plan, so that the reader may ask Athena; null lets it not."
  type        = string
  default     = null

  validation {
    condition = var.trail_lake_query_policy_json == null ? true : try(length(jsondecode(var.trail_lake_query_policy_json).Statement) > 0, false) && try(alltrue([
      for action in flatten([for statement in jsondecode(var.trail_lake_query_policy_json).Statement : statement.Action]) :
      can(regex("^(athena|glue|kms|s3):[A-Za-z]+$", action))
    ]), false)
    error_message = "trail_lake_query_policy_json must be null or a policy that names its actions one by one, all of athena, glue, kms and s3, because the reader gets it as it is."
  }

  validation {
    condition     = var.trail_lake_query_policy_json == null || length(var.reader_principals) > 0
    error_message = "trail_lake_query_policy_json is for the reader role, so reader_principals must name somebody."
  }
}
