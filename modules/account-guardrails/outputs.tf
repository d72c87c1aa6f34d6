output "contract" {
  description = "Everything that was built, by name, so that the harness can find it in the live account."
  value = {
    environment   = var.environment
    account_id    = var.account_id
    home_region   = var.home_region
    second_region = var.second_region

    breakglass = {
      role_name           = module.breakglass_role.role_name
      role_arn            = module.breakglass_role.role_arn
      boundary_arn        = module.breakglass_role.boundary_arn
      operator_policy_arn = module.breakglass_role.operator_policy_arn
      permissions_mode    = module.breakglass_role.permissions_mode
      people              = module.breakglass_role.people
      owner_user_names    = module.breakglass_role.owner_user_names
      incident_id_pattern = module.breakglass_role.incident_id_pattern
    }

    trail = {
      name           = module.audit_trail.trail_name
      arn            = module.audit_trail.trail_arn
      log_group_name = module.audit_trail.log_group_name
      log_group_arn  = module.audit_trail.log_group_arn
      bucket_name    = module.audit_trail.bucket_name
      key_alias      = module.audit_trail.key_alias
      created        = var.trail.create
    }

    topics = {
      (var.home_region)   = module.alert_topic_home.topic_arn
      (var.second_region) = module.alert_topic_second.topic_arn
    }

    topic_key_aliases = {
      (var.home_region)   = module.alert_topic_home.key_alias
      (var.second_region) = module.alert_topic_second.key_alias
    }

    subscriptions = {
      (var.home_region)   = module.alert_topic_home.subscriptions
      (var.second_region) = module.alert_topic_second.subscriptions
    }

    alarms = {
      for key, name in module.trail_alarms.alarm_names : key => {
        name     = name
        arn      = module.trail_alarms.alarm_arns[key]
        severity = try(module.trail_alarms.catalogue[key].severity, "critical")
      }
    }
    metric_namespace    = module.trail_alarms.namespace
    metric_filters      = module.trail_alarms.filters
    pipeline_alarm_name = module.trail_alarms.pipeline_alarm_name

    event_rules = {
      (var.home_region)   = [for key, name in module.event_rules_home.rule_names : { name = name, arn = module.event_rules_home.rule_arns[key] }]
      (var.second_region) = [for key, name in module.event_rules_second.rule_names : { name = name, arn = module.event_rules_second.rule_arns[key] }]
    }

    config = {
      recorder_name         = module.config_rules.recorder_name
      delivery_channel_name = module.config_rules.delivery_channel_name
      bucket_name           = module.config_rules.bucket_name
      key_alias             = module.config_rules.key_alias
      rule_names            = sort(values(module.config_rules.rule_names))
    }

    analyzers = {
      (var.home_region)   = module.access_analyzer_home.analyzer_arns
      (var.second_region) = module.access_analyzer_second.analyzer_arns
    }

    hygiene = {
      password_policy          = module.account_hygiene_home.password_policy
      s3_public_access_blocked = module.account_hygiene_home.s3_public_access_blocked
      ebs_encryption_by_default = {
        (var.home_region)   = module.account_hygiene_home.ebs_encryption_by_default
        (var.second_region) = module.account_hygiene_second.ebs_encryption_by_default
      }
      support_role_arn = module.account_hygiene_home.support_role_arn
    }

    harness_roles = {
      reader = module.harness_access.reader_role_arn
      plan   = module.harness_access.plan_role_arn
    }

    state_bucket_name = local.state_bucket_name
  }

  precondition {
    condition     = data.aws_region.home.name == var.home_region && data.aws_region.second.name == var.second_region
    error_message = "The providers stand in other Regions than home_region and second_region say: the default provider belongs to the home Region, aws.second to the second one."
  }
}

output "owner_identity_policy_json" {
  description = "The identity policy that every trusted person needs on their own side."
  value       = module.breakglass_role.owner_identity_policy_json
}

output "drill_policy_json" {
  description = "What whoever runs a live drill needs beside reading: queues of the drill's own, subscribed to the alert topics."
  value       = module.harness_access.drill_policy_json
}
