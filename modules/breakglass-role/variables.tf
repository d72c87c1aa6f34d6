variable "environment" {
  description = "Name of the environment; the first part of every name made here."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.environment))
    error_message = "environment must be 2 to 16 lower-case letters, digits or hyphens and start with a letter, because it begins every name made here."
  }
}

variable "account_id" {
  description = "The 12-digit account the role lives in; ARNs are built from it so that a plan knows them."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be exactly 12 digits, as a string, so that leading zeros survive."
  }
}

variable "role_name" {
  description = "Name of the role; null means <environment>-breakglass-admin."
  type        = string
  default     = null

  validation {
    condition     = var.role_name == null ? true : can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.role_name))
    error_message = "role_name must be 1 to 64 characters out of letters, digits and +=,.@_- because IAM accepts nothing else, and a wildcard would make the alarms match other roles."
  }
}

variable "path" {
  description = "IAM path of the role; path and name together must stay within 64 characters."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([A-Za-z0-9+=,.@_-]+/)*$", var.path))
    error_message = "path must begin and end with a slash, because IAM refuses any other form."
  }

  validation {
    condition     = length(var.path) + length(coalesce(var.role_name, "${var.environment}-breakglass-admin")) <= 64
    error_message = "path and role name together must be at most 64 characters, because the console cannot switch to a role with a longer one."
  }
}

variable "iam_user_lane" {
  description = "The lane that works when the identity provider is down: ARNs of named IAM users who sign in with MFA."
  type = object({
    primary             = string
    backup              = optional(string)
    create_users        = optional(bool, true)
    mfa_max_age_seconds = optional(number, 3600)
  })
  default = null

  validation {
    condition     = var.iam_user_lane != null
    error_message = "iam_user_lane is missing: at least one lane must not depend on the identity provider, because Identity Center fails in the same outage that break-glass access exists for."
  }

  validation {
    condition     = alltrue([for arn in compact([try(var.iam_user_lane.primary, null), try(var.iam_user_lane.backup, null)]) : !strcontains(arn, "*") && !strcontains(arn, "?")])
    error_message = "iam_user_lane names a wildcard: IAM does not expand wildcards in a principal, and a break-glass role trusts named people only."
  }

  validation {
    condition     = alltrue([for arn in compact([try(var.iam_user_lane.primary, null), try(var.iam_user_lane.backup, null)]) : !can(regex(":root$|^[0-9]{12}$", arn))])
    error_message = "iam_user_lane names an account or its root: that trusts everybody to whom the account delegates; name the user."
  }

  validation {
    condition     = alltrue([for arn in compact([try(var.iam_user_lane.primary, null), try(var.iam_user_lane.backup, null)]) : !endswith(arn, ":role${var.path}${coalesce(var.role_name, "${var.environment}-breakglass-admin")}")])
    error_message = "iam_user_lane lists the break-glass role itself: a session could renew itself for ever and the hour would mean nothing."
  }

  validation {
    condition     = alltrue([for arn in compact([try(var.iam_user_lane.primary, null), try(var.iam_user_lane.backup, null)]) : !strcontains(arn, "AWSReservedSSO_") && !can(regex(":(saml|oidc)-provider/", arn))])
    error_message = "iam_user_lane names an Identity Center, SAML or OIDC identity together with an MFA condition: AWS never sets aws:MultiFactorAuthPresent for federated identities, so nobody could enter; use identity_center_lane."
  }

  validation {
    condition     = alltrue([for arn in compact([try(var.iam_user_lane.primary, null), try(var.iam_user_lane.backup, null)]) : !can(regex(":(role|assumed-role|federated-user)/", arn))])
    error_message = "iam_user_lane names a role or a role session: credentials from AssumeRole carry no MFA context, so the MFA condition would lock everybody out; name the IAM user who calls directly."
  }

  validation {
    condition     = alltrue([for arn in compact([try(var.iam_user_lane.primary, null), try(var.iam_user_lane.backup, null)]) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:user/([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{2,64}$", arn))])
    error_message = "iam_user_lane must hold full IAM user ARNs (arn:aws:iam::<account>:user/<path><name>), because the trust policy names people, and nothing else can carry the MFA context."
  }

  validation {
    condition     = var.iam_user_lane == null ? true : var.iam_user_lane.backup == null ? true : var.iam_user_lane.primary != var.iam_user_lane.backup
    error_message = "primary and backup are the same IAM user: a backup is somebody else."
  }

  validation {
    condition     = var.iam_user_lane == null ? true : var.iam_user_lane.mfa_max_age_seconds >= 60 && var.iam_user_lane.mfa_max_age_seconds <= 3600
    error_message = "mfa_max_age_seconds must lie between 60 and 3600: an older MFA proof is not a proof that the person is there now."
  }
}

variable "identity_center_lane" {
  description = "The everyday lane: one permission set and its named users; account_id is where the permission set is assigned (null means this account)."
  type = object({
    permission_set      = string
    home_region         = string
    users               = list(string)
    account_id          = optional(string)
    principal_tag       = optional(object({ key = string, value = string }))
    mfa_max_age_seconds = optional(number)
  })
  default = null

  validation {
    condition     = var.identity_center_lane == null ? true : var.identity_center_lane.mfa_max_age_seconds == null
    error_message = "identity_center_lane cannot carry an MFA condition: AWS never sets aws:MultiFactorAuthPresent or aws:MultiFactorAuthAge for Identity Center sessions, so nobody could enter; enforce MFA in Identity Center and, if you wish, assert it with principal_tag."
  }

  validation {
    condition     = var.identity_center_lane == null ? true : can(regex("^[A-Za-z0-9+=,.@_-]{1,32}$", var.identity_center_lane.permission_set))
    error_message = "permission_set must be the exact name, 1 to 32 characters without wildcards, because a wildcard would let other permission sets in."
  }

  validation {
    condition     = var.identity_center_lane == null ? true : can(regex("^[a-z]{2,}(-[a-z]+)+-[0-9]$", var.identity_center_lane.home_region))
    error_message = "home_region must be the Region Identity Center lives in (such as us-east-2), because it is a segment of the role's ARN."
  }

  validation {
    condition     = var.identity_center_lane == null ? true : length(var.identity_center_lane.users) > 0
    error_message = "identity_center_lane must name its users: without them everybody who ever gets the permission set could enter."
  }

  validation {
    condition     = var.identity_center_lane == null ? true : alltrue([for name in var.identity_center_lane.users : can(regex("^[A-Za-z0-9+=,.@_-]{2,64}$", name))])
    error_message = "users must be Identity Center user names as they appear in the session name (2 to 64 characters, no wildcards, no policy variables), because each one is pinned literally."
  }

  validation {
    condition     = try(var.identity_center_lane.account_id, null) == null ? true : can(regex("^[0-9]{12}$", var.identity_center_lane.account_id))
    error_message = "identity_center_lane.account_id must be exactly 12 digits, because it is the account whose Identity Center role is trusted."
  }

  validation {
    condition = try(var.identity_center_lane.principal_tag, null) == null ? true : (
      can(regex("^[A-Za-z0-9+=._:@/-]{1,128}$", var.identity_center_lane.principal_tag.key)) &&
      can(regex("^[A-Za-z0-9 +=._:@/-]{1,256}$", var.identity_center_lane.principal_tag.value))
    )
    error_message = "principal_tag needs a literal key and value (no wildcards, no policy variables), because it asserts what the identity provider said about this very session."
  }
}

variable "require_incident_id" {
  description = "Refuse to enter without an incident id as source identity; true also makes the console's Switch Role impossible, by design."
  type        = bool
  default     = true
  nullable    = false
}

variable "incident_id_pattern" {
  description = "What an incident id looks like, as an IAM StringLike pattern."
  type        = string
  default     = "INC-*"
  nullable    = false

  validation {
    condition     = !startswith(lower(var.incident_id_pattern), "aws:")
    error_message = "incident_id_pattern begins with aws: which is a reserved prefix; STS refuses such a source identity, so nobody could enter."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{2}[A-Za-z0-9+=,.@_*?-]*$", var.incident_id_pattern))
    error_message = "incident_id_pattern must begin with two literal characters out of letters, digits and +=,.@_- because a bare wildcard asks for nothing, and STS accepts no other characters in a source identity."
  }

  validation {
    condition     = length(var.incident_id_pattern) <= 64
    error_message = "incident_id_pattern must be at most 64 characters, because a source identity cannot be longer."
  }
}

variable "permissions_mode" {
  description = "What the role may do: emergency_operator (small and readable) or administrator (only with a written reason)."
  type        = string
  default     = "emergency_operator"
  nullable    = false

  validation {
    condition     = contains(["emergency_operator", "administrator"], var.permissions_mode)
    error_message = "permissions_mode must be emergency_operator or administrator."
  }
}

variable "administrator_reason" {
  description = "Why the small operator policy is not enough; asked for in administrator mode and shown in the role's description."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_mode != "administrator" ? true : length(split(" ", trimspace(coalesce(var.administrator_reason, "-")))) >= 4 && length(trimspace(coalesce(var.administrator_reason, "-"))) >= 20
    error_message = "administrator mode needs administrator_reason: at least four words and 20 characters on why the operator policy is not enough, so that a review can ask whether it still holds."
  }

  validation {
    condition     = var.administrator_reason == null ? true : can(regex("^[ -~]{1,500}$", var.administrator_reason))
    error_message = "administrator_reason must be one line of at most 500 printable ASCII characters, because it becomes part of the role's description."
  }

  validation {
    condition     = var.permissions_mode == "administrator" ? true : var.administrator_reason == null
    error_message = "administrator_reason is set although permissions_mode is not administrator: remove it, or choose the mode openly."
  }
}

variable "operator" {
  description = "What the emergency operator may touch: secrets to rotate, safe-mode parameters, deployments to roll back, automation to stop, roles whose policies may be repaired."
  type = object({
    secret_name_patterns            = optional(list(string), [])
    rotation_function_name_patterns = optional(list(string), [])
    safe_mode_parameter_paths       = optional(list(string), [])
    function_name_patterns          = optional(list(string), [])
    ecs_service_patterns            = optional(list(string), [])
    automation_rule_name_patterns   = optional(list(string), [])
    fixable_role_name_patterns      = optional(list(string), [])
    attachable_policy_name_patterns = optional(list(string), [])
    fixable_role_boundary_arn       = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition = var.permissions_mode != "emergency_operator" ? true : 0 < length(concat(
      var.operator.secret_name_patterns, var.operator.safe_mode_parameter_paths, var.operator.function_name_patterns,
      var.operator.ecs_service_patterns, var.operator.automation_rule_name_patterns, var.operator.fixable_role_name_patterns,
    ))
    error_message = "operator grants nothing but reading: name at least one secret, parameter, deployment, rule or role, because a role that can repair nothing is no emergency access."
  }

  validation {
    condition = alltrue([for pattern in concat(
      var.operator.secret_name_patterns, var.operator.rotation_function_name_patterns, var.operator.function_name_patterns,
      var.operator.ecs_service_patterns, var.operator.automation_rule_name_patterns,
      var.operator.fixable_role_name_patterns, var.operator.attachable_policy_name_patterns,
    ) : can(regex("^[A-Za-z0-9/+=,.@_-]{2}[A-Za-z0-9/+=,.@_*?-]*$", pattern))])
    error_message = "Every operator pattern must begin with two literal characters, because a leading wildcard would hand over everything of its kind."
  }

  validation {
    condition     = alltrue([for path in var.operator.safe_mode_parameter_paths : can(regex("^/[A-Za-z0-9._-]+(/[A-Za-z0-9._*-]+)*$", path))])
    error_message = "safe_mode_parameter_paths must be absolute parameter names (/prod/mw/safe-mode); a wildcard may not stand in the first level."
  }

  validation {
    condition     = alltrue([for pattern in var.operator.ecs_service_patterns : length(split("/", pattern)) == 2])
    error_message = "ecs_service_patterns must have the form cluster/service, because an ECS service ARN holds both."
  }

  validation {
    condition     = length(var.operator.attachable_policy_name_patterns) == 0 || length(var.operator.fixable_role_name_patterns) > 0
    error_message = "attachable_policy_name_patterns without fixable_role_name_patterns does nothing: name the roles whose policies may be repaired."
  }

  validation {
    condition     = var.operator.fixable_role_boundary_arn == null ? true : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/[A-Za-z0-9/+=,.@_-]+$", var.operator.fixable_role_boundary_arn))
    error_message = "fixable_role_boundary_arn must be the full ARN of a managed policy without wildcards, because it caps what an inline repair can grant."
  }
}

variable "detection" {
  description = "Names of what watches the role, which its boundary forbids it to touch (iam_name_patterns: roles and policies of the recorders); null means the naming convention of the sister modules."
  type = object({
    log_group_name         = optional(string)
    alarm_name_prefix      = optional(string)
    event_rule_name_prefix = optional(string)
    topic_names            = optional(list(string))
    bucket_names           = optional(list(string), [])
    iam_name_patterns      = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for text in compact([var.detection.log_group_name, var.detection.alarm_name_prefix, var.detection.event_rule_name_prefix]) :
    length(text) >= 3 && !strcontains(text, "*") && !strcontains(text, "?")])
    error_message = "detection names must be at least three literal characters: the module adds the wildcard itself, and a shorter prefix would also forbid repairs of other alarms and rules."
  }

  validation {
    condition     = var.detection.topic_names == null ? true : length(var.detection.topic_names) > 0
    error_message = "detection.topic_names is empty: the role could then delete the topic that tells people about its own use."
  }

  validation {
    condition     = alltrue([for pattern in concat(coalesce(var.detection.topic_names, []), var.detection.bucket_names) : can(regex("^[A-Za-z0-9_.-]{3,256}$", pattern))])
    error_message = "detection.topic_names and bucket_names must be literal names, not ARNs and not patterns, because ARNs are built from them."
  }

  validation {
    condition     = alltrue([for pattern in var.detection.iam_name_patterns : can(regex("^[A-Za-z0-9+=,.@_-]{2}[A-Za-z0-9+=,.@_*?-]*$", pattern))])
    error_message = "detection.iam_name_patterns must begin with two literal characters, because a leading wildcard would forbid every IAM repair."
  }
}
