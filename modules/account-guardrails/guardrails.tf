# These read the providers' own settings and call nothing.
data "aws_region" "home" {}

data "aws_region" "second" {
  provider = aws.second
}

locals {
  # The boundary of the role names what watches it, and what watches it names the role. The alarms and rules therefore
  # come in by their naming convention, and the contract refuses a plan in which they are called otherwise.
  alarm_name_prefix      = "${var.environment}-guardrail-"
  event_rule_name_prefix = "${var.environment}-guardrail-event-"
  config_bucket_name     = "${var.environment}-${var.account_id}-config-${var.home_region}"
  state_bucket_name      = "${var.environment}-${var.account_id}-guardrails-tfstate"

  breakglass = {
    admin = { role_name = module.breakglass_role.role_name, role_arn = module.breakglass_role.role_arn }
  }
  breakglass_policy_arns = compact([
    module.breakglass_role.boundary_arn,
    module.breakglass_role.operator_policy_arn,
  ])
  owner_user_names = sort([
    for arn in module.breakglass_role.people.iam_users : element(split("/", arn), -1) if split(":", arn)[4] == var.account_id
  ])
}

module "audit_trail" {
  source = "../audit-trail"

  environment            = var.environment
  account_id             = var.account_id
  region                 = var.home_region
  create_trail           = var.trail.create
  existing               = var.trail.existing
  log_retention_days     = var.trail.log_retention_days
  object_expiration_days = var.trail.object_expiration_days
  access_log_bucket_name = var.trail.access_log_bucket_name
  log_reader_arns        = var.trail.log_reader_arns
}

# A metric filter needs its log group to exist. The name is plain text, so this carries the order; a depends_on on the
# whole module would make every policy in it unknown at plan time.
resource "terraform_data" "log_group" {
  input = module.audit_trail.log_group_name

  depends_on = [module.audit_trail]
}

module "alert_topic_home" {
  source = "../alert-topic"

  environment                    = var.environment
  account_id                     = var.account_id
  region                         = var.home_region
  subscriptions                  = var.subscriptions
  allow_single_subscriber_reason = var.allow_single_subscriber_reason
}

module "alert_topic_second" {
  source    = "../alert-topic"
  providers = { aws = aws.second }

  environment                    = var.environment
  account_id                     = var.account_id
  region                         = var.second_region
  subscriptions                  = coalesce(var.second_region_subscriptions, var.subscriptions)
  allow_single_subscriber_reason = var.allow_single_subscriber_reason
}

module "config_rules" {
  source = "../config-rules"

  environment                   = var.environment
  account_id                    = var.account_id
  region                        = var.home_region
  breakglass_role_name          = module.breakglass_role.role_name
  create_recorder               = var.config.create_recorder
  create_service_linked_role    = var.config.create_service_linked_role
  bucket_name                   = local.config_bucket_name
  existing_recorder_name        = var.config.existing_recorder_name
  object_expiration_days        = var.config.object_expiration_days
  access_log_bucket_name        = var.config.access_log_bucket_name
  administrator_role_exceptions = var.config.administrator_role_exceptions
  disabled_rules                = var.config.disabled_rules
  rule_parameters               = var.config.rule_parameters
}

module "breakglass_role" {
  source = "../breakglass-role"

  environment          = var.environment
  account_id           = var.account_id
  iam_user_lane        = var.breakglass.iam_user_lane
  identity_center_lane = var.breakglass.identity_center_lane
  require_incident_id  = var.breakglass.require_incident_id
  incident_id_pattern  = var.breakglass.incident_id_pattern
  permissions_mode     = var.breakglass.permissions_mode
  administrator_reason = var.breakglass.administrator_reason
  operator             = var.breakglass.operator

  detection = {
    log_group_name         = module.audit_trail.log_group_name
    alarm_name_prefix      = local.alarm_name_prefix
    event_rule_name_prefix = local.event_rule_name_prefix
    topic_names            = distinct([module.alert_topic_home.topic_name, module.alert_topic_second.topic_name])
    bucket_names = compact([
      module.audit_trail.bucket_name,
      var.config.create_recorder ? local.config_bucket_name : "",
      local.state_bucket_name,
    ])
    iam_name_patterns = ["${var.environment}-trail-*", "${var.environment}-guardrails-*"]
  }
}

module "trail_alarms" {
  source = "../trail-alarms"

  environment            = var.environment
  account_id             = var.account_id
  region                 = var.home_region
  log_group_name         = terraform_data.log_group.input
  alarm_topic_arns       = [module.alert_topic_home.topic_arn]
  breakglass             = local.breakglass
  protected_bucket_names = compact([module.audit_trail.bucket_name, module.config_rules.bucket_name, local.state_bucket_name])
  secret_arns            = var.watched_secret_arns
  allowed_secret_readers = var.allowed_secret_readers
  additional_alarms      = var.additional_alarms
}

module "event_rules_home" {
  source = "../event-rules"

  environment           = var.environment
  account_id            = var.account_id
  region                = var.home_region
  topic_arn             = module.alert_topic_home.topic_arn
  breakglass            = local.breakglass
  protected_policy_arns = local.breakglass_policy_arns
  owner_user_names      = local.owner_user_names
  log_group_name        = module.audit_trail.log_group_name
}

module "event_rules_second" {
  source    = "../event-rules"
  providers = { aws = aws.second }

  environment           = var.environment
  account_id            = var.account_id
  region                = var.second_region
  topic_arn             = module.alert_topic_second.topic_arn
  breakglass            = local.breakglass
  protected_policy_arns = local.breakglass_policy_arns
  owner_user_names      = local.owner_user_names
  log_group_name        = module.audit_trail.log_group_name
}

module "access_analyzer_home" {
  source = "../access-analyzer"

  environment            = var.environment
  account_id             = var.account_id
  region                 = var.home_region
  create_unused          = true
  unused_access_age_days = var.unused_access_age_days
  breakglass_role_arns   = [module.breakglass_role.role_arn]
}

module "access_analyzer_second" {
  source    = "../access-analyzer"
  providers = { aws = aws.second }

  environment = var.environment
  account_id  = var.account_id
  region      = var.second_region
}

module "account_hygiene_home" {
  source = "../account-hygiene"

  environment       = var.environment
  account_id        = var.account_id
  region            = var.home_region
  support_user_arns = var.support_user_arns
}

module "account_hygiene_second" {
  source    = "../account-hygiene"
  providers = { aws = aws.second }

  environment      = var.environment
  account_id       = var.account_id
  region           = var.second_region
  set_account_wide = false
}

module "harness_access" {
  source = "../harness-access"

  environment       = var.environment
  account_id        = var.account_id
  region            = var.home_region
  reader_principals = var.reader_principals
  ci                = var.ci
  state_bucket_name = local.state_bucket_name
  alert_topic_arns  = [module.alert_topic_home.topic_arn, module.alert_topic_second.topic_arn]

  trail_lake_query_policy_json = var.trail_lake_query_policy_json
}
